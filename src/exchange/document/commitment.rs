//! A commitment in an import document, with all that belongs to it.

use crate::assessments::model::AssessmentInput;
use crate::commitments::model::{CommitmentInput, LinkInput};
use crate::evidence::model::{EvidenceKind, EvidenceRelation};
use crate::kernel::document::{Fault, typed};
use crate::kernel::note::WEB_ADDRESS;
use crate::kernel::{Language, LocalizedText, Note, PartialDate, Source};
use crate::milestones::model::{MilestoneInput, Reporter};
use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::ops::Deref;

/// One promise of a plan, with all that belongs to it.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CommitmentItem {
    /// The promise itself.
    #[serde(flatten)]
    pub promise: CommitmentInput,
    /// What belongs to it.
    #[serde(flatten)]
    pub below: CommitmentBelow,
}

/// What belongs to a commitment.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CommitmentBelow {
    /// Its steps.
    #[serde(default)]
    pub milestones: Vec<MilestoneInput>,
    /// What proves or tells of its progress.
    #[serde(default)]
    pub evidence: Vec<EvidenceItem>,
    /// Percentages that were published about it.
    #[serde(default)]
    pub progress_reports: Vec<ProgressReportItem>,
    /// Codings by others.
    #[serde(default)]
    pub assessments: Vec<AssessmentInput>,
    /// Links to other commitments.
    #[serde(default)]
    pub links: Vec<LinkInput>,
}

impl CommitmentItem {
    /// Reads the two parts one by one: read as one, serde forgets at which field it failed.
    pub fn read(value: &Value, pointer: &str, faults: &mut Vec<Fault>) -> Option<Self> {
        const BELOW: [&str; 5] = ["milestones", "evidence", "progress_reports", "assessments", "links"];
        let fields = value.as_object().into_iter().flatten();
        let (below, promise): (Map<_, _>, Map<_, _>) = fields
            .map(|(name, value)| (name.clone(), value.clone()))
            .partition(|(name, _)| BELOW.contains(&name.as_str()));
        let promise = typed(&Value::Object(promise), pointer, faults);
        let below = typed(&Value::Object(below), pointer, faults);
        Some(Self { promise: promise?, below: below? })
    }
}

impl Deref for CommitmentItem {
    type Target = CommitmentInput;

    fn deref(&self) -> &CommitmentInput {
        &self.promise
    }
}

/// A document that proves or tells of progress.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EvidenceItem {
    /// Its name inside the commitment for imports.
    #[schemars(length(min = 1, max = 120))]
    pub key: String,
    /// Its title.
    pub title: LocalizedText,
    /// Where it is (`http` or `https`).
    #[schemars(url, length(max = 2000), regex(pattern = WEB_ADDRESS))]
    pub url: String,
    /// What kind of document it is; a document or a web page by its address, where absent.
    #[serde(default)]
    pub kind: Option<EvidenceKind>,
    /// The language it is in.
    #[serde(default)]
    pub language: Option<Language>,
    /// What it shows.
    #[serde(default)]
    pub shows: LocalizedText,
    /// When somebody read it there.
    #[serde(default)]
    pub retrieved_on: Option<NaiveDate>,
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
