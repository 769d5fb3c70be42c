//! The self-check: whether what is stored is still what was signed.
//!
//! Triggers and rights keep the service from changing the record; whoever owns the database can take them
//! away. So each round compares, at one instant:
//! - the last checkpoint with its signatures, its text, and the root that the stored nodes make;
//! - a window of leaves with the entries they stand for, with all stored nodes above them, and with that
//!   root: the newest window in every round, the older ones one by one, so that a full turn reads everything;
//! - when entries say that they were recorded with the checkpoints before them: what is put in between later
//!   must come after checkpoints that do not have it;
//! - the largest tree that this process has seen with what is there now: a log does not shrink.
//!
//! What it cannot find is a database that was set back, or made anew, with keys and all, while nobody looked:
//! that shows only beside checkpoints that somebody else keeps.

use super::proofs::consistency_proof;
use super::sequencer::key_of;
use crate::db::{Conn, Writes, in_transaction};
use crate::kernel::{Error, Result};
use crate::ledger::model::LedgerCheck;
use crate::ledger::model::note::Checkpoint;
use crate::ledger::model::tree::{Edge, Hash, Node, Nodes, Span, inclusion, is_consistent, is_included};
use crate::ledger::store::tree::{self as store, CheckpointRow, LeafRow};
use chrono::TimeDelta;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How many leaves a window has, as a power of two: one complete subtree.
const WINDOW_LEVEL: u32 = 9;
const WINDOW: u64 = 1 << WINDOW_LEVEL;
/// How long before the checkpoint that precedes it an entry may have been recorded: a long import is
/// recorded at its beginning and committed at its end.
const LATE: TimeDelta = TimeDelta::hours(1);
/// How long between two rounds.
const PAUSE: Duration = Duration::from_secs(60);

/// How the stored tree compares with what was signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Nobody has looked yet.
    Unchecked,
    /// All that was looked at so far is what was signed.
    Consistent,
    /// It is not, and why. It stays so until the tracker is started again.
    Diverged(String),
}

impl Verdict {
    /// The same in one word.
    pub fn word(&self) -> LedgerCheck {
        match self {
            Self::Unchecked => LedgerCheck::Unchecked,
            Self::Consistent => LedgerCheck::Consistent,
            Self::Diverged(_) => LedgerCheck::Diverged,
        }
    }
}

/// What the self-check found last; shared with whoever tells of it.
#[derive(Debug, Clone, Default)]
pub struct Watch(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    rounds: u64,
    found: Option<String>,
    /// The old window that comes next.
    next: u64,
    /// The largest tree seen: size and root.
    seen: Option<(u64, Hash)>,
}

