//! Errors as problem documents (RFC 9457): the one place where an error becomes an answer.
//!
//! | status | when |
//! |---|---|
//! | 400 | parameters that are unknown, malformed, or name something unknown |
//! | 400 | also: a body or header field that cannot be read at all |
//! | 401 | nobody knows who asks: no credential, or one that does not hold |
//! | 403 | visible, but not for this role, member or scope |
//! | 404 | nothing visible has this name; no such path |
//! | 405 | the path exists, the method does not |
//! | 406 | `Accept` takes none of the types that there are |
//! | 409 | a rule of the stored data stands against it; `allowed` says what can be done instead |
//! | 410 | it was public and has been withdrawn; `last_state` is what it said |
//! | 412 | somebody else has changed it meanwhile; `ETag` is the present one |
//! | 413 | body too large |
//! | 415 | a body of a type that is not taken |
//! | 416 | a part of a file that it does not have; `Content-Range` says how many bytes it has |
//! | 422 | content that makes no sense: every fault at once, each with its JSON pointer |
//! | 428 | a change that does not say which version it is meant for |
//! | 429 | asked too often, as `RateLimit` counts it, or tried too often; `Retry-After` says when to try again |
//! | 500 | a fault of ours; the cause is in the log under the request id |
//! | 503 | the database cannot answer now, or took too long; `Retry-After` says when to try again |

mod documented;

use crate::kernel::document::{Fault, arrange};
use crate::kernel::{Error, ParameterError};
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;
use serde_json::Value;
use std::fmt;
use utoipa::ToSchema;

pub use documented::{
    AcceptProblems, ActProblems, BodyProblems, BulkProblems, ChangeProblems, ConflictProblems,
    ContactProblems, CreateBelowProblems, CreateProblems, DatabaseProblems, GoneProblems, ItemProblems,
    ListBelowProblems, ListProblems, NameProblems, PageProblems, PlainProblems, RangeProblems,
    RemoveProblems, ReportProblems, ScopeProblems, SignInProblems, StepProblems, ThrottleProblems,
    VersionProblems,
};

/// The media type of problem documents.
pub const MEDIA_TYPE: &str = "application/problem+json";
/// Seconds until a 503 is worth another try.
const RETRY_AFTER: u32 = 2;

/// A problem document (RFC 9457).
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Problem {
    /// Always `about:blank`: the status says the kind, `code` the exact case.
    #[serde(rename = "type")]
    pub kind: String,
    /// The status in words.
    pub title: String,
    /// The HTTP status.
    #[schema(value_type = u16)]
    pub status: u16,
    /// A stable name for the case, for programs.
    #[schema(value_type = String)]
    pub code: &'static str,
    /// What happened and what would be right, for people.
    pub detail: String,
    /// The path that was asked for.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(required)]
    pub instance: String,
    /// The id of the request, to find it in the log.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(required)]
    pub request_id: String,
    /// Every refused parameter, and every fault in the content.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub errors: Vec<ErrorAt>,
    /// What can be done instead, where a rule of the stored data stands against it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub allowed: Vec<String>,
    /// What was public of something that has been withdrawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>, nullable = false)]
    pub last_state: Option<Value>,
    /// What is told in header fields.
    #[serde(skip)]
    aside: Aside,
    /// What only the log may know.
    #[serde(skip)]
    cause: Option<String>,
}

/// What a problem tells in header fields.
#[derive(Debug, Clone, Default)]
struct Aside {
    /// `Retry-After`, in seconds.
    retry_after: Option<u32>,
    /// `ETag`.
    etag: Option<String>,
    /// Whether the answer is a challenge (`WWW-Authenticate`, RFC 6750), and of which kind.
    challenge: Option<&'static str>,
    /// `Content-Range`: how many bytes the file has of which others were asked for.
    size: Option<u64>,
}

