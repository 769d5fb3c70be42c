//! The tracker's own import document, version 1. Its JSON Schema is made from these types and
//! published as `openapi/import.schema.json`.
//!
//! Every list may be left out. Things refer to each other by the names that people use: member
//! codes, plan and institution slugs, commitment codes. A `key` names a thing inside its parent,
//! so that a later import of the same document finds it again; it is never shown to readers.

mod commitment;

use crate::assessments::model::{Assessor, Indicator};
use crate::kernel::{LocalizedText, Note, PartialDate, Source};
use crate::members::model::{MemberKind, Sector};
use crate::plans::model::{DocumentLink, EventKind, EventStatus, Figure};
use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::Deserialize;

pub use commitment::{
    AssessmentItem, CommitmentItem, EstimateItem, EvidenceItem, LinkItem, MilestoneCodingItem, MilestoneItem,
    MilestonePercentItem, ParticipantItem, ProgressReportItem, SchemeRef,
};

/// A document to import: all of it goes in, or none.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "ogp-tracker import document, version 1")]
pub struct Document {
    /// Where this format is described; for editors, ignored by the importer.
    #[serde(default, rename = "$schema")]
    #[expect(dead_code, reason = "named so that editors may use it; nothing reads it")]
    pub(crate) schema: Option<String>,
    /// Always `ogp-tracker-import`.
    pub format: Format,
    /// The version of this format: 1.
    pub version: Version,
    /// What the document holds, in a few words.
    #[serde(default)]
    #[schemars(length(min = 1, max = 500))]
    pub title: Option<String>,
    /// The day on which it was compiled.
    #[serde(default)]
    pub compiled_on: Option<NaiveDate>,
    /// Remarks on the whole.
    #[serde(default)]
    #[schemars(length(max = 1000))]
    pub notes: Vec<Note>,
    /// Sources of the whole.
    #[serde(default)]
    #[schemars(length(max = 1000))]
    pub sources: Vec<Source>,
    /// Policy areas that commitments refer to.
    #[serde(default)]
    pub policy_areas: Vec<PolicyAreaItem>,
    /// Institutions that commitments refer to.
    #[serde(default)]
    pub institutions: Vec<InstitutionItem>,
    /// Schemes that assessments refer to.
    #[serde(default)]
    pub assessment_schemes: Vec<SchemeItem>,
    /// Participants of OGP.
    #[serde(default)]
    pub members: Vec<MemberItem>,
    /// Their action plans.
    #[serde(default)]
    pub action_plans: Vec<ActionPlanItem>,
    /// The commitments of the plans, with all that belongs to them.
    #[serde(default)]
    pub commitments: Vec<CommitmentItem>,
}

/// The name of the format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum Format {
    /// The only one.
    #[serde(rename = "ogp-tracker-import")]
    OgpTrackerImport,
}

/// The version of the format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "u8")]
pub struct Version;

impl TryFrom<u8> for Version {
    type Error = &'static str;

    fn try_from(number: u8) -> Result<Self, Self::Error> {
        if number == 1 { Ok(Self) } else { Err("only version 1 exists") }
    }
}

impl JsonSchema for Version {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Version".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "const": 1, "description": "The version of this format: 1." })
    }
}

/// A policy area of OGP.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicyAreaItem {
    /// Its name in snake case, `&` as `and`: `legislation_and_regulation`.
    #[schemars(length(max = 80), regex(pattern = "^[a-z0-9]+(_[a-z0-9]+)*$"))]
    pub code: String,
    /// Its name.
    pub name: LocalizedText,
}

/// A body, or a class of bodies, that leads or supports commitments.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InstitutionItem {
    /// Its name in ASCII, lower case, with hyphens.
    #[schemars(length(max = 120), regex(pattern = "^[a-z0-9]+(-[a-z0-9]+)*$"))]
    pub slug: String,
    /// Its name as printed.
    pub name: LocalizedText,
    /// Its sector.
    pub sector: Sector,
    /// True for a whole class ("public institutions") instead of one body.
    #[serde(default)]
    pub is_class: bool,
    /// Its country (ISO 3166-1 alpha-2).
    #[serde(default)]
    #[schemars(regex(pattern = "^[A-Z]{2}$"))]
    pub country: Option<String>,
    /// Remarks.
    #[serde(default)]
    pub notes: Vec<Note>,
    /// Sources.
    #[serde(default)]
    pub sources: Vec<Source>,
}

/// A vocabulary for assessments, as one assessor used it in one era.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SchemeItem {
    /// Its name: `irm_results_report`.
    #[schemars(regex(pattern = "^[a-z][a-z0-9_]{0,79}$"))]
    pub code: String,
    /// Its version: the year it came into use, or whatever tells it from others of the same name.
    #[schemars(length(min = 1, max = 40))]
    pub version: String,
    /// Who assesses by it.
    pub assessor: Assessor,
    /// Its title.
    pub title: LocalizedText,
    /// What it codes, with which values.
    #[schemars(length(min = 1))]
    pub indicators: Vec<Indicator>,
    /// Remarks.
    #[serde(default)]
    pub notes: Vec<Note>,
}

