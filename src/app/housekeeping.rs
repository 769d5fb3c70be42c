//! What the service tidies up while it runs.

use crate::db::{Conn, Writes};
use crate::files::Files;
use crate::kernel::{Clock, Ids, Result};
use crate::{accounts, evidence, ledger};
use chrono::{DateTime, Utc};
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use std::sync::Arc;
use std::time::Duration;

/// How long between two rounds.
const PAUSE: Duration = Duration::from_secs(600);

/// Deletes what is of no use any more; returns how many rows went.
type Task = for<'a> fn(&'a Conn, DateTime<Utc>) -> LocalBoxFuture<'a, Result<usize>>;

/// All of them, by name.
const TASKS: &[(&str, Task)] = &[("accounts", delete_expired_accounts), ("answers", forget_answers)];

fn delete_expired_accounts(conn: &Conn, now: DateTime<Utc>) -> LocalBoxFuture<'_, Result<usize>> {
    accounts::service::delete_expired(conn, now).boxed_local()
}

fn forget_answers(conn: &Conn, now: DateTime<Utc>) -> LocalBoxFuture<'_, Result<usize>> {
    ledger::service::forget_answers(conn, now).boxed_local()
}

/// Whoever tidies up, and what that takes.
#[derive(Clone)]
pub struct House {
    /// Connections of its own.
    pub writes: Writes,
    /// Where uploads are kept.
    pub files: Files,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// New ids.
    pub ids: Arc<dyn Ids>,
}

impl std::fmt::Debug for House {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("House").field("files", &self.files).finish_non_exhaustive()
    }
}

impl House {
    /// Tidies up now and then, as long as it is driven. Several replicas may do so at once.
    pub async fn keep(self) {
        loop {
            tokio::time::sleep(PAUSE).await;
            self.tidy_up().await;
        }
    }

    /// One round. What fails is logged and tried again in the next.
    pub async fn tidy_up(&self) {
        for (name, task) in TASKS {
            let outcome = match self.writes.get().await {
                Ok(conn) => task(&conn, self.clock.now()).await,
                Err(error) => Err(error),
            };
            tell(name, outcome);
        }
        let now = self.clock.now();
        tell("evidence", evidence::service::clear_up(&self.writes, &self.files, &*self.ids, now).await);
    }
}

fn tell(name: &str, outcome: Result<usize>) {
    match outcome {
        Ok(0) => {}
        Ok(count) => tracing::debug!(name, count, "deleted what had expired"),
        Err(error) => tracing::warn!(name, %error, "what has expired could not be deleted"),
    }
}
