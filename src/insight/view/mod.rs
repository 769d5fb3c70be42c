//! What is computed, and the rules it is computed by, as readers see them.

mod badge;
mod calendar;
mod progress;
mod statistics;
mod work;

use super::model::Deadline;
use super::store::RulesRow;
use crate::http::Wanted;
use crate::http::language::Remark;
use crate::kernel::Source;
use crate::members::model::MemberKind;
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

pub use badge::Badge;
pub use calendar::DueCalendar;
pub use progress::{
    ActionPlanProgress, CommitmentProgress, CompletionCoding, MemberProgress, OverallProgress, Teller,
};
pub use statistics::{Statistics, StatisticsGroup, StatisticsPlace, StatisticsRow, StatisticsTotal};
pub use work::{AssessmentRef, WorkItem, WorkSeen};

/// What members of a kind must do, from a day on until the next set of their kind.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReportingRules {
    /// Id (UUIDv7).
    pub id: Uuid,
    /// Members of which kind.
    pub kind: MemberKind,
    /// The first day on which it holds (UTC).
    #[schema(example = "2011-09-20")]
    pub valid_from: NaiveDate,
    /// The public repository must be updated at least every so many months.
    #[schema(example = 4)]
    pub update_interval_months: i16,
    /// The forum meets at least every so many months; null where no rule says so.
    #[schema(required)]
    pub forum_interval_months: Option<i16>,
    /// Meetings with civil society to present results, in a year; null where no rule says so.
    #[schema(required)]
    pub presentations_per_year: Option<i16>,
    /// Which reports are due when.
    pub deadlines: Vec<Deadline>,
    /// Remarks.
    pub notes: Vec<Remark>,
    /// Where the rules come from.
    pub sources: Vec<Source>,
    /// When it was added here.
    pub created_at: DateTime<Utc>,
}

impl ReportingRules {
    /// In the language wanted.
    pub fn new(row: RulesRow, wanted: &Wanted) -> Self {
        let state = row.state;
        Self {
            id: row.id,
            kind: state.member_kind.0,
            valid_from: state.valid_from,
            update_interval_months: state.update_interval_months,
            forum_interval_months: state.forum_interval_months,
            presentations_per_year: state.presentations_per_year,
            deadlines: state.deadlines.0,
            notes: wanted.remarks(&state.notes.0),
            sources: state.sources.0,
            created_at: row.created_at,
        }
    }
}
