//! The document: canonical JSON (RFC 8785), written piece by piece, whatever its size. Its members are named so that
//! the generation block comes last: all before it depends on the question alone.

use super::computed::WholeComputed;
use super::section::{Common, Section};
use super::{About, Asked};
use crate::kernel::{Error, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The form of the document, with its version.
pub const FORMAT: &str = "ogp-tracker/audit-report/1";

/// How the numbers of a report are computed, in words.
const FORMULAS: [(&str, &str); 8] = [
    (
        "present",
        "Of a milestone holds the update with the latest effective_on up to the day that no other supersedes; of the same day the one that was recorded last.",
    ),
    (
        "mean",
        "not_started 0, limited 1, substantial 2, complete 3. Of a commitment the mean of its active milestones by weight (all alike where none has a weight, else 1 for those without); of anything above the plain mean of its active commitments that have active milestones. What nobody has reported counts as 0 beside what somebody has; null where nothing is reported.",
    ),
    (
        "percent",
        "The same in percent: each milestone with its reported percentage, else its place on the scale / 3 * 100.",
    ),
    (
        "schedule",
        "By the last day that the due date in force can mean: overdue after it, due_soon within 30 days of it, upcoming before; completed_on_time or completed_late by the day of completion; ongoing and undated where there is no such day.",
    ),
    (
        "evidence",
        "A claim is a milestone that is said to be limited, substantial or complete; it is proved where evidence that is not withdrawn is attached to the update that says so, or to the milestone.",
    ),
    (
        "substantive",
        "An update is substantive where it changes progress or percentage, or brings words or evidence.",
    ),
    (
        "silence",
        "Within the plan's period, more than update_interval_months of the rules in force since the day of which the last substantive update speaks, or since the plan began.",
    ),
    (
        "reports_due",
        "months of a deadline after the submission, the end of the plan, or the completion of a commitment, by the rules in force on that day.",
    ),
];

/// The signed state of the log that all entries are proved against.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportCheckpoint {
    /// The signed note (C2SP tlog-checkpoint).
    pub note: String,
    /// How many entries the log had.
    pub size: i64,
}

/// What stands in a report after its plans, before the generation block.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Frame {
    /// Which times it is about.
    pub asked: Asked,
    /// What its entries are proved against.
    pub checkpoint: ReportCheckpoint,
    /// What its plans name.
    pub common: Common,
    /// All its plans together.
    pub computed: WholeComputed,
    format: &'static str,
    formulas: Value,
}

impl Frame {
    /// Of these parts.
    pub fn new(asked: Asked, checkpoint: ReportCheckpoint, common: Common, computed: WholeComputed) -> Self {
        Self { asked, checkpoint, common, computed, format: FORMAT, formulas: formulas() }
    }
}

