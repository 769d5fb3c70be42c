//! What somebody should report, as they see it.

use crate::assessments::model::{Assessor, Stage};
use crate::commitments::model::{CommitmentRef, CommitmentWithPlan};
use crate::http::Wanted;
use crate::insight::model::{Call, WorkReason};
use crate::insight::store::{StepSeen, UnansweredSeen};
use crate::kernel::PartialDate;
use crate::members::model::MemberRef;
use crate::milestones::model::{MilestoneName, MilestoneProgress, MilestoneRef, Schedule};
use crate::plans::model::ActionPlanRef;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// An assessment, named.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AssessmentRef {
    /// Id.
    pub id: Uuid,
    /// Who assessed.
    pub assessor: Assessor,
    /// At which stage of the plan.
    pub stage: Stage,
    /// Title of the report it is part of, in the language of the answer.
    #[schema(required)]
    pub report: Option<String>,
    /// The year of that report.
    #[schema(required)]
    pub report_year: Option<i16>,
}

/// A milestone to report about, or an assessment to answer.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct WorkItem {
    /// The most urgent of the reasons, by which the list is sorted.
    pub urgency: WorkReason,
    /// All reasons, the most urgent first.
    pub reasons: Vec<WorkReason>,
    /// The milestone; null where it is an assessment.
    #[schema(required)]
    pub milestone: Option<MilestoneRef>,
    /// The assessment; null where it is a milestone.
    #[schema(required)]
    pub assessment: Option<AssessmentRef>,
    /// The commitment that it belongs to.
    pub commitment: CommitmentRef,
    /// The plan of that commitment.
    pub action_plan: ActionPlanRef,
    /// Whose plan that is.
    pub member: MemberRef,
    /// The planned end of the milestone.
    #[schema(required)]
    pub due: Option<PartialDate>,
    /// The schedule of the milestone today.
    #[schema(required)]
    pub schedule: Option<Schedule>,
    /// The present progress of the milestone.
    #[schema(required)]
    pub progress: Option<MilestoneProgress>,
    /// Days since the last day that its due date can mean; null where it is not overdue.
    #[schema(required, example = 12)]
    pub days_overdue: Option<i64>,
    /// Days until the last day that its due date can mean; null where it is not due soon.
    #[schema(required)]
    pub days_left: Option<i64>,
    /// Days since the last substantive update, or since the planned start where there is none; null where it is not
    /// silent for too long.
    #[schema(required)]
    pub days_silent: Option<i64>,
    /// Where to report, with `POST`.
    #[schema(example = "/api/v1/milestones/0193a5a0-7c1e-7d6a-9a3e-3f6b8f0f2a12/updates")]
    pub report_url: String,
}

/// What a call for work is about.
#[derive(Debug, Clone)]
pub enum WorkSeen {
    /// A milestone, to report about.
    Step(Box<StepSeen>),
    /// An assessment, to answer.
    Unanswered(Box<UnansweredSeen>),
}

impl WorkItem {
    /// In the language wanted.
    pub fn new(call: Call, seen: WorkSeen, wanted: &Wanted) -> Self {
        match seen {
            WorkSeen::Step(seen) => Self::of_step(call, *seen, wanted),
            WorkSeen::Unanswered(seen) => Self::of_assessment(call, *seen, wanted),
        }
    }

    fn of_step(call: Call, seen: StepSeen, wanted: &Wanted) -> Self {
        let state = seen.row.state;
        let name = MilestoneName { id: seen.row.id, label: state.label, title: state.title.0 };
        Self {
            milestone: Some(name.in_language(|text| wanted.text(text))),
            due: state.due.map(|dated| dated.0),
            progress: seen.of.progress,
            report_url: format!("/api/v1/milestones/{}/updates", call.id),
            ..Self::bare(call, &seen.of.commitment, wanted)
        }
    }

    fn of_assessment(call: Call, seen: UnansweredSeen, wanted: &Wanted) -> Self {
        let state = seen.row.state;
        let assessment = AssessmentRef {
            id: seen.row.id,
            assessor: seen.of.scheme.assessor,
            stage: state.stage.0,
            report: wanted.text(&state.report.0),
            report_year: state.report_year,
        };
        Self {
            assessment: Some(assessment),
            report_url: format!("/api/v1/assessments/{}/answers", call.id),
            ..Self::bare(call, &seen.of.commitment, wanted)
        }
    }

    /// What a call says by itself, and where it belongs.
    fn bare(call: Call, of: &CommitmentWithPlan, wanted: &Wanted) -> Self {
        let text = |text: &_| wanted.text(text);
        let (action_plan, member) = of.plan.in_language(text);
        Self {
            urgency: call.urgency(),
            reasons: call.reasons,
            milestone: None,
            assessment: None,
            commitment: of.commitment.in_language(text),
            action_plan,
            member,
            due: None,
            schedule: call.schedule,
            progress: None,
            days_overdue: call.days_overdue,
            days_left: call.days_left,
            days_silent: call.days_silent,
            report_url: String::new(),
        }
    }
}
