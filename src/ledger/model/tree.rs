//! The Merkle tree of the public record, as RFC 6962 (section 2.1) and RFC 9162 define it: which hashes
//! it is made of, which of them a proof needs, and how a proof is checked.
//!
//! Stored are the hashes of complete subtrees only ([`Node`]); the incomplete ones at the right edge are
//! folded from them. So a tree grows without changing anything, and a proof of a tree of any earlier size
//! reads at most two nodes per level.

use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// A SHA-256.
pub type Hash = [u8; 32];

/// The hash of a leaf's bytes.
pub fn leaf_hash(bytes: &[u8]) -> Hash {
    Sha256::new().chain_update([0]).chain_update(bytes).finalize().into()
}

/// The hash of what two hashes stand for together.
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// A complete subtree: the 2^`level` leaves from `index` * 2^`level` on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Node {
    /// Its height; 0 for a leaf.
    pub level: u32,
    /// Its place among those of its height.
    pub index: u64,
}

/// Known nodes.
pub type Nodes = HashMap<Node, Hash>;

/// Neighbouring leaves below one, perhaps incomplete, subtree: from `start`, up to and without `end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    start: u64,
    end: u64,
}

impl Span {
    /// A whole tree.
    pub fn tree(size: u64) -> Self {
        Self { start: 0, end: size }
    }

    /// The complete subtrees that it is made of, from left to right, higher ones first.
    pub fn nodes(self) -> Vec<Node> {
        let (mut nodes, mut at) = (Vec::new(), self.start);
        while at < self.end {
            let level = (self.end - at).ilog2().min(at.trailing_zeros());
            nodes.push(Node { level, index: at >> level });
            at += 1 << level;
        }
        nodes
    }

    /// Its hash, where all of its nodes are known.
    pub fn hash(self, known: &Nodes) -> Option<Hash> {
        let hashes: Option<Vec<_>> = self.nodes().iter().map(|node| known.get(node).copied()).collect();
        Some(fold(&hashes?))
    }

    /// Where its right half begins; only of two or more leaves.
    fn middle(self) -> u64 {
        self.start + (1 << (self.end - self.start - 1).ilog2())
    }

    fn halves(self) -> (Self, Self) {
        let middle = self.middle();
        (Self { end: middle, ..self }, Self { start: middle, ..self })
    }
}

/// The hash of neighbouring complete subtrees, higher ones first; of nothing it is that of no bytes.
fn fold(hashes: &[Hash]) -> Hash {
    let folded = hashes.iter().rev().copied().reduce(|right, left| node_hash(&left, &right));
    folded.unwrap_or_else(|| Sha256::digest([]).into())
}

/// What proves that leaf `index` is in the tree of `size` leaves, from the leaf upwards. The leaf must be
/// in it.
pub fn inclusion(index: u64, size: u64) -> Vec<Span> {
    let (mut span, mut path) = (Span::tree(size), Vec::new());
    while span.end - span.start > 1 {
        let (left, right) = span.halves();
        let (inside, beside) = if index < right.start { (left, right) } else { (right, left) };
        path.push(beside);
        span = inside;
    }
    path.reverse();
    path
}

/// What proves that the tree of `to` leaves continues that of `from` leaves, which are at least one and at
/// most `to`.
pub fn consistency(from: u64, to: u64) -> Vec<Span> {
    let (mut span, mut path, mut known) = (Span::tree(to), Vec::new(), true);
    while from != span.end {
        let (left, right) = span.halves();
        if from <= right.start {
            path.push(right);
            span = left;
        } else {
            path.push(left);
            span = right;
            known = false;
        }
    }
    // Whoever has the old root needs not be told it.
    if !known {
        path.push(span);
    }
    path.reverse();
    path
}

/// The right edge of a tree, where it grows.
#[derive(Debug, Clone, Default)]
pub struct Edge {
    /// The complete subtrees of the whole tree.
    peaks: Vec<(Node, Hash)>,
}

impl Edge {
    /// Of a tree whose nodes are known.
    pub fn of(size: u64, known: &Nodes) -> Option<Self> {
        let peaks = Span::tree(size).nodes().into_iter().map(|node| Some((node, *known.get(&node)?)));
        Some(Self { peaks: peaks.collect::<Option<_>>()? })
    }

    /// How many leaves the tree has.
    pub fn size(&self) -> u64 {
        self.peaks.iter().map(|(node, _)| 1 << node.level).sum()
    }

    /// Adds a leaf, and returns the subtrees above it that are complete with it.
    pub fn push(&mut self, leaf: Hash) -> Vec<(Node, Hash)> {
        let mut made = Vec::new();
        let mut newest = (Node { level: 0, index: self.size() }, leaf);
        while let Some((left, hash)) = self.peaks.pop_if(|(left, _)| left.level == newest.0.level) {
            let node = Node { level: left.level + 1, index: left.index >> 1 };
            newest = (node, node_hash(&hash, &newest.1));
            made.push(newest);
        }
        self.peaks.push(newest);
        made
    }

    /// The hash of the whole tree.
    pub fn root(&self) -> Hash {
        fold(&self.peaks.iter().map(|(_, hash)| *hash).collect::<Vec<_>>())
    }
}

/// Whether a path proves that a leaf with this hash is number `index` in the tree of `size` leaves and
/// this root (RFC 9162, section 2.1.3.2).
pub fn is_included(leaf: &Hash, index: u64, size: u64, path: &[Hash], root: &Hash) -> bool {
    if index >= size {
        return false;
    }
    let (mut node, mut last, mut hash) = (index, size - 1, *leaf);
    for beside in path {
        if last == 0 {
            return false;
        }
        if node & 1 == 1 || node == last {
            hash = node_hash(beside, &hash);
            let skipped = if node & 1 == 1 { 0 } else { node.trailing_zeros() };
            (node, last) = (node.unbounded_shr(skipped), last.unbounded_shr(skipped));
        } else {
            hash = node_hash(&hash, beside);
        }
        (node, last) = (node >> 1, last >> 1);
    }
    last == 0 && hash == *root
}

/// Whether a path proves that the tree of `to` continues that of `from`, each a size with a root (RFC
/// 9162, section 2.1.4.2).
pub fn is_consistent(from: (u64, &Hash), to: (u64, &Hash), path: &[Hash]) -> bool {
    let ((from, old), (to, new)) = (from, to);
    if from == 0 || from > to {
        return false;
    }
    if from == to {
        return path.is_empty() && old == new;
    }
    let whole = from.is_power_of_two().then_some(*old);
    let mut path = whole.into_iter().chain(path.iter().copied());
    let Some(first) = path.next() else { return false };
    let skipped = (from - 1).trailing_ones();
    let (mut node, mut last) = ((from - 1).unbounded_shr(skipped), (to - 1).unbounded_shr(skipped));
    let (mut of_old, mut of_new) = (first, first);
    for beside in path {
        if last == 0 {
            return false;
        }
        if node & 1 == 1 || node == last {
            (of_old, of_new) = (node_hash(&beside, &of_old), node_hash(&beside, &of_new));
            let skipped = if node & 1 == 1 { 0 } else { node.trailing_zeros() };
            (node, last) = (node.unbounded_shr(skipped), last.unbounded_shr(skipped));
        } else {
            of_new = node_hash(&of_new, &beside);
        }
        (node, last) = (node >> 1, last >> 1);
    }
    last == 0 && of_old == *old && of_new == *new
}

#[cfg(test)]
mod tests;
