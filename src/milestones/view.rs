//! Milestones and published progress, as readers see them.

mod updates;

use super::model::{
    MilestoneEvent, MilestoneProgress, Reporter, Rescheduling, Schedule, days_moved, original_due,
};
use super::store::{MilestoneSeen, PercentSeen, ProgressReportSeen, ProgressReportState};
use crate::commitments::model::{CommitmentRef, CommitmentWithPlan, Disposition};
use crate::http::Wanted;
use crate::http::language::{Fallbacks, Remark, Said, Translations};
use crate::kernel::{PartialDate, Source, Times};
use crate::members::model::MemberRef;
use crate::plans::model::{ActionPlanRef, EventStatus};
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

pub use updates::{ProgressUpdate, UPDATE_VERSION, UpdateOf, UpdateSeen};

/// One verifiable step, below its commitment.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CommitmentMilestone {
    /// Id (UUIDv7).
    pub id: Uuid,
    /// Its label as printed, possibly nested.
    #[schema(required, example = "1.2.1")]
    pub label: Option<String>,
    /// Its title.
    #[schema(required)]
    pub title: Option<String>,
    /// What is to be done.
    #[schema(required)]
    pub description: Option<String>,
    /// What it is to produce.
    #[schema(required)]
    pub expected_output: Option<String>,
    /// Who is responsible, in the words of the source.
    #[schema(required)]
    pub responsible: Option<String>,
    /// Planned start.
    #[schema(required)]
    pub starts: Option<PartialDate>,
    /// Planned end.
    #[schema(required)]
    pub due: Option<PartialDate>,
    /// The planned end that was public first: the same as `due` where it was never rescheduled, null where
    /// no due date is known.
    #[schema(required)]
    pub original_due: Option<PartialDate>,
    /// By how many days its due date moved: from the last day that `original_due` can mean to the last day
    /// that `due` can mean. 0 where it was never rescheduled, negative where it came forward, null where
    /// either names no day.
    #[schema(required)]
    pub days_moved: Option<i64>,
    /// Every change of its due date since it was public, oldest first. A first due date is none.
    pub reschedulings: Vec<Rescheduling>,
    /// Its period in the words of the source.
    #[schema(required)]
    pub period_text: Option<String>,
    /// When it really started.
    #[schema(required)]
    pub actual_start: Option<PartialDate>,
    /// When it was really completed.
    #[schema(required)]
    pub actual_end: Option<PartialDate>,
    /// How much it counts among the milestones of its commitment; null where all count alike.
    #[schema(required)]
    pub weight: Option<i16>,
    /// How far it is, as last reported; null where nobody has reported anything.
    #[schema(required)]
    pub progress: Option<MilestoneProgress>,
    /// Where it stands against its plan today (UTC); computed, never stored.
    pub schedule: Schedule,
    /// Whether it stands, was withdrawn, or carried over.
    pub disposition: Disposition,
    /// Why it was withdrawn or carried over.
    #[schema(required)]
    pub disposition_reason: Option<String>,
    /// Sessions, trainings, launches it consists of.
    pub events: Vec<MilestoneOccasion>,
    /// Remarks on the data.
    pub notes: Vec<Remark>,
    /// Where the facts come from.
    pub sources: Vec<Source>,
    /// Counts its changes, from 1.
    pub version: i64,
    /// When it last changed here.
    pub updated_at: DateTime<Utc>,
    /// Its texts in all their languages; only with `lang=*`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = std::collections::BTreeMap<String, crate::kernel::LocalizedText>, required = false)]
    pub translations: Option<Translations>,
    /// Texts that are not in the language asked for, with the language they are in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = std::collections::BTreeMap<String, String>, required = false)]
    pub fallbacks: Option<Fallbacks>,
}

impl CommitmentMilestone {
    /// In the language wanted, as it stood at these times.
    pub fn new(MilestoneSeen { row, progress }: MilestoneSeen, times: &Times, wanted: &Wanted) -> Self {
        let row = row.at(times);
        let schedule = row.schedule(times.day(), progress.as_ref());
        let state = row.state;
        let mut texts = wanted.texts();
        let title = texts.pick("title", &state.title.0);
        let description = texts.pick("description", &state.description.0);
        let expected_output = texts.pick("expected_output", &state.expected_output.0);
        let responsible = texts.pick("responsible", &state.responsible.0);
        let disposition_reason = texts.pick("disposition_reason", &state.disposition_reason.0);
        let (translations, fallbacks) = texts.finish();
        let reschedulings = state.reschedulings.0;
        let due = state.due.map(|dated| dated.0);
        Self {
            id: row.id,
            label: state.label,
            title,
            description,
            expected_output,
            responsible,
            starts: state.starts.map(|dated| dated.0),
            original_due: original_due(&reschedulings, due.as_ref()).cloned(),
            days_moved: days_moved(&reschedulings, due.as_ref()),
            due,
            reschedulings,
            period_text: state.period_text,
            actual_start: state.actual_start.map(|dated| dated.0),
            actual_end: state.actual_end.map(|dated| dated.0),
            weight: state.weight,
            progress,
            schedule,
            disposition: state.disposition.0,
            disposition_reason,
            events: state.events.0.into_iter().map(|event| MilestoneOccasion::new(event, wanted)).collect(),
            notes: wanted.remarks(&state.notes.0),
            sources: state.sources.0,
            version: row.version,
            updated_at: row.updated_at,
            translations,
            fallbacks,
        }
    }
}

