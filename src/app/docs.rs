//! The OpenAPI document, and the page that shows it.

use crate::commitments::api::CommitmentPart;
use crate::commitments::model::InstitutionRole;
use crate::http::format::Format;
use crate::http::problem::Problem;
use crate::http::reply::known_copy;
use crate::http::table::Tables;
use crate::kernel::text::fingerprint;
use crate::members::api::MemberPart;
use crate::milestones::api::MilestonePart;
use crate::milestones::model::ProgressSaid;
use crate::plans::api::ActionPlanPart;
use actix_web::http::header;
use actix_web::{App, HttpRequest, HttpResponse, get, web};
use serde_json::Value;
use std::sync::Arc;
use utoipa::openapi::extensions::ExtensionsBuilder;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Components, OpenApi};
use utoipa::{Modify, OpenApi as _};
use utoipa_actix_web::AppExt;
use utoipa_swagger_ui::{Config, SwaggerUi};

/// What the document says about itself; paths and schemas come from the routes.
#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "ogp-tracker",
        description = "What governments promised in Open Government Partnership action plans, what was done, \
            what is late, and whether the record was changed afterwards.\n\n\
            Everything public is read without an account. Ids are UUIDv7; wherever an id is taken, the member \
            code, plan or institution slug, or OGP commitment code is taken too. Every answer has an `ETag`: \
            send it back in `If-None-Match` and get 304 while nothing changed. Texts come in the language of \
            `lang=` or `Accept-Language`; `fallbacks` names those that exist only in another one. Lists are \
            paged by cursor; `format=` or `Accept` takes the whole of one away as CSV, XLSX or NDJSON. \
            Parameters that an operation does not know are refused, never ignored. Whoever asks very often is \
            asked to wait: every answer says in `RateLimit` what is left.",
        contact(name = "ogp-tracker"),
        license(name = "EUPL-1.2", identifier = "EUPL-1.2")
    ),
    servers((url = "/", description = "This server, in production or wherever else it runs")),
    tags(
        (name = "accounts", description = "People, their roles, and how they sign in"),
        (name = "members", description = "National and local participants of the Open Government Partnership"),
        (name = "institutions", description = "Bodies that lead or support commitments"),
        (name = "action-plans", description = "A member's plan for one cycle"),
        (name = "commitments", description = "The promises of a plan"),
        (name = "evidence", description = "Links and files that prove something"),
        (name = "milestones", description = "The verifiable steps of a commitment"),
        (name = "assessments", description = "Codings by someone other than the implementer"),
        (name = "search", description = "Finding things by their words"),
        (name = "progress", description = "How far plans, commitments and members are: computed, never stored"),
        (name = "my-work", description = "What the signed-in person should report now"),
        (name = "reporting-rules", description = "How often members must report, by dated rules"),
        (name = "changes", description = "What changed, in the words of people and of programs"),
        (name = "audit", description = "Reports that prove themselves, for auditors"),
        (name = "ledger", description = "The record of every public change, which nobody can alter unnoticed"),
        (name = "datasets", description = "What open-data portals read about the lists"),
        (name = "discovery", description = "How programs find this service, and people its operator"),
        (name = "health", description = "Whether the service runs and is ready")
    ),
    components(schemas(
        Problem, ProgressSaid, Format, CommitmentPart, ActionPlanPart, MemberPart, MilestonePart, InstitutionRole
    )),
    modifiers(&Bearer, &Public)
)]
struct Base;

/// How callers prove who they are; each operation that is not public says which scope it takes.
struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("JWT")
            .description(Some(
                "An access token of POST /api/v1/auth/token, or an API token of POST /api/v1/me/tokens. \
                 Operations name the scope that the token needs; a sign-in has all of them. Tokens are checked as \
                 RFC8725 asks: algorithm, issuer, audience, kind and expiry.",
            ))
            .build();
        let calendar = ApiKeyValue::with_description(
            "token",
            "The token of a calendar link, which POST /api/v1/me/calendar makes. It opens that calendar and \
             nothing else.",
        );
        let components = document.components.get_or_insert_with(Components::new);
        components.add_security_scheme("bearer", SecurityScheme::Http(scheme));
        components.add_security_scheme("calendar_link", SecurityScheme::ApiKey(ApiKey::Query(calendar)));
    }
}

/// For whom the server is: everybody.
struct Public;

impl Modify for Public {
    fn modify(&self, document: &mut OpenApi) {
        for server in document.servers.iter_mut().flatten() {
            server.extensions = Some(ExtensionsBuilder::new().add("x-internal", false).build());
        }
    }
}

