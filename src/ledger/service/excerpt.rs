//! Reading parts of the record with what proves them, all from one signed state of it.

use super::proofs::inclusion_paths;
use crate::db::Conn;
use crate::kernel::{Error, Result};
use crate::ledger::model::Kind;
use crate::ledger::model::tree::Hash;
use crate::ledger::store::tree::{self as store, CheckpointRow, LeafRow, Wanted};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// How many entries are proved at once: what that reads stays small, whatever is asked.
const AT_ONCE: usize = 500;

/// The record as it was recorded before an instant. Reads belong into one transaction that sees one instant.
pub struct Excerpt<'c> {
    conn: &'c Conn,
    until: DateTime<Utc>,
    checkpoint: CheckpointRow,
}

impl std::fmt::Debug for Excerpt<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Excerpt").field("until", &self.until).finish_non_exhaustive()
    }
}

impl<'c> Excerpt<'c> {
    /// The record before an instant, proved against the first signed state that has all of it: the same one
    /// whenever it is asked for, once no entry of before that instant can come any more.
    ///
    /// # Errors
    /// `NotNow` where nothing was signed yet, and where the database cannot answer.
    pub async fn begin_in_txn(conn: &'c Conn, until: DateTime<Utc>) -> Result<Self> {
        store::one_instant_in_txn(conn).await?;
        let signed = store::checkpoint_last(conn, None).await?.ok_or_else(unsigned)?;
        let last = store::leaf_last_before(conn, until, signed.size).await?;
        let checkpoint = store::checkpoint_list(conn, last.unwrap_or_default(), 1).await?.pop();
        Ok(Self { conn, until, checkpoint: checkpoint.ok_or_else(unsigned)? })
    }

    /// The signed state that all is proved against.
    pub fn checkpoint(&self) -> &CheckpointRow {
        &self.checkpoint
    }

    /// Entries of a strand: all from its first one to the last that was recorded in time.
    ///
    /// # Errors
    /// Where the database cannot answer.
    pub async fn strand(&self, strand: Uuid) -> Result<Vec<LeafRow>> {
        store::strand_list(self.conn, strand, self.until, self.checkpoint.size).await
    }

    /// Entries about things of some kinds that were recorded in time.
    ///
    /// # Errors
    /// Where the database cannot answer.
    pub async fn of_kinds(&self, kinds: &[Kind]) -> Result<Vec<LeafRow>> {
        self.wanted(Wanted::Kinds(kinds)).await
    }

    /// Entries about some things that were recorded in time.
    ///
    /// # Errors
    /// Where the database cannot answer.
    pub async fn of_things(&self, ids: &[Uuid]) -> Result<Vec<LeafRow>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        self.wanted(Wanted::Things(ids)).await
    }

    async fn wanted(&self, wanted: Wanted<'_>) -> Result<Vec<LeafRow>> {
        store::leaf_list_of(self.conn, wanted, self.until, self.checkpoint.size).await
    }

    /// The entries about the keys that signed the log up to its signed state.
    ///
    /// # Errors
    /// Where the database cannot answer.
    pub async fn log_keys(&self) -> Result<Vec<LeafRow>> {
        let mut keys = store::log_key_list(self.conn).await?;
        keys.retain(|key| key.seat.index < self.checkpoint.size);
        Ok(keys)
    }

    /// What proves each of these entries. Where nodes are missing because somebody has changed the database, the proof
    /// is empty, and proves nothing.
    ///
    /// # Errors
    /// Where the database cannot answer.
    pub async fn inclusion(&self, entries: &[LeafRow]) -> Result<Vec<Vec<Hash>>> {
        let size = number(self.checkpoint.size)?;
        let mut paths = Vec::with_capacity(entries.len());
        for chunk in entries.chunks(AT_ONCE) {
            let places = chunk.iter().map(|row| number(row.seat.index)).collect::<Result<Vec<_>>>()?;
            paths.extend(inclusion_paths(self.conn, &places, size).await?);
        }
        Ok(paths)
    }
}

fn unsigned() -> Error {
    Error::NotNow {
        code: "record_unsigned",
        detail: "the public record is not signed yet; it is about once a second",
        cause: "there is no checkpoint".to_owned(),
    }
}

fn number(place: i64) -> Result<u64> {
    u64::try_from(place).map_err(|error| Error::Internal(error.to_string()))
}
