//! Reading the log and having it proved; what is kept of other logs.

mod witness;

use super::model::entry::LoggedEntry;
use super::service;
use super::store::tree::{self as store, CheckpointRow, LeafName, LeafRow};
use super::view::log::{
    LogCheckpoint, LogCheckpointList, LogConsistency, LogInclusion, LogKey, LogKeyList, LogPage,
    LoggedEntryList, base64, base64_path,
};
use crate::db::{Conn, Reads};
use crate::http::Routes;
use crate::http::query::{Nothing, Own};
use crate::http::reply;
use crate::http::{ItemProblems, ListProblems, Problem};
use crate::kernel::page::{DEFAULT_LIMIT, MAX_LIMIT};
use crate::kernel::{Error, Ref, Result};
use actix_web::{HttpRequest, HttpResponse, get, web};
use chrono::{DateTime, Datelike, Utc};
use serde::Deserialize;
use utoipa::IntoParams;
use validator::Validate;

/// The operations of this room.
pub fn routes(config: &mut Routes<'_, '_>) {
    config.service(list_ledger_entries).service(get_ledger_entry);
    config.service(get_ledger_checkpoint).service(list_ledger_checkpoints);
    config.service(get_ledger_inclusion_proof).service(get_ledger_consistency_proof);
    config.service(get_ledger_public_key);
    witness::routes(config);
}

/// Which entries.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[into_params(parameter_in = Query)]
struct EntriesQuery {
    /// Only entries after this place; the first is 0.
    #[param(minimum = 0)]
    #[validate(range(min = 0, message = "must be 0 or more"))]
    after: Option<i64>,
    /// Entries per page, 1 to 200.
    #[param(minimum = 1, maximum = 200, default = 50)]
    #[validate(range(min = 1, max = MAX_LIMIT, message = "must be between 1 and 200"))]
    limit: Option<u16>,
}

/// Which checkpoints.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[into_params(parameter_in = Query)]
struct CheckpointsQuery {
    /// Only the last one that was signed at this instant (RFC 3339) or earlier.
    #[param(example = "2026-11-23T12:00:00Z")]
    #[validate(custom(function = instant))]
    at: Option<DateTime<Utc>>,
    /// Only those of trees with more entries.
    #[param(minimum = 0)]
    #[validate(range(min = 0, message = "must be 0 or more"))]
    after: Option<i64>,
    /// Checkpoints per page, 1 to 200.
    #[param(minimum = 1, maximum = 200, default = 50)]
    #[validate(range(min = 1, max = MAX_LIMIT, message = "must be between 1 and 200"))]
    limit: Option<u16>,
}

/// What is to be proved of an entry.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[into_params(parameter_in = Query)]
struct InclusionQuery {
    /// The place of the entry; that of the tree's last one where it is left out.
    #[param(minimum = 0)]
    #[validate(range(min = 0, message = "must be 0 or more"))]
    index: Option<i64>,
    /// How many entries the tree has; that of the last checkpoint where it is left out.
    #[param(minimum = 1)]
    #[validate(range(min = 1, message = "must be 1 or more"))]
    size: Option<i64>,
}

/// What is to be proved of two trees.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[into_params(parameter_in = Query)]
struct ConsistencyQuery {
    /// How many entries the smaller tree has; 1 where it is left out.
    #[param(minimum = 1)]
    #[validate(range(min = 1, message = "must be 1 or more"))]
    from: Option<i64>,
    /// How many entries the larger tree has; that of the last checkpoint where it is left out.
    #[param(minimum = 1)]
    #[validate(range(min = 1, message = "must be 1 or more"))]
    to: Option<i64>,
}

/// chrono reads years that neither RFC 3339 nor the database knows.
fn instant(at: &DateTime<Utc>) -> Result<(), validator::ValidationError> {
    if (1..=9999).contains(&at.year()) {
        return Ok(());
    }
    Err(validator::ValidationError::new("instant")
        .with_message("must be an instant of the years 0001 to 9999".into()))
}

/// How many rows to read for a page: one more tells whether there is another.
fn page_limit(asked: Option<u16>) -> usize {
    usize::from(asked.unwrap_or(DEFAULT_LIMIT))
}

/// Cuts the row that only tells that there is another page.
fn page_of<T>(rows: &mut Vec<T>, limit: usize, place: impl Fn(&T) -> i64) -> LogPage {
    let more = rows.len() > limit;
    rows.truncate(limit);
    LogPage { next: rows.last().filter(|_| more).map(place) }
}