/// The OpenAPI document of all routes.
pub fn openapi() -> Value {
    finished(&described())
}

/// What the routes say about themselves, and what operations share.
fn described() -> OpenApi {
    let app = App::new().into_utoipa_app().openapi(Base::openapi());
    let mut document = app.configure(super::described).split_for_parts().1;
    // What does not say otherwise is public.
    document.security = Some(Vec::new());
    super::formats::offer(&mut document);
    super::parameters::limit(&mut document);
    super::everywhere::add(&mut document);
    super::shared::fit(&mut document);
    super::words::explain(&mut document);
    super::examples::show(&mut document);
    document
}

/// The same with the limits of values. As JSON: utoipa does not read back all that it writes.
fn finished(document: &OpenApi) -> Value {
    let mut json = serde_json::to_value(document).unwrap_or_default();
    super::limits::add(&mut json);
    super::bounds::add(&mut json);
    json
}

/// The document as it was published with this version: a test holds it equal to what the code says. Making it anew at
/// each start takes memory that is not given back soon.
const PUBLISHED: &str = include_str!("../../openapi/openapi.json");

/// The document as it is served, and what it knows about paths.
pub(super) struct Document {
    etag: String,
    methods: Vec<(String, Vec<&'static str>)>,
    tables: Arc<Tables>,
}

impl std::fmt::Debug for Document {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Document").field("etag", &self.etag).finish_non_exhaustive()
    }
}

impl Document {
    /// Read once at start.
    ///
    /// # Errors
    /// Where what was published is no JSON.
    pub(super) fn read() -> serde_json::Result<Self> {
        let document = serde_json::from_str(PUBLISHED)?;
        Ok(Self {
            etag: format!("\"{}\"", fingerprint(PUBLISHED.trim_end())),
            methods: super::methods_by_path(&document),
            tables: Arc::new(Tables::new(&document)),
        })
    }

    /// What its operations answer with, as tables.
    pub(super) fn tables(&self) -> Arc<Tables> {
        Arc::clone(&self.tables)
    }

    /// The methods of a path; none where there is no such path.
    pub(super) fn methods(&self, path: &str) -> &[&'static str] {
        let found = self.methods.iter().find(|(template, _)| fits(path, template));
        found.map_or(&[], |(_, methods)| methods)
    }
}

/// Whether a path is one of a template's. Without the router's patterns, which are regular expressions and stay in memory.
fn fits(path: &str, template: &str) -> bool {
    let (mut path, mut template) = (path.split('/'), template.split('/'));
    loop {
        match (path.next(), template.next()) {
            (None, None) => return true,
            (Some(given), Some(wanted)) if given == wanted => {}
            (Some(given), Some(wanted)) if wanted.starts_with('{') && !given.is_empty() => {}
            _ => return false,
        }
    }
}

/// `/openapi.json`, `/docs/`, and the ways there.
pub(super) fn routes(config: &mut web::ServiceConfig) {
    config.service(get_document).service(to_docs).service(docs_without_slash);
    // Vendored: nothing is loaded from another host.
    config
        .service(SwaggerUi::new("/docs/{_:.*}").config(Config::from("/openapi.json").validator_url("none")));
}

#[get("/openapi.json")]
async fn get_document(request: HttpRequest, document: web::Data<Document>) -> HttpResponse {
    let known = known_copy(request.headers(), &document.etag);
    let unchanged = known.is_some();
    let mut response = if unchanged { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response
        .insert_header((header::ETAG, known.unwrap_or(&document.etag)))
        .insert_header((header::VARY, "Accept-Encoding"))
        .insert_header((header::CACHE_CONTROL, "public, max-age=0, must-revalidate"));
    if unchanged {
        return response.finish();
    }
    response.content_type("application/json").body(PUBLISHED.trim_end())
}

#[get("/")]
async fn to_docs() -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, "/docs/")).finish()
}

#[get("/docs")]
async fn docs_without_slash() -> HttpResponse {
    HttpResponse::PermanentRedirect().insert_header((header::LOCATION, "/docs/")).finish()
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn a_path_fits_a_template_part_by_part() {
        let template = "/api/v1/commitments/{commitment}/history";
        for (path, does) in [
            ("/api/v1/commitments/ROTMR0001/history", true),
            ("/api/v1/commitments//history", false),
            ("/api/v1/commitments/ROTMR0001", false),
            ("/api/v1/commitments/ROTMR0001/history/", false),
            ("/api/v1/milestones/ROTMR0001/history", false),
        ] {
            assert_eq!(fits(path, template), does, "{path}");
        }
        assert!(fits("/health/live", "/health/live"));
    }
}
