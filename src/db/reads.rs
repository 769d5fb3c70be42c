//! Shared connections for reads.
//!
//! Any number of requests send their statements over a few connections at once; PostgreSQL answers
//! in order and nobody waits for a round trip of another. Two such connections per worker read
//! twice as fast as a pool (DESIGN.md, section 10). The price: no transactions here, so whatever
//! must be seen at one instant is read in one statement.

use super::connect::{Closed, Target};
use super::{Conn, error};
use crate::kernel::Result;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::Mutex;

/// How many connections each worker shares among its requests.
pub const CONNECTIONS_PER_WORKER: usize = 2;

/// The shared connections of one worker; opened at first use, and again after they broke.
#[derive(Debug)]
pub struct Reads {
    target: Target,
    slots: Vec<Mutex<Option<Arc<Shared>>>>,
    turn: AtomicUsize,
}

/// A connection that several requests use at once.
pub struct Shared {
    conn: Conn,
    closed: Closed,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("closed", &self.closed).finish_non_exhaustive()
    }
}

impl Deref for Shared {
    type Target = Conn;

    fn deref(&self) -> &Conn {
        &self.conn
    }
}

impl Reads {
    /// Connections to `target`, none opened yet.
    pub fn new(target: &Target) -> Self {
        Self {
            target: target.planning_once(),
            slots: (0..CONNECTIONS_PER_WORKER).map(|_| Mutex::new(None)).collect(),
            turn: AtomicUsize::new(0),
        }
    }

    /// One of the connections, in turn.
    ///
    /// # Errors
    /// `Unavailable` where the database cannot be reached.
    pub async fn get(&self) -> Result<Arc<Shared>> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let Some(slot) = self.slots.get(turn % self.slots.len().max(1)) else {
            return Err(crate::kernel::Error::Internal("no read connections are configured".to_owned()));
        };
        // Held while connecting: the others wait for this attempt instead of making their own.
        let mut slot = slot.lock().await;
        if let Some(shared) = slot.as_ref()
            && !shared.closed.is_closed()
        {
            return Ok(Arc::clone(shared));
        }
        let (conn, closed) = self.target.connect().await.map_err(error::from_connection)?;
        let shared = Arc::new(Shared { conn, closed });
        *slot = Some(Arc::clone(&shared));
        Ok(shared)
    }
}
