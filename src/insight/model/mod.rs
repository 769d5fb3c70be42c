//! Rules and what follows from them, without any I/O.

mod facts;
mod freshness;
mod rollup;
mod rules;

pub use facts::{CommitmentFacts, MilestoneFacts, PlanFacts};
pub use freshness::Freshness;
pub use rollup::{
    Average, ByDisposition, ByProgress, BySchedule, CommitmentRollup, Counts, EvidenceShare, Rollup, elapsed,
};
pub use rules::{
    Deadline, DeadlineBase, ReportingRules, ReportingRulesInput, is_silent, months_later, next_update_due,
    rules_on,
};
