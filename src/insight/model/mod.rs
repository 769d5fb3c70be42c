//! Rules and what follows from them, without any I/O.

mod rules;
mod worklist;

pub use rules::{
    Deadline, DeadlineBase, ReportingRules, ReportingRulesInput, is_silent, months_later, next_update_due,
    rules_on,
};
pub use worklist::{
    Call, Step, WorkCounts, WorkReason, Worklist, begins_on, last_substantive, plan_update_due,
};
