//! Schemes, as they are written.

use super::{Assessor, Indicator};
use crate::kernel::document::{Fault, Faults};
use crate::kernel::{LocalizedText, Note};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A vocabulary for assessments, as one assessor used it in one era.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "code": "local_csos_review", "version": "2026", "assessor": "civil_society",
    "title": {"en": "Review by local civil-society organisations"},
    "indicators": [{"code": "completion", "values": ["not_started", "limited", "substantial", "complete"]}]
}))]
pub struct AssessmentSchemeInput {
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

impl AssessmentSchemeInput {
    /// What is wrong with it by itself.
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults = Faults::default();
        faults.named("/title", &self.title);
        let codes = self.indicators.iter().enumerate();
        let codes = codes.map(|(at, indicator)| (&indicator.code, format!("/indicators/{at}/code")));
        faults.unique(codes, "indicator_duplicate", "this indicator is given twice");
        for (at, indicator) in self.indicators.iter().enumerate() {
            let values = indicator.values.iter().enumerate();
            let values = values.map(|(place, value)| (value, format!("/indicators/{at}/values/{place}")));
            faults.unique(values, "value_duplicate", "this value is given twice");
        }
        faults.into_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_stands_once() {
        let indicator = |code: &str, values: &[&str]| serde_json::json!({ "code": code, "values": values });
        let scheme = |indicators: &[serde_json::Value]| {
            let input: AssessmentSchemeInput = serde_json::from_value(serde_json::json!({
                "code": "review", "version": "1", "assessor": "irm", "title": {"en": "Review"},
                "indicators": indicators
            }))
            .unwrap();
            let faults = input.faults().into_iter();
            faults.map(|fault| (fault.pointer, fault.code)).collect::<Vec<_>>()
        };
        // Different indicators share values.
        let fine = [indicator("completion", &["none", "full"]), indicator("ambition", &["none", "full"])];
        assert_eq!(scheme(&fine), []);
        let twice = [indicator("completion", &["none", "full", "none"]), indicator("completion", &["full"])];
        assert_eq!(
            scheme(&twice),
            [
                ("/indicators/1/code".to_owned(), "indicator_duplicate"),
                ("/indicators/0/values/2".to_owned(), "value_duplicate")
            ]
        );
    }
}
