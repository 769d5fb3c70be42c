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
//! | 409 | a rule of the stored data stands against it; `allowed` says what can be done instead |
//! | 410 | it was public and has been withdrawn; `last_state` is what it said |
//! | 412 | somebody else has changed it meanwhile; `ETag` is the present one |
//! | 413 | body too large |
//! | 415 | a body of a type that is not taken |
//! | 422 | content that makes no sense: every fault at once, each with its JSON pointer |
//! | 428 | a change that does not say which version it is meant for |
//! | 429 | asked too often; `Retry-After` says when to try again |
//! | 500 | a fault of ours; the cause is in the log under the request id |
//! | 503 | the database cannot answer now, or took too long; `Retry-After` says when to try again |

use crate::kernel::document::{Fault, arrange};
use crate::kernel::{Error, ParameterError};
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;
use utoipa::ToSchema;
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::header::Header;
use utoipa::openapi::schema::{Object, Type};
use utoipa::openapi::{Ref, RefOr, Response, ResponseBuilder};

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

/// The problems that every operation can answer with.
#[derive(Debug)]
pub struct PlainProblems;

/// The problems of every operation that needs the database.
#[derive(Debug)]
pub struct DatabaseProblems;

/// The problems that every read of one thing can answer with.
#[derive(Debug)]
pub struct ItemProblems;

/// The problems that every read of a list can answer with.
#[derive(Debug)]
pub struct ListProblems;

impl utoipa::IntoResponses for ItemProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let not_found = Error::NotFound { kind: "resource", name: "no-such-name".to_owned() };
        let mut responses = ListProblems::responses();
        responses.insert("404".to_owned(), documented("Nothing visible has this name.", not_found.into()));
        let [_, gone, ..] = in_a_version();
        responses.extend(told([gone]));
        responses
    }
}

impl utoipa::IntoResponses for ListProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let mut responses = PlainProblems::responses();
        responses.extend(DatabaseProblems::responses());
        responses.insert(
            "304".to_owned(),
            ResponseBuilder::new()
                .description("`If-None-Match` names what would be answered: use the copy you have.")
                .build()
                .into(),
        );
        responses
    }
}

/// The problems that every operation can answer with that only some may ask for.
#[derive(Debug)]
pub struct StaffProblems;

/// The problems that everything can answer with that makes something.
#[derive(Debug)]
pub struct CreateProblems;

/// The problems that everything can answer with that makes something below something else.
#[derive(Debug)]
pub struct CreateBelowProblems;

/// The problems that every step in the life of something can answer with.
#[derive(Debug)]
pub struct StepProblems;

/// The problems that changes of many things at once can answer with.
#[derive(Debug)]
pub struct BulkProblems;

/// The problems that everything can answer with that changes something in a version.
#[derive(Debug)]
pub struct ChangeProblems;

/// The problems that every removal can answer with.
#[derive(Debug)]
pub struct RemoveProblems;

fn told(problems: impl IntoIterator<Item = (&'static str, Error)>) -> BTreeMap<String, RefOr<Response>> {
    let tell = |(description, error): (&str, Error)| {
        let problem = Problem::from(error);
        (problem.status.to_string(), documented(description, problem))
    };
    problems.into_iter().map(tell).collect()
}

impl utoipa::IntoResponses for StaffProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let mut responses = PlainProblems::responses();
        responses.extend(DatabaseProblems::responses());
        let missing = "it takes a bearer token: sign in at /api/v1/auth/token".to_owned();
        responses.extend(told([
            (
                "Nobody knows who asks: no token, or one that does not hold.",
                Error::Unauthenticated { code: "credential_missing", detail: missing },
            ),
            (
                "Visible, but not for this role, member or scope.",
                Error::Forbidden {
                    code: "role_missing",
                    detail: "it takes the role editor or publisher for this member".to_owned(),
                },
            ),
        ]));
        responses
    }
}

