//! Queries of schemes: what there is, and one more.

use super::{SchemeRow, scheme_list};
use crate::accounts::model::Permit;
use crate::assessments::model::Assessor;
use crate::db::Conn;
use crate::db::page::{PageRequest, SortKey, Sorting};
use crate::db::schema::assessment_schemes;
use crate::db::sql::{Alone, nested};
use crate::db::types::words;
use crate::kernel::page::{Page, PageAsk};
use crate::kernel::{Result, Sight};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

/// What the list of schemes can be sorted by.
const SCHEME_SORTING: Sorting = Sorting {
    keys: &[
        SortKey { name: "code", sql: "assessment_schemes.code", sql_type: "text" },
        SortKey { name: "version", sql: "assessment_schemes.version", sql_type: "text" },
    ],
    default: "code,version",
    id: "assessment_schemes.id",
};

/// Which schemes to list; each part narrows where it is not empty.
#[derive(Debug, Clone, Default)]
pub struct SchemeFilter {
    /// By any of these assessors.
    pub assessors: Vec<Assessor>,
    /// Of any of these names, in whichever version.
    pub codes: Vec<String>,
}

/// A page of schemes.
///
/// # Errors
/// Where the database cannot answer.
pub async fn scheme_page(conn: &Conn, filter: &SchemeFilter, ask: &PageAsk) -> Result<Page<SchemeRow>> {
    let page = PageRequest::new(SCHEME_SORTING, ask)?;
    let filtered = || {
        let mut query = assessment_schemes::table.into_boxed::<Pg>();
        if !filter.assessors.is_empty() {
            query = query.filter(assessment_schemes::assessor.eq_any(words(&filter.assessors)));
        }
        if !filter.codes.is_empty() {
            query = query.filter(assessment_schemes::code.eq_any(filter.codes.clone()));
        }
        query
    };
    let rows = filtered().filter(page.place()).order(page.order()).limit(page.fetch()).select((
        SchemeRow::as_select(),
        nested::<Alone>(&Sight::default()),
        page.keys(),
    ));
    let count = filtered().count();
    let found =
        page.run(rows.load(&mut &*conn), count.get_result(&mut &*conn), |row: &SchemeRow| row.id).await?;
    Ok(found.map(|(row, Alone {})| row))
}

/// The names of all schemes, each once, in order.
///
/// # Errors
/// Where the database cannot answer.
pub async fn scheme_codes(conn: &Conn) -> Result<Vec<String>> {
    let mut codes: Vec<_> = scheme_list(conn).await?.into_iter().map(|scheme| scheme.code).collect();
    codes.dedup();
    Ok(codes)
}

/// Stores a new scheme.
///
/// # Errors
/// Where the database refuses it; a code and version that are there already are told as a conflict.
pub async fn scheme_insert_in_txn(conn: &mut Conn, _permit: &Permit, scheme: &SchemeRow) -> Result<()> {
    diesel::insert_into(assessment_schemes::table).values(scheme).execute(conn).await?;
    Ok(())
}
