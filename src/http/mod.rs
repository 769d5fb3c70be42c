//! What all handlers share: reading parameters, choosing a language, conditional answers, problem
//! documents, middleware. Imports `kernel` only; no SQL.

pub mod ask;
pub mod body;
pub mod format;
pub mod language;
pub mod middleware;
pub mod private;
pub mod problem;
pub mod query;
pub mod rate;
pub mod reply;
mod routes;
pub mod table;
mod takeaway;

pub use ask::{Asking, IdempotencyParameters, IfMatchParameters, Shown, Streaming};
pub use body::{Create, Patch};
pub use language::{Texts, Wanted};
pub use problem::{
    ActProblems, BulkProblems, ChangeProblems, CreateBelowProblems, CreateProblems, DatabaseProblems,
    ItemProblems, ListBelowProblems, ListProblems, PageProblems, PlainProblems, Problem, RangeProblems,
    RemoveProblems, ReportProblems, StepProblems,
};
pub use query::{
    ChangeParameters, Item, List, Localized, Nothing, Own, Plain, RemovalParameters, Timed, TimedList,
};
pub use routes::Routes;
pub use takeaway::Sheets;

/// What the handlers of one worker share about the world outside the database.
#[derive(Clone)]
pub struct Surroundings {
    /// The time.
    pub clock: std::sync::Arc<dyn crate::kernel::Clock>,
}

impl std::fmt::Debug for Surroundings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Surroundings").finish_non_exhaustive()
    }
}
