//! `serve`: answer requests until told to stop.

use super::store::Store;
use super::{Failure, Outcome, auth, ledger};
use crate::accounts::service::Hasher;
use crate::app::{self, House, Metrics, Parts, SecurityContacts, Watched};
use crate::config::{AuthConfig, DatabaseConfig, FilesConfig, LedgerConfig, ServerConfig};
use crate::files::{Files, Place};
use crate::http::ask::TrustedProxies;
use crate::http::rate::Rates;
use crate::kernel::{Ids, SystemClock, SystemIds};
use crate::ledger::service::{Newsroom, Watch};
use std::io::ErrorKind;
use std::net::TcpListener;
use std::sync::Arc;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinHandle;

/// How the address of metrics is chosen.
const METRICS_SETTING: &str = "OGP_METRICS_LISTEN or --metrics-listen";

/// Ctrl-C and SIGTERM.
struct StopSignals {
    interrupt: Signal,
    terminate: Signal,
}

impl StopSignals {
    fn new() -> std::io::Result<Self> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

pub(super) async fn run(
    server: &ServerConfig,
    database: &DatabaseConfig,
    auth: &AuthConfig,
    files: &FilesConfig,
    record: &LedgerConfig,
) -> Outcome {
    let mut signals = StopSignals::new()?;
    // Taken first: a port that is in use is told before a database is started for nothing.
    let listener = listen(&server.listen, "OGP_LISTEN or --listen")?;
    let scraped = server.metrics_listen().map(|address| listen(address, METRICS_SETTING)).transpose()?;
    let proxies = TrustedProxies(server.trusted_proxies()?);
    let contacts = SecurityContacts(server.security_contacts()?);
    let rates = Rates {
        anonymous: server.rate_limit_anonymous,
        signed_in: server.rate_limit_signed_in,
        downloads: server.rate_limit_downloads,
    };
    let place = Place::parse(&files.url(database), std::env::vars())
        .map_err(|error| format!("OGP_FILES_URL cannot be used: {error}"))?;
    let hasher = auth::hasher(auth)?;
    let (copies, witness_keys) = (ledger::copies(record)?, ledger::witness_keys(record)?);
    let mut store = tokio::select! {
        store = prepare(database, auth, &hasher) => store?,
        () = signals.next() => return Ok(()),
    };
    let address = listener.local_addr()?;
    // After the database: the keys may be in the folder that it has made.
    let gate = auth::gate(auth, database)?;
    let sequencer = ledger::sequencer(record, ledger::keys(record, auth, database)?, &store).await?;
    let (watch, metrics) = (Watch::default(), Metrics::default());
    let (news, newsroom) = Newsroom::new(store.target.clone(), SystemIds.next());
    let files = Files::open(place, files.max_upload_bytes, Arc::new(SystemIds))?;
    let parts = Parts {
        database: store.target.clone(),
        clock: Arc::new(SystemClock),
        workers: server.workers(),
        gate: Arc::new(gate),
        hasher,
        proxies,
        contacts,
        rates,
        watch: watch.clone(),
        witness_keys,
        metrics: metrics.clone(),
        files: files.clone(),
        signer: sequencer.signer(),
        news,
        cache: server.cache_bytes(),
    };
    let server = app::serve(&parts, listener)?;
    let handle = server.handle();
    // A task of its own: the server carries out "stop" only while somebody drives it.
    let mut running = actix_web::rt::spawn(server);
    tracing::info!("listening on http://{address} (documentation: http://{address}/docs/)");
    let clock = Arc::new(SystemClock);
    let watched = Watched { metrics, watch: watch.clone(), writes: store.writes(), clock: clock.clone() };
    let scraped = scraped.map(|listener| serve_metrics(watched, listener)).transpose()?;
    let mut beside = ledger::keep(sequencer, watch, copies, &store);
    let house = House { writes: store.writes(), files, clock, ids: Arc::new(SystemIds) };
    beside.push(actix_web::rt::spawn(house.keep()));
    beside.push(actix_web::rt::spawn(newsroom.run()));
    beside.extend(scraped);
    let outcome = tokio::select! {
        ended = &mut running => return Ok(ended??),
        () = signals.next() => Ok(()),
        status = database_ended(&mut store) => {
            Err(Failure::from(format!("the database server ended unexpectedly ({status}); its log is in the data folder")))
        }
    };
    beside.iter().for_each(|task| task.abort());
    tracing::info!("stopping: finishing requests in flight");
    let told = handle.stop(true);
    tokio::select! {
        ended = &mut running => ended??,
        // A second signal does not wait for them: what still runs ends with the process.
        () = signals.next() => {}
    }
    drop(told);
    drop(store);
    tracing::info!("stopped");
    outcome
}

/// Answers `/metrics` on a task of its own.
fn serve_metrics(watched: Watched, listener: TcpListener) -> Result<JoinHandle<()>, Failure> {
    tracing::info!("metrics on http://{}/metrics", listener.local_addr()?);
    let server = app::serve_metrics(watched, listener)?;
    Ok(actix_web::rt::spawn(async move {
        if let Err(error) = server.await {
            tracing::error!(%error, "metrics are not served any more");
        }
    }))
}

async fn prepare(
    database: &DatabaseConfig,
    auth: &AuthConfig,
    hasher: &Arc<Hasher>,
) -> Result<Store, Failure> {
    let store = Store::open_migrated(database).await?;
    let with_demo = store.load_demo(database).await?;
    let accounts = auth::accounts(store.writes(), Arc::clone(hasher));
    let (email, password) = auth.admin();
    let made = accounts.ensure_admin(email, password, store.server.is_some()).await.map_err(auth::told)?;
    if let Some(admin) = made {
        auth::announce("the first admin was made", &admin)?;
    }
    if with_demo {
        let made = accounts.add_demo_people(auth.demo_password()).await.map_err(auth::told)?;
        auth::announce("demo accounts were made, all with one password", &made)?;
    }
    Ok(store)
}

async fn database_ended(store: &mut Store) -> String {
    match &mut store.server {
        Some(server) => server.ended().await,
        None => std::future::pending().await,
    }
}

fn listen(address: &str, setting: &str) -> Result<TcpListener, Failure> {
    let listener = TcpListener::bind(address).map_err(|error| {
        Failure::from(match error.kind() {
            ErrorKind::AddrInUse => format!(
                "{address} is in use by another program; stop it, or choose another address with {setting}"
            ),
            ErrorKind::PermissionDenied => format!(
                "{address} may not be used by this user; choose a port of 1024 or above with {setting}"
            ),
            _ => format!(
                "cannot listen on {address}: {error}; set {setting} to an address such as 127.0.0.1:8080"
            ),
        })
    })?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}
