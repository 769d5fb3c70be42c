//! Numbering the public record and growing its tree.
//!
//! **Order.** A round takes every committed public entry that has no place yet and appends it. What a
//! round does not see commits after all that it sees and gets a later place: so entries stand in the order
//! in which they were committed, those of one round in that of their transactions. No writer waits, and a
//! transaction that runs for long keeps nobody back: its entries come when they are committed.
//!
//! **Where to look.** Once all entries of ended transactions have places, the next round need only look at
//! transactions that ran then or began since ([`Running::oldest`]). That is remembered by the process, not
//! stored: a process that has just started looks at everything once. A database that was restored may count
//! transactions from a lower number; then, too, everything is looked at.
//!
//! **One at a time.** A round is one transaction under an advisory lock; keys of the tables refuse a place
//! that is taken, whatever becomes of the lock. A round that is given up half-way leaves nothing behind.

use super::log_keys::LogKeys;
use super::news::{self, touched};
use super::{Signer, Subject, Work};
use crate::accounts::model::{Actor, Right};
use crate::db::{Conn, Writes, in_transaction};
use crate::kernel::{Clock, Error, Ids, Result};
use crate::ledger::model::note::{Checkpoint, LogKey, hex, is_log_name};
use crate::ledger::model::tree::{Edge, Span};
use crate::ledger::model::{Kind, Place};
use crate::ledger::store::EntryRow;
use crate::ledger::store::tree::{self as store, CheckpointRow, Growth, LeafRow, Running, SeatRow};
use ed25519_dalek::SigningKey;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// The most entries that one round numbers: its memory is bounded, whatever an import brings.
const BATCH: usize = 2_000;
/// How long between two rounds where nothing waits.
const PAUSE: Duration = Duration::from_millis(500);

/// What grows the tree.
#[derive(Clone)]
pub struct Sequencer {
    writes: Writes,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    keys: LogKeys,
    origin: String,
    /// The entries of all transactions below have places.
    done: Arc<AtomicI64>,
}

impl std::fmt::Debug for Sequencer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sequencer").field("origin", &self.origin).finish_non_exhaustive()
    }
}

/// What a round did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Round {
    /// How many entries it numbered.
    pub numbered: usize,
    /// Whether others may be waiting still.
    pub more: bool,
}

/// The name of a log: the one that is chosen, or one that stays with the database.
///
/// # Errors
/// `Invalid` where a log cannot be called that, and where the database cannot answer.
pub async fn log_origin(conn: &Conn, chosen: Option<&str>) -> Result<String> {
    match chosen {
        Some(name) if is_log_name(name) => Ok(name.to_owned()),
        Some(name) => Err(Error::invalid(
            "",
            "log_origin_invalid",
            format!(
                "{name:?} is no name of a log: it has no spaces and no plus sign, e.g. ogp.example.org/ledger"
            ),
        )),
        None => Ok(format!("ogp-tracker/{}", store::log_id(conn).await?)),
    }
}

/// Whether a log has signed anything: then its key is somewhere.
///
/// # Errors
/// Where the database cannot answer.
pub async fn log_is_signed(conn: &Conn) -> Result<bool> {
    Ok(store::checkpoint_last(conn, None).await?.is_some())
}

impl Sequencer {
    /// Grows the tree of a log.
    pub fn new(
        writes: Writes,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
        keys: LogKeys,
        origin: String,
    ) -> Self {
        Self { writes, clock, ids, keys, origin, done: Arc::default() }
    }

    /// What signs documents as the log does.
    pub fn signer(&self) -> Signer {
        Signer::new(self.keys.clone())
    }

    /// Goes on as long as it is driven. What fails is logged and tried again.
    pub async fn run(self) {
        let mut failing = false;
        loop {
            let more = match self.round().await {
                Ok(round) => {
                    failing = false;
                    round.more
                }
                Err(error) => {
                    // Once, not twice a second.
                    if !std::mem::replace(&mut failing, true) {
                        tracing::error!(%error, "the public record cannot be numbered; it is tried again");
                    }
                    false
                }
            };
            if !more {
                tokio::time::sleep(PAUSE).await;
            }
        }
    }

