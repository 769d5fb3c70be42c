//! The tracker's own import document, version 1. Its JSON Schema is made from these types and
//! published as `openapi/import.schema.json`.
//!
//! Every list may be left out. Things refer to each other by the names that people use: member
//! codes, plan and institution slugs, commitment codes. A `key` names a thing inside its parent,
//! so that a later import of the same document finds it again; it is never shown to readers.

mod commitment;

use crate::assessments::model::AssessmentSchemeInput;
use crate::kernel::{LocalizedText, Note, Source};
use crate::members::model::{InstitutionInput, MemberInput};
use crate::plans::model::ActionPlanInput;
use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::Deserialize;

pub use commitment::{CommitmentItem, EstimateItem, EvidenceItem, MilestonePercentItem, ProgressReportItem};

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
    pub institutions: Vec<InstitutionInput>,
    /// Schemes that assessments refer to.
    #[serde(default)]
    pub assessment_schemes: Vec<AssessmentSchemeInput>,
    /// Participants of OGP.
    #[serde(default)]
    pub members: Vec<MemberInput>,
    /// Their action plans.
    #[serde(default)]
    pub action_plans: Vec<ActionPlanInput>,
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
