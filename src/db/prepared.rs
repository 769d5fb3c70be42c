//! Statements that change something and are prepared once on each connection.
//!
//! Diesel prepares its own inserts anew each time, which costs a round trip and a plan: too much where many report at
//! once.

/// Makes a statement that inserts one row.
macro_rules! prepared_insert {
    (
        $(#[$doc:meta])+
        $name:ident into $table:literal: $($column:ident: $rust:ty as $sql_type:ty),+ $(,)?
    ) => {
        $(#[$doc])+
        #[derive(Debug)]
        struct $name<'a> {
            $($column: $rust),+
        }

        impl diesel::query_builder::QueryId for $name<'_> {
            type QueryId = $name<'static>;
            const HAS_STATIC_QUERY_ID: bool = true;
        }

        impl diesel::query_builder::QueryFragment<diesel::pg::Pg> for $name<'_> {
            fn walk_ast<'b>(
                &'b self,
                mut out: diesel::query_builder::AstPass<'_, 'b, diesel::pg::Pg>,
            ) -> diesel::QueryResult<()> {
                out.push_sql(concat!("INSERT INTO ", $table, " ("));
                let mut comma = "";
                $(
                    out.push_sql(std::mem::replace(&mut comma, ", "));
                    out.push_identifier(stringify!($column))?;
                )+
                out.push_sql(") VALUES (");
                comma = "";
                $(
                    out.push_sql(std::mem::replace(&mut comma, ", "));
                    out.push_bind_param::<$sql_type, _>(&self.$column)?;
                )+
                out.push_sql(")");
                Ok(())
            }
        }
    };
}
pub(crate) use prepared_insert;