/// One thing that is wrong with a request, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ErrorAt {
    /// The parameter, as the caller wrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub parameter: Option<String>,
    /// The place in the body: a JSON pointer (RFC 6901).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub pointer: Option<String>,
    /// A stable name for the fault.
    #[schema(value_type = String)]
    pub code: &'static str,
    /// What is wrong, and what would be right.
    pub detail: String,
}

impl From<ParameterError> for ErrorAt {
    fn from(error: ParameterError) -> Self {
        Self { parameter: Some(error.parameter), pointer: None, code: error.code, detail: error.detail }
    }
}

impl From<Fault> for ErrorAt {
    fn from(fault: Fault) -> Self {
        Self { parameter: None, pointer: Some(fault.pointer), code: fault.code, detail: fault.detail }
    }
}

fn errors_at<T: Into<ErrorAt>>(errors: Vec<T>) -> Vec<ErrorAt> {
    errors.into_iter().map(Into::into).collect()
}

impl Problem {
    /// A problem without further detail.
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            kind: "about:blank".to_owned(),
            title: status.canonical_reason().unwrap_or("Error").to_owned(),
            status: status.as_u16(),
            code,
            detail: detail.into(),
            instance: String::new(),
            request_id: String::new(),
            errors: Vec::new(),
            allowed: Vec::new(),
            last_state: None,
            aside: Aside::default(),
            cause: None,
        }
    }

    /// A part is asked for that a file of so many bytes does not have (RFC 9110, section 15.5.17).
    pub fn no_such_range(size: u64) -> Self {
        let detail = format!("the file has {size} bytes; ask for some of them");
        let aside = Aside { size: Some(size), ..Aside::default() };
        Self { aside, ..Self::new(StatusCode::RANGE_NOT_SATISFIABLE, "range_not_satisfiable", detail) }
    }

    /// Nobody has set whom to tell about weaknesses.
    pub fn no_contact() -> Self {
        let detail = "the operator of this server has not said whom to tell about weaknesses";
        Self::new(StatusCode::NOT_FOUND, "security_contact_missing", detail)
    }

    /// What only the log may know.
    pub fn cause(&self) -> Option<&str> {
        self.cause.as_deref()
    }

    fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The same, at the place where it happened.
    #[must_use]
    pub fn at(self, path: &str, request_id: &str) -> Self {
        Self { instance: path.to_owned(), request_id: request_id.to_owned(), ..self }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::BadParameters(errors) => {
                let detail = match errors.as_slice() {
                    [only] => format!("parameter {:?}: {}", only.parameter, only.detail),
                    several => format!("{} parameters are refused; see `errors`", several.len()),
                };
                let code = errors.first().map_or("parameter_invalid", |first| first.code);
                Self { errors: errors_at(errors), ..Self::new(StatusCode::BAD_REQUEST, code, detail) }
            }
            Error::Malformed { code, detail } => Self::new(StatusCode::BAD_REQUEST, code, detail),
            Error::NotAcceptable(made) => Self::new(
                StatusCode::NOT_ACCEPTABLE,
                "not_acceptable",
                format!("`Accept` takes none of the types that there are: {made}"),
            ),
            Error::MediaType(taken) => Self::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "media_type_unsupported",
                format!("the body must be {taken}; say so in `Content-Type`"),
            ),
            Error::Unauthenticated { code, detail } => {
                let challenge = if code == "credential_missing" { "" } else { "invalid_token" };
                let aside = Aside { challenge: Some(challenge), ..Aside::default() };
                Self { aside, ..Self::new(StatusCode::UNAUTHORIZED, code, detail) }
            }
            Error::Forbidden { code, detail } => {
                let challenge = (code == "scope_missing").then_some("insufficient_scope");
                let aside = Aside { challenge, ..Aside::default() };
                Self { aside, ..Self::new(StatusCode::FORBIDDEN, code, detail) }
            }
            Error::NotFound { kind, name } => {
                let detail = format!("there is no {kind} {name:?}");
                Self::new(StatusCode::NOT_FOUND, "not_found", detail)
            }
            Error::Gone { kind, name, last_state } => {
                let detail = format!("the {kind} {name:?} was withdrawn; `last_state` is what it said");
                Self { last_state: Some(last_state), ..Self::new(StatusCode::GONE, "withdrawn", detail) }
            }
            Error::Conflict { code, detail, allowed } => {
                Self { allowed, ..Self::new(StatusCode::CONFLICT, code, detail) }
            }
            Error::Stale { etag } => Self {
                aside: Aside { etag, ..Aside::default() },
                ..Self::new(
                    StatusCode::PRECONDITION_FAILED,
                    "version_stale",
                    "it has changed since you read it: read it again (`ETag` is the present one), then decide",
                )
            },
            Error::PreconditionMissing => Self::new(
                StatusCode::PRECONDITION_REQUIRED,
                "if_match_missing",
                "say in `If-Match` which version the change is meant for: the `ETag` of what you read",
            ),
            Error::Invalid(mut faults) => {
                arrange(&mut faults);
                let (code, detail) = match faults.as_slice() {
                    [only] if only.pointer.is_empty() => (only.code, only.detail.clone()),
                    [only] => (only.code, format!("{}: {}", only.pointer, only.detail)),
                    several => {
                        ("content_invalid", format!("{} faults in the content; see `errors`", several.len()))
                    }
                };
                Self {
                    errors: errors_at(faults),
                    ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, detail)
                }
            }
            Error::TooLarge => Self::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "body_too_large",
                "the body is larger than this operation takes, or broke off",
            ),
            Error::TooMany { retry_after } => Self {
                aside: Aside { retry_after: Some(retry_after), ..Aside::default() },
                ..Self::new(
                    StatusCode::TOO_MANY_REQUESTS,
                    "too_many_requests",
                    format!("this was asked too often; try again in {retry_after} seconds"),
                )
            },
            Error::Unavailable(cause) => Self {
                aside: Aside { retry_after: Some(RETRY_AFTER), ..Aside::default() },
                cause: Some(cause),
                ..Self::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "database_unavailable",
                    "the database cannot answer now; try again shortly",
                )
            },
            Error::NotNow { code, detail, cause } => {
                let status = StatusCode::SERVICE_UNAVAILABLE;
                let aside = Aside { retry_after: Some(RETRY_AFTER), ..Aside::default() };
                Self { aside, cause: Some(cause), ..Self::new(status, code, detail) }
            }
            Error::Internal(cause) => Self {
                cause: Some(cause),
                ..Self::new(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "internal_error",
                    "something went wrong on our side; it is logged under the request id",
                )
            },
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.status, self.code, self.detail)
    }
}

impl std::error::Error for Problem {}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status()
    }

    /// The document; `middleware::problems` takes the problem along with it and adds the place.
    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status());
        response.insert_header((header::CONTENT_TYPE, MEDIA_TYPE));
        response.insert_header((header::CACHE_CONTROL, HeaderValue::from_static("no-store")));
        let retry_after = self.aside.retry_after.or((self.status == 503).then_some(RETRY_AFTER));
        if let Some(seconds) = retry_after {
            response.insert_header((header::RETRY_AFTER, seconds.to_string()));
        }
        if let Some(etag) = &self.aside.etag {
            response.insert_header((header::ETAG, etag.as_str()));
        }
        if let Some(size) = self.aside.size {
            response.insert_header((header::CONTENT_RANGE, format!("bytes */{size}")));
        }
        match self.aside.challenge {
            Some("") => {
                response.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
            }
            Some(error) => {
                response.insert_header((header::WWW_AUTHENTICATE, format!("Bearer error=\"{error}\"")));
            }
            None => {}
        }
        let mut response = response.body(serde_json::to_vec(self).unwrap_or_default());
        response.extensions_mut().insert(self.clone());
        response
    }
}
