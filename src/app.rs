//! The roof: puts routes, middleware and the OpenAPI document together. Knows every room.

mod answers;
mod bounds;
mod docs;
mod everywhere;
mod examples;
mod formats;
mod gate;
mod health;
mod housekeeping;
mod limits;
mod metrics;
mod parameters;
mod rate;
mod shared;
mod well_known;
mod words;

use crate::accounts::service::{Accounts, Gate, Hasher};
use crate::audit::service::Reports;
use crate::db::{Reads, Target, Writes};
use crate::files::Files;
use crate::http::ask::TrustedProxies;
use crate::http::middleware::{RequestSpan, RequestTimeout};
use crate::http::rate::{RATE_LIMIT, RATE_LIMIT_POLICY, RateLimits, Rates};
use crate::http::{Problem, Routes, Surroundings, middleware};
use crate::kernel::{Clock, SystemIds};
use crate::ledger::model::note::LogKey;
use crate::ledger::service::{News, Office, Signer, Watch, Witness};
use crate::{
    accounts, assessments, audit, changes, commitments, evidence, exchange, insight, ledger, members,
    milestones, plans, search,
};
use actix_cors::Cors;
use actix_web::dev::Server;
use actix_web::http::{Method, StatusCode, header};
use actix_web::middleware::{Compress, from_fn};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, ResponseError, web};
use serde_json::Value;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;
use tracing_actix_web::TracingLogger;
use utoipa_actix_web::scope;
use utoipa_actix_web::service_config::ServiceConfig;

use answers::Answers;
pub use docs::openapi;
pub use housekeeping::House;
pub use metrics::{Metrics, Watched, serve_metrics};
pub use well_known::SecurityContacts;

/// The largest body that any request may have so far, in bytes.
const MAX_BODY: usize = 1024 * 1024;
/// The most connections that changes run on, each thread having its part; and as many again for all other transactions.
const WRITE_CONNECTIONS: u32 = 16;
/// How long a request may take; a file, which may come over a slow line, takes longer, and so does the report of a
/// whole country.
const REQUEST_TIMEOUT: RequestTimeout = RequestTimeout {
    usual: Duration::from_secs(30),
    longer: &[
        ("POST", "/api/v1/evidence", Duration::from_secs(600)),
        ("GET", "/report", Duration::from_secs(600)),
    ],
};
/// How long requests in flight may take to finish when the service stops, in seconds.
const SHUTDOWN_TIMEOUT: u64 = 35;

/// What the application is made of.
#[derive(Clone)]
pub struct Parts {
    /// The database.
    pub database: Target,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Threads that answer requests.
    pub workers: usize,
    /// Knows whom to let in.
    pub gate: Arc<Gate>,
    /// Hashes passwords.
    pub hasher: Arc<Hasher>,
    /// Proxies that are believed where a request comes from.
    pub proxies: TrustedProxies,
    /// Whom to tell about weaknesses.
    pub contacts: SecurityContacts,
    /// How often anybody may ask.
    pub rates: Rates,
    /// What the self-check of the public record found.
    pub watch: Watch,
    /// The keys of other logs that are watched here.
    pub witness_keys: Vec<LogKey>,
    /// Counts what is answered.
    pub metrics: Metrics,
    /// Where uploads are kept.
    pub files: Files,
    /// Signs reports.
    pub signer: Signer,
    /// Tells what changes here, and whether what was read still holds.
    pub news: News,
    /// How much may be kept of answers, in bytes; 0 to compute each.
    pub cache: u64,
}

impl std::fmt::Debug for Parts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Parts")
            .field("database", &self.database)
            .field("workers", &self.workers)
            .finish_non_exhaustive()
    }
}

/// The prefix of all operations on data.
const BASE: &str = "/api/v1";

/// All operations on data.
fn operations(config: &mut Routes<'_, '_>) {
    config
        .configure(accounts::api::routes)
        .configure(members::api::routes)
        .configure(plans::api::routes)
        .configure(commitments::api::routes)
        .configure(evidence::api::routes)
        .configure(milestones::api::routes)
        .configure(assessments::api::routes)
        .configure(search::api::routes)
        .configure(insight::api::routes)
        .configure(changes::api::routes)
        .configure(ledger::api::routes)
        .configure(exchange::api::routes)
        .configure(audit::api::routes);
}

/// All operations about the service.
fn beside(config: &mut Routes<'_, '_>) {
    config.configure(accounts::api::well_known).configure(well_known::routes).configure(health::routes);
}

/// All documented operations, to be served.
fn served(config: &mut web::ServiceConfig) {
    config.service(web::scope(BASE).configure(|config| operations(&mut Routes::Served(config))));
    beside(&mut Routes::Served(config));
}

/// The same, to be described.
fn described(config: &mut ServiceConfig<'_>) {
    config.service(scope::scope(BASE).configure(|config| operations(&mut Routes::Described(config))));
    beside(&mut Routes::Described(config));
}

