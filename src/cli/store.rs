//! The database that a command works on: the one given, or the tracker's own.

use crate::config::{DatabaseConfig, Switch};
use crate::db::embedded::{Account, Cluster, DataDir, Options, Server, obtain};
use crate::db::{Target, Writes, migrate, rights};
use crate::exchange::service::{Refusal, import};
use crate::exchange::store::is_empty;
use crate::kernel::{SystemClock, SystemIds};

/// The Romanian commitments, loaded through the same import that users call.
const DEMO: &[u8] = include_bytes!("../../demo/romania.json");

/// How the role that owns the tables signs in, where that is not the service's.
const MIGRATION_URL: &str = "OGP_MIGRATION_DATABASE_URL";

/// A database that answers, and what keeps it running. Dropping it stops the tracker's own server
/// first, then frees the data folder.
#[derive(Debug)]
pub(super) struct Store {
    pub(super) target: Target,
    pub(super) server: Option<Server>,
    /// The same database by the role that owns its tables, where that is another one.
    owner: Option<Target>,
    _data_dir: Option<DataDir>,
}

impl Store {
    /// Reaches the database given, or starts the tracker's own.
    pub(super) async fn open(config: &DatabaseConfig) -> Result<Self, super::Failure> {
        match config.url() {
            Some(url) => {
                let target = reach(url, "DATABASE_URL").await?;
                let owner = match config.migration_url() {
                    Some(url) => Some(reach(url, MIGRATION_URL).await?),
                    None => None,
                };
                Ok(Self { target, server: None, owner, _data_dir: None })
            }
            None if config.migration_url().is_some() => Err(format!(
                "{MIGRATION_URL} goes with DATABASE_URL, the same database by the service's own role, which is not set"
            )
            .into()),
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
                let target = server.target().clone();
                Ok(Self { target, server: Some(server), owner: None, _data_dir: Some(data_dir) })
            }
        }
    }

    /// Where the tables' owner signs in.
    pub(super) fn owner(&self) -> &Target {
        self.owner.as_ref().unwrap_or(&self.target)
    }

    /// Brings the schema up to date, and gives the service's role its rights where another one owns the
    /// tables. Returns the names of the migrations that ran.
    pub(super) async fn migrate(&self) -> Result<Vec<String>, super::Failure> {
        let ran = migrate::migrate(self.owner()).await.map_err(|reason| {
            format!(
                "the database at {} could not be migrated: {reason}; where the tables belong to another role, \
                 {MIGRATION_URL} says how it signs in",
                self.owner()
            )
        })?;
        if let Some(owner) = &self.owner {
            let granted = rights::grant(owner, &self.target).await;
            granted
                .map_err(|reason| format!("DATABASE_URL cannot be used with {MIGRATION_URL}: {reason}"))?;
        }
        Ok(ran)
    }

    /// The same, with the schema of this version.
    pub(super) async fn open_migrated(config: &DatabaseConfig) -> Result<Self, super::Failure> {
        let store = Self::open(config).await?;
        let ran = store.migrate().await?;
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

/// A database that is given, and answers.
async fn reach(url: &str, setting: &str) -> Result<Target, super::Failure> {
    let target = Target::parse(url).map_err(|error| format!("{setting} cannot be used: {error}"))?;
    target.check_server().await.map_err(|reason| {
        format!(
            "cannot use the database at {target}: {reason}; check {setting} and that the server runs, or unset it \
             to use the tracker's own database"
        )
    })?;
    Ok(target)
}