impl Watch {
    /// What was found so far.
    pub fn verdict(&self) -> Verdict {
        let state = self.state();
        match &state.found {
            Some(found) => Verdict::Diverged(found.clone()),
            None if state.rounds == 0 => Verdict::Unchecked,
            None => Verdict::Consistent,
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Checks now and then, as long as it is driven.
    pub async fn run(self, writes: Writes) {
        loop {
            if let Err(error) = self.round(&writes).await {
                tracing::warn!(%error, "the public record could not be checked; it is tried again");
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// One round of the check. What it finds is shouted into the log, and kept.
    ///
    /// # Errors
    /// Where the database cannot answer.
    pub async fn round(&self, writes: &Writes) -> Result<Verdict> {
        let (next, seen) = {
            let state = self.state();
            (state.next, state.seen)
        };
        let mut conn = writes.get().await?;
        let outcome = in_transaction(&mut conn, async |conn| {
            store::one_instant_in_txn(conn).await?;
            match compare(conn, next, seen).await {
                Err(Finding::Error(error)) => Err(error),
                other => Ok(other),
            }
        })
        .await?;
        let mut state = self.state();
        state.rounds += 1;
        match outcome {
            Ok(seen) => {
                state.seen = seen.or(state.seen);
                let windows = state.seen.map_or(0, |(size, _)| size.div_ceil(WINDOW));
                state.next = if next + 1 < windows { next + 1 } else { 0 };
            }
            Err(finding) => {
                tracing::error!(%finding, "THE PUBLIC RECORD IS NOT WHAT WAS SIGNED: somebody has changed the database");
                state.found = Some(finding.to_string());
            }
        }
        drop(state);
        Ok(self.verdict())
    }
}

/// Why the comparison ends early.
#[derive(Debug)]
enum Finding {
    /// What is stored differs.
    Differs(String),
    /// It cannot be told.
    Error(Error),
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Differs(what) => what.fmt(f),
            Self::Error(error) => error.fmt(f),
        }
    }
}

impl From<Error> for Finding {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

fn hold(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), Finding> {
    if holds { Ok(()) } else { Err(Finding::Differs(otherwise())) }
}

/// Compares one old window and the newest one; returns the tree that was found to be right.
async fn compare(
    conn: &Conn,
    window: u64,
    seen: Option<(u64, Hash)>,
) -> Result<Option<(u64, Hash)>, Finding> {
    let Some(last) = store::checkpoint_last(conn, None).await? else {
        let leaves = store::leaf_hash_list(conn, 0, 1).await?;
        hold(leaves.is_empty() && seen.is_none(), || "there is a tree without a checkpoint".to_owned())?;
        return Ok(None);
    };
    let signed = signed(conn, &last).await?;
    let (size, root) = (signed.size, signed.root);
    let nodes = store::node_find(conn, &Span::tree(size).nodes()).await?;
    let edge = Edge::of(size, &nodes);
    hold(edge.is_some_and(|edge| edge.root() == root), || {
        format!("the stored nodes do not make the root of checkpoint {size}")
    })?;
    let beyond = store::leaf_hash_list(conn, last.size, 1).await?;
    hold(beyond.is_empty(), || format!("there are leaves beyond checkpoint {size}"))?;
    still_there(conn, seen, (size, root)).await?;
    let newest = (size - 1) / WINDOW;
    for window in if window < newest { vec![window, newest] } else { vec![newest] } {
        compare_window(conn, window, (size, &root)).await?;
    }
    Ok(Some((size, root)))
}

/// The checkpoint of a row, where it was signed by the key that was the log's then.
async fn signed(conn: &Conn, row: &CheckpointRow) -> Result<Checkpoint, Finding> {
    let told = Checkpoint::read(&row.note).filter(|told| {
        u64::try_from(row.size).is_ok_and(|size| size == told.size) && told.root.as_slice() == row.root
    });
    let Some(told) = told else {
        return Err(Finding::Differs(format!("checkpoint {} does not say what is stored with it", row.size)));
    };
    let keys = store::log_key_list(conn).await?;
    let key = keys.iter().rfind(|key| key.seat.index < row.size).and_then(key_of);
    let is_signed = key.is_some_and(|key| key.name == told.origin && key.has_signed(&row.note));
    hold(is_signed, || format!("checkpoint {} is not signed by the log's key", row.size))?;
    Ok(told)
}

/// The largest tree seen before must be the beginning of the present one.
async fn still_there(conn: &Conn, seen: Option<(u64, Hash)>, now: (u64, Hash)) -> Result<(), Finding> {
    let Some((size, root)) = seen else { return Ok(()) };
    hold(size <= now.0, || format!("the log has shrunk from {size} entries to {}", now.0))?;
    let proof = consistency_proof(conn, size, now.0).await?;
    hold(is_consistent((size, &root), (now.0, &now.1), &proof.path), || {
        format!("the log of {} entries does not continue the one of {size} that was there", now.0)
    })
}

/// One window: entries, leaves, the nodes above them, and their place below the root.
async fn compare_window(conn: &Conn, window: u64, (size, root): (u64, &Hash)) -> Result<(), Finding> {
    let start = window * WINDOW;
    let end = size.min(start + WINDOW);
    let (from, limit) = (signed_number(start)?, signed_number(end - start)?);
    let leaves = store::leaf_hash_list(conn, from, limit).await?;
    let entries = store::leaf_list(conn, from, limit).await?;
    let entries: BTreeMap<i64, LeafRow> = entries.into_iter().map(|row| (row.seat.index, row)).collect();
    for (place, index) in leaves.iter().map(Some).chain(std::iter::repeat(None)).zip(from..from + limit) {
        let entry = entries.get(&index);
        let missing = || format!("entry {index} is missing");
        let (Some((at, _, hash)), Some(row)) = (place, entry) else {
            return Err(Finding::Differs(missing()));
        };
        hold(*at == index, missing)?;
        let differs = || format!("entry {index} ({}) is not the one that was signed", row.entry.id);
        let same = row.entry.public
            && row.seat.strand == row.entry.strand()
            && row.logged().and_then(|entry| entry.leaf_hash()).ok() == Some(*hash);
        hold(same, differs)?;
    }
    compare_times(conn, &entries).await?;
    let known = above(&leaves, start)?;
    let wanted: Vec<_> = known.keys().copied().collect();
    let stored = store::node_find(conn, &wanted).await?;
    for (node, hash) in &known {
        hold(stored.get(node) == Some(hash), || {
            format!("node {} of level {} is not the one above its leaves", node.index, node.level)
        })?;
    }
    below_root(conn, start, (size, root)).await
}

/// The complete subtrees within a window, from its leaves.
fn above(leaves: &[(i64, uuid::Uuid, Hash)], start: u64) -> Result<Nodes, Finding> {
    let (mut edge, mut known) = (Edge::default(), Nodes::new());
    for (index, _, hash) in leaves {
        let index = u64::try_from(*index).map_err(|error| Error::Internal(error.to_string()))?;
        known.insert(Node { level: 0, index }, *hash);
        let moved =
            |(node, hash): (Node, Hash)| (Node { index: node.index + (start >> node.level), ..node }, hash);
        known.extend(edge.push(*hash).into_iter().map(moved));
    }
    Ok(known)
}

/// The window hangs below the root: the nodes beside the way up are those that were signed.
async fn below_root(conn: &Conn, start: u64, (size, root): (u64, &Hash)) -> Result<(), Finding> {
    let (leaf, path) = (Node { level: 0, index: start }, inclusion(start, size));
    let wanted: Vec<_> = path.iter().flat_map(|span| span.nodes()).chain([leaf]).collect();
    let nodes = store::node_find(conn, &wanted).await?;
    let path: Option<Vec<_>> = path.iter().map(|span| span.hash(&nodes)).collect();
    let holds =
        path.zip(nodes.get(&leaf)).is_some_and(|(path, leaf)| is_included(leaf, start, size, &path, root));
    hold(holds, || format!("nodes between entry {start} and the root are not those that were signed"))
}

/// No entry may say that it was recorded long before a checkpoint that does not have it.
async fn compare_times(conn: &Conn, entries: &BTreeMap<i64, LeafRow>) -> Result<(), Finding> {
    let (Some(first), Some(last)) = (entries.keys().next(), entries.keys().next_back()) else {
        return Ok(());
    };
    let before = store::checkpoint_until(conn, *first).await?;
    let within = store::checkpoint_list(conn, *first, last - first).await?;
    let signed: BTreeMap<_, _> =
        before.into_iter().chain(within).map(|checkpoint| (checkpoint.size, checkpoint.signed_at)).collect();
    for (index, row) in entries {
        let Some((size, at)) = signed.range(..=*index).next_back() else { continue };
        hold(row.entry.recorded_at >= *at - LATE, || {
            format!(
                "entry {index} says that it was recorded before checkpoint {size}, which does not have it"
            )
        })?;
    }
    Ok(())
}

fn signed_number(number: u64) -> Result<i64> {
    i64::try_from(number).map_err(|error| Error::Internal(error.to_string()))
}
