//! Migrations, embedded in the binary and run at start.

use super::connect::{Target, describe};
use super::sql::Condition;
use diesel::migration::MigrationSource;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use diesel_async::AsyncPgConnection;
use diesel_async::async_connection_wrapper::AsyncConnectionWrapper;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

/// All migrations, oldest first.
pub const MIGRATIONS: EmbeddedMigrations = embed_migrations!();

/// The advisory lock that lets only one of several starting replicas migrate ("OGPT", "MIGR").
pub(super) const LOCK: i64 = 0x4F47_5054_4D49_4752;

type Wrapped = AsyncConnectionWrapper<AsyncPgConnection>;

/// Brings the schema up to date; replicas that start meanwhile wait and then find it done.
/// Returns the names of the migrations that ran. Where there is nothing to do it takes no right to do it.
///
/// # Errors
/// In one line, for the operator.
pub async fn migrate(target: &Target) -> Result<Vec<String>, String> {
    let (conn, _) = target.connect().await.map_err(|error| describe(&error))?;
    if is_current(&conn).await.map_err(|error| error.to_string())? {
        return Ok(Vec::new());
    }
    locked(target, |conn| {
        let ran = conn.run_pending_migrations(MIGRATIONS).map_err(|error| describe(error.as_ref()))?;
        Ok(ran.iter().map(ToString::to_string).collect())
    })
    .await
}

/// Takes the newest `count` migrations back; with them goes what their tables held.
/// Returns the names of the migrations that were reverted.
///
/// # Errors
/// In one line, for the operator.
pub async fn revert(target: &Target, count: usize) -> Result<Vec<String>, String> {
    locked(target, move |conn| {
        let mut reverted = Vec::new();
        for _ in 0..count {
            if conn.applied_migrations().map_err(|error| describe(error.as_ref()))?.is_empty() {
                break;
            }
            let version = conn.revert_last_migration(MIGRATIONS).map_err(|error| describe(error.as_ref()))?;
            reverted.push(version.to_string());
        }
        Ok(reverted)
    })
    .await
}

/// The names of migrations that have not run yet.
///
/// # Errors
/// In one line, for the operator.
pub async fn pending(target: &Target) -> Result<Vec<String>, String> {
    locked(target, |conn| {
        let pending = conn.pending_migrations(MIGRATIONS).map_err(|error| describe(error.as_ref()))?;
        Ok(pending.iter().map(|migration| migration.name().to_string()).collect())
    })
    .await
}

/// Whether the database has all migrations of this binary. One that has more is fine: while
/// replicas are replaced one by one, the old ones go on beside the first new one.
///
/// # Errors
/// Where the database cannot answer.
pub async fn is_current(conn: &AsyncPgConnection) -> crate::kernel::Result<bool> {
    let has_any = Condition::new("to_regclass('__diesel_schema_migrations') IS NOT NULL");
    if !diesel_async::RunQueryDsl::get_result::<bool>(diesel::select(has_any), &mut &*conn).await? {
        return Ok(false);
    }
    let ours = MigrationSource::<Pg>::migrations(&MIGRATIONS)
        .map_err(|error| crate::kernel::Error::Internal(describe(error.as_ref())))?;
    let query = super::schema::__diesel_schema_migrations::table
        .select(super::schema::__diesel_schema_migrations::version);
    let applied: Vec<String> = diesel_async::RunQueryDsl::load(query, &mut &*conn).await?;
    let is_applied = |version: String| applied.contains(&version);
    Ok(ours.iter().all(|migration| is_applied(migration.name().version().to_string())))
}

/// Runs diesel's synchronous migration code on a thread of its own, under the lock.
async fn locked<T, F>(target: &Target, work: F) -> Result<T, String>
where
    T: Send + 'static,
    F: FnOnce(&mut Wrapped) -> Result<T, String> + Send + 'static,
{
    let (conn, _) = target.connect().await.map_err(|error| describe(&error))?;
    tokio::task::spawn_blocking(move || {
        let mut conn = Wrapped::from(conn);
        // A migration may take longer than a request; waiting for another replica's, too.
        diesel::sql_query("SET statement_timeout = 0")
            .execute(&mut conn)
            .map_err(|error| describe(&error))?;
        diesel::sql_query("SELECT pg_advisory_lock($1)")
            .bind::<BigInt, _>(LOCK)
            .execute(&mut conn)
            .map_err(|error| describe(&error))?;
        // The lock ends with the connection, also where the work fails.
        work(&mut conn)
    })
    .await
    .map_err(|error| describe(&error))?
}