/// Starts answering requests on a socket. The server runs until its handle stops it; it leaves
/// signals to the caller.
///
/// # Errors
/// Where the socket cannot be used.
pub fn serve(parts: &Parts, listener: TcpListener) -> std::io::Result<Server> {
    let document = Arc::new(docs::Document::read()?);
    let surroundings = Surroundings { clock: Arc::clone(&parts.clock) };
    let database = parts.database.clone();
    let writes = Writes::new(&database, WRITE_CONNECTIONS);
    let accounts = web::Data::new(Accounts {
        writes: writes.clone(),
        hasher: Arc::clone(&parts.hasher),
        clock: Arc::clone(&parts.clock),
        ids: Arc::new(SystemIds),
    });
    let own_connections = WRITE_CONNECTIONS.div_ceil(u32::try_from(parts.workers).unwrap_or(1).max(1)).max(2);
    let own = parts.clone();
    // All threads share what they have answered.
    let answers = Answers::new(parts.cache, parts.news.freshness().clone(), surroundings.clone());
    let answers = web::Data::new(answers);
    let files = web::Data::new(parts.files.clone());
    let reports =
        web::Data::new(Reports::new(writes.clone(), parts.signer.clone(), Arc::clone(&parts.clock)));
    let (gate, proxies) = (web::Data::from(Arc::clone(&parts.gate)), web::Data::new(parts.proxies.clone()));
    let contacts = web::Data::new(parts.contacts.clone());
    // All threads count together.
    let limits = web::Data::new(RateLimits::new(parts.rates, Arc::clone(&parts.clock)));
    let watch = web::Data::new(parts.watch.clone());
    let witness = Witness::new(parts.witness_keys.clone(), writes.clone(), Arc::clone(&parts.clock));
    let witness = web::Data::new(witness);
    let metrics = web::Data::new(parts.metrics.clone());
    let server = HttpServer::new(move || {
        // Each thread drives the connections that its changes run on: no step of a change waits for another thread.
        let office = Office::new(
            Writes::new(&database.planning_once(), own_connections),
            Arc::clone(&own.gate),
            Arc::clone(&own.clock),
            Arc::new(SystemIds),
            own.news.clone(),
        );
        let cors = Cors::default()
            .allow_any_origin()
            .send_wildcard()
            // All origins are told the same.
            .disable_vary_header()
            .allowed_methods(["GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS"])
            .allow_any_header()
            .expose_headers([
                header::ETAG.as_str(),
                header::LINK.as_str(),
                header::CONTENT_LANGUAGE.as_str(),
                header::RETRY_AFTER.as_str(),
                RATE_LIMIT.as_str(),
                RATE_LIMIT_POLICY.as_str(),
                header::LOCATION.as_str(),
                header::CONTENT_DISPOSITION.as_str(),
                header::CONTENT_RANGE.as_str(),
                header::ACCEPT_RANGES.as_str(),
                header::WWW_AUTHENTICATE.as_str(),
                middleware::REQUEST_ID.as_str(),
                audit::api::SIGNATURE.as_str(),
            ])
            .max_age(86_400);
        // The last one wrapped is the first that a request meets.
        App::new()
            .configure(served)
            .configure(docs::routes)
            .default_service(web::to(nothing_here))
            .app_data(web::Data::new(Reads::new(&database)))
            .app_data(web::Data::new(commitments::api::CommitmentPages::default()))
            .app_data(web::Data::new(surroundings.clone()))
            .app_data(web::Data::new(writes.clone()))
            .app_data(accounts.clone())
            .app_data(web::Data::new(office))
            .app_data(gate.clone())
            .app_data(proxies.clone())
            .app_data(limits.clone())
            .app_data(contacts.clone())
            .app_data(watch.clone())
            .app_data(witness.clone())
            .app_data(metrics.clone())
            .app_data(files.clone())
            .app_data(reports.clone())
            .app_data(web::Data::from(Arc::clone(&document)))
            .app_data(web::Data::from(document.tables()))
            .app_data(answers.clone())
            .app_data(REQUEST_TIMEOUT)
            .app_data(web::PayloadConfig::new(MAX_BODY))
            .wrap(from_fn(gate::prepare))
            .wrap(from_fn(middleware::timeout))
            .wrap(from_fn(middleware::head_as_get))
            .wrap(from_fn(middleware::problems))
            .wrap(from_fn(rate::limit))
            .wrap(Compress::default())
            .wrap(from_fn(middleware::etag_per_coding))
            .wrap(cors)
            .wrap(from_fn(middleware::headers))
            .wrap(TracingLogger::<RequestSpan>::new())
            .wrap(from_fn(metrics::observe))
            .wrap(from_fn(answers::serve))
    });
    let server = server
        .listen(listener)?
        .workers(parts.workers)
        .disable_signals()
        .shutdown_timeout(SHUTDOWN_TIMEOUT)
        .server_hostname("ogp-tracker");
    Ok(server.run())
}

/// No such path, or none with this method: the document knows which methods a path has.
async fn nothing_here(request: HttpRequest, document: web::Data<docs::Document>) -> HttpResponse {
    let methods = document.methods(request.path());
    if methods.is_empty() {
        return Problem::new(
            StatusCode::NOT_FOUND,
            "not_found",
            "there is nothing at this path; /docs shows what there is",
        )
        .error_response();
    }
    let allowed = methods.join(", ");
    if request.method() == Method::OPTIONS {
        return HttpResponse::NoContent().insert_header((header::ALLOW, allowed)).finish();
    }
    let detail = format!("this path takes {allowed}");
    let mut response =
        Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail).error_response();
    if let Ok(allowed) = header::HeaderValue::from_str(&allowed) {
        response.headers_mut().insert(header::ALLOW, allowed);
    }
    response
}

/// The methods of every path of an OpenAPI document.
fn methods_by_path(document: &Value) -> Vec<(String, Vec<&'static str>)> {
    let by_path = |(path, item): (&String, &Value)| {
        let mut methods = Vec::new();
        if item.get("get").is_some() {
            methods.extend(["GET", "HEAD"]);
        }
        for (method, name) in [("POST", "post"), ("PUT", "put"), ("PATCH", "patch"), ("DELETE", "delete")] {
            if item.get(name).is_some() {
                methods.push(method);
            }
        }
        methods.push("OPTIONS");
        (path.clone(), methods)
    };
    let paths = document.get("paths").and_then(Value::as_object);
    paths.into_iter().flatten().map(by_path).collect()
}
