//! The log as readers see it: pages of entries, checkpoints, proofs, keys. Hashes are in standard base64, as
//! checkpoints have them.

use crate::ledger::model::entry::LoggedEntry;
use crate::ledger::model::note::{LogKey as Key, hex};
use crate::ledger::model::tree::Hash;
use crate::ledger::store::witness::WitnessedRow;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

/// Where a page of the log stands.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LogPage {
    /// What `after` takes for the next page; null on the last.
    #[schema(required)]
    pub next: Option<i64>,
}

/// A page of the public record, in its order.
#[derive(Debug, Serialize, ToSchema)]
pub struct LoggedEntryList {
    /// The entries.
    pub data: Vec<LoggedEntry>,
    /// Where the page stands.
    pub page: LogPage,
}

/// A signed state of the log.
#[derive(Debug, Serialize, ToSchema)]
pub struct LogCheckpoint {
    /// How many entries the log had.
    pub size: i64,
    /// The root of their tree, in base64.
    #[schema(example = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")]
    pub root_hash: String,
    /// When it was signed, as the tracker says. The note does not say it.
    pub signed_at: DateTime<Utc>,
    /// The signed note (C2SP tlog-checkpoint).
    pub note: String,
}

/// A page of checkpoints, the smallest tree first.
#[derive(Debug, Serialize, ToSchema)]
pub struct LogCheckpointList {
    /// The checkpoints.
    pub data: Vec<LogCheckpoint>,
    /// Where the page stands.
    pub page: LogPage,
}

/// What proves that an entry is in the tree (RFC 9162, section 2.1.3).
#[derive(Debug, Serialize, ToSchema)]
pub struct LogInclusion {
    /// The place of the entry.
    pub index: i64,
    /// How many entries the tree has.
    pub size: i64,
    /// The hash of the entry's leaf, in base64.
    pub leaf_hash: String,
    /// The root of the tree, in base64.
    pub root_hash: String,
    /// The hashes beside the way from the leaf to the root, in base64.
    pub path: Vec<String>,
}

/// What proves that a tree continues a smaller one (RFC 9162, section 2.1.4).
#[derive(Debug, Serialize, ToSchema)]
pub struct LogConsistency {
    /// How many entries the smaller tree has.
    pub from: i64,
    /// How many entries the larger tree has.
    pub to: i64,
    /// The root of the smaller tree, in base64.
    pub from_root_hash: String,
    /// The root of the larger tree, in base64.
    pub to_root_hash: String,
    /// The hashes that prove it, in base64.
    pub path: Vec<String>,
}

/// A key that signs, or signed, checkpoints.
#[derive(Debug, Serialize, ToSchema)]
pub struct LogKey {
    /// The name of the log.
    #[schema(example = "ogp.example.org/ledger")]
    pub name: String,
    /// What its signatures begin with, in hexadecimal digits.
    #[schema(example = "c74f20a3")]
    pub key_id: String,
    /// The verifier key of the signed-note form (C2SP): name, id and key.
    pub verifier_key: String,
    /// The key alone (RFC 8410).
    pub pem: String,
    /// The entry that tells of it: it signs checkpoints of more entries than that.
    pub index: i64,
}

/// The keys of the log, the present one last.
#[derive(Debug, Serialize, ToSchema)]
pub struct LogKeyList {
    /// The keys.
    pub data: Vec<LogKey>,
}

/// A hash, as everybody reads it.
pub fn base64(hash: impl AsRef<[u8]>) -> String {
    STANDARD.encode(hash)
}

/// The hashes of a proof.
pub fn base64_path(path: &[Hash]) -> Vec<String> {
    path.iter().map(base64).collect()
}

impl LogKey {
    /// Of a key that entry `index` tells of.
    pub fn new(key: &Key, index: i64) -> Self {
        Self {
            name: key.name.clone(),
            key_id: hex(&key.id()),
            verifier_key: key.to_string(),
            pem: key.pem(),
            index,
        }
    }
}

/// A checkpoint of another log that was seen here.
#[derive(Debug, Serialize, ToSchema)]
pub struct WitnessedCheckpoint {
    /// Its place among all that was seen here, of whatever log; places may be left out.
    pub number: i64,
    /// The name of the log.
    #[schema(example = "ogp.example.org/ledger")]
    pub origin: String,
    /// How many entries the log had.
    pub size: i64,
    /// The root of their tree, in base64.
    #[schema(example = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")]
    pub root_hash: String,
    /// When it was seen, as this tracker says.
    pub seen_at: DateTime<Utc>,
    /// Whether another tree of the same size was seen, too, signed by the same log: it was forked.
    pub forked: bool,
    /// The signed note (C2SP tlog-checkpoint).
    pub note: String,
}

/// A page of checkpoints of other logs, in the order in which they were seen.
#[derive(Debug, Serialize, ToSchema)]
pub struct WitnessedCheckpointList {
    /// The checkpoints.
    pub data: Vec<WitnessedCheckpoint>,
    /// Where the page stands.
    pub page: LogPage,
}

impl WitnessedCheckpoint {
    /// Of what is stored.
    pub fn new(row: WitnessedRow) -> Self {
        let WitnessedRow { number, origin, size, root, note, seen_at, forked } = row;
        Self { number, origin, size, root_hash: base64(root), seen_at, forked, note }
    }
}
