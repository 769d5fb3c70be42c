//! Settings, from flags or environment, read once.

use clap::{Args, ValueEnum};
use directories::ProjectDirs;
use ipnet::IpNet;
use secrecy::{ExposeSecret, SecretString};
use std::net::IpAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;

/// Where the database is.
#[derive(Debug, Clone, Args)]
pub struct DatabaseConfig {
    /// PostgreSQL 14 or newer to use, e.g. postgres://user:password@host/database;
    /// `?sslmode=require` encrypts. Without it the tracker runs a server of its own
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, value_name = "URL", global = true)]
    database_url: Option<SecretString>,

    /// The same database by the role that owns its tables, for migrations alone: the service's own role is
    /// then given what it needs and owns nothing. Without it one role does both
    #[arg(
        long,
        env = "OGP_MIGRATION_DATABASE_URL",
        hide_env_values = true,
        value_name = "URL",
        global = true
    )]
    migration_database_url: Option<SecretString>,

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
        address(self.database_url.as_ref())
    }

    /// The address by which the database is migrated, if it is another one.
    pub fn migration_url(&self) -> Option<&str> {
        address(self.migration_database_url.as_ref())
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

/// Who is let in, and how they prove it.
#[derive(Debug, Clone, Args)]
pub struct AuthConfig {
    /// Folder with the keys that sign access tokens, readable by the tracker's user only; replicas
    /// share it [default: `keys` in the data folder]
    #[arg(long, env = "OGP_KEYS_DIR", value_name = "DIR", global = true)]
    keys_dir: Option<PathBuf>,

    /// Who issues our access tokens (their `iss`)
    #[arg(long, env = "OGP_TOKEN_ISSUER", default_value = "ogp-tracker", value_name = "NAME", global = true)]
    token_issuer: String,

    /// Whom our access tokens are meant for (their `aud`)
    #[arg(
        long,
        env = "OGP_TOKEN_AUDIENCE",
        default_value = "ogp-tracker",
        value_name = "NAME",
        global = true
    )]
    token_audience: String,

    /// An OpenID Connect issuer whose tokens are taken as well; people are known by their verified
    /// e-mail address
    #[arg(long, env = "OGP_OIDC_ISSUER", value_name = "URL", global = true)]
    oidc_issuer: Option<String>,

    /// Whom the issuer's tokens must be meant for [default: the audience of our own]
    #[arg(long, env = "OGP_OIDC_AUDIENCE", value_name = "NAME", global = true)]
    oidc_audience: Option<String>,

    /// Memory that hashing a password takes, in KiB
    #[arg(long, env = "OGP_ARGON2_MEMORY_KIB", default_value_t = 19_456, value_name = "KIB", global = true)]
    pub argon2_memory_kib: u32,

    /// Passes over that memory
    #[arg(long, env = "OGP_ARGON2_ITERATIONS", default_value_t = 2, value_name = "N", global = true)]
    pub argon2_iterations: u32,

    /// Lanes of that memory
    #[arg(long, env = "OGP_ARGON2_PARALLELISM", default_value_t = 1, value_name = "N", global = true)]
    pub argon2_parallelism: u32,

    /// Address of the first admin, made at start where nobody has that role
    #[arg(long, env = "OGP_ADMIN_EMAIL", value_name = "EMAIL", global = true)]
    admin_email: Option<String>,

    /// Password of the first admin
    #[arg(long, env = "OGP_ADMIN_PASSWORD", hide_env_values = true, value_name = "PASSWORD", global = true)]
    admin_password: Option<SecretString>,

    /// Password of the demo accounts, which come with the demo data [default: random, told once]
    #[arg(long, env = "OGP_DEMO_PASSWORD", hide_env_values = true, value_name = "PASSWORD", global = true)]
    demo_password: Option<SecretString>,
}

impl AuthConfig {
    /// The folder of the signing keys.
    pub fn keys_dir(&self, database: &DatabaseConfig) -> PathBuf {
        let given = self.keys_dir.clone().filter(|dir| !dir.as_os_str().is_empty());
        given.unwrap_or_else(|| database.data_dir().join("keys"))
    }

    /// The `iss` of our own tokens.
    pub fn token_issuer(&self) -> &str {
        or_default(&self.token_issuer)
    }

    /// The `aud` of our own tokens.
    pub fn token_audience(&self) -> &str {
        or_default(&self.token_audience)
    }

    /// The external issuer, where there is one.
    pub fn oidc_issuer(&self) -> Option<&str> {
        self.oidc_issuer.as_deref().map(str::trim).filter(|issuer| !issuer.is_empty())
    }

