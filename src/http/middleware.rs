//! What happens around every handler.

use super::problem::Problem;
use super::reply::CODINGS;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, ResponseError};
use std::time::Duration;
use tracing::Span;
use tracing_actix_web::{RequestId, RootSpanBuilder};

/// The header with the id of a request.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// How long a handler may take.
#[derive(Debug, Clone, Copy)]
pub struct RequestTimeout {
    /// Usually.
    pub usual: Duration,
    /// For requests with one of these methods and ends of paths: where bodies may take long to come, or much is made.
    pub longer: &'static [(&'static str, &'static str, Duration)],
}

impl RequestTimeout {
    fn of(&self, method: &Method, path: &str) -> Duration {
        let named = self.longer.iter().find(|(of, at, _)| method == *of && path.ends_with(at));
        named.map_or(self.usual, |(_, _, limit)| *limit)
    }
}

/// One span per request with method, path and id; one line when it is answered, at debug for
/// successes: public reads are many, and what matters in them is what went wrong.
#[derive(Debug)]
pub struct RequestSpan;

impl RootSpanBuilder for RequestSpan {
    fn on_request_start(request: &ServiceRequest) -> Span {
        let id = request.extensions().get::<RequestId>().map(ToString::to_string);
        tracing::info_span!(
            "request",
            method = %request.method(),
            path = %request.path(),
            request_id = id.as_deref().unwrap_or_default(),
        )
    }

    fn on_request_end<B: MessageBody>(span: Span, outcome: &Result<ServiceResponse<B>, Error>) {
        let status = match outcome {
            Ok(response) => response.status(),
            Err(error) => error.as_response_error().status_code(),
        };
        // Not a field of the span: all of them would be written anew for it, where most answers are not logged.
        let _in_request = span.enter();
        if status.is_server_error() {
            tracing::warn!(status = status.as_u16(), "answered {status}");
        } else {
            tracing::debug!(status = status.as_u16(), "answered {status}");
        }
    }
}

/// Names the request in the answer; sets the headers that keep browsers from guessing.
///
/// # Errors
/// What the handler answers.
pub async fn headers(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let id = request_id(&request);
    let docs = request.path().starts_with("/docs");
    let outcome = next.call(request).await;
    let has_document = !outcome.as_ref().is_ok_and(|response| response.status() == StatusCode::NOT_MODIFIED);
    with_headers(outcome, |headers| {
        add_headers(headers, id.as_deref());
        if has_document {
            add_policies(headers, docs);
        }
    })
}

/// The id of a request, as its answer names it.
pub fn request_id(request: &ServiceRequest) -> Option<String> {
    request.extensions().get::<RequestId>().map(ToString::to_string)
}

/// The same outcome with more header fields; also where a handler was given up, and no middleware on the way had
/// an answer to add any to.
///
/// # Errors
/// What the handler answers.
pub fn with_headers<B>(
    outcome: Result<ServiceResponse<B>, Error>,
    add: impl FnOnce(&mut HeaderMap),
) -> Result<ServiceResponse<B>, Error> {
    match outcome {
        Ok(mut response) => {
            add(response.headers_mut());
            Ok(response)
        }
        Err(error) => {
            let mut response = error.as_response_error().error_response();
            add(response.headers_mut());
            Err(InternalError::from_response(error, response).into())
        }
    }
}

/// Header fields that tell browsers what to do with a document: an answer 304 has none, and whoever has the document
/// has them with it (RFC 9111, section 4.3.4).
pub const POLICIES: [HeaderName; 5] = [
    HeaderName::from_static("cross-origin-resource-policy"),
    header::CONTENT_SECURITY_POLICY,
    header::X_CONTENT_TYPE_OPTIONS,
    header::REFERRER_POLICY,
    header::X_FRAME_OPTIONS,
];

fn add_headers(headers: &mut HeaderMap, id: Option<&str>) {
    if let Some(id) = id.and_then(|id| HeaderValue::from_str(id).ok()) {
        headers.insert(REQUEST_ID, id);
    }
    // Also to who names no origin: what a cache keeps for one is good for all.
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
}

fn add_policies(headers: &mut HeaderMap, docs: bool) {
    // Swagger UI styles itself with inline styles and shows icons from data URLs; all else is ours.
    let content = if docs {
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    } else {
        "default-src 'none'; frame-ancestors 'none'"
    };
    let own = headers.contains_key(header::CONTENT_SECURITY_POLICY);
    for (name, value) in POLICIES.into_iter().zip(["cross-origin", content, "nosniff", "no-referrer", "DENY"])
    {
        // What people uploaded comes with a policy of its own.
        if name != header::CONTENT_SECURITY_POLICY || !own {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
}

/// Turns every failure into a problem document that names path and request id, and logs the cause
/// of those that are our fault, once.
///
/// # Errors
/// A problem, where the handler was given up (its request is gone with it, and with that the way
/// to answer from here).
pub async fn problems(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    // Not a clone of the request: the router needs it to itself.
    let path = request.path().to_owned();
    let id = request_id(&request).unwrap_or_default();
    let place = |problem: Problem| problem.at(&path, &id);
    let response = match next.call(request).await {
        Ok(response) => response.map_into_boxed_body(),
        Err(error) => {
            let problem = error.as_error::<Problem>().cloned();
            return Err(
                place(problem.unwrap_or_else(|| plain(error.as_response_error().status_code()))).into()
            );
        }
    };
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return Ok(response);
    }
    // Refusals of other crates come without a document of ours.
    let carried = response.response().extensions().get::<Problem>().cloned();
    let problem = place(carried.unwrap_or_else(|| plain(status)));
    let allow = response.headers().get(header::ALLOW).cloned();
    if let Some(cause) = problem.cause() {
        tracing::error!(code = problem.code, cause, "the request failed");
    }
    let mut answer = problem.error_response();
    if let Some(allow) = allow {
        answer.headers_mut().insert(header::ALLOW, allow);
    }
    Ok(response.into_response(answer))
}

fn plain(status: StatusCode) -> Problem {
    let (code, detail) = match status {
        StatusCode::NOT_FOUND => ("not_found", "there is nothing at this path; /docs shows what there is"),
        StatusCode::METHOD_NOT_ALLOWED => ("method_not_allowed", "this path does not take this method"),
        StatusCode::PAYLOAD_TOO_LARGE => ("body_too_large", "the body is larger than this operation takes"),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            ("media_type_unsupported", "the body is of a type that is not taken here")
        }
        _ if status.is_client_error() => ("request_refused", "the request is refused"),
        _ => ("internal_error", "something went wrong on our side; it is logged under the request id"),
    };
    Problem::new(status, code, detail)
}

