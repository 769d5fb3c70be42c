//! The database that a command works on: the one given, or the tracker's own.

use crate::config::{DatabaseConfig, Switch};
use crate::db::embedded::{Account, Cluster, DataDir, Options, Server, obtain};
use crate::db::{Target, Writes, migrate};
use crate::exchange::service::{Refusal, import};
use crate::exchange::store::is_empty;
use crate::kernel::{SystemClock, SystemIds};

/// The Romanian commitments, loaded through the same import that users call.
const DEMO: &[u8] = include_bytes!("../../demo/romania.json");

/// A database that answers, and what keeps it running. Dropping it stops the tracker's own server
/// first, then frees the data folder.
#[derive(Debug)]
pub(super) struct Store {
    pub(super) target: Target,
    pub(super) server: Option<Server>,
    _data_dir: Option<DataDir>,
}

impl Store {
    /// Reaches the database given, or starts the tracker's own.
    pub(super) async fn open(config: &DatabaseConfig) -> Result<Self, super::Failure> {
        match config.url() {
            Some(url) => {
                let target =
                    Target::parse(url).map_err(|error| format!("DATABASE_URL cannot be used: {error}"))?;
                target.check_server().await.map_err(|reason| {
                    format!(
                        "cannot use the database at {target}: {reason}; check DATABASE_URL and that the server \
                         runs, or unset it to use the tracker's own database"
                    )
                })?;
                Ok(Self { target, server: None, _data_dir: None })
            }
            None => {
                let data_dir = DataDir::open(&config.data_dir())?;
                let account = Account::choose()?;
                let version = Cluster::version(&data_dir);
                let binaries = obtain(config.postgres_bin.as_deref(), &data_dir, version).await?;
                if version.is_none() {
                    tracing::info!(data_dir = %data_dir.path().display(), "making a database");
                }
                let cluster = Cluster::open(&data_dir, &account, &binaries)?;
                let server = Server::start(&cluster, &binaries, &Options::default()).await?;
                Ok(Self { target: server.target().clone(), server: Some(server), _data_dir: Some(data_dir) })
            }
        }
    }

    /// The same, with the schema of this version.
    pub(super) async fn open_migrated(config: &DatabaseConfig) -> Result<Self, super::Failure> {
        let store = Self::open(config).await?;
        let ran = migrate::migrate(&store.target)
            .await
            .map_err(|reason| format!("the database at {} could not be migrated: {reason}", store.target))?;
        if !ran.is_empty() {
            tracing::info!(migrations = ran.len(), "the schema is up to date");
        }
        Ok(store)
    }

    /// Connections for transactions; commands write one at a time.
    pub(super) fn writes(&self) -> Writes {
        Writes::new(&self.target, 1)
    }

    /// Loads the demo data where it is wanted and nothing else is there; returns whether it did.
    pub(super) async fn load_demo(&self, config: &DatabaseConfig) -> Result<bool, super::Failure> {
        if self.server.is_none() || config.demo == Switch::Off {
            return Ok(false);
        }
        let writes = self.writes();
        let mut conn = writes.get().await?;
        if !is_empty(&conn).await? {
            return Ok(false);
        }
        match import(&mut conn, DEMO, false, &SystemClock, &SystemIds).await {
            Ok(_) => {
                tracing::info!("loaded the demo data: Romania, Iași, Timișoara (OGP_DEMO=off begins empty)");
                Ok(true)
            }
            Err(Refusal::Faulty(faults)) => {
                let first = faults.first().map(ToString::to_string).unwrap_or_default();
                Err(format!("the demo data has {} faults; the first: {first}", faults.len()).into())
            }
            Err(other) => Err(other.into()),
        }
    }
}