    /// Whom the external issuer's tokens must be meant for.
    pub fn oidc_audience(&self) -> &str {
        self.oidc_audience.as_deref().filter(|name| !name.is_empty()).unwrap_or(self.token_audience())
    }

    /// Address and password of the first admin, where either is given; an empty one counts as none.
    pub fn admin(&self) -> (Option<&str>, Option<&str>) {
        let email = self.admin_email.as_deref().map(str::trim).filter(|email| !email.is_empty());
        (email, given(self.admin_password.as_ref()))
    }

    /// The password of the demo accounts, where one is given.
    pub fn demo_password(&self) -> Option<&str> {
        given(self.demo_password.as_ref())
    }
}

/// How the public record is signed, and where its checkpoints are kept besides.
#[derive(Debug, Clone, Args)]
pub struct LedgerConfig {
    /// Folder with the keys that sign checkpoints of the public record, readable by the tracker's user only;
    /// replicas share it [default: `log` in the folder of the other keys]
    #[arg(long, env = "OGP_LOG_KEYS_DIR", value_name = "DIR", global = true)]
    log_keys_dir: Option<PathBuf>,

    /// Name of the public record in its checkpoints, for good, without spaces and plus signs, e.g.
    /// ogp.example.org/ledger [default: `ogp-tracker/` and an id of the database]
    #[arg(long, env = "OGP_LOG_ORIGIN", value_name = "NAME", global = true)]
    log_origin: Option<String>,

    /// Where checkpoints are copied as they are signed, as a comma list: folders; addresses (http, https)
    /// that take PUT below them where they end with a slash, else POST; other trackers
    /// (`tracker+https://ogp.example.org`), which compare them with what they have seen
    #[arg(long, env = "OGP_CHECKPOINT_COPIES", default_value = "", value_name = "LIST", global = true)]
    checkpoint_copies: String,

    /// Keys of other trackers' public records, whose checkpoints are kept here when they are shown, as a comma
    /// list in the form of `verifier_key` at /api/v1/ledger/public-key
    #[arg(long, env = "OGP_WITNESS_KEYS", default_value = "", value_name = "LIST", global = true)]
    witness_keys: String,
}

impl LedgerConfig {
    /// The folder of the keys that sign checkpoints.
    pub fn log_keys_dir(&self, auth: &AuthConfig, database: &DatabaseConfig) -> PathBuf {
        let given = self.log_keys_dir.clone().filter(|dir| !dir.as_os_str().is_empty());
        given.unwrap_or_else(|| auth.keys_dir(database).join("log"))
    }

    /// The name that was chosen for the record; an empty one counts as none.
    pub fn log_origin(&self) -> Option<&str> {
        self.log_origin.as_deref().map(str::trim).filter(|name| !name.is_empty())
    }

    /// The keys of other records that are watched here.
    pub fn witness_keys(&self) -> impl Iterator<Item = &str> {
        self.witness_keys.split(',').map(str::trim).filter(|key| !key.is_empty())
    }

    /// Where checkpoints are copied.
    pub fn checkpoint_copies(&self) -> impl Iterator<Item = &str> {
        self.checkpoint_copies.split(',').map(str::trim).filter(|place| !place.is_empty())
    }
}

/// An empty name counts as none: compose files like to pass on what is not set.
fn or_default(name: &str) -> &str {
    if name.trim().is_empty() { "ogp-tracker" } else { name.trim() }
}

/// An address that is given and not empty.
fn address(url: Option<&SecretString>) -> Option<&str> {
    url.map(ExposeSecret::expose_secret).filter(|url| !url.trim().is_empty())
}

/// A secret that is given and not empty.
fn given(secret: Option<&SecretString>) -> Option<&str> {
    secret.map(ExposeSecret::expose_secret).filter(|secret| !secret.is_empty())
}

/// Where uploads are kept.
#[derive(Debug, Clone, Args)]
pub struct FilesConfig {
    /// Where uploads are kept: a folder, or s3://bucket/prefix with the usual AWS_ variables
    /// (AWS_ENDPOINT and AWS_ALLOW_HTTP=true for others that speak S3) [default: `files` in the data
    /// folder]
    #[arg(long, env = "OGP_FILES_URL", value_name = "URL", global = true)]
    files_url: Option<String>,

    /// How large an upload may be, in bytes
    #[arg(long, env = "OGP_MAX_UPLOAD_BYTES", default_value_t = 20_000_000, value_name = "N", global = true)]
    pub max_upload_bytes: u64,
}

