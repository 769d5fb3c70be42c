//! How long ago something was last reported, against the rule in force.

use super::facts::{Days, runs_on};
use super::rules::{ReportingRules, is_silent, next_update_due};
use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::Serialize;
use utoipa::ToSchema;

/// How fresh the record is: how long ago something substantive was reported, and whether that is longer
/// than the rule allows that is in force for the member's kind on the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema, ToSchema)]
pub struct Freshness {
    /// The day of which the last substantive update speaks: one that changes progress or percentage, or
    /// brings words or evidence; null where there is none.
    #[schema(required)]
    pub last_on: Option<NaiveDate>,
    /// Days since then, or, where nothing was reported, since the period began; null before that.
    #[schema(required)]
    pub days_since: Option<i64>,
    /// The rule: the public repository is updated at least every so many months; null where no rule is in
    /// force.
    #[schema(required)]
    pub interval_months: Option<u32>,
    /// The last day on which the next update is in time; null outside of the period.
    #[schema(required)]
    pub next_due_on: Option<NaiveDate>,
    /// Whether that day has passed; false outside of the period.
    pub silent: bool,
}

impl Freshness {
    /// On a day, for something that begins and ends then (none: nobody knows), and was last updated then.
    pub fn of(
        last_on: Option<NaiveDate>,
        period: Days,
        rules: Option<&ReportingRules>,
        day: NaiveDate,
    ) -> Self {
        let since = last_on.or(period.0).filter(|since| *since <= day);
        let interval = rules.map(|rules| rules.update_interval_months);
        let rule = since.zip(interval).filter(|_| runs_on(period, day));
        Self {
            last_on,
            days_since: since.map(|since| (day - since).num_days()),
            interval_months: interval,
            next_due_on: rule.map(|(since, months)| next_update_due(since, months)),
            silent: rule.is_some_and(|(since, months)| is_silent(since, months, day)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::members::model::MemberKind;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn silence_is_counted_within_the_period() {
        let rules = ReportingRules {
            kind: MemberKind::Local,
            valid_from: day("2011-09-20"),
            update_interval_months: 4,
            forum_interval_months: None,
            presentations_per_year: None,
            deadlines: Vec::new(),
        };
        let period = (Some(day("2022-04-27")), Some(day("2024-04-30")));
        let on = |last: Option<&str>, on: &str| Freshness::of(last.map(day), period, Some(&rules), day(on));
        let before = on(None, "2022-04-01");
        assert_eq!((before.days_since, before.next_due_on, before.silent), (None, None, false));
        let begun = on(None, "2022-08-27");
        assert_eq!((begun.days_since, begun.next_due_on), (Some(122), Some(day("2022-08-27"))));
        assert!(!begun.silent && on(None, "2022-08-28").silent);
        let updated = on(Some("2022-08-20"), "2022-08-28");
        assert_eq!((updated.days_since, updated.next_due_on), (Some(8), Some(day("2022-12-20"))));
        assert!(!updated.silent);
        // Once the plan is over nothing is due any more; how long ago stays true.
        let over = on(Some("2022-08-20"), "2026-11-23");
        assert_eq!((over.days_since, over.next_due_on, over.silent), (Some(1556), None, false));
        let lawless = Freshness::of(None, period, None, day("2023-01-01"));
        assert_eq!((lawless.interval_months, lawless.next_due_on, lawless.silent), (None, None, false));
    }
}
