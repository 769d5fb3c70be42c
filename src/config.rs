//! Settings, from flags or environment, read once.

use clap::{Args, ValueEnum};
use directories::ProjectDirs;
use secrecy::{ExposeSecret, SecretString};
use std::num::NonZeroUsize;
use std::path::PathBuf;

/// Where the database is.
#[derive(Debug, Clone, Args)]
pub struct DatabaseConfig {
    /// PostgreSQL 14 or newer to use, e.g. postgres://user:password@host/database;
    /// `?sslmode=require` encrypts. Without it the tracker runs a server of its own
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, value_name = "URL", global = true)]
    database_url: Option<SecretString>,

    /// Folder for the tracker's own database [default: the user's data folder; for root
    /// /var/lib/ogp-tracker; ./ogp-data if there is none]
    #[arg(long, env = "OGP_DATA_DIR", value_name = "DIR", global = true)]
    data_dir: Option<PathBuf>,

    /// Folder with `postgres` and `initdb`, for the tracker's own database [default: the first in
    /// PATH, else the newest in the usual places]
    #[arg(long, env = "OGP_POSTGRES_BIN", value_name = "DIR", global = true)]
    pub postgres_bin: Option<PathBuf>,

    /// Whether to load the demo data (Romania, Iași, Timișoara) into the tracker's own database
    /// while it is empty; a database given by DATABASE_URL is never touched
    #[arg(long, env = "OGP_DEMO", value_enum, default_value_t = Switch::On, global = true)]
    pub demo: Switch,
}

/// On or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    /// Do it.
    On,
    /// Do not.
    Off,
}

impl DatabaseConfig {
    /// The address of the database to use, if one was given; an empty one counts as none.
    pub fn url(&self) -> Option<&str> {
        self.database_url.as_ref().map(ExposeSecret::expose_secret).filter(|url| !url.trim().is_empty())
    }

    /// The folder of the tracker's own database.
    pub fn data_dir(&self) -> PathBuf {
        if let Some(given) = self.data_dir.as_ref().filter(|dir| !dir.as_os_str().is_empty()) {
            return given.clone();
        }
        // Root's home is closed to the user that runs the database; services keep state in /var/lib.
        if nix::unistd::geteuid().is_root() {
            return PathBuf::from("/var/lib/ogp-tracker");
        }
        ProjectDirs::from("", "", "ogp-tracker")
            .map_or_else(|| PathBuf::from("ogp-data"), |dirs| dirs.data_dir().to_owned())
    }
}

/// How to answer requests.
#[derive(Debug, Clone, Args)]
pub struct ServerConfig {
    /// Address and port to listen on
    #[arg(
        long,
        env = "OGP_LISTEN",
        default_value = "127.0.0.1:8080",
        value_name = "HOST:PORT",
        global = true
    )]
    pub listen: String,

    /// Threads that answer requests [default: one per core]
    #[arg(long, env = "OGP_WORKERS", value_name = "N", global = true)]
    workers: Option<NonZeroUsize>,
}

impl ServerConfig {
    /// Threads that answer requests.
    pub fn workers(&self) -> usize {
        self.workers.or_else(|| std::thread::available_parallelism().ok()).map_or(1, NonZeroUsize::get)
    }
}

/// What to log.
#[derive(Debug, Clone, Args)]
pub struct LogConfig {
    /// What to log: a level (error, warn, info, debug, trace), or levels by module such as
    /// `info,ogp_tracker=debug`; debug logs every request. Text on a terminal, JSON otherwise
    #[arg(long, env = "OGP_LOG", default_value = "info", value_name = "FILTER", global = true)]
    pub log: String,
}
