//! Reporting rules: dated sets by kind of member, and the days that follow from them.

use crate::kernel::document::{Fault, Faults};
use crate::kernel::{Note, Source};
use crate::members::model::MemberKind;
use chrono::{Months, NaiveDate};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a deadline is counted from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeadlineBase {
    /// The day on which the action plan was submitted.
    Submission,
    /// The day on which a commitment was fully implemented.
    Implementation,
    /// The day on which the action plan ends.
    PlanEnd,
}

/// When a report is due.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"report": "inception_report", "months": 2, "after": "submission"}))]
pub struct Deadline {
    /// Which report: `inception_report`, `results_report`.
    #[schemars(regex(pattern = "^[a-z][a-z0-9_]{0,59}$"))]
    pub report: String,
    /// How many months later it is due.
    #[schemars(range(min = 0, max = 120))]
    pub months: u32,
    /// Later than what.
    pub after: DeadlineBase,
}

impl Deadline {
    /// The last day on which the report is in time, by the day that it is counted from.
    pub fn due_on(&self, base: NaiveDate) -> NaiveDate {
        months_later(base, self.months)
    }
}

/// What members of a kind must do, from a day on until the next set of their kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReportingRules {
    /// Members of which kind.
    #[serde(rename = "member_kind")]
    pub kind: MemberKind,
    /// The first day on which it holds (UTC).
    pub valid_from: NaiveDate,
    /// The public repository must be updated at least every so many months.
    pub update_interval_months: u32,
    /// The forum meets at least every so many months.
    pub forum_interval_months: Option<u32>,
    /// Meetings with civil society to present results, in a year.
    pub presentations_per_year: Option<u32>,
    /// Which reports are due when.
    pub deadlines: Vec<Deadline>,
}

/// The sets that the tracker comes with. They are part of it, and nobody's change: no entry of the record speaks of
/// them.
pub fn came_with_the_tracker() -> [ReportingRules; 2] {
    let deadline = |report: &str, months, after| Deadline { report: report.to_owned(), months, after };
    let founded = NaiveDate::from_ymd_opt(2011, 9, 20).unwrap_or_default();
    [
        ReportingRules {
            kind: MemberKind::Local,
            valid_from: founded,
            update_interval_months: 4,
            forum_interval_months: None,
            presentations_per_year: None,
            deadlines: vec![
                deadline("inception_report", 2, DeadlineBase::Submission),
                deadline("end_of_commitment_report", 1, DeadlineBase::Implementation),
            ],
        },
        ReportingRules {
            kind: MemberKind::National,
            valid_from: founded,
            update_interval_months: 6,
            forum_interval_months: Some(6),
            presentations_per_year: Some(2),
            deadlines: vec![
                deadline("action_plan_review", 4, DeadlineBase::Submission),
                deadline("results_report", 4, DeadlineBase::PlanEnd),
            ],
        },
    ]
}

/// The set in force for members of a kind on a day; none before the first one.
pub fn rules_on(rules: &[ReportingRules], kind: MemberKind, day: NaiveDate) -> Option<&ReportingRules> {
    let held = rules.iter().filter(|set| set.kind == kind && set.valid_from <= day);
    held.max_by_key(|set| set.valid_from)
}

/// The same day some months later; the last day of that month where it has no such day.
pub fn months_later(day: NaiveDate, months: u32) -> NaiveDate {
    day.checked_add_months(Months::new(months)).unwrap_or(NaiveDate::MAX)
}

/// The last day on which the next update is in time, after one on `last`.
pub fn next_update_due(last: NaiveDate, interval_months: u32) -> NaiveDate {
    months_later(last, interval_months)
}

/// Whether a repository that was updated on `last` has been silent too long on a day: after the last day on
/// which the next update was in time, not yet on it.
pub fn is_silent(last: NaiveDate, interval_months: u32, day: NaiveDate) -> bool {
    day > next_update_due(last, interval_months)
}

/// A set of rules, as it is written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportingRulesInput {
    /// Members of which kind.
    pub kind: MemberKind,
    /// The first day on which it holds (`YYYY-MM-DD`, UTC): today or later, since the past keeps its rules.
    pub valid_from: NaiveDate,
    /// The public repository must be updated at least every so many months.
    #[schemars(range(min = 1, max = 120))]
    pub update_interval_months: i16,
    /// The forum meets at least every so many months; absent where no rule says so.
    #[serde(default)]
    #[schemars(range(min = 1, max = 120))]
    pub forum_interval_months: Option<i16>,
    /// Meetings with civil society to present results, in a year; absent where no rule says so.
    #[serde(default)]
    #[schemars(range(min = 1, max = 366))]
    pub presentations_per_year: Option<i16>,
    /// Which reports are due when, each report once.
    #[serde(default)]
    pub deadlines: Vec<Deadline>,
    /// Remarks.
    #[serde(default)]
    pub notes: Vec<Note>,
    /// Sources.
    #[serde(default)]
    pub sources: Vec<Source>,
}

