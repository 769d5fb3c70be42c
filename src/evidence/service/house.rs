//! Clearing up: evidence that was never used, contents that nothing has any more, contents that were
//! never remembered, files that began to come in and never arrived.

use super::subject;
use crate::accounts::model::{Actor, Locked, Right};
use crate::db::{Writes, in_transaction};
use crate::evidence::store::{self, EvidenceWhole};
use crate::files::Files;
use crate::kernel::{Ids, Result};
use crate::ledger::model::{Action, Place};
use crate::ledger::service::{Work, recorded};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

/// How long what is not used yet is kept.
const KEPT: TimeDelta = TimeDelta::hours(24);
/// The most pieces that one transaction deletes, and the most contents that one round does.
const AT_ONCE: i64 = 500;
/// How many contents are looked up in one statement.
const LOOKED_UP: usize = 1_000;
/// Why, in the record.
const REASON: &str = "It was not used within a day.";

/// One round; returns how much went. Several replicas may do so at once.
///
/// # Errors
/// Where the database or the files cannot be reached; what is done is done.
pub async fn clear_up(writes: &Writes, files: &Files, ids: &dyn Ids, now: DateTime<Utc>) -> Result<usize> {
    let pieces = delete_unused(writes, ids, now).await?;
    let contents = remove_contents(writes, files, now).await?;
    let orphans = remove_orphans(writes, files, now - KEPT).await?;
    Ok(pieces + contents + orphans + files.sweep(now - KEPT).await?)
}

async fn delete_unused(writes: &Writes, ids: &dyn Ids, now: DateTime<Utc>) -> Result<usize> {
    let mut conn = writes.get().await?;
    in_transaction(&mut conn, async |conn| {
        let operator = Actor::operator();
        let permit = operator.permit(Right::Administer, None)?;
        let mut work = Work::new(conn, operator, now, ids, None);
        let unused = store::evidence_unused_in_txn(work.conn, now - KEPT, AT_ONCE).await?;
        let count = unused.len();
        for row in unused {
            let (row, editable) = Locked::new(row).step(&permit, None)?;
            store::evidence_delete_in_txn(work.conn, &editable).await?;
            let place = Place { member_id: Some(row.state.member_id), plan_id: None, public: false };
            let before = recorded(&EvidenceWhole::alone(row.state))?;
            let subject = subject(row.id, place, Some(REASON.to_owned()));
            work.note(&permit, subject.change(Action::Deleted, row.version + 1, before, Value::Null))?;
        }
        work.record_in_txn().await?;
        Ok(count)
    })
    .await
}

/// Each content in a transaction of its own, under its lock: whoever uploads the same at this moment
/// comes before, and it stays, or after, and stores it again. One that cannot be removed now does not
/// keep the others: the next round tries it again.
async fn remove_contents(writes: &Writes, files: &Files, now: DateTime<Utc>) -> Result<usize> {
    let mut conn = writes.get().await?;
    let unused = store::contents_unused(&conn, AT_ONCE).await?;
    let mut count = 0;
    for sha256 in unused {
        let gone = in_transaction(&mut conn, async |conn| {
            store::content_lock_in_txn(conn, &sha256).await?;
            let gone = store::content_forget_in_txn(conn, &sha256, now).await?;
            if gone {
                files.remove(&sha256).await?;
            }
            Ok(gone)
        })
        .await;
        count += removed(&sha256, gone);
    }
    Ok(count)
}

/// Contents that were kept by transactions that failed then: nothing knows them. Each under its lock, as
/// above.
async fn remove_orphans(writes: &Writes, files: &Files, before: DateTime<Utc>) -> Result<usize> {
    let mut conn = writes.get().await?;
    let kept = files.kept_before(before).await?;
    let mut count = 0;
    for some in kept.chunks(LOOKED_UP) {
        for sha256 in store::contents_unknown(&conn, some).await? {
            let gone = in_transaction(&mut conn, async |conn| {
                store::content_lock_in_txn(conn, &sha256).await?;
                let known = store::content_is_stored(conn, &sha256).await?;
                if !known {
                    files.remove(&sha256).await?;
                }
                Ok(!known)
            })
            .await;
            count += removed(&sha256, gone);
        }
    }
    Ok(count)
}

/// How many contents went: one or none.
fn removed(sha256: &str, gone: Result<bool>) -> usize {
    match gone {
        Ok(gone) => usize::from(gone),
        Err(error) => {
            tracing::warn!(?error, sha256, "a content that nothing uses could not be removed");
            0
        }
    }
}
