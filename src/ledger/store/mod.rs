//! Rows of the record, and of answers that may be asked for again.

pub mod recorded;
pub mod state;
pub mod tree;
pub mod witness;

use super::model::{Action, IMPORT_LOCK, Kind};
use crate::accounts::model::Viewer;
use crate::db::page::{PageRequest, SortKey, Sorting};
use crate::db::prepared::{Fixed, execute, prepared_insert};
use crate::db::schema::{idempotency_keys, ledger_entries};
use crate::db::sql::{Field, Nested, nested, seen_by};
use crate::db::types::words;
use crate::db::{Conn, Word};
use crate::kernel::Result;
use crate::kernel::ask::{Idempotency, Representation};
use crate::kernel::page::{Page, PageAsk};
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{self, BigInt, Nullable, Text, Timestamptz};
use diesel_async::RunQueryDsl;
use futures_util::future::try_join_all;
use serde::Deserialize;
use uuid::Uuid;

/// The most entries that one statement inserts: PostgreSQL takes 65,535 parameters.
const CHUNK: usize = 1_000;
/// So many entries are inserted one by one, by a statement that is prepared.
pub const FEW: usize = 4;
/// How long a request waits for another one with the same key before it is told to come again.
const KEY_WAIT: &str = "2s";

/// What a history can be sorted by.
const ENTRY_SORTING: Sorting = Sorting {
    keys: &[
        SortKey { name: "recorded_at", sql: "ledger_entries.recorded_at", sql_type: "timestamptz" },
        SortKey { name: "kind", sql: "ledger_entries.kind", sql_type: "text" },
    ],
    default: "-recorded_at",
    id: "ledger_entries.id",
};
/// Which entries a viewer sees: what was recorded of a draft stays with those who saw the draft.
const VISIBLE: &str =
    "(ledger_entries.public OR :viewer = '*' OR strpos(:viewer, ledger_entries.member_id::text) > 0)";

/// An entry, as stored.
#[derive(Debug, Clone, Insertable, Queryable, Selectable)]
#[diesel(table_name = ledger_entries, check_for_backend(Pg))]
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

prepared_insert! {
    /// Appends one entry.
    EntryInsert into "ledger_entries":
    id: &'a Uuid as sql_types::Uuid,
    recorded_at: &'a DateTime<Utc> as Timestamptz,
    action: &'a Word<Action> as Text,
    kind: &'a Word<Kind> as Text,
    resource_id: &'a Uuid as sql_types::Uuid,
    code: &'a Option<String> as Nullable<Text>,
    version: &'a i64 as BigInt,
    member_id: &'a Option<Uuid> as Nullable<sql_types::Uuid>,
    plan_id: &'a Option<Uuid> as Nullable<sql_types::Uuid>,
    public: &'a bool as sql_types::Bool,
    state: &'a String as Text,
    difference: &'a String as Text,
    actor_id: &'a Uuid as sql_types::Uuid,
    actor_role: &'a String as Text,
    actor_member_id: &'a Option<Uuid> as Nullable<sql_types::Uuid>,
    reason: &'a Option<String> as Nullable<Text>,
    request_id: &'a Option<Uuid> as Nullable<sql_types::Uuid>,
}

impl<'a> From<&'a EntryRow> for EntryInsert<'a> {
    fn from(row: &'a EntryRow) -> Self {
        Self {
            id: &row.id,
            recorded_at: &row.recorded_at,
            action: &row.action,
            kind: &row.kind,
            resource_id: &row.resource_id,
            code: &row.code,
            version: &row.version,
            member_id: &row.member_id,
            plan_id: &row.plan_id,
            public: &row.public,
            state: &row.state,
            difference: &row.difference,
            actor_id: &row.actor_id,
            actor_role: &row.actor_role,
            actor_member_id: &row.actor_member_id,
            reason: &row.reason,
            request_id: &row.request_id,
        }
    }
}

/// Which entries to list; each part narrows where it is given.
#[derive(Debug, Clone, Default)]
pub struct EntryFilter {
    /// About any of these things; about nothing where there are none.
    pub resources: Vec<Uuid>,
    /// About things of any of these kinds.
    pub kinds: Vec<Kind>,
    /// Any of these changes.
    pub actions: Vec<Action>,
    /// Recorded on this day (UTC) or later.
    pub from: Option<NaiveDate>,
    /// Recorded on this day (UTC) or earlier.
    pub to: Option<NaiveDate>,
}

