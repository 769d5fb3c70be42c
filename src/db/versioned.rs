//! Inserting and changing rows that count their versions.

/// Makes the functions that write a versioned table: every such table has `id`, `version`,
/// `created_at`, `updated_at`, and a state struct for all that can change. Whoever calls them shows
/// a permit, or the proof that the row is locked and may be changed (`accounts::model`).
macro_rules! versioned_writes {
    ($table:ident, $row:ty, $state:ty, $noun:literal, $insert:ident, $update:ident) => {
        #[doc = concat!("Stores a new ", $noun, ", as version 1.")]
        ///
        /// # Errors
        /// Where the database refuses it; broken constraints are told as conflicts.
        pub async fn $insert(
            conn: &mut $crate::db::Conn,
            _permit: &$crate::accounts::model::Permit,
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
        /// Where the database refuses it; broken constraints are told as conflicts.
        pub async fn $update(
            conn: &mut $crate::db::Conn,
            row: &$crate::accounts::model::Editable<$row>,
            state: &$state,
            now: ::chrono::DateTime<::chrono::Utc>,
        ) -> $crate::kernel::Result<i64> {
            use ::diesel::{ExpressionMethods, QueryDsl};
            let update = ::diesel::update($crate::db::schema::$table::table.find(row.id()))
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

/// Makes the functions that lock and delete rows of a versioned table whose rows people change one
/// by one.
macro_rules! versioned_rows {
    ($table:ident, $row:ty, $noun:literal, $lock:ident, $delete:ident) => {
        impl $crate::accounts::model::Versioned for $row {
            fn id(&self) -> ::uuid::Uuid {
                self.id
            }

            fn version(&self) -> i64 {
                self.version
            }
        }

        #[doc = concat!("A ", $noun, ", which nobody else can change until the transaction ends.")]
        ///
        /// # Errors
        /// Where the database cannot answer.
        pub async fn $lock(
            conn: &$crate::db::Conn,
            id: ::uuid::Uuid,
        ) -> $crate::kernel::Result<Option<$crate::accounts::model::Locked<$row>>> {
            use ::diesel::{OptionalExtension, QueryDsl, SelectableHelper};
            let query =
                $crate::db::schema::$table::table.find(id).select(<$row>::as_select()).for_no_key_update();
            let found = ::diesel_async::RunQueryDsl::first(query, &mut &*conn).await.optional()?;
            Ok(found.map($crate::accounts::model::Locked::new))
        }

        #[doc = concat!("Deletes a ", $noun, " that was never public.")]
        ///
        /// # Errors
        /// Where something still refers to it, told as a conflict, or the database cannot answer.
        pub async fn $delete(
            conn: &mut $crate::db::Conn,
            row: &$crate::accounts::model::Editable<$row>,
        ) -> $crate::kernel::Result<()> {
            use ::diesel::QueryDsl;
            let delete = ::diesel::delete($crate::db::schema::$table::table.find(row.id()));
            ::diesel_async::RunQueryDsl::execute(delete, conn).await?;
            Ok(())
        }
    };
}
pub(crate) use versioned_rows;

/// Makes the function that withdraws rows of a versioned table with `withdrawn_at` and
/// `withdrawn_reason`.
macro_rules! versioned_withdrawal {
    ($table:ident, $row:ty, $noun:literal, $withdraw:ident) => {
        #[doc = concat!("Takes a ", $noun, " out of the lists; it stays readable as what it last said. Returns the new version.")]
        ///
        /// # Errors
        /// Where the database refuses it.
        pub async fn $withdraw(
            conn: &mut $crate::db::Conn,
            row: &$crate::accounts::model::Editable<$row>,
            reason: &str,
            now: ::chrono::DateTime<::chrono::Utc>,
        ) -> $crate::kernel::Result<i64> {
            use ::diesel::{ExpressionMethods, QueryDsl};
            let update = ::diesel::update($crate::db::schema::$table::table.find(row.id()))
                .set((
                    $crate::db::schema::$table::withdrawn_at.eq(now),
                    $crate::db::schema::$table::withdrawn_reason.eq(reason),
                    $crate::db::schema::$table::version.eq($crate::db::schema::$table::version + 1),
                    $crate::db::schema::$table::updated_at.eq(now),
                ))
                .returning($crate::db::schema::$table::version);
            Ok(::diesel_async::RunQueryDsl::get_result(update, conn).await?)
        }
    };
}
pub(crate) use versioned_withdrawal;

/// A row under an alias, as its struct reads it: its head, and all its columns as its state.
macro_rules! versioned_json {
    ($row:literal $(, $more:literal)?) => {
        concat!(
            "json_build_object('id', ",
            $row,
            ".id, 'version', ",
            $row,
            ".version, 'updated_at', ",
            $row,
            ".updated_at, 'withdrawn_at', ",
            $row,
            ".withdrawn_at, 'withdrawn_reason', ",
            $row,
            ".withdrawn_reason",
            $($more,)?
            ", 'state', to_json(",
            $row,
            "))"
        )
    };
}
pub(crate) use versioned_json;
