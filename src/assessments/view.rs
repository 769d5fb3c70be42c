//! Assessments, as readers see them.

mod schemes;

use super::model::{Assessor, Coding, Stage};
use super::store::{
    AnswerSeen, AssessmentRow, AssessmentSeen, CodingsOfMilestone, MilestoneCodingSeen, SchemeName,
};
use crate::accounts::model::ReportedBy;
use crate::commitments::model::{CommitmentRef, CommitmentWithPlan};
use crate::http::Wanted;
use crate::http::language::{Remark, Said};
use crate::kernel::{PartialDate, Source};
use crate::members::model::MemberRef;
use crate::plans::model::ActionPlanRef;
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

pub use schemes::AssessmentSchemePage;

/// The vocabulary that an assessment follows.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AssessmentScheme {
    /// Its name.
    #[schema(example = "irm_results_report")]
    pub code: String,
    /// Its version.
    pub version: String,
    /// Who assesses by it.
    pub assessor: Assessor,
    /// Its title.
    #[schema(required)]
    pub title: Option<String>,
}

impl AssessmentScheme {
    fn new(name: SchemeName, wanted: &Wanted) -> Self {
        Self {
            title: wanted.text(&name.title),
            code: name.code,
            version: name.version,
            assessor: name.assessor,
        }
    }
}

/// A coding by someone other than the implementer, below its commitment.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CommitmentAssessment {
    /// Id (UUIDv7).
    pub id: Uuid,
    /// The vocabulary it follows.
    pub scheme: AssessmentScheme,
    /// At which stage of the plan.
    pub stage: Stage,
    /// The report it is part of.
    #[schema(required)]
    pub report: Option<Said>,
    /// The year of that report.
    #[schema(required)]
    pub report_year: Option<i16>,
    /// When it was assessed.
    #[schema(required)]
    pub assessed: Option<PartialDate>,
    /// The codings; what the report does not code is not here.
    pub codings: Vec<Coding>,
    /// Codings of single milestones.
    pub milestones: Vec<MilestoneCodings>,
    /// What the implementer answered, oldest first: their own word, which changes nothing of the codings.
    pub answers: Vec<AssessmentAnswer>,
    /// Remarks on the data.
    pub notes: Vec<Remark>,
    /// Where the facts come from.
    pub sources: Vec<Source>,
    /// Counts its changes, from 1.
    pub version: i64,
    /// When it last changed here.
    pub updated_at: DateTime<Utc>,
}

impl CommitmentAssessment {
    /// In the language wanted.
    pub fn new(seen: AssessmentSeen, wanted: &Wanted) -> Self {
        let AssessmentRow { id, state, version, updated_at, .. } = seen.row;
        Self {
            id,
            scheme: AssessmentScheme::new(seen.scheme, wanted),
            stage: state.stage.0,
            report: wanted.said(&state.report.0),
            report_year: state.report_year,
            assessed: state.assessed.map(|dated| dated.0),
            codings: state.codings.0,
            milestones: seen
                .milestones
                .into_iter()
                .map(|coding| MilestoneCodings::new(coding, wanted))
                .collect(),
            answers: seen
                .answers
                .into_iter()
                .filter_map(|answer| AssessmentAnswer::new(answer, wanted))
                .collect(),
            notes: wanted.remarks(&state.notes.0),
            sources: state.sources.0,
            version,
            updated_at,
        }
    }
}

/// What an implementer answered to an assessment. Never changed.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AssessmentAnswer {
    /// Id (UUIDv7).
    pub id: Uuid,
    /// The answer.
    pub text: Said,
    /// When we were told.
    pub recorded_at: DateTime<Utc>,
    /// Who answered.
    pub reported_by: ReportedBy,
}

impl AssessmentAnswer {
    /// In the language wanted; none where it has no text at all.
    fn new(seen: AnswerSeen, wanted: &Wanted) -> Option<Self> {
        Some(Self {
            text: wanted.said(&seen.text)?,
            id: seen.id,
            recorded_at: seen.recorded_at,
            reported_by: ReportedBy { role: seen.actor_role, member: seen.member, actor_id: seen.actor_id },
        })
    }
}

/// Codings of one milestone in an assessment.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MilestoneCodings {
    /// Which milestone.
    pub milestone_id: Uuid,
    /// Its label as printed.
    #[schema(required)]
    pub label: Option<String>,
    /// Its title.
    #[schema(required)]
    pub title: Option<String>,
    /// The codings.
    pub codings: Vec<Coding>,
}

impl MilestoneCodings {
    fn new(seen: MilestoneCodingSeen, wanted: &Wanted) -> Self {
        Self {
            title: wanted.text(&seen.title),
            milestone_id: seen.milestone_id,
            label: seen.label,
            codings: seen.codings,
        }
    }
}

/// An assessment, with the commitment it is about.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Assessment {
    /// The assessment itself.
    #[serde(flatten)]
    pub assessment: CommitmentAssessment,
    /// The commitment it is about.
    pub commitment: CommitmentRef,
    /// The plan of that commitment.
    pub action_plan: ActionPlanRef,
    /// Whose plan that is.
    pub member: MemberRef,
}

impl Assessment {
    /// In the language wanted.
    pub fn new(seen: AssessmentSeen, of: &CommitmentWithPlan, wanted: &Wanted) -> Self {
        let text = |text: &_| wanted.text(text);
        let (action_plan, member) = of.plan.in_language(text);
        let commitment = of.commitment.in_language(text);
        Self { assessment: CommitmentAssessment::new(seen, wanted), commitment, action_plan, member }
    }
}

/// What an assessment codes about one milestone, below the milestone.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MilestoneAssessment {
    /// Which assessment.
    pub assessment_id: Uuid,
    /// The vocabulary it follows.
    pub scheme: AssessmentScheme,
    /// At which stage of the plan.
    pub stage: Stage,
    /// The report it is part of.
    #[schema(required)]
    pub report: Option<Said>,
    /// The year of that report.
    #[schema(required)]
    pub report_year: Option<i16>,
    /// The codings of the milestone.
    pub codings: Vec<Coding>,
}

impl MilestoneAssessment {
    /// In the language wanted.
    pub fn new(seen: CodingsOfMilestone, wanted: &Wanted) -> Self {
        Self {
            assessment_id: seen.assessment_id,
            scheme: AssessmentScheme::new(seen.scheme, wanted),
            stage: seen.stage,
            report: wanted.said(&seen.report),
            report_year: seen.report_year,
            codings: seen.codings,
        }
    }
}
