//! Keeps everybody from asking so often that nobody else is answered.

use crate::accounts::service::Gate;
use crate::http::Problem;
use crate::http::ask::{address, credential};
use crate::http::format::Format;
use crate::http::middleware::{request_id, with_headers};
use crate::http::rate::{Caller, RateLimits, Standings};
use crate::kernel::Error as Refusal;
use crate::kernel::ask::neighbourhood;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{Error, HttpRequest, ResponseError, web};

/// How the paths of operations end that are much work.
const DOWNLOADS: [&str; 2] = ["/report", "/workbook"];

/// Whether whoever looks after the service asks, and must be answered.
pub(super) fn is_exempt(path: &str) -> bool {
    path.starts_with("/health/")
}

/// Counts a request against the limits that it falls under.
pub(super) fn standings(request: &ServiceRequest) -> Option<Standings> {
    let limits = request.app_data::<web::Data<RateLimits>>().filter(|limits| limits.are_any());
    let limits = limits.filter(|_| !is_exempt(request.path()))?;
    Some(limits.take(&caller(request), is_download(request.request())))
}

/// Counts every request but those about the service's health; says in every answer what is left, and refuses
/// what is too much before any work is done for it.
pub(super) async fn limit(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let Some(standings) = standings(&request) else {
        return next.call(request).await.map(ServiceResponse::map_into_boxed_body);
    };
    let outcome = match standings.wait() {
        None => next.call(request).await.map(ServiceResponse::map_into_boxed_body),
        Some(retry_after) => {
            let problem = Problem::from(Refusal::TooMany { retry_after });
            let problem = problem.at(request.path(), &request_id(&request).unwrap_or_default());
            Ok(request.into_response(problem.error_response()))
        }
    };
    with_headers(outcome, |headers| standings.tell(headers))
}

/// Whoever showed a credential that held a moment ago is known by it, and all others by where they are: made-up
/// credentials gain nothing.
fn caller(request: &ServiceRequest) -> Caller {
    let gate = request.app_data::<web::Data<Gate>>();
    let shown = credential(request.headers()).ok().flatten();
    let person = gate.zip(shown).and_then(|(gate, shown)| gate.knows(&shown));
    let network = || Caller::Network(address(request.request()).map(neighbourhood));
    person.map_or_else(network, Caller::Person)
}

/// Whether it is much work: a report, a workbook, or a list in one file.
fn is_download(request: &HttpRequest) -> bool {
    DOWNLOADS.iter().any(|end| request.path().ends_with(end)) || Format::takes_away(request)
}