impl FilesConfig {
    /// Where uploads are kept; an empty text counts as none.
    pub fn url(&self, database: &DatabaseConfig) -> String {
        let given = self.files_url.clone().filter(|url| !url.trim().is_empty());
        given.unwrap_or_else(|| database.data_dir().join("files").display().to_string())
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

    /// Address and port on which Prometheus finds /metrics; keep it from the public, e.g. 127.0.0.1:9090
    /// [default: nowhere]
    #[arg(long, env = "OGP_METRICS_LISTEN", value_name = "HOST:PORT", global = true)]
    metrics_listen: Option<String>,

    /// Threads that answer requests [default: one per core]
    #[arg(long, env = "OGP_WORKERS", value_name = "N", global = true)]
    workers: Option<NonZeroUsize>,

    /// How much memory kept answers may take, in MiB: reads that were answered are given again until something of what
    /// they show changes; 0 to compute every answer
    #[arg(long, env = "OGP_CACHE_MIB", default_value_t = 32, value_name = "MIB", global = true)]
    cache_mib: u32,

    /// Proxies in front of the service, as a comma list of addresses and networks (10.0.0.0/8): they
    /// are believed about where a request comes from (X-Forwarded-For)
    #[arg(long, env = "OGP_TRUSTED_PROXIES", default_value = "", value_name = "LIST", global = true)]
    trusted_proxies: String,

    /// Whom to tell about weaknesses, for /.well-known/security.txt, as a comma list, the preferred first:
    /// mailto:security@example.org, `https://example.org/security` [default: nobody is named]
    #[arg(long, env = "OGP_SECURITY_CONTACT", default_value = "", value_name = "LIST", global = true)]
    security_contact: String,

    /// Requests per minute from one address (or IPv6 network of 64 bits) without an account; 0 for no limit.
    /// Behind a proxy set OGP_TRUSTED_PROXIES, or all its users count as one
    #[arg(long, env = "OGP_RATE_LIMIT_ANONYMOUS", default_value_t = 1_200, value_name = "N", global = true)]
    pub rate_limit_anonymous: u32,

    /// Requests per minute of one person, signed in or through their scripts; 0 for no limit
    #[arg(long, env = "OGP_RATE_LIMIT_SIGNED_IN", default_value_t = 6_000, value_name = "N", global = true)]
    pub rate_limit_signed_in: u32,

    /// Reports, workbooks and whole lists as files per minute, for either; 0 for no limit
    #[arg(long, env = "OGP_RATE_LIMIT_DOWNLOADS", default_value_t = 60, value_name = "N", global = true)]
    pub rate_limit_downloads: u32,
}

impl ServerConfig {
    /// The proxies that are believed.
    ///
    /// # Errors
    /// In one line, where an entry is no address or network.
    pub fn trusted_proxies(&self) -> Result<Vec<IpNet>, String> {
        let entries = self.trusted_proxies.split(',').map(str::trim).filter(|entry| !entry.is_empty());
        entries
            .map(|entry| {
                let address = entry.parse::<IpAddr>().map(IpNet::from);
                address.or_else(|_| entry.parse()).map_err(|_| {
                    format!("OGP_TRUSTED_PROXIES has {entry:?}, which is no address (10.0.0.1) and no network (10.0.0.0/8)")
                })
            })
            .collect()
    }

    /// Whom to tell about weaknesses.
    ///
    /// # Errors
    /// In one line, where an entry is no address that people can be reached at.
    pub fn security_contacts(&self) -> Result<Vec<String>, String> {
        let entries = self.security_contact.split(',').map(str::trim).filter(|entry| !entry.is_empty());
        let reaches = |entry: &str| {
            let rest =
                ["mailto:", "https://", "tel:"].into_iter().find_map(|scheme| entry.strip_prefix(scheme));
            rest.is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_graphic()))
        };
        entries
            .map(|entry| {
                let told = || {
                    format!(
                        "OGP_SECURITY_CONTACT has {entry:?}, which is no mailto:, https:// or tel: address"
                    )
                };
                reaches(entry).then(|| entry.to_owned()).ok_or_else(told)
            })
            .collect()
    }

    /// Where metrics are served, if anywhere; an empty address counts as none.
    pub fn metrics_listen(&self) -> Option<&str> {
        self.metrics_listen.as_deref().map(str::trim).filter(|address| !address.is_empty())
    }

    /// How much memory kept answers may take, in bytes.
    pub fn cache_bytes(&self) -> u64 {
        u64::from(self.cache_mib) * 1024 * 1024
    }

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
