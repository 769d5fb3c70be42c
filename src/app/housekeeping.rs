//! What the service tidies up while it runs.

use crate::db::{Conn, Writes};
use crate::kernel::{Clock, Result};
use crate::{accounts, ledger};
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

/// Tidies up now and then, as long as it is driven. Several replicas may do so at once.
pub async fn keep_house(writes: Writes, clock: Arc<dyn Clock>) {
    loop {
        tokio::time::sleep(PAUSE).await;
        tidy_up(&writes, &*clock).await;
    }
}

/// One round. What fails is logged and tried again in the next.
pub async fn tidy_up(writes: &Writes, clock: &dyn Clock) {
    for (name, task) in TASKS {
        let outcome = match writes.get().await {
            Ok(conn) => task(&conn, clock.now()).await,
            Err(error) => Err(error),
        };
        match outcome {
            Ok(0) => {}
            Ok(count) => tracing::debug!(name, count, "deleted what had expired"),
            Err(error) => tracing::warn!(name, %error, "what has expired could not be deleted"),
        }
    }
}
