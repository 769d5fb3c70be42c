//! Rows of the record, and of answers that may be asked for again.

use super::model::{Action, IMPORT_LOCK, Kind};
use crate::db::schema::{idempotency_keys, ledger_entries};
use crate::db::{Conn, Word};
use crate::kernel::Result;
use crate::kernel::ask::{Idempotency, Representation};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

/// The most entries that one statement inserts: PostgreSQL takes 65,535 parameters.
const CHUNK: usize = 1_000;
/// How long a request waits for another one with the same key before it is told to come again.
const KEY_WAIT: &str = "2s";

/// An entry, as stored.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = ledger_entries)]
pub struct EntryRow {
    /// Id.
    pub id: Uuid,
    /// When.
    pub recorded_at: DateTime<Utc>,
    /// What happened.
    pub action: Word<Action>,
    /// To what kind of thing.
    pub kind: Word<Kind>,
    /// To which.
    pub resource_id: Uuid,
    /// The name that people use for it.
    pub code: Option<String>,
    /// Its version after the change.
    pub version: i64,
    /// Whose it is.
    pub member_id: Option<Uuid>,
    /// In which plan.
    pub plan_id: Option<Uuid>,
    /// Whether the public can see it.
    pub public: bool,
    /// What it says now, as canonical JSON.
    pub state: String,
    /// What differs from before, as canonical JSON.
    pub difference: String,
    /// Who, by pseudonym.
    pub actor_id: Uuid,
    /// By which role.
    pub actor_role: String,
    /// Held for which member.
    pub actor_member_id: Option<Uuid>,
    /// Why.
    pub reason: Option<String>,
    /// By which request.
    pub request_id: Option<Uuid>,
}

/// Appends entries.
///
/// # Errors
/// Where the database refuses them.
pub async fn entries_append_in_txn(conn: &mut Conn, entries: &[EntryRow]) -> Result<()> {
    for chunk in entries.chunks(CHUNK) {
        diesel::insert_into(ledger_entries::table).values(chunk).execute(conn).await?;
    }
    Ok(())
}

/// Waits for an import under way, and makes the next one wait until the transaction ends.
///
/// # Errors
/// Where the database cannot answer.
pub async fn imports_wait_in_txn(conn: &mut Conn) -> Result<()> {
    diesel::sql_query("SELECT pg_advisory_xact_lock_shared($1)")
        .bind::<BigInt, _>(IMPORT_LOCK)
        .execute(conn)
        .await?;
    Ok(())
}

/// What became of a key that a caller uses.
#[derive(Debug)]
pub enum Claim {
    /// Nobody has used it: it is the caller's until the transaction ends.
    Free,
    /// The same request was answered before.
    Answered(Representation),
    /// Another request had this key.
    Taken,
    /// The same request is still being answered.
    InFlight,
}

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = idempotency_keys, check_for_backend(diesel::pg::Pg))]
struct AnswerRow {
    fingerprint: Vec<u8>,
    body: Vec<u8>,
    etag: String,
    languages: Option<String>,
    location: Option<String>,
}

/// Claims a caller's key until the transaction ends, or finds out what became of it. Waits a
/// moment for another request with the same key.
///
/// # Errors
/// Where the database cannot answer.
pub async fn key_claim_in_txn(conn: &mut Conn, actor: Uuid, asked: &Idempotency) -> Result<Claim> {
    // The transaction goes on after a lock that was not got, so it is asked for below a savepoint.
    let locked = diesel_async::AsyncConnection::transaction(conn, async |conn| {
        diesel::sql_query("SELECT set_config('lock_timeout', $1, true)")
            .bind::<Text, _>(KEY_WAIT)
            .execute(conn)
            .await?;
        diesel::sql_query("SELECT pg_advisory_xact_lock(hashtextextended($1, $2))")
            .bind::<Text, _>(format!("{actor} {}", asked.key))
            .bind::<BigInt, _>(0)
            .execute(conn)
            .await?;
        diesel::sql_query("SELECT set_config('lock_timeout', '0', true)").execute(conn).await
    })
    .await;
    match locked {
        Ok(_) => {}
        Err(diesel::result::Error::DatabaseError(_, information))
            if information.message().contains("lock timeout") =>
        {
            return Ok(Claim::InFlight);
        }
        Err(error) => return Err(error.into()),
    }
    let found = idempotency_keys::table
        .find((actor, &asked.key))
        .select(AnswerRow::as_select())
        .first(conn)
        .await
        .optional()?;
    Ok(match found {
        None => Claim::Free,
        Some(row) if row.fingerprint == asked.fingerprint => Claim::Answered(Representation {
            json: row.body,
            etag: row.etag,
            languages: row.languages,
            location: row.location,
        }),
        Some(_) => Claim::Taken,
    })
}

/// Keeps the answer under the caller's key.
///
/// # Errors
/// Where the database refuses it.
pub async fn answer_keep_in_txn(
    conn: &mut Conn,
    actor: Uuid,
    asked: &Idempotency,
    answer: &Representation,
    now: DateTime<Utc>,
) -> Result<()> {
    let row = (
        idempotency_keys::actor_id.eq(actor),
        idempotency_keys::key.eq(&asked.key),
        idempotency_keys::fingerprint.eq(asked.fingerprint.as_slice()),
        idempotency_keys::body.eq(&answer.json),
        idempotency_keys::etag.eq(&answer.etag),
        idempotency_keys::languages.eq(&answer.languages),
        idempotency_keys::location.eq(&answer.location),
        idempotency_keys::created_at.eq(now),
    );
    diesel::insert_into(idempotency_keys::table).values(row).execute(conn).await?;
    Ok(())
}

/// Forgets answers that were kept before an instant; returns how many.
///
/// # Errors
/// Where the database cannot answer.
pub async fn answers_forget(conn: &Conn, before: DateTime<Utc>) -> Result<usize> {
    let old = idempotency_keys::table.filter(idempotency_keys::created_at.lt(before));
    Ok(diesel::delete(old).execute(&mut &*conn).await?)
}
