//! Rows of what other logs have shown. They are only ever appended.

use crate::db::Conn;
use crate::db::schema::ledger_witnessed;
use crate::db::sql::Condition;
use crate::kernel::Result;
use crate::ledger::model::WITNESS_LOCK;
use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use diesel_async::RunQueryDsl;

/// Whether another tree of this size was seen.
const FORKED: &str = "EXISTS (SELECT FROM ledger_witnessed AS other WHERE other.origin = ledger_witnessed.origin \
    AND other.size = ledger_witnessed.size AND other.root <> ledger_witnessed.root)";
/// Whether no larger tree of the log was seen.
const LATEST: &str = "NOT EXISTS (SELECT FROM ledger_witnessed AS other \
    WHERE other.origin = ledger_witnessed.origin AND other.size > ledger_witnessed.size)";

/// A state of another log, to be kept.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = ledger_witnessed)]
pub struct NewWitnessedRow {
    /// The name of the log.
    pub origin: String,
    /// How many entries it had.
    pub size: i64,
    /// The root of their tree.
    pub root: Vec<u8>,
    /// The signed note.
    pub note: String,
    /// When it came.
    pub seen_at: DateTime<Utc>,
}

/// A state of another log, as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct WitnessedRow {
    /// Its place among all that was seen here, of whatever log.
    pub number: i64,
    /// The name of the log.
    pub origin: String,
    /// How many entries it had.
    pub size: i64,
    /// The root of their tree.
    pub root: Vec<u8>,
    /// The signed note.
    pub note: String,
    /// When it came.
    pub seen_at: DateTime<Utc>,
    /// Whether another tree of this size was seen: the log was forked.
    pub forked: bool,
}

type Columns = (
    ledger_witnessed::number,
    ledger_witnessed::origin,
    ledger_witnessed::size,
    ledger_witnessed::root,
    ledger_witnessed::note,
    ledger_witnessed::seen_at,
    Condition,
);

fn columns() -> Columns {
    (
        ledger_witnessed::number,
        ledger_witnessed::origin,
        ledger_witnessed::size,
        ledger_witnessed::root,
        ledger_witnessed::note,
        ledger_witnessed::seen_at,
        Condition::new(FORKED),
    )
}

/// Which states.
#[derive(Debug, Default)]
pub struct WitnessedFilter {
    /// Of this log.
    pub origin: Option<String>,
    /// The largest trees of each.
    pub latest: bool,
    /// Seen after this one.
    pub after: i64,
}

/// Makes others that compare states wait until the transaction ends.
///
/// # Errors
/// Where the database cannot answer.
pub async fn witnesses_wait_in_txn(conn: &Conn) -> Result<()> {
    let lock = diesel::sql_query("SELECT pg_advisory_xact_lock($1)").bind::<BigInt, _>(WITNESS_LOCK);
    lock.execute(&mut &*conn).await?;
    Ok(())
}

/// Keeps a state.
///
/// # Errors
/// Where the database refuses it.
pub async fn witnessed_append_in_txn(conn: &Conn, row: &NewWitnessedRow) -> Result<()> {
    diesel::insert_into(ledger_witnessed::table).values(row).execute(&mut &*conn).await?;
    Ok(())
}

/// A page of what was seen, in the order in which it came.
///
/// # Errors
/// Where the database cannot answer.
pub async fn witnessed_list(conn: &Conn, filter: &WitnessedFilter, limit: i64) -> Result<Vec<WitnessedRow>> {
    let mut query = ledger_witnessed::table
        .filter(ledger_witnessed::number.gt(filter.after))
        .order(ledger_witnessed::number)
        .limit(limit)
        .select(columns())
        .into_boxed::<Pg>();
    if let Some(origin) = &filter.origin {
        query = query.filter(ledger_witnessed::origin.eq(origin));
    }
    if filter.latest {
        query = query.filter(Condition::new(LATEST));
    }
    Ok(query.load(&mut &*conn).await?)
}

/// The states of one log with a tree of this size: more than one where it was forked.
///
/// # Errors
/// Where the database cannot answer.
pub async fn witnessed_at(conn: &Conn, origin: &str, size: i64) -> Result<Vec<WitnessedRow>> {
    Ok(ledger_witnessed::table
        .filter(ledger_witnessed::origin.eq(origin).and(ledger_witnessed::size.eq(size)))
        .order(ledger_witnessed::number)
        .select(columns())
        .load(&mut &*conn)
        .await?)
}

/// The largest tree of one log.
///
/// # Errors
/// Where the database cannot answer.
pub async fn witnessed_last(conn: &Conn, origin: &str) -> Result<Option<WitnessedRow>> {
    Ok(ledger_witnessed::table
        .filter(ledger_witnessed::origin.eq(origin))
        .order((ledger_witnessed::size.desc(), ledger_witnessed::number))
        .select(columns())
        .first(&mut &*conn)
        .await
        .optional()?)
}