    /// One round: when it is over, all that was committed before it began is in the tree, unless there
    /// is [`Round::more`].
    ///
    /// # Errors
    /// `Internal` where the stored tree is not what was signed last, or no key can sign; and where the
    /// database cannot answer.
    pub async fn round(&self) -> Result<Round> {
        let keys = self.keys.read().map_err(|fault| Error::Internal(fault.to_string()))?;
        let Some((newest, older)) = keys.split_last() else {
            return Err(Error::Internal(
                "there is no key to sign checkpoints with: keys log-init".to_owned(),
            ));
        };
        let mut conn = self.writes.get().await?;
        let (round, running) = in_transaction(&mut conn, async |conn| {
            store::sequencers_wait_in_txn(conn).await?;
            let running = store::running(conn).await?;
            let limit = i64::try_from(BATCH).unwrap_or(i64::MAX);
            let mut waiting = store::unnumbered_list(conn, self.look_from(running), limit).await?;
            let round = Round { numbered: waiting.len(), more: waiting.len() == BATCH };
            let known = store::log_key_list(conn).await?;
            let mut signers = vec![newest];
            if let Some(entry) = self.new_key_in_txn(conn, newest, &known).await? {
                // First: the checkpoint that this key signs tells of it.
                waiting.insert(0, entry);
                signers
                    .extend(last_key(&known).and_then(|last| older.iter().rfind(|key| is_key(&last, key))));
            }
            if !waiting.is_empty() {
                self.grow_in_txn(conn, &waiting, signers).await?;
                // Also what was recorded by somebody who could not tell any more.
                news::tell_in_txn(conn, &touched(&waiting)).await?;
            }
            Ok((round, running))
        })
        .await?;
        if !round.more {
            self.done.store(running.oldest, Ordering::Relaxed);
        }
        Ok(round)
    }

    /// The first transaction whose entries may have no place.
    fn look_from(&self, running: Running) -> i64 {
        let done = self.done.load(Ordering::Relaxed);
        if done <= running.next { done } else { 0 }
    }

    /// Records the key that signs, where the log does not know it.
    async fn new_key_in_txn(
        &self,
        conn: &mut Conn,
        newest: &SigningKey,
        known: &[LeafRow],
    ) -> Result<Option<EntryRow>> {
        let key = LogKey::new(&self.origin, newest.verifying_key());
        let last = last_key(known);
        if last.as_ref() == Some(&key) {
            return Ok(None);
        }
        if known.iter().any(|entry| key_of(entry).as_ref() == Some(&key)) {
            return Err(Error::Internal(format!(
                "the log's present key {} is not in the folder of its keys, only an older one; replicas share OGP_LOG_KEYS_DIR",
                last.map(|last| hex(&last.id())).unwrap_or_default()
            )));
        }
        let permit = Actor::operator().permit(Right::Administer, None)?;
        let mut work = Work::new(conn, Actor::operator(), self.clock.now(), self.ids.as_ref(), None);
        let subject = Subject {
            kind: Kind::LogKey,
            id: work.next_id(),
            code: Some(hex(&key.id())),
            place: Place::COMMON,
            reason: None,
        };
        work.note(&permit, subject.created(json!({ "verifier_key": key.to_string() })))?;
        let entry = work.entries.last().cloned();
        work.record_in_txn().await?;
        Ok(entry)
    }

    /// Gives these entries the next places, and signs what the tree is then.
    async fn grow_in_txn(&self, conn: &Conn, waiting: &[EntryRow], signers: Vec<&SigningKey>) -> Result<()> {
        let mut edge = edge(conn, store::checkpoint_last(conn, None).await?.as_ref()).await?;
        let mut growth = Growth::default();
        let mut ends = store::strand_ends(conn, &waiting.iter().map(EntryRow::strand).collect()).await?;
        for entry in waiting {
            let (index, strand) = (count(edge.size())?, entry.strand());
            let seat = SeatRow::new(index, ends.insert(strand, index), strand);
            let hash = entry.logged(&seat)?.leaf_hash()?;
            growth.leaves.push((seat, entry.id, hash));
            growth.nodes.extend(edge.push(hash));
        }
        store::tree_grow_in_txn(conn, &growth).await?;
        let checkpoint = Checkpoint { origin: self.origin.clone(), size: edge.size(), root: edge.root() };
        let note = checkpoint.sign(signers);
        let row = CheckpointRow::new(&checkpoint, self.clock.now(), note)?;
        store::checkpoint_append_in_txn(conn, &row).await
    }
}

/// The right edge of the tree that was signed last.
async fn edge(conn: &Conn, last: Option<&CheckpointRow>) -> Result<Edge> {
    let Some(last) = last else { return Ok(Edge::default()) };
    let size = u64::try_from(last.size).map_err(|error| Error::Internal(error.to_string()))?;
    let nodes = store::node_find(conn, &Span::tree(size).nodes()).await?;
    // Nothing is signed on top of a tree that somebody has changed.
    match Edge::of(size, &nodes) {
        Some(edge) if edge.root().as_slice() == last.root => Ok(edge),
        _ => {
            Err(Error::Internal(format!("the stored tree is not the one of {size} entries that was signed")))
        }
    }
}

fn count(size: u64) -> Result<i64> {
    i64::try_from(size).map_err(|error| Error::Internal(error.to_string()))
}

/// The key that an entry is about.
pub(super) fn key_of(row: &LeafRow) -> Option<LogKey> {
    let state: Value = serde_json::from_str(&row.entry.state).ok()?;
    LogKey::read(state.get("verifier_key")?.as_str()?)
}

fn last_key(known: &[LeafRow]) -> Option<LogKey> {
    known.last().and_then(key_of)
}

fn is_key(public: &LogKey, key: &SigningKey) -> bool {
    key.verifying_key() == public.key
}
