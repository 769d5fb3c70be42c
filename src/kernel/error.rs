//! The one error type, free of any transport; `http::problem` turns it into an answer.

use serde::Serialize;
use utoipa::ToSchema;

/// Shorthand.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What can go wrong, as the caller must understand it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Parameters of the request that are unknown or make no sense; all of them at once.
    #[error("{} parameter(s) refused", .0.len())]
    BadParameters(Vec<ParameterError>),
    /// Nothing visible has this name.
    #[error("no {kind} is called {name:?}")]
    NotFound {
        /// The noun: `commitment`.
        kind: &'static str,
        /// What the caller wrote.
        name: String,
    },
    /// It would break a rule of the stored data; `code` is stable.
    #[error("{detail}")]
    Conflict {
        /// A stable code, `<noun>_<condition>`.
        code: &'static str,
        /// What stands in the way.
        detail: String,
    },
    /// The database cannot answer now; trying again later can help.
    #[error("the database cannot answer now: {0}")]
    Unavailable(String),
    /// A fault of ours. The text is for the log, never for the caller.
    #[error("{0}")]
    Internal(String),
}

impl Error {
    /// A single refused parameter.
    pub fn parameter(name: &str, code: &'static str, detail: impl Into<String>) -> Self {
        Self::BadParameters(vec![ParameterError::new(name, code, detail)])
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ParameterError {
    /// The parameter's name, as the caller wrote it.
    pub parameter: String,
    /// Stable: `parameter_unknown`, `parameter_invalid`, `parameter_empty`, `reference_unknown`.
    #[schema(value_type = String)]
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
