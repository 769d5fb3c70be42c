//! Assessments: schemes, indicators, codings; without any I/O.

mod schemes;

use crate::kernel::document::{Fault, Faults};
use crate::kernel::{LocalizedText, Note, PartialDate, Source};
use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use schemes::AssessmentSchemeInput;

/// Who assesses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Assessor {
    /// OGP's Independent Reporting Mechanism.
    Irm,
    /// The monitoring body of a local plan.
    LocalMonitoringBody,
    /// A civil-society organisation.
    CivilSociety,
}

/// At which stage of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Of the plan's design: design reports, action plan reviews, inception reports.
    Design,
    /// At mid-term.
    MidTerm,
    /// At the end of the term or of the commitment.
    EndOfTerm,
    /// Of results: results reports, transitional results reports.
    Results,
}

/// What a scheme codes, with the values that it knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Indicator {
    /// Its name: `completion`, `verifiable`, `potential_impact`.
    #[schemars(length(max = 60), regex(pattern = "^[a-z][a-z0-9_]*$"))]
    pub code: String,
    /// The values it can take, from lowest to highest where they have an order.
    #[schemars(length(min = 1), inner(length(max = 60), regex(pattern = "^[a-z][a-z0-9_]*$")))]
    pub values: Vec<String>,
}

/// Why there is no value: the kinds of absence differ, and are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Absence {
    /// The assessor did not review it.
    NotReviewed,
    /// The assessor publishes no data ("No IRM Data", "No Data").
    NoData,
    /// The indicator does not apply.
    NotApplicable,
}

impl Absence {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::NotReviewed, Self::NoData, Self::NotApplicable];

    /// The word that JSON shows.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotReviewed => "not_reviewed",
            Self::NoData => "no_data",
            Self::NotApplicable => "not_applicable",
        }
    }
}

/// One indicator's value in an assessment, or why there is none: exactly one of the two.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"indicator": "completion", "value": "substantial"}))]
pub struct Coding {
    /// The indicator, one of the scheme's.
    #[schemars(length(max = 60))]
    pub indicator: String,
    /// Its value, one of the scheme's for this indicator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 60))]
    #[schema(nullable = false)]
    pub value: Option<String>,
    /// Why there is no value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub absence: Option<Absence>,
}

impl Coding {
    /// Checks the coding against a scheme's indicators.
    ///
    /// # Errors
    /// What is wrong, in words that name what the scheme knows.
    pub fn check(&self, indicators: &[Indicator]) -> Result<(), String> {
        let Some(indicator) = indicators.iter().find(|known| known.code == self.indicator) else {
            let known: Vec<_> = indicators.iter().map(|known| known.code.as_str()).collect();
            return Err(format!(
                "the scheme has no indicator {:?}; it has {}",
                self.indicator,
                known.join(", ")
            ));
        };
        match (&self.value, self.absence) {
            (Some(value), None) if indicator.values.contains(value) => Ok(()),
            (Some(value), None) => Err(format!(
                "{:?} cannot be {value:?} in this scheme; it can be {}",
                self.indicator,
                indicator.values.join(", ")
            )),
            (None, Some(_)) => Ok(()),
            _ => Err("give either `value` or `absence`".to_owned()),
        }
    }
}

/// Whether an assessment was known on a day: by when it was assessed, else by the year of its report. Of
/// one without either nobody can say so.
pub fn known_on(assessed: Option<&PartialDate>, report_year: Option<i16>, day: NaiveDate) -> bool {
    known_since(assessed, report_year).is_some_and(|known| known <= day)
}

/// The day from which an assessment was known for certain, where anybody can say so.
pub fn known_since(assessed: Option<&PartialDate>, report_year: Option<i16>) -> Option<NaiveDate> {
    let year_end = || NaiveDate::from_ymd_opt(i32::from(report_year?), 12, 31);
    assessed.and_then(PartialDate::last_day).or_else(year_end)
}

/// A coding by someone other than the implementer, as it is written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssessmentInput {
    /// Its name inside the commitment for imports, which need it; made up elsewhere.
    #[serde(default)]
    #[schemars(length(min = 1, max = 120))]
    pub key: Option<String>,
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
    pub milestones: Vec<MilestoneCodingInput>,
    /// Remarks.
    #[serde(default)]
    pub notes: Vec<Note>,
    /// Sources.
    #[serde(default)]
    pub sources: Vec<Source>,
}

/// A scheme by name and version.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, ToSchema)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MilestoneCodingInput {
    /// The milestone, by id or by its key inside the commitment.
    #[schemars(length(min = 1, max = 120))]
    pub milestone: String,
    /// The codings.
    #[schemars(length(min = 1))]
    pub codings: Vec<Coding>,
}

/// What an implementer says to an assessment, as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"text": {"en": "The report was published on 3 March; the coding predates it."}}))]
pub struct AssessmentAnswerInput {
    /// The answer.
    pub text: LocalizedText,
}

impl AssessmentAnswerInput {
    /// What is wrong with it by itself.
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults = Faults::default();
        faults.named("/text", &self.text);
        faults.into_vec()
    }
}

impl AssessmentInput {
    /// What is wrong with it by itself.
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults = Faults::default();
        faults.named("/report", &self.report);
        faults.date("/assessed", self.assessed.as_ref());
        faults.into_vec()
    }

    /// Where its codings differ from the words of its scheme.
    pub fn coding_faults(&self, indicators: &[Indicator]) -> Vec<Fault> {
        let mut faults = Faults::default();
        check_codings("/codings", &self.codings, indicators, &mut faults);
        for (at, coding) in self.milestones.iter().enumerate() {
            check_codings(&format!("/milestones/{at}/codings"), &coding.codings, indicators, &mut faults);
        }
        faults.into_vec()
    }
}

fn check_codings(pointer: &str, codings: &[Coding], indicators: &[Indicator], faults: &mut Faults) {
    for (at, coding) in codings.iter().enumerate() {
        if let Err(detail) = coding.check(indicators) {
            faults.add(format!("{pointer}/{at}"), "coding_wrong", detail);
        }
    }
    let named = codings.iter().enumerate();
    let named = named.map(|(at, coding)| (&coding.indicator, format!("{pointer}/{at}/indicator")));
    faults.unique(named, "coding_duplicate", "this indicator is coded twice");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_coding_keeps_to_its_scheme() {
        let scheme =
            [Indicator { code: "completion".into(), values: vec!["limited".into(), "complete".into()] }];
        let coding = |indicator: &str, value: Option<&str>, absence| {
            Coding { indicator: indicator.into(), value: value.map(Into::into), absence }.check(&scheme)
        };
        assert_eq!(coding("completion", Some("limited"), None), Ok(()));
        assert_eq!(coding("completion", None, Some(Absence::NoData)), Ok(()));
        assert!(coding("completion", Some("done"), None).unwrap_err().contains("limited, complete"));
        assert!(coding("ambition", Some("high"), None).unwrap_err().contains("it has completion"));
        assert!(coding("completion", None, None).is_err());
        assert!(coding("completion", Some("limited"), Some(Absence::NoData)).is_err());
    }
}
