//! Rules and what follows from them, without any I/O.

mod due;
mod facts;
mod freshness;
mod outline;
mod rollup;
mod rules;
mod statistics;
mod worklist;

pub use due::{ReportDue, next_due, reports_due};
pub use facts::{AssessedIn, CommitmentFacts, Days, MilestoneFacts, PlanFacts, PublishedReport, runs_on};
pub use freshness::Freshness;
pub use outline::{PlanCounted, PlanHead, PlanOutline, Rare, Steps};
pub use rollup::{
    Average, ByDisposition, ByProgress, BySchedule, CommitmentRollup, Counted, CountedStep, Counts,
    EvidenceShare, Rollup, Tally, elapsed,
};
pub use rules::{
    Deadline, DeadlineBase, ReportingRules, ReportingRulesInput, came_with_the_tracker, is_silent,
    months_later, next_update_due, rules_on,
};
pub use statistics::{
    AreaName, Belonging, CommitmentHistory, CompletionSaid, Dimension, Group, Interval, Key, Lead,
    MAX_POINTS, MAX_ROWS, Measures, MilestoneHistory, MilestoneTold, PlanDated, Point, Told, TooManyRows,
    statistics,
};
pub use worklist::{
    Call, Step, WorkCounts, WorkReason, Worklist, begins_on, last_substantive, plan_update_due,
};
