//! Answers that are nobody else's: no cache keeps them.

use super::reply::{PageInfo, known_copy, next_link};
use crate::kernel::ask::Representation;
use crate::kernel::text::fingerprint;
use crate::kernel::{Error, Result};
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use serde::Serialize;

fn begin(status: StatusCode) -> HttpResponseBuilder {
    let mut response = HttpResponse::build(status);
    response.insert_header((header::CACHE_CONTROL, "no-store"));
    response
}

/// One thing, read: 304 where the caller has it already.
pub fn item(request: &HttpRequest, shown: Representation) -> HttpResponse {
    match known_copy(request.headers(), &shown.etag) {
        Some(known) => begin(StatusCode::NOT_MODIFIED).insert_header((header::ETAG, known)).finish(),
        None => changed(StatusCode::OK, shown),
    }
}

/// A page of a list.
///
/// # Errors
/// `Internal` where it is no JSON.
pub fn list(request: &HttpRequest, page: &PageInfo, body: &impl Serialize) -> Result<HttpResponse> {
    let json = serde_json::to_vec(body).map_err(|error| Error::Internal(error.to_string()))?;
    let etag = format!("\"{}\"", fingerprint(&json));
    let mut response = item(request, Representation { json, etag, ..Representation::default() });
    let link = page.next.as_ref().map(|next| next_link(request, next));
    if let Some(link) = link.and_then(|link| header::HeaderValue::try_from(link).ok()) {
        response.headers_mut().insert(header::LINK, link);
    }
    Ok(response)
}

/// What became of something, after it was made or changed.
pub fn changed(status: StatusCode, shown: Representation) -> HttpResponse {
    let mut response = begin(status);
    if !shown.etag.is_empty() {
        response.insert_header((header::ETAG, shown.etag));
    }
    if let Some(languages) = shown.languages {
        response.insert_header((header::CONTENT_LANGUAGE, languages));
    }
    if let Some(location) = shown.location {
        response.insert_header((header::LOCATION, location));
    }
    response.content_type("application/json").body(shown.json)
}

/// Something that has no version.
///
/// # Errors
/// `Internal` where it is no JSON.
pub fn told(status: StatusCode, body: &impl Serialize) -> Result<HttpResponse> {
    let json = serde_json::to_vec(body).map_err(|error| Error::Internal(error.to_string()))?;
    Ok(changed(status, Representation { json, ..Representation::default() }))
}

/// Done, and nothing to tell.
pub fn nothing() -> HttpResponse {
    begin(StatusCode::NO_CONTENT).finish()
}
