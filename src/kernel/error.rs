//! The one error type, free of any transport; `http::problem` turns it into an answer.

use super::document::Fault;
use serde::Serialize;
use serde_json::Value;

/// Shorthand.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What can go wrong, as the caller must understand it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Parameters of the request that are unknown or make no sense; all of them at once.
    #[error("{} parameter(s) refused", .0.len())]
    BadParameters(Vec<ParameterError>),
    /// The request cannot be read: a header field or the body as a whole.
    #[error("{detail}")]
    Malformed {
        /// A stable code: `json_broken`, `if_match_malformed`.
        code: &'static str,
        /// What is wrong, and what would be right.
        detail: String,
    },
    /// None of the types that are wanted is made here; which are.
    #[error("what is wanted is none of {0}")]
    NotAcceptable(String),
    /// The body is of a type that is not taken here; which are.
    #[error("the body is not {0}")]
    MediaType(&'static str),
    /// Nobody knows who asks: no credential, or one that does not hold.
    #[error("{detail}")]
    Unauthenticated {
        /// A stable code: `credential_missing`, `token_invalid`, `token_expired`, `sign_in_refused`.
        code: &'static str,
        /// What is wrong, telling nothing about others.
        detail: String,
    },
    /// Who asks may see it, and may not do it.
    #[error("{detail}")]
    Forbidden {
        /// A stable code: `role_missing`, `scope_missing`.
        code: &'static str,
        /// What is missing.
        detail: String,
    },
    /// Nothing visible has this name.
    #[error("no {kind} is called {name:?}")]
    NotFound {
        /// The noun: `commitment`.
        kind: &'static str,
        /// What the caller wrote.
        name: String,
    },
    /// It was public and has been withdrawn.
    #[error("the {kind} {name:?} was withdrawn")]
    Gone {
        /// The noun: `commitment`.
        kind: &'static str,
        /// What the caller wrote.
        name: String,
        /// What was public of it last.
        last_state: Value,
    },
    /// It would break a rule of the stored data; `code` is stable.
    #[error("{detail}")]
    Conflict {
        /// A stable code, `<noun>_<condition>`.
        code: &'static str,
        /// What stands in the way.
        detail: String,
        /// What can be done instead, for programs.
        allowed: Vec<String>,
    },
    /// Somebody else has changed it meanwhile.
    #[error("it has changed meanwhile")]
    Stale {
        /// The entity tag that it has now, where it is known.
        etag: Option<String>,
    },
    /// The change does not say which version it is meant for.
    #[error("If-Match is missing")]
    PreconditionMissing,
    /// The content makes no sense; every fault at once.
    #[error("{} fault(s) in the content", .0.len())]
    Invalid(Vec<Fault>),
    /// The body is larger than is taken, or broke off.
    #[error("the body is too large")]
    TooLarge,
    /// Asked too often.
    #[error("asked too often")]
    TooMany {
        /// Seconds after which it is worth another try.
        retry_after: u32,
    },
    /// The database cannot answer now; trying again later can help.
    #[error("the database cannot answer now: {0}")]
    Unavailable(String),
    /// Something besides the database that the answer needs is not to be had now.
    #[error("{detail}")]
    NotNow {
        /// A stable code: `hashing_busy`, `issuer_unavailable`.
        code: &'static str,
        /// What, for the caller.
        detail: &'static str,
        /// Why, for the log.
        cause: String,
    },
    /// A fault of ours. The text is for the log, never for the caller.
    #[error("{0}")]
    Internal(String),
}

impl Error {
    /// A single refused parameter.
    pub fn parameter(name: &str, code: &'static str, detail: impl Into<String>) -> Self {
        Self::BadParameters(vec![ParameterError::new(name, code, detail)])
    }

    /// A single fault in the content.
    pub fn invalid(pointer: impl Into<String>, code: &'static str, detail: impl Into<String>) -> Self {
        Self::Invalid(vec![Fault::new(pointer, code, detail)])
    }

    /// A rule of the stored data stands against it.
    pub fn conflict(code: &'static str, detail: impl Into<String>) -> Self {
        Self::Conflict { code, detail: detail.into(), allowed: Vec::new() }
    }

    /// Nothing visible has this name.
    pub fn not_found(kind: &'static str, name: impl ToString) -> Self {
        Self::NotFound { kind, name: name.to_string() }
    }
}

/// Both results, or why not: refused parameters of either are told together.
///
/// # Errors
/// Those of `one` and `other`.
pub fn both<A, B>(one: Result<A>, other: Result<B>) -> Result<(A, B)> {
    match (one, other) {
        (Ok(one), Ok(other)) => Ok((one, other)),
        (Err(Error::BadParameters(mut refused)), Err(Error::BadParameters(more))) => {
            refused.extend(more);
            Err(Error::BadParameters(refused))
        }
        // What is wrong with the service comes before what is wrong with the request.
        (Err(Error::BadParameters(_)), Err(error)) | (Err(error), _) | (_, Err(error)) => Err(error),
    }
}

/// One refused parameter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ParameterError {
    /// The parameter's name, as the caller wrote it.
    pub parameter: String,
    /// Stable: `parameter_unknown`, `parameter_invalid`, `parameter_empty`, `reference_unknown`.
    pub code: &'static str,
    /// What is wrong, and what would be right.
    pub detail: String,
}

impl ParameterError {
    /// An error of one parameter.
    pub fn new(parameter: &str, code: &'static str, detail: impl Into<String>) -> Self {
        Self { parameter: parameter.to_owned(), code, detail: detail.into() }
    }
}