/// Gives up on a handler that takes too long: behind the database's own time limits, which come
/// first, the last line of defence.
///
/// # Errors
/// What the handler answers, or that it was given up.
pub async fn timeout(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let limits = request.app_data::<RequestTimeout>();
    let limit = limits.map(|limits| limits.of(request.method(), request.path()));
    let work = next.call(request);
    let Some(limit) = limit else {
        return work.await.map(ServiceResponse::map_into_boxed_body);
    };
    match tokio::time::timeout(limit, work).await {
        Ok(outcome) => outcome.map(ServiceResponse::map_into_boxed_body),
        Err(_) => Err(Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "request_timeout",
            format!("there was no answer within {} seconds; try again, or ask for less", limit.as_secs()),
        )
        .into()),
    }
}

/// Answers HEAD as GET without its body (RFC 9110, section 9.3.2), so that no handler must.
///
/// # Errors
/// What the handler answers.
pub async fn head_as_get(
    mut request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    // The connection remembers that HEAD was asked for and leaves the body out.
    if request.method() == Method::HEAD {
        request.head_mut().method = Method::GET;
    }
    next.call(request).await
}

/// A strong entity tag names bytes: each content coding needs its own (RFC 9110, section 8.8.3).
///
/// # Errors
/// What the handler answers.
pub async fn etag_per_coding(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let mut response = next.call(request).await?;
    vary_once(response.headers_mut());
    let coding = response.headers().get(header::CONTENT_ENCODING).and_then(|coding| coding.to_str().ok());
    let etag = response.headers().get(header::ETAG).and_then(|etag| etag.to_str().ok());
    // Says only that nothing compresses it; no coding is no header field (RFC 9110, section 8.4.1).
    if coding == Some("identity") {
        response.headers_mut().remove(header::CONTENT_ENCODING);
        return Ok(response);
    }
    if let (Some(coding), Some(etag)) = (coding, etag)
        && CODINGS.contains(&coding)
        && let Some(open) = etag.strip_suffix('"')
        && let Ok(own) = HeaderValue::from_str(&format!("{open}-{coding}\""))
    {
        response.headers_mut().insert(header::ETAG, own);
    }
    Ok(response)
}

/// Leaves out what whoever compresses says of their part, where the answer says it itself.
fn vary_once(headers: &mut HeaderMap) {
    if headers.get_all(header::VARY).nth(1).is_none() {
        return;
    }
    let names_it = |vary: &HeaderValue| vary.to_str().is_ok_and(|vary| vary.contains("Accept-Encoding"));
    let all: Vec<_> = headers.get_all(header::VARY).cloned().collect();
    if all.iter().any(names_it) {
        headers.remove(header::VARY);
        let others = all.into_iter().filter(|vary| vary != "accept-encoding");
        others.for_each(|vary| headers.append(header::VARY, vary));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::middleware::from_fn;
    use actix_web::{App, HttpResponse, test, web};
    use tracing_actix_web::TracingLogger;

    #[actix_web::test]
    async fn a_handler_that_is_given_up_answers_as_all_others() {
        async fn slow() -> HttpResponse {
            tokio::time::sleep(Duration::from_secs(60)).await;
            HttpResponse::Ok().finish()
        }
        let app = App::new()
            .service(web::resource("/slow").to(slow))
            .app_data(RequestTimeout { usual: Duration::from_millis(10), longer: &[] })
            .wrap(from_fn(timeout))
            .wrap(from_fn(problems))
            .wrap(from_fn(headers))
            .wrap(TracingLogger::<RequestSpan>::new());
        let app = test::init_service(app).await;
        let request = test::TestRequest::get().uri("/slow").to_request();
        let error = test::try_call_service(&app, request).await.err().unwrap();
        let response = error.error_response();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        let header = |name: &str| response.headers().get(name).unwrap().to_str().unwrap().to_owned();
        assert_eq!(header("content-type"), "application/problem+json");
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("access-control-allow-origin"), "*");
        header("retry-after");
        let id = header("x-request-id");
        let body = actix_web::body::to_bytes(response.into_body()).await.ok().unwrap();
        let problem: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(problem["code"], "request_timeout");
        assert_eq!(problem["instance"], "/slow");
        assert_eq!(problem["request_id"], id);
    }
}
