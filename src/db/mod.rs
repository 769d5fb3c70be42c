//! The way to PostgreSQL: connections, the schema, migrations, the embedded server.
//!
//! Imports `kernel` only, and never actix. SQL itself lives in the `store` of each room; here are
//! the pieces it is made of.

pub mod as_of;
pub mod connect;
pub mod embedded;
pub mod error;
pub mod migrate;
pub mod notices;
pub mod page;
pub mod prepared;
pub mod reads;
pub mod rights;
pub mod schema;
pub mod search;
pub mod sql;
pub mod together;
pub mod types;
pub(crate) mod versioned;

use crate::kernel::Result;
use diesel::connection::TransactionDepthChange;
use diesel_async::pooled_connection::bb8::{Pool, PooledConnection};
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod};
use diesel_async::{AsyncConnection, SimpleAsyncConnection, TransactionManager};
use futures_util::FutureExt;
use futures_util::future::try_join;
use std::time::Duration;

pub use connect::Target;
pub use diesel_async::AsyncPgConnection as Conn;
pub use reads::Reads;
pub use together::{Several, Together};
pub use types::{Dated, Json, Word};

type Transactions = <Conn as AsyncConnection>::TransactionManager;

/// How long a write waits for a free connection before it answers 503.
const POOL_WAIT: Duration = Duration::from_secs(5);

/// The pool of connections that transactions run on; reads share others ([`Reads`]).
#[derive(Clone)]
pub struct Writes {
    pool: Pool<Conn>,
}

impl std::fmt::Debug for Writes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writes").field("state", &self.pool.state()).finish()
    }
}

impl Writes {
    /// A pool of at most `size` connections, opened when they are needed.
    pub fn new(target: &Target, size: u32) -> Self {
        let mut config = ManagerConfig::default();
        config.recycling_method = RecyclingMethod::Fast;
        let target = target.clone();
        config.custom_setup = Box::new(move |_| {
            let target = target.clone();
            async move { target.connect().await.map(|(conn, _)| conn) }.boxed()
        });
        let manager = AsyncDieselConnectionManager::<Conn>::new_with_config("", config);
        let pool = Pool::builder().max_size(size).connection_timeout(POOL_WAIT).build_unchecked(manager);
        Self { pool }
    }

    /// A connection of one's own, for a transaction.
    ///
    /// # Errors
    /// `Unavailable` where none comes free in time or the database does not answer.
    pub async fn get(&self) -> Result<PooledConnection<'_, Conn>> {
        self.pool.get().await.map_err(error::from_pool)
    }
}

/// Runs work in a transaction: committed where it succeeds, rolled back where it fails. Diesel's
/// own asks for futures that can move between threads, which those of handlers need not be. Work
/// that is given up half-way leaves the transaction open; the pool then drops the connection.
///
/// # Errors
/// What the work answers, and where the database cannot begin or commit.
pub async fn in_transaction<T>(conn: &mut Conn, work: impl AsyncFnOnce(&mut Conn) -> Result<T>) -> Result<T> {
    in_transaction_opened(conn, async |_| Ok(()), async |conn, ()| work(conn).await).await
}

/// The same in a transaction that begins with statements that need to know nothing first: they are sent with `BEGIN`,
/// in the order in which they are first polled (each waits in line for the list of those that are prepared), and cost
/// one round trip together. Each sees what was committed until it runs, as any other does.
///
/// # Errors
/// What the opening and the work answer, and where the transaction cannot begin or be committed.
pub async fn in_transaction_opened<O, T>(
    conn: &mut Conn,
    opening: impl AsyncFnOnce(&Conn) -> Result<O>,
    work: impl AsyncFnOnce(&mut Conn, O) -> Result<T>,
) -> Result<T> {
    // Counted before it is sent: where this is given up meanwhile, the pool drops the connection.
    let state = Transactions::transaction_manager_status_mut(conn).transaction_state()?;
    if state.transaction_depth().is_some() {
        return Err(diesel::result::Error::AlreadyInTransaction.into());
    }
    state.change_transaction_depth(TransactionDepthChange::IncreaseDepth)?;
    let done = match opened(conn, opening).await {
        Ok(opened) => work(conn, opened).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(done) => {
            Transactions::commit_transaction(conn).await?;
            Ok(done)
        }
        Err(error) => {
            if let Err(broken) = Transactions::rollback_transaction(conn).await {
                // The first error tells more; the pool notices that the connection is of no use.
                tracing::warn!(error = %broken, "a transaction could not be rolled back");
            }
            Err(error)
        }
    }
}

async fn opened<O>(mut conn: &Conn, opening: impl AsyncFnOnce(&Conn) -> Result<O>) -> Result<O> {
    let shared = conn;
    let begun = async { Ok(conn.batch_execute("BEGIN").await?) };
    let ((), opened) = try_join(begun, opening(shared)).await?;
    Ok(opened)
}
