//! Deleting what is of no use any more.

use crate::accounts::store::{sessions, throttle};
use crate::db::Conn;
use crate::kernel::Result;
use chrono::{DateTime, TimeDelta, Utc};

/// How long what is of no use is kept, for whoever looks into what happened.
const KEPT: TimeDelta = TimeDelta::hours(24);

/// Deletes expired sessions with their refresh tokens, and counts of failures that are forgotten.
/// Returns how many rows went.
///
/// # Errors
/// Where the database cannot.
pub async fn delete_expired(conn: &Conn, now: DateTime<Utc>) -> Result<usize> {
    let before = now - KEPT;
    let sessions = sessions::sessions_delete_before(conn, before).await?;
    Ok(sessions + throttle::failures_delete_before(conn, before).await?)
}
