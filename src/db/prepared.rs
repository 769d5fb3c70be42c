//! Statements that are prepared once on each connection.
//!
//! Diesel prepares its own inserts anew each time, and SQL that is written by hand, which costs a round trip and a plan:
//! too much where many report at once.

use super::Conn;
use diesel::QueryResult;
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel_async::RunQueryDsl;

/// One statement.
pub trait Statement: QueryFragment<Pg> + QueryId + Send {}
impl<S: QueryFragment<Pg> + QueryId + Send> Statement for S {}

/// A statement that there is none of.
pub type Nothing = Fixed<&'static str>;

/// Runs a statement that answers nothing.
///
/// # Errors
/// Where the database refuses it.
pub async fn execute(conn: &Conn, statement: impl Statement) -> crate::kernel::Result<()> {
    RunQueryDsl::execute(statement, &mut &*conn).await?;
    Ok(())
}

/// A statement without values.
#[derive(Debug)]
pub struct Fixed<S>(pub S);

impl<S> QueryId for Fixed<S> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<S: AsRef<str>> QueryFragment<Pg> for Fixed<S> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(self.0.as_ref());
        Ok(())
    }
}

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
