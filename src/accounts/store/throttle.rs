//! Counting failed sign-ins.

use crate::accounts::model::throttle::{Counter, LONGEST_DELAY, MEMORY};
use crate::db::Conn;
use crate::db::schema::sign_in_throttles as throttles;
use crate::kernel::Result;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Timestamptz};
use diesel_async::RunQueryDsl;

/// Counts in one statement, so that of many tries at once none slips through: whoever finds the
/// account blocked changes nothing.
const COUNT: &str = "INSERT INTO sign_in_throttles AS t (key, failures, last_failure_at) VALUES ($1, 1, $2) \
    ON CONFLICT (key) DO UPDATE SET (failures, last_failure_at, blocked_until) = ( \
        SELECT n, $2, CASE WHEN n >= $3 THEN $2 + make_interval(secs => least(power(2, least(n - $3, 30)), $4)) END \
        FROM (SELECT CASE WHEN t.last_failure_at < $2 - make_interval(secs => $5) THEN 1 ELSE t.failures + 1 END AS n) c \
    ) WHERE t.blocked_until IS NULL OR t.blocked_until <= $2";

/// Counts a try as failed before anybody knows; `None` where it may go on, else until when nothing
/// is tried.
///
/// # Errors
/// Where the database cannot.
pub async fn failure_count(
    conn: &Conn,
    counter: &Counter,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>> {
    let counted = diesel::sql_query(COUNT)
        .bind::<Binary, _>(counter.key.as_slice())
        .bind::<Timestamptz, _>(now)
        .bind::<BigInt, _>(counter.free)
        .bind::<BigInt, _>(LONGEST_DELAY)
        .bind::<BigInt, _>(MEMORY)
        .execute(&mut &*conn)
        .await?;
    if counted == 1 {
        return Ok(None);
    }
    let until = throttles::table.find(counter.key.as_slice()).select(throttles::blocked_until);
    // A success may have taken the row away since: then trying again at once is fine.
    Ok(Some(until.first::<Option<DateTime<Utc>>>(&mut &*conn).await.optional()?.flatten().unwrap_or(now)))
}

/// Until when nothing is tried, where that is so; counts nothing.
///
/// # Errors
/// Where the database cannot answer.
pub async fn blocked_until(
    conn: &Conn,
    counter: &Counter,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>> {
    let blocked = throttles::table.find(counter.key.as_slice()).filter(throttles::blocked_until.gt(now));
    let until = blocked.select(throttles::blocked_until);
    Ok(until.first::<Option<DateTime<Utc>>>(&mut &*conn).await.optional()?.flatten())
}

/// Forgets all failures.
///
/// # Errors
/// Where the database cannot.
pub async fn failures_forget(conn: &Conn, counter: &Counter) -> Result<()> {
    diesel::delete(throttles::table.find(counter.key.as_slice())).execute(&mut &*conn).await?;
    Ok(())
}

/// Takes one back that was no failure; the delay that it caused goes, one that another caused stays.
///
/// # Errors
/// Where the database cannot.
pub async fn failure_take_back(conn: &Conn, counter: &Counter, counted_at: DateTime<Utc>) -> Result<()> {
    const TAKE_BACK: &str = "UPDATE sign_in_throttles SET failures = failures - 1, blocked_until = \
        CASE WHEN last_failure_at > $2 THEN blocked_until END WHERE key = $1 AND failures > 0";
    let update = diesel::sql_query(TAKE_BACK)
        .bind::<Binary, _>(counter.key.as_slice())
        .bind::<Timestamptz, _>(counted_at);
    update.execute(&mut &*conn).await?;
    Ok(())
}

/// Deletes the counts of those who have been quiet since an instant.
///
/// # Errors
/// Where the database cannot.
pub async fn failures_delete_before(conn: &Conn, instant: DateTime<Utc>) -> Result<usize> {
    let old = throttles::table.filter(throttles::last_failure_at.lt(instant));
    Ok(diesel::delete(old).execute(&mut &*conn).await?)
}
