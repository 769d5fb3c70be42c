//! A commitment in an import document, with all that belongs to it.

use crate::assessments::model::{Coding, Stage};
use crate::commitments::model::{CodeBasis, Disposition, LinkKind, OgpValue, PartnerGroup};
use crate::kernel::note::{OtherTitle, WEB_ADDRESS};
use crate::kernel::{LocalizedText, Note, PartialDate, Source};
use crate::milestones::model::{EvidenceRelation, MilestoneEvent, Reporter};
use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::Deserialize;

/// One promise of a plan.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CommitmentItem {
    /// The slug of its plan.
    #[schemars(length(max = 120))]
    pub action_plan: String,
    /// OGP's code, once assigned: `RO0068`.
    #[serde(default)]
    #[schemars(regex(pattern = "^[A-Z]{2,5}[0-9]{4}$"))]
    pub code: Option<String>,
    /// Its name inside the plan for imports; the code where absent. Give one of the two.
    #[serde(default)]
    #[schemars(length(min = 1, max = 120))]
    pub key: Option<String>,
    /// Its number as printed; may repeat.
    #[serde(default)]
    #[schemars(length(min = 1, max = 60))]
    pub number: Option<String>,
    /// Its title.
    #[serde(default)]
    pub title: LocalizedText,
    /// Titles used elsewhere.
    #[serde(default)]
    pub other_titles: Vec<OtherTitle>,
    /// What it is about, in a sentence or two.
    #[serde(default)]
    pub summary: LocalizedText,
    /// The problem it answers.
    #[serde(default)]
    pub problem: LocalizedText,
    /// How it answers it.
    #[serde(default)]
    pub solution: LocalizedText,
    /// What it is to achieve.
    #[serde(default)]
    pub objective: LocalizedText,
    /// The results expected.
    #[serde(default)]
    pub expected_results: Vec<LocalizedText>,
    /// Its theme within the plan.
    #[serde(default)]
    pub theme: LocalizedText,
    /// Its budget, in the words of the plan.
    #[serde(default)]
    pub budget: LocalizedText,
    /// Codes of policy areas.
    #[serde(default)]
    #[schemars(inner(length(max = 80)))]
    pub policy_areas: Vec<String>,
    /// OGP values it serves.
    #[serde(default)]
    pub ogp_values: Vec<OgpValue>,
    /// When it starts.
    #[serde(default)]
    pub starts: Option<PartialDate>,
    /// When it ends.
    #[serde(default)]
    pub ends: Option<PartialDate>,
    /// Its period in the words of the source.
    #[serde(default)]
    #[schemars(length(min = 1, max = 200))]
    pub period_text: Option<String>,
    /// Whether the milestones given are all that the plan lists.
    #[serde(default)]
    pub milestones_complete: Option<bool>,
    /// Where the code comes from.
    #[serde(default)]
    pub code_basis: Option<CodeBasis>,
    /// Active, withdrawn, or carried over; `active` where absent.
    #[serde(default)]
    pub disposition: Disposition,
    /// Why it was withdrawn or carried over.
    #[serde(default)]
    pub disposition_reason: LocalizedText,
    /// Who leads: none, one or several.
    #[serde(default)]
    pub leads: Vec<ParticipantItem>,
    /// Who supports.
    #[serde(default)]
    pub supporters: Vec<ParticipantItem>,
    /// Its steps.
    #[serde(default)]
    pub milestones: Vec<MilestoneItem>,
    /// What proves or tells of its progress.
    #[serde(default)]
    pub evidence: Vec<EvidenceItem>,
    /// Percentages that were published about it.
    #[serde(default)]
    pub progress_reports: Vec<ProgressReportItem>,
    /// Codings by others.
    #[serde(default)]
    pub assessments: Vec<AssessmentItem>,
    /// Links to other commitments.
    #[serde(default)]
    pub links: Vec<LinkItem>,
    /// Remarks.
    #[serde(default)]
    pub notes: Vec<Note>,
    /// Sources.
    #[serde(default)]
    pub sources: Vec<Source>,
}

/// An institution's part in a commitment.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ParticipantItem {
    /// The institution's slug.
    #[schemars(length(max = 120))]
    pub institution: String,
    /// How the plan groups the partner, where it does.
    #[serde(default)]
    pub partner_group: Option<PartnerGroup>,
}

/// One verifiable step.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MilestoneItem {
    /// Its name inside the commitment for imports.
    #[schemars(length(min = 1, max = 120))]
    pub key: String,
    /// Its label as printed: `1.2.1`.
    #[serde(default)]
    #[schemars(length(min = 1, max = 60))]
    pub label: Option<String>,
    /// Its title.
    #[serde(default)]
    pub title: LocalizedText,
    /// What is to be done.
    #[serde(default)]
    pub description: LocalizedText,
    /// What it is to produce.
    #[serde(default)]
    pub expected_output: LocalizedText,
    /// Who is responsible, in the words of the source.
    #[serde(default)]
    pub responsible: LocalizedText,
    /// Planned start.
    #[serde(default)]
    pub starts: Option<PartialDate>,
    /// Planned end.
    #[serde(default)]
    pub due: Option<PartialDate>,
    /// Its period in the words of the source.
    #[serde(default)]
    #[schemars(length(min = 1, max = 200))]
    pub period_text: Option<String>,
    /// When it really started.
    #[serde(default)]
    pub actual_start: Option<PartialDate>,
    /// When it was really completed.
    #[serde(default)]
    pub actual_end: Option<PartialDate>,
    /// Active, withdrawn, or carried over; `active` where absent.
    #[serde(default)]
    pub disposition: Disposition,
    /// Why it was withdrawn or carried over.
    #[serde(default)]
    pub disposition_reason: LocalizedText,
    /// Sessions, trainings, launches it consists of.
    #[serde(default)]
    pub events: Vec<MilestoneEvent>,
    /// Remarks.
    #[serde(default)]
    pub notes: Vec<Note>,
    /// Sources.
    #[serde(default)]
    pub sources: Vec<Source>,
}

