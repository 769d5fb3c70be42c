//! Opening connections.

use super::Conn;
use diesel::{ConnectionError, ConnectionResult};
use futures_util::FutureExt;
use futures_util::stream::{BoxStream, StreamExt, poll_fn};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::{AsyncMessage, Client, Config, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

/// How long opening a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long the database works on one statement of a request before it gives up.
pub const STATEMENT_TIMEOUT: Duration = Duration::from_secs(20);
/// The oldest PostgreSQL that is supported, as `server_version_num` counts.
pub const OLDEST_SERVER: u32 = 140_000;

/// Where the database is and how to sign in there. Its `Debug` shows no password.
#[derive(Clone)]
pub struct Target {
    config: Config,
    tls: Option<MakeRustlsConnect>,
}

/// Turns true when the connection has ended.
#[derive(Debug, Clone, Default)]
pub struct Closed(Arc<AtomicBool>);

impl Closed {
    /// Whether the connection has ended.
    pub fn is_closed(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// Why an address cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// Not a PostgreSQL address.
    #[error("it is not a PostgreSQL address: {0}")]
    Malformed(tokio_postgres::Error),
    /// TLS is asked for, but the machine's root certificates cannot be used.
    #[error("sslmode=require needs the machine's root certificates, which could not be loaded: {0}")]
    Tls(String),
}

impl Target {
    /// Reads an address (`postgres://user:password@host/database`, or `key=value` pairs).
    /// `sslmode=require` encrypts and verifies the server's certificate against the machine's roots.
    ///
    /// # Errors
    /// Where it is malformed, or asks for TLS without root certificates on the machine.
    pub fn parse(url: &str) -> Result<Self, TargetError> {
        Self::new(url.parse().map_err(TargetError::Malformed)?)
    }

    /// Takes a ready configuration.
    ///
    /// # Errors
    /// Where it asks for TLS without root certificates on the machine.
    pub fn new(mut config: Config) -> Result<Self, TargetError> {
        config.application_name("ogp-tracker").connect_timeout(CONNECT_TIMEOUT);
        let options = match config.get_options() {
            Some(given) => given.to_owned(),
            // Statements are many and short; compiling one takes longer than running it.
            None => format!("-c statement_timeout={} -c jit=off", STATEMENT_TIMEOUT.as_millis()),
        };
        config.options(options);
        let tls = match config.get_ssl_mode() {
            SslMode::Require => Some(tls_connector()?),
            _ => None,
        };
        Ok(Self { config, tls })
    }

    /// For programs of PostgreSQL, such as `pg_dump`: all that is needed to connect, the password
    /// included, so never for a log.
    pub fn connection_string(&self) -> String {
        use std::fmt::Write;
        let mut text = String::new();
        let mut add = |name: &str, value: &str| {
            let quoted = value.replace('\\', "\\\\").replace('\'', "\\'");
            // Writing to a String cannot fail.
            let _ = write!(text, "{name}='{quoted}' ");
        };
        for host in self.config.get_hosts() {
            match host {
                Host::Tcp(name) => add("host", name),
                Host::Unix(path) => add("host", &path.to_string_lossy()),
            }
        }
        for port in self.config.get_ports() {
            add("port", &port.to_string());
        }
        if let Some(user) = self.config.get_user() {
            add("user", user);
        }
        if let Some(password) = self.config.get_password() {
            add("password", &String::from_utf8_lossy(password));
        }
        if let Some(database) = self.config.get_dbname() {
            add("dbname", database);
        }
        text
    }

    /// The same, with each statement planned once for all values that are bound. What readers see takes long to plan
    /// and short to run (a commitment's page: 2.3 ms and 0.9 ms), and PostgreSQL alone would plan it anew each time.
    /// Not for statements whose best plan depends on the value, such as the sequencer's.
    #[must_use]
    pub fn planning_once(&self) -> Self {
        let mut other = self.clone();
        let options = self.config.get_options().unwrap_or_default();
        // What is read often lies in memory: with the default, made for disks that turn, PostgreSQL reads whole tables
        // of members and institutions for one of them.
        other
            .config
            .options(format!("{options} -c plan_cache_mode=force_generic_plan -c random_page_cost=1.1"));
        other
    }

    /// The same server, another database.
    #[must_use]
    pub fn with_database(&self, name: &str) -> Self {
        let mut other = self.clone();
        other.config.dbname(name);
        other
    }

    /// Opens a connection; the second value tells when it has ended.
    ///
    /// # Errors
    /// Where the database cannot be reached or refuses.
    pub async fn connect(&self) -> ConnectionResult<(Conn, Closed)> {
        let closed = Closed::default();
        let client = match &self.tls {
            Some(tls) => self.open(tls.clone(), closed.clone()).await?,
            None => self.open(NoTls, closed.clone()).await?,
        };
        Ok((Conn::try_from(client).await?, closed))
    }

    /// Opens a connection that is driven by hand: the second value yields what the server says by itself.
    ///
    /// # Errors
    /// Where the database cannot be reached or refuses.
    pub(super) async fn connect_by_hand(
        &self,
    ) -> Result<
        (Client, BoxStream<'static, Result<AsyncMessage, tokio_postgres::Error>>),
        tokio_postgres::Error,
    > {
        match &self.tls {
            Some(tls) => {
                let (client, mut connection) = self.config.connect(tls.clone()).await?;
                Ok((client, poll_fn(move |context| connection.poll_message(context)).boxed()))
            }
            None => {
                let (client, mut connection) = self.config.connect(NoTls).await?;
                Ok((client, poll_fn(move |context| connection.poll_message(context)).boxed()))
            }
        }
    }

    async fn open<T>(&self, tls: T, closed: Closed) -> ConnectionResult<tokio_postgres::Client>
    where
        T: tokio_postgres::tls::MakeTlsConnect<tokio_postgres::Socket>,
        T::Stream: Send + 'static,
    {
        let (client, connection) = self
            .config
            .connect(tls)
            .await
            .map_err(|error| ConnectionError::BadConnection(describe(&error)))?;
        tokio::spawn(connection.map(move |result| {
            closed.0.store(true, Ordering::Release);
            if let Err(error) = result {
                tracing::warn!(error = %describe(&error), "a database connection broke");
            }
        }));
        Ok(client)
    }

    /// Checks that the server is one this service works with.
    ///
    /// # Errors
    /// In one line, for the operator.
    pub async fn check_server(&self) -> Result<(), String> {
        let (client, connection) = match &self.tls {
            Some(tls) => {
                let (client, connection) =
                    self.config.connect(tls.clone()).await.map_err(|error| describe(&error))?;
                (client, connection.boxed())
            }
            None => {
                let (client, connection) =
                    self.config.connect(NoTls).await.map_err(|error| describe(&error))?;
                (client, connection.boxed())
            }
        };
        tokio::spawn(connection);
        let row = client
            .query_one(
                "SELECT current_setting('server_version_num')::int, current_setting('server_version'), \
                 current_setting('server_encoding')",
                &[],
            )
            .await
            .map_err(|error| describe(&error))?;
        let (number, version, encoding): (i32, String, String) = (row.get(0), row.get(1), row.get(2));
        if u32::try_from(number).unwrap_or(0) < OLDEST_SERVER {
            return Err(format!("it is PostgreSQL {version}; version 14 or newer is needed"));
        }
        if encoding != "UTF8" {
            return Err(format!("its encoding is {encoding}; create the database with ENCODING 'UTF8'"));
        }
        Ok(())
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Target({self})")
    }
}

/// Where it is, for messages: hosts, port, database; never user or password.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let port = self.config.get_ports().first().copied().unwrap_or(5432);
        for (index, host) in self.config.get_hosts().iter().enumerate() {
            if index > 0 {
                f.write_str(", ")?;
            }
            match host {
                Host::Tcp(name) => write!(f, "{name}:{port}")?,
                Host::Unix(path) => write!(f, "{}", path.display())?,
            }
        }
        match self.config.get_dbname() {
            Some(name) => write!(f, ", database {name:?}"),
            None => Ok(()),
        }
    }
}

fn tls_connector() -> Result<MakeRustlsConnect, TargetError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let loaded = rustls_native_certs::load_native_certs();
    let mut roots = rustls::RootCertStore::empty();
    let (usable, _) = roots.add_parsable_certificates(loaded.certs);
    if usable == 0 {
        let reasons: Vec<_> = loaded.errors.iter().map(ToString::to_string).collect();
        return Err(TargetError::Tls(if reasons.is_empty() {
            "none are installed (Debian: apt-get install ca-certificates)".to_owned()
        } else {
            reasons.join("; ")
        }));
    }
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| TargetError::Tls(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

/// An error with its causes, in one line.
pub(super) fn describe(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let next = error.to_string();
        if !text.ends_with(&next) {
            text.push_str(": ");
            text.push_str(&next);
        }
        cause = error.source();
    }
    text
}
