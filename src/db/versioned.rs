//! Inserting and changing rows that count their versions.

/// Makes the two functions that write a versioned table: every such table has `id`, `version`,
/// `created_at`, `updated_at`, and a state struct for all that can change.
macro_rules! versioned_writes {
    ($table:ident, $state:ty, $noun:literal, $insert:ident, $update:ident) => {
        #[doc = concat!("Stores a new ", $noun, ", as version 1.")]
        ///
        /// # Errors
        /// Where the database refuses it; broken constraints are told as conflicts.
        pub async fn $insert(
            conn: &mut $crate::db::Conn,
            id: ::uuid::Uuid,
            state: &$state,
            now: ::chrono::DateTime<::chrono::Utc>,
        ) -> $crate::kernel::Result<()> {
            use ::diesel::ExpressionMethods;
            let values = (
                $crate::db::schema::$table::id.eq(id),
                $crate::db::schema::$table::created_at.eq(now),
                $crate::db::schema::$table::updated_at.eq(now),
                state,
            );
            let insert = ::diesel::insert_into($crate::db::schema::$table::table).values(values);
            ::diesel_async::RunQueryDsl::execute(insert, conn).await?;
            Ok(())
        }

        #[doc = concat!("Replaces the state of a ", $noun, " and counts its version up; returns the new version.")]
        ///
        /// # Errors
        /// Where it does not exist or the database refuses it; broken constraints are told as conflicts.
        pub async fn $update(
            conn: &mut $crate::db::Conn,
            id: ::uuid::Uuid,
            state: &$state,
            now: ::chrono::DateTime<::chrono::Utc>,
        ) -> $crate::kernel::Result<i64> {
            use ::diesel::{ExpressionMethods, QueryDsl};
            let update = ::diesel::update($crate::db::schema::$table::table.find(id))
                .set((
                    state,
                    $crate::db::schema::$table::version.eq($crate::db::schema::$table::version + 1),
                    $crate::db::schema::$table::updated_at.eq(now),
                ))
                .returning($crate::db::schema::$table::version);
            Ok(::diesel_async::RunQueryDsl::get_result(update, conn).await?)
        }
    };
}
pub(crate) use versioned_writes;