/// A document that proves or tells of progress.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EvidenceItem {
    /// Its name inside the commitment for imports.
    #[schemars(length(min = 1, max = 120))]
    pub key: String,
    /// What it shows.
    pub title: LocalizedText,
    /// Where it is (`http` or `https`).
    #[schemars(url, length(max = 2000), regex(pattern = WEB_ADDRESS))]
    pub url: String,
    /// Whether it speaks of this commitment itself.
    pub relation: EvidenceRelation,
    /// Its date.
    #[serde(default)]
    pub dated: Option<PartialDate>,
    /// Remarks.
    #[serde(default)]
    pub notes: Vec<Note>,
}

/// Percentages that were published about a commitment.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProgressReportItem {
    /// Its name inside the commitment for imports.
    #[schemars(length(min = 1, max = 120))]
    pub key: String,
    /// Who published it.
    pub reported_by: Reporter,
    /// The date it speaks of, where it says.
    #[serde(default)]
    pub reported: Option<PartialDate>,
    /// The day it most likely speaks of, where it does not say.
    #[serde(default)]
    pub estimate: Option<EstimateItem>,
    /// Progress of the whole commitment, 0 to 100.
    #[serde(default)]
    #[schemars(range(min = 0, max = 100))]
    pub percent: Option<i16>,
    /// Time elapsed of the planned period, 0 to 100.
    #[serde(default)]
    #[schemars(range(min = 0, max = 100))]
    pub time_elapsed_percent: Option<i16>,
    /// First day of the planned period, as reported.
    #[serde(default)]
    pub period_start_on: Option<NaiveDate>,
    /// Last day of the planned period, as reported.
    #[serde(default)]
    pub period_end_on: Option<NaiveDate>,
    /// Progress of single milestones.
    #[serde(default)]
    pub milestones: Vec<MilestonePercentItem>,
    /// Remarks.
    #[serde(default)]
    pub notes: Vec<Note>,
    /// Sources.
    #[serde(default)]
    pub sources: Vec<Source>,
}

/// A date that was concluded, not read.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EstimateItem {
    /// The most likely day.
    pub on: NaiveDate,
    /// The earliest possible day.
    pub from: NaiveDate,
    /// The latest possible day.
    pub to: NaiveDate,
    /// How it was concluded.
    pub basis: LocalizedText,
}

/// The reported progress of one milestone.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MilestonePercentItem {
    /// The milestone's key.
    #[schemars(length(max = 120))]
    pub milestone: String,
    /// 0 to 100.
    #[schemars(range(min = 0, max = 100))]
    pub percent: i16,
}

/// A coding by someone other than the implementer.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AssessmentItem {
    /// Its name inside the commitment for imports.
    #[schemars(length(min = 1, max = 120))]
    pub key: String,
    /// The scheme and version it follows.
    pub scheme: SchemeRef,
    /// At which stage of the plan.
    pub stage: Stage,
    /// The title of the report it is part of.
    pub report: LocalizedText,
    /// The year of that report.
    #[serde(default)]
    #[schemars(range(min = 2011, max = 2200))]
    pub report_year: Option<i16>,
    /// When it was assessed.
    #[serde(default)]
    pub assessed: Option<PartialDate>,
    /// The codings; what the report does not code is left out.
    #[serde(default)]
    pub codings: Vec<Coding>,
    /// Codings of single milestones.
    #[serde(default)]
    pub milestones: Vec<MilestoneCodingItem>,
    /// Remarks.
    #[serde(default)]
    pub notes: Vec<Note>,
    /// Sources.
    #[serde(default)]
    pub sources: Vec<Source>,
}

/// A scheme by name and version.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SchemeRef {
    /// Its code.
    #[schemars(length(max = 80))]
    pub code: String,
    /// Its version.
    #[schemars(length(max = 40))]
    pub version: String,
}

/// Codings of one milestone.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MilestoneCodingItem {
    /// The milestone's key.
    #[schemars(length(max = 120))]
    pub milestone: String,
    /// The codings.
    #[schemars(length(min = 1))]
    pub codings: Vec<Coding>,
}

/// A link from this commitment to another.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkItem {
    /// What it means.
    pub kind: LinkKind,
    /// The other commitment's code, or `<plan slug>/<key>` where it has none.
    #[schemars(length(min = 1, max = 250))]
    pub to: String,
    /// Remarks.
    #[serde(default)]
    pub notes: Vec<Note>,
    /// Sources.
    #[serde(default)]
    pub sources: Vec<Source>,
}
