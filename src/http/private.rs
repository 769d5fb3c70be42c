//! Answers that are nobody else's: no cache keeps them.

use super::List;
use super::reply::{Audience, PageInfo, Pages, known_copy, list_for};
use crate::kernel::ask::Representation;
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

/// A list: a page of it, or the whole as a file.
///
/// # Errors
/// What reading the pages answers.
pub async fn list<T: Serialize + 'static, F, B: Serialize>(
    request: &HttpRequest,
    asked: &List<F>,
    pages: impl Pages<T>,
    body: impl FnOnce(Vec<T>, PageInfo) -> B,
) -> Result<HttpResponse> {
    list_for(Audience::Own, request, asked, pages, body).await
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
