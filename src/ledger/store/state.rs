//! How far the numbering of the record is.

use crate::db::Conn;
use crate::db::schema::{ledger_entries, ledger_leaves};
use crate::kernel::Result;
use diesel::dsl::{exists, not};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

/// How many public entries of transactions from a number on have no place yet.
///
/// # Errors
/// Where the database cannot answer.
pub async fn unnumbered_count(conn: &Conn, from: i64) -> Result<i64> {
    let numbered = ledger_leaves::table.filter(ledger_leaves::entry_id.eq(ledger_entries::id));
    Ok(ledger_entries::table
        .filter(ledger_entries::public)
        .filter(ledger_entries::transaction.ge(from))
        .filter(not(exists(numbered)))
        .count()
        .get_result(&mut &*conn)
        .await?)
}
