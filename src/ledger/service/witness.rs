//! Watching other logs: a tracker keeps what others have signed, and refuses what does not continue it.
//!
//! Whoever runs a log can fork it unnoticed as long as nobody compares. Here each state of a known log must be
//! proved to continue the last one seen. Two trees of one size, each signed, are kept both: they prove the fork to
//! everybody.

use crate::db::{Conn, Writes, in_transaction};
use crate::kernel::ask::Body;
use crate::kernel::{Clock, Error, Result};
use crate::ledger::model::note::{Checkpoint, LogKey};
use crate::ledger::model::tree::{Hash, is_consistent};
use crate::ledger::model::witness::CheckpointShown;
use crate::ledger::store::witness::{self as store, NewWitnessedRow, WitnessedRow};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::sync::Arc;

/// Keeps what some other logs show.
#[derive(Clone)]
pub struct Witness {
    keys: Vec<LogKey>,
    writes: Writes,
    clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for Witness {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Witness").field("keys", &self.keys).finish_non_exhaustive()
    }
}

/// How a state compares with what was seen.
enum Outcome {
    Kept(WitnessedRow),
    Forked(i64),
}

impl Witness {
    /// Of the logs that sign with these keys.
    pub fn new(keys: Vec<LogKey>, writes: Writes, clock: Arc<dyn Clock>) -> Self {
        Self { keys, writes, clock }
    }

    /// Whether this is the name of a log that is watched.
    pub fn watches(&self, origin: &str) -> bool {
        self.keys.iter().any(|key| key.name == origin)
    }

    /// Keeps a state of another log.
    ///
    /// # Errors
    /// `Invalid` where it is no checkpoint of a log that is watched here; `Conflict` where it is not shown to
    /// continue what was seen, or where the log was forked.
    pub async fn see(&self, body: &Body) -> Result<WitnessedRow> {
        let shown: CheckpointShown = body.read()?;
        let (checkpoint, path) = (self.signed(&shown.checkpoint)?, path(&shown.path)?);
        let size = i64::try_from(checkpoint.size)
            .map_err(|_| Error::invalid("/checkpoint", "checkpoint_malformed", "its tree is too large"))?;
        let mut conn = self.writes.get().await?;
        let outcome = in_transaction(&mut conn, async |conn| {
            store::witnesses_wait_in_txn(conn).await?;
            let row = NewWitnessedRow {
                origin: checkpoint.origin.clone(),
                size,
                root: checkpoint.root.to_vec(),
                note: shown.checkpoint.clone(),
                seen_at: self.clock.now(),
            };
            compare_in_txn(conn, &row, &checkpoint, shown.from, &path).await
        })
        .await?;
        match outcome {
            Outcome::Kept(row) => Ok(row),
            Outcome::Forked(size) => {
                let origin = checkpoint.origin;
                tracing::error!(
                    origin,
                    size,
                    "A LOG THAT IS WATCHED HERE WAS FORKED: it has signed two trees of one size"
                );
                let detail = format!(
                    "another tree of {size} entries was seen before, signed by the same log: it was forked"
                );
                Err(Error::conflict("log_forked", detail))
            }
        }
    }

    /// The checkpoint of a note that a watched log has signed.
    fn signed(&self, note: &str) -> Result<Checkpoint> {
        let refuse = |code, detail: &str| Error::invalid("/checkpoint", code, detail);
        let read = Checkpoint::read(note).filter(|read| read.size > 0);
        let read = read.ok_or_else(|| {
            refuse("checkpoint_malformed", "it is no signed checkpoint of a log with entries")
        })?;
        let mut of_log = self.keys.iter().filter(|key| key.name == read.origin);
        if of_log.any(|key| key.has_signed(note)) {
            return Ok(read);
        }
        Err(refuse("log_unknown", "no log that is watched here has signed it"))
    }
}

/// Holds a state against the last one of its log, and keeps it where it continues that, or contradicts it.
async fn compare_in_txn(
    conn: &Conn,
    row: &NewWitnessedRow,
    checkpoint: &Checkpoint,
    from: Option<i64>,
    path: &[Hash],
) -> Result<Outcome> {
    let seen = store::witnessed_at(conn, &row.origin, row.size).await?;
    if let Some(known) = seen.iter().find(|known| known.root == row.root) {
        return Ok(Outcome::Kept(known.clone()));
    }
    if seen.is_empty()
        && let Some(last) = store::witnessed_last(conn, &row.origin).await?
    {
        continues(&last, checkpoint, from, path)?;
    }
    store::witnessed_append_in_txn(conn, row).await?;
    // Where there are two, both stay: each of them is signed.
    match store::witnessed_at(conn, &row.origin, row.size).await?.pop() {
        Some(kept) if seen.is_empty() => Ok(Outcome::Kept(kept)),
        _ => Ok(Outcome::Forked(row.size)),
    }
}

/// Whether a state is proved to continue the last one.
fn continues(last: &WitnessedRow, checkpoint: &Checkpoint, from: Option<i64>, path: &[Hash]) -> Result<()> {
    let known = u64::try_from(last.size).ok().zip(Hash::try_from(last.root.as_slice()).ok());
    let (size, root) = known.ok_or_else(|| Error::Internal("a stored checkpoint is broken".to_owned()))?;
    if checkpoint.size < size {
        let detail = format!("a tree of {size} entries was seen before: a log does not shrink");
        return Err(Error::conflict("checkpoint_older", detail));
    }
    if from != Some(last.size) {
        let detail = format!(
            "the last checkpoint that was seen has {size} entries: prove with `from` and `path` that this one continues it"
        );
        return Err(Error::conflict("proof_missing", detail));
    }
    if is_consistent((size, &root), (checkpoint.size, &checkpoint.root), path) {
        return Ok(());
    }
    tracing::error!(
        origin = checkpoint.origin,
        from = size,
        to = checkpoint.size,
        "A LOG THAT IS WATCHED HERE DOES NOT PROVE THAT IT CONTINUES WHAT WAS SEEN OF IT"
    );
    let detail =
        format!("the hashes do not prove that it continues the checkpoint of {size} entries that was seen");
    Err(Error::conflict("proof_wrong", detail))
}

/// The hashes of a proof.
fn path(texts: &[String]) -> Result<Vec<Hash>> {
    let read = |(place, text): (usize, &String)| {
        let hash = STANDARD.decode(text).ok().and_then(|bytes| Hash::try_from(bytes).ok());
        hash.ok_or_else(|| {
            Error::invalid(format!("/path/{place}"), "hash_malformed", "a hash is 32 bytes in base64")
        })
    };
    texts.iter().enumerate().map(read).collect()
}
