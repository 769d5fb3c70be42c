//! Rules and what follows from them, without any I/O.

mod rules;

pub use rules::{
    Deadline, DeadlineBase, ReportingRules, ReportingRulesInput, is_silent, months_later, next_update_due,
    rules_on,
};