/// List the public record
///
/// Every change of public data, one entry per changed thing, in the order in which it was committed and
/// numbered without gaps. An entry never changes. Its leaf in the tree is SHA-256 of a zero byte and the
/// entry's canonical JSON (RFC 8785), all of its fields included.
#[utoipa::path(
    tag = "ledger",
    operation_id = "list_ledger_entries",
    params(EntriesQuery),
    responses((status = 200, description = "A page of entries, the earliest first.", body = LoggedEntryList), ListProblems)
)]
#[get("/ledger/entries")]
async fn list_ledger_entries(
    request: HttpRequest,
    reads: web::Data<Reads>,
    Own(asked): Own<EntriesQuery>,
) -> Result<HttpResponse, Problem> {
    let (limit, from) = (page_limit(asked.limit), asked.after.map_or(0, |after| after.saturating_add(1)));
    let mut rows = store::leaf_list(&*reads.get().await?, from, at_most(limit)).await?;
    let page = page_of(&mut rows, limit, |row| row.seat.index);
    let data = rows.iter().map(LeafRow::logged).collect::<Result<_>>()?;
    Ok(reply::public(&request, &LoggedEntryList { data, page })?)
}

/// One more than a page has.
fn at_most(limit: usize) -> i64 {
    i64::try_from(limit).map_or(i64::MAX, |limit| limit.saturating_add(1))
}

/// Read an entry of the public record
///
/// The answer is byte by byte the entry's canonical JSON (RFC 8785): SHA-256 of a zero byte and the answer
/// is its leaf in the tree.
#[utoipa::path(
    tag = "ledger",
    operation_id = "get_ledger_entry",
    params(("entry" = String, Path, description = "Place in the record, or id.", example = "0")),
    responses((status = 200, description = "The entry.", body = LoggedEntry), ItemProblems)
)]
#[get("/ledger/entries/{entry}")]
async fn get_ledger_entry(
    request: HttpRequest,
    reads: web::Data<Reads>,
    name: web::Path<Ref>,
    _: Nothing,
) -> Result<HttpResponse, Problem> {
    let missing = || Error::not_found("entry", &*name);
    let which = match &*name {
        Ref::Id(id) => LeafName::Id(*id),
        Ref::Name(index) => LeafName::Index(index.parse().map_err(|_| missing())?),
    };
    let row = store::leaf_find(&*reads.get().await?, which).await?.ok_or_else(missing)?;
    Ok(reply::public_bytes(&request, "application/json", row.logged()?.canonical()?))
}

/// Read the last checkpoint
///
/// How many entries the record has and the root of their tree, signed: a tlog-checkpoint in a signed note
/// (both C2SP). Keep it: `/ledger/proofs/consistency` proves later that the record only grew. Only copies in
/// other hands can show that somebody was told another history.
#[utoipa::path(
    tag = "ledger",
    operation_id = "get_ledger_checkpoint",
    responses(
        (status = 200, description = "The signed note.", body = String, content_type = "text/plain"),
        ItemProblems
    )
)]
#[get("/ledger/checkpoint")]
async fn get_ledger_checkpoint(
    request: HttpRequest,
    reads: web::Data<Reads>,
    _: Nothing,
) -> Result<HttpResponse, Problem> {
    let last = service::last_checkpoint(&*reads.get().await?).await?;
    Ok(reply::public_bytes(&request, "text/plain; charset=utf-8", last.note.into_bytes()))
}

/// List checkpoints
///
/// Every state that was signed, the smallest tree first; or the last one that was signed at an instant or
/// earlier, if there was one.
#[utoipa::path(
    tag = "ledger",
    operation_id = "list_ledger_checkpoints",
    params(CheckpointsQuery),
    responses((status = 200, description = "A page of checkpoints.", body = LogCheckpointList), ListProblems)
)]
#[get("/ledger/checkpoints")]
async fn list_ledger_checkpoints(
    request: HttpRequest,
    reads: web::Data<Reads>,
    Own(asked): Own<CheckpointsQuery>,
) -> Result<HttpResponse, Problem> {
    let (conn, limit) = (reads.get().await?, page_limit(asked.limit));
    let after = asked.after.unwrap_or_default();
    let mut rows = match asked.at {
        Some(_) => {
            let last = store::checkpoint_last(&conn, asked.at).await?;
            last.into_iter().filter(|row| row.size > after).collect()
        }
        None => store::checkpoint_list(&conn, after, at_most(limit)).await?,
    };
    let page = page_of(&mut rows, limit, |row| row.size);
    let data = rows.into_iter().map(checkpoint).collect();
    Ok(reply::public(&request, &LogCheckpointList { data, page })?)
}