impl utoipa::IntoResponses for CreateProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let mut responses = StaffProblems::responses();
        responses.extend(told([
            (
                "A rule of the stored data stands against it, or the same request is still in flight.",
                Error::conflict("commitment_code_taken", "another commitment has this code"),
            ),
            ("The body is larger than this operation takes.", Error::TooLarge),
            ("The body is of a type that is not taken.", Error::MediaType("application/json")),
            (
                "The content makes no sense: every fault at once, with its place.",
                Error::invalid(
                    "/ends",
                    "dates_reversed",
                    "it ends (2024-01-31) before it starts (2024-02-01)",
                ),
            ),
        ]));
        responses
    }
}

impl utoipa::IntoResponses for CreateBelowProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let mut responses = CreateProblems::responses();
        let [unknown, ..] = in_a_version();
        responses.extend(told([unknown]));
        responses
    }
}

impl utoipa::IntoResponses for StepProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let mut responses = CreateProblems::responses();
        let [unknown, gone, stale, _] = in_a_version();
        let not_now = Error::Conflict {
            code: "action_plan_step_wrong",
            detail: "a plan that is \"draft\" does not take the step \"publish\"; it takes consult, withdraw"
                .to_owned(),
            allowed: vec!["consult".to_owned(), "withdraw".to_owned()],
        };
        responses.extend(told([
            unknown,
            gone,
            stale,
            ("The step cannot be taken from where the plan stands; `allowed` says which can.", not_now),
        ]));
        responses
    }
}

impl utoipa::IntoResponses for BulkProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let mut responses = CreateProblems::responses();
        let [unknown, _, stale, _] = in_a_version();
        responses.extend(told([unknown, stale]));
        responses
    }
}

impl utoipa::IntoResponses for ChangeProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let mut responses = CreateProblems::responses();
        responses.extend(told(in_a_version()));
        responses
    }
}

impl utoipa::IntoResponses for RemoveProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let mut responses = StaffProblems::responses();
        responses.extend(told(in_a_version()));
        responses.extend(told([
            (
                "Something still refers to it.",
                Error::conflict("member_in_use", "it has action plans; withdraw or delete those first"),
            ),
            (
                "What is public is withdrawn for a reason.",
                Error::invalid("", "reason_missing", "say in `reason` why it is withdrawn"),
            ),
        ]));
        responses
    }
}

fn in_a_version() -> [(&'static str, Error); 4] {
    [
        ("Nothing visible has this name.", Error::not_found("resource", "no-such-name")),
        (
            "It was public and has been withdrawn; `last_state` is what it said.",
            Error::Gone {
                kind: "resource",
                name: "no-such-name".to_owned(),
                last_state: Value::Object(serde_json::Map::new()),
            },
        ),
        ("Somebody else has changed it meanwhile; `ETag` is the present one.", Error::Stale { etag: None }),
        ("The change does not say which version it is meant for.", Error::PreconditionMissing),
    ]
}

impl utoipa::IntoResponses for PlainProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let unknown =
            ParameterError::new("colour", "parameter_unknown", "this operation has no such parameter");
        BTreeMap::from([
            (
                "400".to_owned(),
                documented(
                    "Parameters that are unknown or make no sense, all of them at once.",
                    Error::BadParameters(vec![unknown]).into(),
                ),
            ),
            (
                "500".to_owned(),
                documented(
                    "A fault of ours; nothing internal is told.",
                    Error::Internal(String::new()).into(),
                ),
            ),
        ])
    }
}

impl utoipa::IntoResponses for DatabaseProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let description =
            "The database cannot answer now, or took too long; `Retry-After` says when to try again.";
        BTreeMap::from([(
            "503".to_owned(),
            documented(description, Error::Unavailable(String::new()).into()),
        )])
    }
}

/// The problems of signing in.
#[derive(Debug)]
pub struct SignInProblems;

/// The problems of what can be tried too often.
#[derive(Debug)]
pub struct ThrottleProblems;