/// An entry with what its readers are told besides.
#[derive(Debug, Clone)]
pub struct EntrySeen {
    /// The entry.
    pub row: EntryRow,
    /// Code of the member that the actor's role was held for.
    pub member: Option<String>,
}

#[derive(Debug, Deserialize)]
struct OfEntry {
    member: Option<String>,
}

impl Nested for OfEntry {
    const PARTS: &'static [Field] =
        &[("member", "SELECT m.code FROM members m WHERE m.id = ledger_entries.actor_member_id")];
}

/// A page of the entries about some things.
///
/// # Errors
/// Where the database cannot answer.
pub async fn entry_list(
    conn: &Conn,
    viewer: &Viewer,
    filter: &EntryFilter,
    ask: &PageAsk,
) -> Result<Page<EntrySeen>> {
    let page = PageRequest::new(ENTRY_SORTING, ask)?;
    let filtered = || {
        let mut query = ledger_entries::table
            .filter(seen_by(VISIBLE, &viewer.sight()))
            .filter(ledger_entries::resource_id.eq_any(filter.resources.clone()))
            .into_boxed::<Pg>();
        if !filter.kinds.is_empty() {
            query = query.filter(ledger_entries::kind.eq_any(words(&filter.kinds)));
        }
        if !filter.actions.is_empty() {
            query = query.filter(ledger_entries::action.eq_any(words(&filter.actions)));
        }
        if let Some(from) = filter.from {
            query = query.filter(ledger_entries::recorded_at.ge(midnight(from)));
        }
        if let Some(next) = filter.to.and_then(|to| to.succ_opt()) {
            query = query.filter(ledger_entries::recorded_at.lt(midnight(next)));
        }
        query
    };
    let rows = filtered().filter(page.place()).order(page.order()).limit(page.fetch()).select((
        EntryRow::as_select(),
        nested::<OfEntry>(&viewer.sight()),
        page.keys(),
    ));
    let count = filtered().count();
    let found =
        page.run(rows.load(&mut &*conn), count.get_result(&mut &*conn), |row: &EntryRow| row.id).await?;
    Ok(found.map(|(row, OfEntry { member })| EntrySeen { row, member }))
}

/// The instant at which a day begins, UTC.
fn midnight(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc()
}

/// Appends entries.
///
/// # Errors
/// Where the database refuses them.
pub async fn entries_append_in_txn(conn: &mut Conn, entries: &[EntryRow]) -> Result<()> {
    if entries.len() <= FEW {
        return few_entries_append_in_txn(conn, entries).await;
    }
    for chunk in entries.chunks(CHUNK) {
        diesel::insert_into(ledger_entries::table).values(chunk).execute(conn).await?;
    }
    Ok(())
}

/// The same of a few, beside other statements of the same transaction: all of them are sent at once.
///
/// # Errors
/// Where the database refuses them.
pub async fn few_entries_append_in_txn(conn: &Conn, entries: &[EntryRow]) -> Result<()> {
    let inserts = entries.iter().map(|entry| execute(conn, EntryInsert::from(entry)));
    try_join_all(inserts).await.map(drop)
}

/// Tells all that listen on a channel something, once the transaction is committed.
///
/// # Errors
/// Where the database cannot answer.
pub async fn notify_in_txn(conn: &mut Conn, channel: &str, text: &str) -> Result<()> {
    diesel::sql_query("SELECT pg_notify($1, $2)")
        .bind::<Text, _>(channel)
        .bind::<Text, _>(text)
        .execute(conn)
        .await?;
    Ok(())
}

/// Waits for an import under way, and makes the next one wait until the transaction ends.
///
/// # Errors
/// Where the database cannot answer.
pub async fn imports_wait_in_txn(conn: &Conn) -> Result<()> {
    execute(conn, Fixed(format!("SELECT pg_advisory_xact_lock_shared({IMPORT_LOCK})"))).await
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
#[diesel(table_name = idempotency_keys, check_for_backend(Pg))]
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
