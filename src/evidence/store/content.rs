//! Which contents are stored. A content is locked by its hash while it comes or goes: whoever stores
//! it and whoever removes it as unused wait for each other.

use crate::accounts::model::Permit;
use crate::db::Conn;
use crate::db::schema::{evidence, files};
use crate::kernel::Result;
use chrono::{DateTime, Utc};
use diesel::dsl::{exists, not};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use diesel_async::RunQueryDsl;
use std::collections::HashSet;

/// Sets the locks of contents apart from others by a seed ("FILE").
const CONTENT_LOCKS: i64 = 0x4649_4C45;

/// Waits for whoever stores or removes this content, and makes others wait until the transaction ends.
///
/// # Errors
/// Where the database cannot answer.
pub async fn content_lock_in_txn(conn: &mut Conn, sha256: &str) -> Result<()> {
    diesel::sql_query("SELECT pg_advisory_xact_lock(hashtextextended($1, $2))")
        .bind::<Text, _>(sha256)
        .bind::<BigInt, _>(CONTENT_LOCKS)
        .execute(conn)
        .await?;
    Ok(())
}

/// Whether a content is stored and was not removed.
///
/// # Errors
/// Where the database cannot answer.
pub async fn content_is_stored(conn: &Conn, sha256: &str) -> Result<bool> {
    let stored = files::table.find(sha256).filter(files::removed_at.is_null()).select(files::sha256);
    Ok(diesel::select(exists(stored)).get_result(&mut &*conn).await?)
}

/// Those of these contents that are not stored, or were removed.
///
/// # Errors
/// Where the database cannot answer.
pub async fn contents_unknown(conn: &Conn, hashes: &[String]) -> Result<Vec<String>> {
    let stored = files::table
        .filter(files::sha256.eq_any(hashes).and(files::removed_at.is_null()))
        .select(files::sha256);
    let stored: HashSet<String> = stored.load::<String>(&mut &*conn).await?.into_iter().collect();
    Ok(hashes.iter().filter(|hash| !stored.contains(*hash)).cloned().collect())
}

/// Remembers a content as stored; one that was removed is there again.
///
/// # Errors
/// Where the database refuses it.
pub async fn content_insert_in_txn(
    conn: &mut Conn,
    _permit: &Permit,
    (sha256, size): (&str, i64),
    now: DateTime<Utc>,
) -> Result<()> {
    let row = (files::sha256.eq(sha256), files::size.eq(size), files::stored_at.eq(now));
    let again = (files::stored_at.eq(now), files::removed_at.eq(None::<DateTime<Utc>>));
    diesel::insert_into(files::table)
        .values(row)
        .on_conflict(files::sha256)
        .do_update()
        .set(again)
        .execute(conn)
        .await?;
    Ok(())
}

/// Contents that are stored and that no evidence has that is not withdrawn; at most so many.
///
/// # Errors
/// Where the database cannot answer.
pub async fn contents_unused(conn: &Conn, most: i64) -> Result<Vec<String>> {
    let query = files::table
        .filter(files::removed_at.is_null().and(not(exists(in_use()))))
        .order(files::stored_at)
        .limit(most)
        .select(files::sha256);
    Ok(query.load(&mut &*conn).await?)
}

/// Forgets a content that nothing uses any more, under its lock; where evidence that was withdrawn
/// names it, it is remembered as removed. Returns whether it was so.
///
/// # Errors
/// Where the database cannot answer.
pub async fn content_forget_in_txn(conn: &mut Conn, sha256: &str, now: DateTime<Utc>) -> Result<bool> {
    let unused = || files::table.find(sha256).filter(files::removed_at.is_null().and(not(exists(in_use()))));
    let named = evidence::table.filter(evidence::sha256.eq(sha256)).select(evidence::id);
    let named: bool = diesel::select(exists(named)).get_result(conn).await?;
    let gone = if named {
        diesel::update(unused()).set(files::removed_at.eq(now)).execute(conn).await?
    } else {
        diesel::delete(unused()).execute(conn).await?
    };
    Ok(gone > 0)
}

/// Evidence that has the content of a row of `files` and is not withdrawn.
#[diesel::dsl::auto_type(no_type_alias)]
fn in_use() -> _ {
    evidence::table
        .filter(evidence::sha256.eq(files::sha256.nullable()).and(evidence::withdrawn_at.is_null()))
        .select(evidence::id)
}