/// One verifiable step, with the commitment it is part of.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Milestone {
    /// The milestone itself.
    #[serde(flatten)]
    pub milestone: CommitmentMilestone,
    /// The commitment it is a step of.
    pub commitment: CommitmentRef,
    /// The plan of that commitment.
    pub action_plan: ActionPlanRef,
    /// Whose plan that is.
    pub member: MemberRef,
}

impl Milestone {
    /// In the language wanted, as it stood at these times.
    pub fn new(seen: MilestoneSeen, of: &CommitmentWithPlan, times: &Times, wanted: &Wanted) -> Self {
        let text = |text: &_| wanted.text(text);
        let (action_plan, member) = of.plan.in_language(text);
        let commitment = of.commitment.in_language(text);
        Self { milestone: CommitmentMilestone::new(seen, times, wanted), commitment, action_plan, member }
    }
}

/// A session, training or launch that a milestone consists of.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MilestoneOccasion {
    /// When, or when it began.
    #[schema(required)]
    pub starts: Option<PartialDate>,
    /// When it ended, if not on the same day.
    #[schema(required)]
    pub ends: Option<PartialDate>,
    /// What it is, where it has a name of its own.
    #[schema(required)]
    pub title: Option<Said>,
    /// Where.
    #[schema(required)]
    pub place: Option<String>,
    /// Whether it was held or only announced, where the source says.
    #[schema(required)]
    pub status: Option<EventStatus>,
    /// Where the facts come from.
    pub sources: Vec<Source>,
}

impl MilestoneOccasion {
    fn new(event: MilestoneEvent, wanted: &Wanted) -> Self {
        Self {
            title: wanted.said(&event.title),
            starts: event.starts,
            ends: event.ends,
            place: event.place,
            status: event.status,
            sources: event.sources,
        }
    }
}

/// What a published progress report says about itself.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProgressReportHead {
    /// Who published it.
    pub reported_by: Reporter,
    /// The date it speaks of, where it says.
    #[schema(required)]
    pub reported: Option<PartialDate>,
    /// The day it most likely speaks of, where it does not say.
    #[schema(required)]
    pub estimate: Option<ReportEstimate>,
    /// Remarks.
    pub notes: Vec<Remark>,
    /// Where it was published.
    pub sources: Vec<Source>,
}

impl ProgressReportHead {
    fn new(state: &ProgressReportState, wanted: &Wanted) -> Self {
        Self {
            reported_by: state.reported_by.0,
            reported: state.reported.clone().map(|dated| dated.0),
            estimate: state.estimated_on.map(|on| ReportEstimate {
                on,
                from: state.estimated_from,
                to: state.estimated_to,
                basis: wanted.said(&state.estimate_basis.0),
            }),
            notes: wanted.remarks(&state.notes.0),
            sources: state.sources.0.clone(),
        }
    }
}

/// A date that was concluded, not read.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReportEstimate {
    /// The most likely day.
    pub on: NaiveDate,
    /// The earliest possible day.
    #[schema(required)]
    pub from: Option<NaiveDate>,
    /// The latest possible day.
    #[schema(required)]
    pub to: Option<NaiveDate>,
    /// How it was concluded.
    #[schema(required)]
    pub basis: Option<Said>,
}

/// Percentages that were published about a commitment, as published.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProgressReport {
    /// Id (UUIDv7).
    pub id: Uuid,
    /// Who published it, when.
    #[serde(flatten)]
    pub head: ProgressReportHead,
    /// Progress of the whole commitment, 0 to 100.
    #[schema(required)]
    pub percent: Option<i16>,
    /// Time elapsed of the planned period, 0 to 100.
    #[schema(required)]
    pub time_elapsed_percent: Option<i16>,
    /// First day of the planned period, as reported.
    #[schema(required)]
    pub period_start_on: Option<NaiveDate>,
    /// Last day of the planned period, as reported.
    #[schema(required)]
    pub period_end_on: Option<NaiveDate>,
    /// Progress of single milestones.
    pub milestones: Vec<MilestonePercent>,
}

/// The reported progress of one milestone.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MilestonePercent {
    /// Which milestone.
    pub milestone_id: Uuid,
    /// 0 to 100.
    pub percent: i16,
}

impl ProgressReport {
    /// In the language wanted.
    pub fn new(seen: ProgressReportSeen, wanted: &Wanted) -> Self {
        let percents = seen.milestones.iter();
        Self {
            id: seen.id,
            head: ProgressReportHead::new(&seen.state, wanted),
            percent: seen.state.percent,
            time_elapsed_percent: seen.state.time_elapsed_percent,
            period_start_on: seen.state.period_start_on,
            period_end_on: seen.state.period_end_on,
            milestones: percents
                .map(|row| MilestonePercent { milestone_id: row.milestone_id, percent: row.percent })
                .collect(),
        }
    }
}

/// A percentage that was published about a milestone.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReportedPercent {
    /// 0 to 100.
    pub percent: i16,
    /// Who published it, when.
    #[serde(flatten)]
    pub head: ProgressReportHead,
}

impl ReportedPercent {
    /// In the language wanted.
    pub fn new(seen: &PercentSeen, wanted: &Wanted) -> Self {
        Self { percent: seen.percent, head: ProgressReportHead::new(&seen.report, wanted) }
    }
}
