//! The application under test, on a database of its own.

mod database;
pub mod people;
pub mod record;
pub mod spec;
mod tokens;
pub mod wire;

pub use database::{RECORDED, Template, TestDatabase, base};
pub use people::Client;

use actix_web::dev::ServerHandle;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use ogp_tracker::accounts::service::{Accounts, Cost, Gate, GateConfig, Hasher, Keys};
use ogp_tracker::app::{self, House, Metrics, Parts, SecurityContacts};
use ogp_tracker::db::Writes;
use ogp_tracker::exchange::service::{Changes, Refusal, import};
use ogp_tracker::files::{Files, Place};
use ogp_tracker::http::ask::TrustedProxies;
use ogp_tracker::http::rate::Rates;
use ogp_tracker::kernel::{Clock, SystemIds, Touched};
use ogp_tracker::ledger::model::note::LogKey;
use ogp_tracker::ledger::service::{LogKeys, News, Signer, Watch};
use reqwest::header::HeaderMap;
use reqwest::{Method, RequestBuilder};
use serde_json::Value;
use std::net::TcpListener;
use std::sync::{Arc, Mutex, mpsc};
use tempfile::TempDir;

/// A clock that stands still until a test moves it.
#[derive(Debug, Clone)]
pub struct TestClock(Arc<Mutex<DateTime<Utc>>>);

impl TestClock {
    /// Noon (UTC) of a day.
    pub fn at(day: &str) -> Self {
        let clock = Self(Arc::default());
        clock.set(day);
        clock
    }

    /// Moves on.
    pub fn advance(&self, by: TimeDelta) {
        *self.0.lock().expect("clock") += by;
    }

    /// Moves to noon (UTC) of a day.
    pub fn set(&self, day: &str) {
        let day: NaiveDate = day.parse().expect("a day");
        *self.0.lock().expect("clock") = day.and_hms_opt(12, 0, 0).expect("noon").and_utc();
    }
}

impl Clock for TestClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().expect("clock")
    }
}

/// The running application.
pub struct TestApp {
    pub database: TestDatabase,
    pub clock: TestClock,
    pub address: String,
    /// Counts the hashing of the application, and of the accounts that tests make.
    pub hasher: Arc<Hasher>,
    /// The folder of the signing keys.
    pub keys: TempDir,
    /// What the self-check of the public record found; tests drive it.
    pub watch: Watch,
    /// The folder of uploads.
    pub folder: TempDir,
    /// Tidies up when a test says so.
    pub house: House,
    /// Makes people without asking for permission.
    pub accounts: Accounts,
    client: reqwest::Client,
    handle: ServerHandle,
}

/// What a test can choose about the application.
#[derive(Debug)]
pub struct Setting {
    pub gate: GateConfig,
    pub proxies: TrustedProxies,
    /// Whom to tell about weaknesses.
    pub contacts: Vec<String>,
    /// How often anybody may ask.
    pub rates: Rates,
    /// What hashing a password costs.
    pub hashing: Cost,
    /// Where uploads are kept, where not in a folder of the test's.
    pub place: Option<Place>,
    /// How large an upload may be, in bytes.
    pub max_upload: u64,
    /// The keys of other logs that are watched.
    pub witness_keys: Vec<LogKey>,
    /// How much may be kept of answers, in bytes.
    pub cache: u64,
    /// Who tells and hears of changes, where that is not the test.
    pub news: Option<News>,
}

impl Default for Setting {
    fn default() -> Self {
        // As badly as Argon2 lets it, for tests that do not measure it.
        let hashing = Cost { memory_kib: 8, iterations: 1, parallelism: 1 };
        Self {
            gate: GateConfig::default(),
            proxies: TrustedProxies::default(),
            contacts: vec!["mailto:security@example.org".to_owned()],
            // Told in every answer, and more than any test asks.
            rates: Rates { anonymous: 1_000_000, signed_in: 1_000_000, downloads: 1_000_000 },
            hashing,
            place: None,
            max_upload: 1_000_000,
            witness_keys: Vec::new(),
            cache: 4 * 1024 * 1024,
            news: None,
        }
    }
}

/// An answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.body)))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("text"))
    }

    /// The body of a success.
    #[track_caller]
    pub fn ok(&self) -> Value {
        assert_eq!(self.status, 200, "{}", String::from_utf8_lossy(&self.body));
        self.json()
    }

    /// The problem document of a failure, after checking that it is one.
    #[track_caller]
    pub fn problem(&self, status: u16, code: &str) -> Value {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.body));
        assert_eq!(self.header("content-type"), Some("application/problem+json"));
        let problem = self.json();
        assert_eq!(problem["code"], code, "{problem:#}");
        assert_eq!(problem["status"], status);
        assert_eq!(problem["type"], "about:blank");
        let id = problem["request_id"].as_str().expect("request id");
        assert_eq!(self.header("x-request-id"), Some(id));
        problem
    }
}

