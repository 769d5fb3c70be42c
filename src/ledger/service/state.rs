//! How far the log is, for whoever watches the service.

use crate::db::Conn;
use crate::kernel::Result;
use crate::ledger::store::{state, tree as store};
use chrono::{DateTime, Utc};
use std::sync::atomic::{AtomicI64, Ordering};

/// How far the log is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogState {
    /// How many entries the last checkpoint has.
    pub size: i64,
    /// When it was signed; none where there is none.
    pub signed_at: Option<DateTime<Utc>>,
    /// How many public entries wait for a place.
    pub waiting: i64,
}

/// Looks how far the log is. It remembers from which transaction on it need look, as the sequencer does: only
/// the first look is at everything.
#[derive(Debug, Default)]
pub struct Lookout(AtomicI64);

impl Lookout {
    /// How far the log is now.
    ///
    /// # Errors
    /// Where the database cannot answer.
    pub async fn look(&self, conn: &Conn) -> Result<LogState> {
        let running = store::running(conn).await?;
        let done = self.0.load(Ordering::Relaxed);
        // A database that was restored may count from a lower number.
        let from = if done <= running.next { done } else { 0 };
        let waiting = state::unnumbered_count(conn, from).await?;
        if waiting == 0 {
            self.0.store(running.oldest, Ordering::Relaxed);
        }
        let last = store::checkpoint_last(conn, None).await?;
        let (size, signed_at) = last.map_or((0, None), |last| (last.size, Some(last.signed_at)));
        Ok(LogState { size, signed_at, waiting })
    }
}