/// The problems of every operation that asks who asks.
#[derive(Debug)]
pub struct ScopeProblems;

/// The problems of every operation that takes a body.
#[derive(Debug)]
pub struct BodyProblems;

/// The problem of a path that names something.
#[derive(Debug)]
pub struct NameProblems;

/// The problem of what a rule of the stored data can stand against.
#[derive(Debug)]
pub struct ConflictProblems;

/// The problems of changes that must say which version they are meant for.
#[derive(Debug)]
pub struct VersionProblems;

impl utoipa::IntoResponses for SignInProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let refused = Error::Unauthenticated {
            code: "sign_in_refused",
            detail: "e-mail address or password is wrong, or the account is closed".to_owned(),
        };
        one("401", "What was shown does not hold.", refused)
    }
}

impl utoipa::IntoResponses for ThrottleProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let description = "It was tried too often; `Retry-After` says when to try again.";
        one("429", description, Error::TooMany { retry_after: 4 })
    }
}

impl utoipa::IntoResponses for ScopeProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let nobody = Error::Unauthenticated {
            code: "token_expired",
            detail: "the token has expired; get another one".to_owned(),
        };
        let forbidden = Error::Forbidden {
            code: "scope_missing",
            detail: "the token does not have the scope \"account\"".to_owned(),
        };
        let mut responses = one("401", "There is no token, or none that holds.", nobody);
        responses.extend(one("403", "The token does not reach so far, or its person may not.", forbidden));
        responses
    }
}

impl utoipa::IntoResponses for BodyProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let description = "Content that makes no sense: every fault at once, each with its JSON pointer.";
        let fault = Fault::new("/colour", "field_unknown", "there is no field \"colour\" here");
        let large = Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "body_too_large",
            "the body is larger than this operation takes, or broke off",
        );
        let mut responses = one("422", description, Error::Invalid(vec![fault]));
        responses.extend(one(
            "415",
            "A body of a type that is not taken.",
            Error::MediaType("application/json"),
        ));
        responses.insert("413".to_owned(), documented("The body is too large.", large));
        responses
    }
}

impl utoipa::IntoResponses for NameProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        one("404", "Nothing visible has this name.", Error::not_found("resource", "no-such-name"))
    }
}

impl utoipa::IntoResponses for ConflictProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let taken = Error::conflict("person_email_taken", "another person has this e-mail address");
        one("409", "A rule of the stored data stands against it.", taken)
    }
}

impl utoipa::IntoResponses for VersionProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let stale = Error::Stale { etag: Some("\"4-c2a4fe0f8a1a4a10\"".to_owned()) };
        let mut responses = one("412", "It has changed meanwhile; `ETag` is the present one.", stale);
        responses.extend(one("428", "`If-Match` is missing.", Error::PreconditionMissing));
        responses
    }
}

fn one(status: &str, description: &str, error: Error) -> BTreeMap<String, RefOr<Response>> {
    BTreeMap::from([(status.to_owned(), documented(description, error.into()))])
}

/// A problem response for the OpenAPI document, with a real problem as its example; `app` knows
/// the paths and fits the example to each.
fn documented(description: &str, mut example: Problem) -> RefOr<Response> {
    example.request_id = "0193a5a0-7c1e-7d6a-9a3e-3f6b8f0f2a11".to_owned();
    let mut response = ResponseBuilder::new().description(description).content(
        MEDIA_TYPE,
        ContentBuilder::new()
            .schema(Some(Ref::from_schema_name("Problem")))
            .example(serde_json::to_value(&example).ok())
            .build(),
    );
    if matches!(example.status, 429 | 503) {
        let seconds = Header::new(Object::with_type(Type::Integer));
        response = response.header("Retry-After", seconds);
    }
    if example.status == 401 {
        response = response.header("WWW-Authenticate", Header::new(Object::with_type(Type::String)));
    }
    if example.status == 412 {
        response = response.header("ETag", Header::new(Object::with_type(Type::String)));
    }
    response.build().into()
}
