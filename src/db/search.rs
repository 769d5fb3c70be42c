//! Finding rows by words: what is asked for stands before a query as a table of one row, so that the
//! query's conditions and keys are SQL that never changes.

use diesel::QueryResult;
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{Array, Text};

/// What is searched for, as `tsquery`s; the words of documents have the letter of their language before them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needle {
    /// What a document must have.
    pub every: String,
    /// Each word that was asked for.
    pub exact: Vec<String>,
    /// Other forms of each, and what the last one begins; empty where there are none.
    pub near: Vec<String>,
    /// Words that are only written like each; empty where there are none.
    pub far: Vec<String>,
}

/// The condition that a row is found, by the column of its id.
macro_rules! is_found {
    ($id:literal) => {
        concat!(
            $id,
            " IN (SELECT d.resource_id FROM search_documents d, search_asked a WHERE d.words @@ a.every)"
        )
    };
}
pub(crate) use is_found;

/// The key that sorts found rows by how well they answer, by the column of their id.
macro_rules! relevance {
    ($id:literal) => {
        $crate::db::page::SortKey {
            name: "relevance",
            sql: concat!(
                "(SELECT search_relevance(d.words, a.exact, a.near, a.far) ",
                "FROM search_documents d, search_asked a WHERE d.resource_id = ",
                $id,
                ")"
            ),
            sql_type: "int",
        }
    };
}
pub(crate) use relevance;

/// A query that may ask `is_found!` and sort by `relevance!`.
#[derive(Debug, Clone)]
pub struct Finding<'a, Q> {
    needle: Option<&'a Needle>,
    query: Q,
}

/// The query with what is searched for before it; the query alone where nothing is.
pub fn finding<Q>(needle: Option<&Needle>, query: Q) -> Finding<'_, Q> {
    Finding { needle, query }
}

impl<Q: Query> Query for Finding<'_, Q> {
    type SqlType = Q::SqlType;
}

impl<Q> QueryId for Finding<'_, Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q: QueryFragment<Pg>> QueryFragment<Pg> for Finding<'_, Q> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        if let Some(Needle { every, exact, near, far }) = self.needle {
            out.push_sql("WITH search_asked AS (SELECT ");
            // An empty query is none: PostgreSQL remarks on each that has no words.
            out.push_sql("nullif(");
            out.push_bind_param::<Text, _>(every)?;
            out.push_sql("::text, '')::tsquery AS every");
            for (name, queries) in [("exact", exact), ("near", near), ("far", far)] {
                out.push_sql(", ARRAY(SELECT nullif(q, '')::tsquery FROM unnest(");
                out.push_bind_param::<Array<Text>, _>(queries)?;
                out.push_sql("::text[]) WITH ORDINALITY u(q, place) ORDER BY place) AS ");
                out.push_sql(name);
            }
            out.push_sql(") ");
        }
        self.query.walk_ast(out)
    }
}
