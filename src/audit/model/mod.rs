//! What an audit report says, made out of entries of the record and of nothing else: so whoever has the entries can
//! make it again, and a report that says something else is not what the record says.

mod computed;
mod facts;
mod findings;
mod frame;
pub mod jws;
mod record;
mod section;
pub mod verify;

pub use computed::{
    CommitmentComputed, MilestoneComputed, PlanComputed, ReportComputed, Totals, Whole, WholeComputed,
};
pub use findings::{Finding, FindingKind};
pub use frame::{FORMAT, Frame, Generation, Part, Report, ReportCheckpoint, canonical, report_schema};
pub use record::{Proved, Record, Shown, Withdrawn};
pub use section::{Common, Context, Names, Section};

use crate::kernel::Times;
use chrono::{DateTime, NaiveDate, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What kind of thing a report is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// One action plan.
    ActionPlan,
    /// All plans of a member.
    Member,
    /// All plans of all members.
    Everything,
}

/// What a report is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// The slug of the plan or the code of the member; null for everything.
    pub code: Option<String>,
    /// The id of the plan or of the member; null for everything.
    pub id: Option<Uuid>,
    /// What kind of thing it is.
    pub kind: Scope,
}

impl About {
    /// Something, by what the record calls it once it is read.
    pub fn new(kind: Scope, id: Option<Uuid>) -> Self {
        Self { code: None, id, kind }
    }

    /// A name for a file with a report about it.
    pub fn file_name(&self, asked: &Asked) -> String {
        let what = self.code.as_deref().unwrap_or("everything").to_lowercase();
        format!("report-{what}-{}", asked.as_of)
    }
}

/// Which times a report is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// The day whose public record is told, to its end (UTC).
    pub as_of: NaiveDate,
    /// The day that schedules and progress are computed for: `on`, where that was asked, else `as_of`.
    pub day: NaiveDate,
    /// How things stood on this day, as the record of `as_of` knows it; null where nobody asked.
    pub on: Option<NaiveDate>,
    /// The first instant whose entries do not count any more: the end of `as_of`. A report that was generated
    /// before it is provisional.
    pub until: DateTime<Utc>,
}

impl Asked {
    /// About these days.
    pub fn new(as_of: NaiveDate, on: Option<NaiveDate>) -> Self {
        let times = Times { today: as_of, on, as_of: Some(as_of) };
        Self { as_of, day: times.day(), on, until: times.until().unwrap_or(DateTime::<Utc>::MAX_UTC) }
    }

    /// The same as reads ask it.
    pub fn times(&self) -> Times {
        Times { today: self.as_of, on: self.on, as_of: Some(self.as_of) }
    }
}