/// A participant of OGP.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MemberItem {
    /// OGP's code: `ROU`, `IAS`.
    #[schemars(regex(pattern = "^[A-Z][A-Z0-9]{1,9}$"))]
    pub code: String,
    /// National or local.
    pub kind: MemberKind,
    /// Its country (ISO 3166-1 alpha-2).
    #[schemars(regex(pattern = "^[A-Z]{2}$"))]
    pub country: String,
    /// The code of the national member it is linked to; local members only.
    #[serde(default)]
    #[schemars(length(max = 10))]
    pub national_member: Option<String>,
    /// Its name.
    pub name: LocalizedText,
    /// The year in which it joined.
    #[serde(default)]
    #[schemars(range(min = 2011, max = 2200))]
    pub joined_year: Option<i16>,
    /// The intake of OGP Local with which it joined.
    #[serde(default)]
    #[schemars(range(min = 2011, max = 2200))]
    pub cohort: Option<i16>,
    /// What its commitment codes start with: `RO` for the member `ROU`.
    #[serde(default)]
    #[schemars(regex(pattern = "^[A-Z]{2,5}$"))]
    pub commitment_prefix: Option<String>,
    /// Remarks.
    #[serde(default)]
    pub notes: Vec<Note>,
    /// Sources.
    #[serde(default)]
    pub sources: Vec<Source>,
}

/// A member's plan for one cycle.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ActionPlanItem {
    /// Its name in addresses: `iasi-2019-2021`.
    #[schemars(length(max = 120), regex(pattern = "^[a-z0-9]+(-[a-z0-9]+)*$"))]
    pub slug: String,
    /// The code of its member.
    #[schemars(length(max = 10))]
    pub member: String,
    /// OGP's id of the plan: `AP_ROU04`.
    #[serde(default)]
    #[schemars(length(min = 1, max = 60))]
    pub ogp_plan_id: Option<String>,
    /// Which of the member's plans it is, from 1.
    #[serde(default)]
    #[schemars(range(min = 1, max = 1000))]
    pub number: Option<i16>,
    /// The year in which its cycle begins.
    #[serde(default)]
    #[schemars(range(min = 2011, max = 2200))]
    pub cycle_year: Option<i16>,
    /// Its title.
    #[serde(default)]
    pub title: LocalizedText,
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
    /// When it was submitted to OGP.
    #[serde(default)]
    pub submitted: Option<PartialDate>,
    /// When it was approved.
    #[serde(default)]
    pub approved: Option<PartialDate>,
    /// When it was published.
    #[serde(default)]
    pub published: Option<PartialDate>,
    /// The document itself.
    #[serde(default)]
    pub documents: Vec<DocumentLink>,
    /// Its themes.
    #[serde(default)]
    pub themes: Vec<LocalizedText>,
    /// How many commitments it is said to have.
    #[serde(default)]
    #[schemars(range(min = 0, max = 10000))]
    pub commitments_declared: Option<i16>,
    /// How many milestones it is said to have.
    #[serde(default)]
    #[schemars(range(min = 0, max = 10000))]
    pub milestones_declared: Option<i16>,
    /// Counts that a report states about the whole plan.
    #[serde(default)]
    pub figures: Vec<Figure>,
    /// How it was made: meetings, consultations, decisions.
    #[serde(default)]
    pub events: Vec<PlanEventItem>,
    /// Reports about it.
    #[serde(default)]
    pub reports: Vec<PlanReportItem>,
    /// Remarks.
    #[serde(default)]
    pub notes: Vec<Note>,
    /// Sources.
    #[serde(default)]
    pub sources: Vec<Source>,
}

/// One step in the making of a plan.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanEventItem {
    /// What kind of step.
    pub kind: EventKind,
    /// When, or when it began.
    #[serde(default)]
    pub starts: Option<PartialDate>,
    /// When it ended, if not on the same day.
    #[serde(default)]
    pub ends: Option<PartialDate>,
    /// What happened.
    pub title: LocalizedText,
    /// Where.
    #[serde(default)]
    #[schemars(length(min = 1, max = 200))]
    pub place: Option<String>,
    /// Whether it was held or only announced, where the source says.
    #[serde(default)]
    pub status: Option<EventStatus>,
    /// Sources.
    #[serde(default)]
    pub sources: Vec<Source>,
}

/// A report about a plan.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanReportItem {
    /// What kind: `self_assessment_mid_term`, `irm_end_of_term`.
    #[schemars(regex(pattern = "^[a-z][a-z0-9_]{0,59}$"))]
    pub kind: String,
    /// When it was published.
    #[serde(default)]
    pub published: Option<PartialDate>,
    /// Its language.
    #[serde(default)]
    pub language: Option<crate::kernel::Language>,
    /// Its state in the words of the source: `draft`, `final`.
    #[serde(default)]
    #[schemars(length(min = 1, max = 200))]
    pub status: Option<String>,
    /// Sources.
    #[serde(default)]
    pub sources: Vec<Source>,
}
