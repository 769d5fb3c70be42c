//! Where programs find what this service offers (RFC 9727), and people whom to tell about its weaknesses
//! (RFC 9116).

use crate::http::Routes;
use crate::http::problem::ContactProblems;
use crate::http::{Nothing, PlainProblems, Problem, Surroundings, reply};
use crate::kernel::Clock;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, get, web};
use chrono::{NaiveTime, SecondsFormat, TimeDelta};
use serde::Serialize;
use std::fmt::Write;
use utoipa::ToSchema;

/// Sets of links (RFC 9264) that are a catalogue of APIs.
const LINKSET: &str = "application/linkset+json; profile=\"https://www.rfc-editor.org/info/rfc9727\"";
/// Where the catalogue is, for whoever asks for its head only.
const LINK: &str = "</.well-known/api-catalog>; rel=\"api-catalog\"; type=\"application/linkset+json\"; \
    profile=\"https://www.rfc-editor.org/info/rfc9727\"";
/// Until when the contact may be relied on without looking again: less than a year, as the standard asks.
const TRUSTED: TimeDelta = TimeDelta::days(180);

/// Whom to tell about weaknesses: addresses as URIs, the preferred first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SecurityContacts(pub Vec<String>);

pub(super) fn routes(config: &mut Routes<'_, '_>) {
    config.service(get_api_catalog).service(get_security_txt);
}

/// A set of links (RFC 9264, section 4.2).
#[derive(Debug, Serialize, ToSchema)]
struct ApiCatalog {
    /// The links, by where they lead from.
    linkset: Vec<Links>,
}

/// What is linked from one place.
#[derive(Debug, Default, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
struct Links {
    /// Where the links lead from.
    #[schema(format = "uri")]
    anchor: String,
    /// The APIs of the catalogue.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    item: Vec<Target>,
    /// The API's description, for programs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    service_desc: Vec<Target>,
    /// The API's documentation, for people.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    service_doc: Vec<Target>,
    /// What the API's data are, for open-data portals and for programs that take tables.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    service_meta: Vec<Target>,
    /// Whether the API is ready.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    status: Vec<Target>,
}

/// Where a link leads.
#[derive(Debug, Serialize, ToSchema)]
struct Target {
    /// The address.
    #[schema(format = "uri")]
    href: String,
    /// The media type of what is there.
    #[serde(rename = "type")]
    #[schema(value_type = String, example = "application/json")]
    media_type: &'static str,
}

/// The catalogue of a server's APIs: it has one.
fn catalogue(base: &str) -> ApiCatalog {
    let to = |path: &str, media_type| Target { href: format!("{base}{path}"), media_type };
    let listed = Links {
        anchor: format!("{base}/.well-known/api-catalog"),
        item: vec![to("/api/v1", "application/json")],
        ..Links::default()
    };
    let described = Links {
        anchor: format!("{base}/api/v1"),
        service_desc: vec![to("/openapi.json", "application/json")],
        service_doc: vec![to("/docs/", "text/html")],
        service_meta: vec![
            to("/api/v1/datasets", "application/ld+json"),
            to("/api/v1/datasets/datapackage.json", "application/json"),
        ],
        status: vec![to("/health/ready", "application/json")],
        ..Links::default()
    };
    ApiCatalog { linkset: vec![listed, described] }
}

/// Read the catalogue of APIs
///
/// For programs that know only the host: where the API is, with its description (OpenAPI), its documentation,
/// what its data are, and whether it is ready (RFC 9727).
#[utoipa::path(
    tag = "discovery",
    operation_id = "get_api_catalog",
    responses(
        (status = 200, description = "The catalogue.", body = ApiCatalog, content_type = "application/linkset+json"),
        PlainProblems
    )
)]
#[get("/.well-known/api-catalog")]
async fn get_api_catalog(request: HttpRequest, _: Nothing) -> Result<HttpResponse, Problem> {
    let mut response = reply::public_as(&request, LINKSET, &catalogue(&reply::base(&request)))?;
    response.headers_mut().insert(header::LINK, HeaderValue::from_static(LINK));
    Ok(response)
}

/// Read whom to tell about weaknesses
///
/// For whoever has found a weakness of this service: whom to tell, as its operator has set it (RFC 9116). What
/// no operator has set is not made up.
#[utoipa::path(
    tag = "discovery",
    operation_id = "get_security_txt",
    responses(
        (status = 200, description = "The contact.", body = String, content_type = "text/plain"),
        ContactProblems, PlainProblems
    )
)]
#[get("/.well-known/security.txt")]
async fn get_security_txt(
    request: HttpRequest,
    surroundings: web::Data<Surroundings>,
    contacts: web::Data<SecurityContacts>,
    _: Nothing,
) -> Result<HttpResponse, Problem> {
    if contacts.0.is_empty() {
        return Err(Problem::no_contact());
    }
    let text = security_txt(&contacts, &reply::base(&request), &*surroundings.clock);
    Ok(reply::public_bytes(&request, "text/plain; charset=utf-8", text.into_bytes()))
}

/// The same all day long, so that copies can be kept.
fn security_txt(contacts: &SecurityContacts, base: &str, clock: &dyn Clock) -> String {
    let expires = (clock.today() + TRUSTED).and_time(NaiveTime::MIN).and_utc();
    let expires = expires.to_rfc3339_opts(SecondsFormat::Secs, true);
    let mut text = String::new();
    for contact in &contacts.0 {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "Contact: {contact}");
    }
    let _ = write!(
        text,
        "Expires: {expires}\nPreferred-Languages: en, ro\nCanonical: {base}/.well-known/security.txt\n"
    );
    text
}