fn checkpoint(row: CheckpointRow) -> LogCheckpoint {
    LogCheckpoint { size: row.size, root_hash: base64(row.root), signed_at: row.signed_at, note: row.note }
}

/// Prove that an entry is in the record
///
/// The hashes beside the way from the entry's leaf to the root of a tree (RFC 9162, section 2.1.3).
#[utoipa::path(
    tag = "ledger",
    operation_id = "get_ledger_inclusion_proof",
    params(InclusionQuery),
    responses((status = 200, description = "The proof.", body = LogInclusion), ItemProblems)
)]
#[get("/ledger/proofs/inclusion")]
async fn get_ledger_inclusion_proof(
    request: HttpRequest,
    reads: web::Data<Reads>,
    Own(asked): Own<InclusionQuery>,
) -> Result<HttpResponse, Problem> {
    let conn = reads.get().await?;
    let size = tree_size(&conn, "size", asked.size).await?;
    let index = asked.index.unwrap_or(size - 1);
    if index >= size {
        let detail = format!("a tree of {size} entries has none there: its last is {}", size - 1);
        return Err(Error::parameter("index", "parameter_invalid", detail).into());
    }
    let proof = service::inclusion_proof(&conn, unsigned(index)?, unsigned(size)?).await?;
    let (leaf_hash, root_hash) = (base64(proof.leaf), base64(proof.root));
    let body = LogInclusion { index, size, leaf_hash, root_hash, path: base64_path(&proof.path) };
    Ok(reply::public(&request, &body)?)
}

/// Prove that the record only grew
///
/// The hashes that show that a tree begins with all of a smaller one (RFC 9162, section 2.1.4).
#[utoipa::path(
    tag = "ledger",
    operation_id = "get_ledger_consistency_proof",
    params(ConsistencyQuery),
    responses((status = 200, description = "The proof.", body = LogConsistency), ItemProblems)
)]
#[get("/ledger/proofs/consistency")]
async fn get_ledger_consistency_proof(
    request: HttpRequest,
    reads: web::Data<Reads>,
    Own(asked): Own<ConsistencyQuery>,
) -> Result<HttpResponse, Problem> {
    let conn = reads.get().await?;
    let (from, to) = (asked.from.unwrap_or(1), tree_size(&conn, "to", asked.to).await?);
    if from > to {
        let detail = format!("a tree of {to} entries continues none of {from}: take `from` up to `to`");
        return Err(Error::parameter("from", "parameter_invalid", detail).into());
    }
    let proof = service::consistency_proof(&conn, unsigned(from)?, unsigned(to)?).await?;
    let (from_root_hash, to_root_hash) = (base64(proof.from), base64(proof.to));
    let body = LogConsistency { from, to, from_root_hash, to_root_hash, path: base64_path(&proof.path) };
    Ok(reply::public(&request, &body)?)
}

/// The size that is asked for, or that of the last checkpoint.
async fn tree_size(conn: &Conn, parameter: &str, asked: Option<i64>) -> Result<i64> {
    let last = service::last_checkpoint(conn).await?.size;
    match asked {
        Some(size) if size > last => {
            let detail = format!("the record has {last} entries so far");
            Err(Error::parameter(parameter, "parameter_invalid", detail))
        }
        Some(size) => Ok(size),
        None => Ok(last),
    }
}

fn unsigned(number: i64) -> Result<u64> {
    u64::try_from(number).map_err(|error| Error::Internal(error.to_string()))
}

/// List the keys of the record
///
/// The keys that sign checkpoints, the present one last. Each was recorded in the log itself before it signed
/// alone. Get them by another way, too: whoever could serve another record could serve another key.
#[utoipa::path(
    tag = "ledger",
    operation_id = "get_ledger_public_key",
    responses((status = 200, description = "The keys.", body = LogKeyList), ListProblems)
)]
#[get("/ledger/public-key")]
async fn get_ledger_public_key(
    request: HttpRequest,
    reads: web::Data<Reads>,
    _: Nothing,
) -> Result<HttpResponse, Problem> {
    let keys = service::log_keys(&*reads.get().await?).await?;
    let data = keys.iter().map(|(row, key)| LogKey::new(key, row.seat.index)).collect();
    Ok(reply::public(&request, &LogKeyList { data })?)
}