impl TestApp {
    /// With the demo data.
    pub async fn demo() -> Self {
        Self::start(Template::Demo).await
    }

    /// Without data.
    pub async fn empty() -> Self {
        Self::start(Template::Empty).await
    }

    async fn start(template: Template) -> Self {
        Self::on(TestDatabase::new(template).await)
    }

    /// On a database that a test has prepared.
    pub fn on(database: TestDatabase) -> Self {
        Self::with(database, Setting::default())
    }

    /// On a database that a test has prepared, with settings of its own.
    pub fn with(database: TestDatabase, setting: Setting) -> Self {
        let clock = TestClock::at("2026-11-23");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.set_nonblocking(true).expect("non-blocking");
        let address = format!("http://{}", listener.local_addr().expect("address"));
        let time: Arc<dyn Clock> = Arc::new(clock.clone());
        let keys = tempfile::tempdir().expect("a folder for keys");
        let signing = Keys::open(&keys.path().join("keys"), Arc::clone(&time)).expect("keys");
        let hasher = Arc::new(Hasher::new(setting.hashing).expect("a hasher"));
        let watch = Watch::default();
        let folder = tempfile::tempdir().expect("a folder for uploads");
        let place = setting.place.unwrap_or_else(|| Place::Folder(folder.path().to_owned()));
        let files = Files::open(place, setting.max_upload, Arc::new(SystemIds)).expect("files");
        let parts = Parts {
            database: database.target.clone(),
            clock: Arc::clone(&time),
            workers: 1,
            gate: Arc::new(Gate::new(setting.gate, signing, Arc::clone(&time)).expect("a gate")),
            hasher: Arc::clone(&hasher),
            proxies: setting.proxies,
            contacts: SecurityContacts(setting.contacts),
            rates: setting.rates,
            watch: watch.clone(),
            metrics: Metrics::default(),
            witness_keys: setting.witness_keys,
            files: files.clone(),
            signer: Signer::new(LogKeys::open(&keys.path().join("log"), Arc::clone(&time)).expect("keys")),
            news: setting.news.unwrap_or_else(|| News::alone(database.freshness.clone())),
            cache: setting.cache,
        };
        let house = House {
            writes: Writes::new(&database.target, 2),
            files,
            clock: Arc::clone(&time),
            ids: Arc::new(SystemIds),
        };
        let accounts = Accounts {
            writes: Writes::new(&database.target, 2),
            hasher: Arc::clone(&hasher),
            clock: time,
            ids: Arc::new(SystemIds),
        };
        let (sender, receiver) = mpsc::channel();
        // A thread of its own: the server goes on until it is stopped, whatever the test does.
        std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let server = app::serve(&parts, listener).expect("server");
                sender.send(server.handle()).expect("test");
                server.await.expect("server");
            });
        });
        let handle = receiver.recv().expect("server");
        // Another process-wide choice that the first test makes; the others find it made.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client =
            reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().expect("client");
        Self { database, clock, address, hasher, keys, folder, watch, house, accounts, client, handle }
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.address))
    }

    pub async fn send(&self, request: RequestBuilder) -> Answer {
        let response = request.send().await.expect("an answer");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Answer { status, headers, body: response.bytes().await.expect("a body").to_vec() }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    pub async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = self.request(Method::GET, path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request).await
    }

    /// All rows of a list, page by page.
    pub async fn all(&self, path: &str) -> Vec<Value> {
        let separator = if path.contains('?') { '&' } else { '?' };
        let (mut rows, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = self.get(&format!("{path}{separator}limit=200{cursor}")).await.ok();
            rows.extend(page["data"].as_array().expect("data").iter().cloned());
            match page["page"]["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return rows,
            }
        }
    }

    /// Imports a document the way the command does.
    pub async fn import(&self, document: &Value) -> Result<Changes, Refusal> {
        self.import_bytes(document.to_string().as_bytes(), false).await
    }

    pub async fn import_bytes(&self, bytes: &[u8], dry_run: bool) -> Result<Changes, Refusal> {
        let (mut conn, _) = self.database.target.connect().await.expect("connection");
        let outcome = import(&mut conn, bytes, dry_run, &self.clock, &SystemIds).await;
        self.database.freshness.changed(&Touched::Everything);
        outcome
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        // The command is sent here and now; nobody needs to wait until it is carried out.
        drop(self.handle.stop(false));
    }
}

/// One text field of every element of a list.
#[track_caller]
pub fn column(list: &Value, field: &str) -> Vec<String> {
    let list = list.as_array().expect("a list");
    list.iter().map(|row| row[field].as_str().unwrap_or("null").to_owned()).collect()
}
