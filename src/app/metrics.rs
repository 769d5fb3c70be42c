//! What Prometheus asks for, on a socket of its own: never on that of the public API.

use crate::db::Writes;
use crate::kernel::Clock;
use crate::ledger::service::{Lookout, Verdict, Watch};
use actix_web::body::MessageBody;
use actix_web::dev::{Server, ServiceRequest, ServiceResponse};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{App, Error, HttpResponse, HttpServer, web};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::{encode_eof, encode_registry};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Instant;

/// Seconds, up to which answers are counted together.
const BUCKETS: [f64; 11] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];
/// What scrapers are told that it is.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// The methods that are told apart: anybody can make up others.
const METHODS: [Method; 7] =
    [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS];

/// Which route.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    method: String,
    /// The pattern, never the address: there are as many as there are operations.
    route: String,
}

/// The counters of a question whose answer is kept, found once.
#[derive(Debug, Clone)]
pub(super) struct Counters {
    full: Counter,
    unchanged: Counter,
    latency: Histogram,
}

impl Counters {
    /// Counts an answer.
    pub(super) fn count(&self, status: StatusCode, begun: Instant) {
        if status == StatusCode::NOT_MODIFIED { &self.unchanged } else { &self.full }.inc();
        self.latency.observe(begun.elapsed().as_secs_f64());
    }
}

/// Which route, and what it answered.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    method: String,
    route: String,
    status: u16,
}

type Latency = Family<Route, Histogram, fn() -> Histogram>;

/// What was counted so far. All copies count together.
#[derive(Debug, Clone)]
pub struct Metrics {
    requests: Family<Answered, Counter>,
    latency: Latency,
}

impl Default for Metrics {
    fn default() -> Self {
        let latency = Latency::new_with_constructor(|| Histogram::new(BUCKETS));
        Self { requests: Family::default(), latency }
    }
}

impl Metrics {
    fn count(&self, method: &Method, route: Option<String>, status: u16, begun: Instant) {
        let method = if METHODS.contains(method) { method.as_str() } else { "other" }.to_owned();
        let route = route.unwrap_or_else(|| "none".to_owned());
        self.requests.get_or_create(&Answered { method: method.clone(), route: route.clone(), status }).inc();
        self.latency.get_or_create(&Route { method, route }).observe(begun.elapsed().as_secs_f64());
    }

    /// Those of a read, by its route.
    pub(super) fn of_read(&self, method: &Method, route: Option<String>) -> Counters {
        let (method, route) = (method.as_str().to_owned(), route.unwrap_or_else(|| "none".to_owned()));
        let counter = |status: StatusCode| {
            let answered = Answered { method: method.clone(), route: route.clone(), status: status.as_u16() };
            self.requests.get_or_create(&answered).clone()
        };
        Counters {
            full: counter(StatusCode::OK),
            unchanged: counter(StatusCode::NOT_MODIFIED),
            latency: self.latency.get_or_create(&Route { method, route }).clone(),
        }
    }

    fn register(&self, registry: &mut Registry) {
        registry.register("ogp_http_requests", "Answers by route and status", self.requests.clone());
        let help = "Seconds from a request's head to its answer's, by route";
        registry.register("ogp_http_request_duration_seconds", help, self.latency.clone());
    }
}

/// Counts a request when it is answered.
///
/// # Errors
/// What the handler answers.
pub(super) async fn observe(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let (begun, method) = (Instant::now(), request.method().clone());
    let metrics = request.app_data::<web::Data<Metrics>>().cloned();
    let outcome = next.call(request).await;
    if let Some(metrics) = metrics {
        let (route, status) = match &outcome {
            Ok(response) => (response.request().match_pattern(), response.status()),
            // A handler that was given up: its request is gone with it.
            Err(error) => (None, error.as_response_error().status_code()),
        };
        metrics.count(&method, route, status.as_u16(), begun);
    }
    outcome
}

/// What is looked at when somebody asks.
#[derive(Clone)]
pub struct Watched {
    /// What was counted.
    pub metrics: Metrics,
    /// What the self-check of the public record found.
    pub watch: Watch,
    /// Connections of its own.
    pub writes: Writes,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for Watched {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watched").field("watch", &self.watch).finish_non_exhaustive()
    }
}

impl Watched {
    /// The public record now. While the database does not answer, only what this process knows by itself.
    async fn record(&self, lookout: &Lookout) -> Registry {
        let mut registry = Registry::default();
        let verdict = self.watch.verdict();
        let mut tell =
            |name: &str, help: &str, value: i64| registry.register(name, help, ConstGauge::new(value));
        let diverged = matches!(verdict, Verdict::Diverged(_));
        tell(
            "ogp_ledger_diverged",
            "1 where the public record is not what was signed: somebody has changed the database",
            diverged.into(),
        );
        tell(
            "ogp_ledger_checked",
            "1 once this process has compared the public record with what was signed",
            (verdict != Verdict::Unchecked).into(),
        );
        let state = match self.writes.get().await {
            Ok(conn) => lookout.look(&conn).await,
            Err(error) => Err(error),
        };
        tell("ogp_database_up", "1 where the database answers", state.is_ok().into());
        let Ok(state) = state else { return registry };
        tell("ogp_ledger_entries", "Entries that the last checkpoint has", state.size);
        tell(
            "ogp_ledger_unnumbered_entries",
            "Public entries that wait for a place in the log",
            state.waiting,
        );
        if let Some(at) = state.signed_at {
            let age = Gauge::<i64>::default();
            age.set((self.clock.now() - at).num_seconds());
            let help = "Seconds since the last checkpoint, which is signed when the log grows: a fault only while \
                        entries wait";
            registry.register("ogp_ledger_checkpoint_age_seconds", help, age);
        }
        registry
    }

    async fn text(&self, lookout: &Lookout) -> Result<String, std::fmt::Error> {
        let (mut text, mut counted) = (String::new(), Registry::default());
        self.metrics.register(&mut counted);
        encode_registry(&mut text, &self.record(lookout).await)?;
        encode_registry(&mut text, &counted)?;
        encode_eof(&mut text)?;
        Ok(text)
    }
}

async fn get_metrics(watched: web::Data<Watched>, lookout: web::Data<Lookout>) -> HttpResponse {
    match watched.text(&lookout).await {
        Ok(text) => HttpResponse::Ok().content_type(OPEN_METRICS).body(text),
        Err(_) => HttpResponse::InternalServerError().finish(),
    }
}

/// Answers `/metrics`, and nothing else, on a socket.
///
/// # Errors
/// Where the socket cannot be used.
pub fn serve_metrics(watched: Watched, listener: TcpListener) -> std::io::Result<Server> {
    let (watched, lookout) = (web::Data::new(watched), web::Data::new(Lookout::default()));
    let server = HttpServer::new(move || {
        let metrics = web::resource("/metrics").get(get_metrics);
        App::new().app_data(watched.clone()).app_data(lookout.clone()).service(metrics)
    });
    Ok(server.listen(listener)?.workers(1).disable_signals().shutdown_timeout(1).run())
}
