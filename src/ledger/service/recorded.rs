//! Reading what changed, for the rooms that tell it.

use crate::db::Conn;
use crate::kernel::Result;
use crate::ledger::model::recorded::{ChangeFilter, Recorded};
use crate::ledger::store::recorded as store;
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// A part of the numbered record.
#[derive(Debug, Clone)]
pub struct Stretch {
    /// The changes that were wanted, each with its place.
    pub changes: Vec<(i64, Recorded)>,
    /// The last place that was looked at: whoever goes on after it misses nothing.
    pub reached: i64,
    /// Whether more is known to follow.
    pub more: bool,
}

/// When the public record began to tell of a plan; never where it does not.
///
/// # Errors
/// Where the database cannot answer.
pub async fn plan_recorded_since(conn: &Conn, plan: Uuid) -> Result<Option<DateTime<Utc>>> {
    store::plan_recorded_since(conn, plan).await
}

/// All that the public record told before an instant of the things of a plan that changed from another
/// instant on: thing by thing, each from its beginning.
///
/// # Errors
/// Where the database cannot answer.
pub async fn plan_history(
    conn: &Conn,
    plan: Uuid,
    period: (DateTime<Utc>, DateTime<Utc>),
) -> Result<Vec<Recorded>> {
    store::plan_history(conn, plan, period).await
}

/// What the public record told last of some things; before an instant, where one is given.
///
/// # Errors
/// Where the database cannot answer.
pub async fn last_recorded(
    conn: &Conn,
    things: &[Uuid],
    until: Option<DateTime<Utc>>,
) -> Result<Vec<Recorded>> {
    store::last_recorded(conn, things, until).await
}

/// The changes after a place in the order of the numbered record, `limit` of them at most.
///
/// # Errors
/// Where the database cannot answer.
pub async fn changes_after(conn: &Conn, filter: &ChangeFilter, after: i64, limit: usize) -> Result<Stretch> {
    // Asked first: what is numbered meanwhile is after it, and waits for the next reading.
    let last = store::last_index(conn).await?.unwrap_or(after).max(after);
    let fetch = i64::try_from(limit).map_or(i64::MAX, |limit| limit.saturating_add(1));
    let mut changes = store::change_list(conn, filter, (after, last), fetch).await?;
    let more = changes.len() > limit;
    changes.truncate(limit);
    let reached = changes.last().filter(|_| more).map_or(last, |(index, _)| *index);
    Ok(Stretch { changes, reached, more })
}