impl ReportingRulesInput {
    /// What is wrong with it, on a day.
    pub fn faults(&self, today: NaiveDate) -> Vec<Fault> {
        let mut faults = Faults::default();
        if self.valid_from < today {
            let detail = format!("the past keeps its rules; a set begins today ({today}, UTC) or later");
            faults.add("/valid_from", "date_in_past", detail);
        } else {
            faults.day("/valid_from", Some(self.valid_from));
        }
        let reports = self.deadlines.iter().enumerate();
        let reports = reports.map(|(at, deadline)| (&deadline.report, format!("/deadlines/{at}/report")));
        faults.unique(reports, "deadline_duplicate", "this report has a deadline already");
        faults.into_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{Datelike, Days};
    use proptest::prelude::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn set(kind: MemberKind, valid_from: NaiveDate, update_interval_months: u32) -> ReportingRules {
        ReportingRules {
            kind,
            valid_from,
            update_interval_months,
            forum_interval_months: None,
            presentations_per_year: None,
            deadlines: Vec::new(),
        }
    }

    #[test]
    fn months_end_with_their_last_day() {
        for (last, months, due) in [
            ("2022-04-15", 4, "2022-08-15"),
            ("2022-10-31", 4, "2023-02-28"),
            ("2023-10-31", 4, "2024-02-29"),
            ("2022-08-31", 6, "2023-02-28"),
            ("2022-12-31", 12, "2023-12-31"),
        ] {
            let (last, due) = (day(last), day(due));
            assert_eq!(next_update_due(last, months), due);
            assert!(!is_silent(last, months, due), "on the day itself it is in time");
            assert!(is_silent(last, months, due + Days::new(1)));
        }
    }

    #[test]
    fn a_report_is_due_from_its_base() {
        let inception =
            Deadline { report: "inception_report".into(), months: 2, after: DeadlineBase::Submission };
        assert_eq!(inception.due_on(day("2022-12-31")), day("2023-02-28"));
    }

    fn any_day() -> impl Strategy<Value = NaiveDate> {
        (0u64..70_000).prop_map(|days| day("1990-01-01") + Days::new(days))
    }

    proptest! {
        #[test]
        fn the_latest_set_of_the_kind_that_began_is_in_force(
            begins in proptest::collection::btree_set((any::<bool>(), any_day()), 0..8),
            on in any_day(),
        ) {
            let kind = |local: &bool| if *local { MemberKind::Local } else { MemberKind::National };
            let all: Vec<_> = begins.iter().map(|(local, from)| set(kind(local), *from, 4)).collect();
            let mut turned = all.clone();
            turned.reverse();
            for kind in [MemberKind::Local, MemberKind::National] {
                let found = rules_on(&all, kind, on);
                prop_assert_eq!(found, rules_on(&turned, kind, on), "their order does not matter");
                let begun = |set: &&ReportingRules| set.kind == kind && set.valid_from <= on;
                prop_assert_eq!(found.is_some(), all.iter().any(|set| begun(&set)));
                if let Some(found) = found {
                    prop_assert!(begun(&found));
                    prop_assert!(all.iter().filter(begun).all(|set| set.valid_from <= found.valid_from));
                }
            }
        }

        #[test]
        fn a_later_update_is_never_due_earlier(last in any_day(), more in 0u64..400, months in 1u32..=120) {
            let due = next_update_due(last, months);
            prop_assert!(due > last);
            prop_assert!(next_update_due(last + Days::new(more), months) >= due);
            prop_assert!(next_update_due(last, months + 1) > due);
            let apart = (due.year() - last.year()) * 12 + due.month0() as i32 - last.month0() as i32;
            prop_assert_eq!(apart, months as i32, "it falls into the month meant");
            prop_assert!(due.day() == last.day() || (due.day() < last.day() && (due + Days::new(1)).day() == 1));
        }

        #[test]
        fn silence_begins_once_and_lasts(last in any_day(), months in 1u32..=120, days in 0u64..8_000) {
            let on = last + Days::new(days);
            prop_assert_eq!(is_silent(last, months, on), on > next_update_due(last, months));
            if is_silent(last, months, on) {
                prop_assert!(is_silent(last, months, on + Days::new(1)));
                prop_assert!(!is_silent(on, months, on), "an update ends it");
            }
        }
    }
}