/// How the numbers are computed.
pub(super) fn formulas() -> Value {
    FORMULAS
        .iter()
        .map(|(name, text)| ((*name).to_owned(), json!(text)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

/// When and by what a report was made, and what vouches for it: all that differs when the same question is asked again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Generation {
    /// `sha256:` and the SHA-256 of the report without this block, in hexadecimal digits.
    #[schemars(regex(pattern = "^sha256:[0-9a-f]{64}$"))]
    pub digest: String,
    /// When it was made.
    pub generated_at: chrono::DateTime<chrono::Utc>,
    /// The verifier key (C2SP signed-note) of the key that signed it.
    pub key: String,
    /// A detached JWS (RFC 7515, appendix F) by EdDSA over the canonical JSON (RFC 8785) of the report without this
    /// field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub signature: Option<String>,
    /// What made it.
    pub software: String,
    /// In which version.
    pub version: String,
}

/// An audit report.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// What it is about.
    about: About,
    /// Each plan.
    action_plans: Vec<Section>,
    /// Which times it is about.
    asked: Asked,
    /// What its entries are proved against.
    checkpoint: ReportCheckpoint,
    /// What its plans name that stands outside of them.
    common: Common,
    /// All its plans together.
    computed: WholeComputed,
    /// The form of this document: `ogp-tracker/audit-report/1`.
    #[schemars(regex(pattern = "^ogp-tracker/audit-report/1$"))]
    format: String,
    /// How its numbers are computed, in words.
    formulas: std::collections::BTreeMap<String, String>,
    /// When and by what it was made, and what vouches for it.
    generation: Generation,
}

/// The JSON Schema of reports.
pub fn report_schema() -> Value {
    schemars::schema_for!(Report).into()
}

/// Canonical JSON (RFC 8785).
///
/// # Errors
/// `Internal` where it is no JSON.
pub fn canonical(value: &impl Serialize) -> Result<Vec<u8>> {
    serde_json_canonicalizer::to_vec(value).map_err(|error| Error::Internal(error.to_string()))
}

/// A piece of a report as it is written.
#[derive(Debug)]
pub enum Part<'a> {
    /// The beginning: what it is about.
    About(&'a About),
    /// A plan, and whether it is the first.
    Section(&'a Section, bool),
    /// What comes after the plans.
    Frame(&'a Frame),
    /// The end.
    Generation(&'a Generation),
}

impl Part<'_> {
    /// The bytes of the document.
    ///
    /// # Errors
    /// `Internal` where it is no JSON.
    pub fn json(&self) -> Result<Vec<u8>> {
        Ok(match self {
            Self::About(about) => {
                [b"{\"about\":".as_slice(), &canonical(about)?, b",\"action_plans\":["].concat()
            }
            Self::Section(section, true) => canonical(section)?,
            Self::Section(section, false) => [b",".as_slice(), &canonical(section)?].concat(),
            Self::Frame(frame) => {
                let members = canonical(frame)?;
                let inner = members.strip_prefix(b"{").and_then(|rest| rest.strip_suffix(b"}"));
                [b"],".as_slice(), inner.unwrap_or_default()].concat()
            }
            Self::Generation(generation) => {
                [b",\"generation\":".as_slice(), &canonical(generation)?, b"}"].concat()
            }
        })
    }

    /// The same as lines, each a record: where it stands in the document (JSON pointer, RFC 6901), and what stands
    /// there.
    ///
    /// # Errors
    /// `Internal` where it is no JSON.
    pub fn lines(&self, plan: usize) -> Result<Vec<u8>> {
        let value = |of: serde_json::Result<Value>| of.map_err(|error| Error::Internal(error.to_string()));
        let mut lines = Vec::new();
        match self {
            Self::About(about) => line(&mut lines, "/about", &value(serde_json::to_value(about))?)?,
            Self::Section(section, _) => {
                items(&mut lines, &format!("/action_plans/{plan}"), &value(serde_json::to_value(section))?)?;
            }
            Self::Frame(frame) => {
                let frame = value(serde_json::to_value(frame))?;
                for (name, of) in frame.as_object().into_iter().flatten() {
                    let at = format!("/{name}");
                    match name.as_str() {
                        "common" => items(&mut lines, &at, of)?,
                        _ => line(&mut lines, &at, of)?,
                    }
                }
            }
            Self::Generation(generation) => {
                line(&mut lines, "/generation", &value(serde_json::to_value(generation))?)?;
            }
        }
        Ok(lines)
    }
}

fn line(lines: &mut Vec<u8>, at: &str, value: &Value) -> Result<()> {
    lines.extend(canonical(&json!({ "at": at, "value": value }))?);
    lines.push(b'\n');
    Ok(())
}

/// The members of an object, those of its lists one by one.
fn items(lines: &mut Vec<u8>, at: &str, object: &Value) -> Result<()> {
    for (name, member) in object.as_object().into_iter().flatten() {
        match member.as_array() {
            Some(list) if !list.is_empty() => {
                for (index, item) in list.iter().enumerate() {
                    line(lines, &format!("{at}/{name}/{index}"), item)?;
                }
            }
            _ => line(lines, &format!("{at}/{name}"), member)?,
        }
    }
    Ok(())
}
