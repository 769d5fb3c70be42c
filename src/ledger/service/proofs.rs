//! What proves something about the tree.

use crate::db::Conn;
use crate::kernel::{Error, Result};
use crate::ledger::model::note::LogKey;
use crate::ledger::model::tree::{self, Hash, Node, Nodes, Span};
use crate::ledger::store::tree::{self as store, CheckpointRow, LeafRow};
use std::collections::BTreeSet;

/// What proves that an entry is in the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InclusionProof {
    /// The hash of its leaf.
    pub leaf: Hash,
    /// The root of the tree.
    pub root: Hash,
    /// The hashes beside the way from the leaf to the root.
    pub path: Vec<Hash>,
}

/// What proves that a tree continues a smaller one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsistencyProof {
    /// The root of the smaller tree.
    pub from: Hash,
    /// The root of the larger one.
    pub to: Hash,
    /// The hashes that both roots are made of (RFC 9162, section 2.1.4).
    pub path: Vec<Hash>,
}

/// Proves that entry `index` is in the tree of `size` entries. Both must be there: `index` below `size`,
/// and `size` not beyond the last checkpoint.
///
/// # Errors
/// `Internal` where nodes are missing, and where the database cannot answer.
pub async fn inclusion_proof(conn: &Conn, index: u64, size: u64) -> Result<InclusionProof> {
    let (leaf, path) = (Node { level: 0, index }, tree::inclusion(index, size));
    let (nodes, mut roots, path) = prove(conn, &[Span::tree(size)], path, &[leaf]).await?;
    let leaf = nodes.get(&leaf).copied().ok_or_else(missing)?;
    Ok(InclusionProof { leaf, root: roots.pop().ok_or_else(missing)?, path })
}

/// Proves that the tree of `to` entries continues that of `from` entries. `from` is at least 1 and at most
/// `to`, which is not beyond the last checkpoint.
///
/// # Errors
/// Those of [`inclusion_proof`].
pub async fn consistency_proof(conn: &Conn, from: u64, to: u64) -> Result<ConsistencyProof> {
    let trees = [Span::tree(from), Span::tree(to)];
    let (_, roots, path) = prove(conn, &trees, tree::consistency(from, to), &[]).await?;
    match roots.as_slice() {
        [from, to] => Ok(ConsistencyProof { from: *from, to: *to, path }),
        _ => Err(missing()),
    }
}

/// The paths of [`inclusion_proof`] for some entries of the tree of `size` entries; an empty one where nodes are
/// missing.
///
/// # Errors
/// Where the database cannot answer.
pub(super) async fn inclusion_paths(conn: &Conn, places: &[u64], size: u64) -> Result<Vec<Vec<Hash>>> {
    let spans: Vec<_> = places.iter().map(|place| tree::inclusion(*place, size)).collect();
    let wanted: BTreeSet<_> = spans.iter().flatten().flat_map(|span| span.nodes()).collect();
    let nodes = store::node_find(conn, &wanted.into_iter().collect::<Vec<_>>()).await?;
    let fold = |spans: &Vec<Span>| spans.iter().map(|span| span.hash(&nodes)).collect::<Option<Vec<_>>>();
    Ok(spans.iter().map(|spans| fold(spans).unwrap_or_default()).collect())
}

/// Reads all nodes at once, and folds the roots and the path from them.
async fn prove(
    conn: &Conn,
    trees: &[Span],
    path: Vec<Span>,
    leaves: &[Node],
) -> Result<(Nodes, Vec<Hash>, Vec<Hash>)> {
    let spans = trees.iter().chain(&path);
    let mut wanted: Vec<_> = spans.flat_map(|span| span.nodes()).chain(leaves.iter().copied()).collect();
    wanted.sort_unstable();
    wanted.dedup();
    let nodes = store::node_find(conn, &wanted).await?;
    let fold = |spans: &[Span]| -> Option<Vec<Hash>> { spans.iter().map(|span| span.hash(&nodes)).collect() };
    let (roots, path) = (fold(trees).ok_or_else(missing)?, fold(&path).ok_or_else(missing)?);
    Ok((nodes, roots, path))
}

fn missing() -> Error {
    Error::Internal("nodes of the tree are missing".to_owned())
}

/// The last checkpoint, which is there as soon as anything public was recorded.
///
/// # Errors
/// `NotFound` before, and where the database cannot answer.
pub async fn last_checkpoint(conn: &Conn) -> Result<CheckpointRow> {
    let found = store::checkpoint_last(conn, None).await?;
    found.ok_or_else(|| Error::not_found("checkpoint", "last"))
}

/// The keys that signed checkpoints, oldest first, each with the place of the entry that tells of it.
///
/// # Errors
/// Where the database cannot answer.
pub async fn log_keys(conn: &Conn) -> Result<Vec<(LeafRow, LogKey)>> {
    let rows = store::log_key_list(conn).await?;
    Ok(rows.into_iter().filter_map(|row| super::sequencer::key_of(&row).map(|key| (row, key))).collect())
}
