//! How a due date moved: the first one, all in between, why and by whom.

use crate::accounts::model::{Permit, Role};
use crate::kernel::PartialDate;
use crate::kernel::ask::MAX_REASON;
use crate::kernel::document::{Fault, Faults};
use chrono::{DateTime, NaiveDate, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A change of the due date of a milestone that was public. Kept with the milestone, oldest first by
/// when it was recorded, which is also the order of the days on which it was decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Rescheduling {
    /// The due date before.
    #[schema(required)]
    pub from: Option<PartialDate>,
    /// The due date after.
    #[schema(required)]
    pub to: Option<PartialDate>,
    /// The day from which the new date held (UTC).
    pub decided_on: NaiveDate,
    /// Why; imports carry no reason.
    #[schema(required)]
    pub reason: Option<String>,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// In which role it was changed.
    pub role: Role,
    /// Held for which member; none for roles of the whole system.
    #[schema(required)]
    pub member_id: Option<Uuid>,
}

impl Rescheduling {
    /// Of a due date, decided on a day, and recorded now by whoever holds the permit.
    pub fn new(
        (from, to): (Option<&PartialDate>, Option<&PartialDate>),
        decided_on: NaiveDate,
        reason: Option<String>,
        permit: &Permit,
        now: DateTime<Utc>,
    ) -> Self {
        let (from, to) = (from.cloned(), to.cloned());
        let (role, member_id) = (permit.role(), permit.member_id());
        Self { from, to, decided_on, reason, recorded_at: now, role, member_id }
    }
}

/// How a due date moved, after one more change of what was public. A first due date, and one that
/// stays as it is, are no reschedulings.
pub fn with_change(past: &[Rescheduling], change: Rescheduling) -> Vec<Rescheduling> {
    let mut all = past.to_vec();
    let had_one = change.from.is_some() || !past.is_empty();
    if had_one && change.from != change.to {
        all.push(change);
    }
    all
}

/// The due date that a milestone had first, since it was public; `current` is the present one.
pub fn original_due<'a>(
    reschedulings: &'a [Rescheduling],
    current: Option<&'a PartialDate>,
) -> Option<&'a PartialDate> {
    reschedulings.first().map_or(current, |first| first.from.as_ref())
}

/// The due date in force on a day, by when its changes were decided; before the first of them the
/// original one. `current` is the present one.
pub fn due_on_day<'a>(
    reschedulings: &'a [Rescheduling],
    current: Option<&'a PartialDate>,
    day: NaiveDate,
) -> Option<&'a PartialDate> {
    let decided = reschedulings.iter().rfind(|change| change.decided_on <= day);
    decided.map_or_else(|| original_due(reschedulings, current), |change| change.to.as_ref())
}

/// By how many days a due date moved: from the last day that the original one can mean to that of the
/// present one; negative where it came forward, none where either names no day.
pub fn days_moved(reschedulings: &[Rescheduling], current: Option<&PartialDate>) -> Option<i64> {
    let original = original_due(reschedulings, current)?.last_day()?;
    Some((current?.last_day()? - original).num_days())
}

/// A decision about a due date, as it is written.
#[derive(Debug, Clone, Deserialize, JsonSchema, ToSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("required" = ["due", "reason"]))]
#[schema(example = json!({
    "due": {"date": "2023-09-30", "precision": "day", "text": null, "ongoing": false},
    "decided_on": "2023-03-14",
    "reason": "The council approved the budget in March only."
}))]
pub struct Reschedule {
    /// The new due date; null where there is none any more.
    #[schema(required)]
    pub due: Option<PartialDate>,
    /// The day of the decision (UTC), from which the new date holds: today where absent, not in the future,
    /// not before the plan begins, and not before the decision that was recorded last.
    #[serde(default)]
    pub decided_on: Option<NaiveDate>,
    /// Why.
    #[schemars(length(min = 1, max = MAX_REASON))]
    #[schema(example = "The council approved the budget in March only.")]
    pub reason: String,
}

impl Reschedule {
    /// What is wrong with it on a day, for a milestone that starts and is due then and was rescheduled before,
    /// of a plan that begins then.
    pub fn faults(
        &self,
        (starts, due): (Option<&PartialDate>, Option<&PartialDate>),
        past: &[Rescheduling],
        (begins, today): (Option<NaiveDate>, NaiveDate),
    ) -> Vec<Fault> {
        let mut faults = Faults::default();
        faults.period("", ("starts", starts), ("due", self.due.as_ref()));
        if self.due.as_ref() == due {
            faults.add("/due", "due_unchanged", "this is the due date that it has already");
        }
        let last = past.last().map(|change| change.decided_on);
        match self.decided_on {
            Some(day) if day > today => {
                let detail = format!("a decision is recorded once it is taken; today is {today} (UTC)");
                faults.add("/decided_on", "date_in_future", detail);
            }
            Some(day) if last.is_some_and(|last| day < last) => {
                let last = last.unwrap_or(day);
                let detail =
                    format!("the decision that was recorded last is of {last}; this one is not before it");
                faults.add("/decided_on", "date_too_early", detail);
            }
            Some(day) if begins.is_some_and(|begins| day < begins) => {
                let detail = format!("{day} is before the plan begins ({})", begins.unwrap_or(day));
                faults.add("/decided_on", "date_before_plan", detail);
            }
            day => faults.day("/decided_on", day),
        }
        if self.reason.trim().is_empty() {
            faults.add("/reason", "text_empty", "the text is empty; say why the due date moves");
        }
        faults.into_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Precision;
    use proptest::prelude::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn due(text: &str, precision: Precision) -> PartialDate {
        PartialDate { precision: Some(precision), ..PartialDate::day(day(text)) }
    }

    fn change(from: Option<PartialDate>, to: Option<PartialDate>, decided_on: NaiveDate) -> Rescheduling {
        let recorded_at = decided_on.and_hms_opt(12, 0, 0).unwrap().and_utc();
        Rescheduling { from, to, decided_on, reason: None, recorded_at, role: Role::Editor, member_id: None }
    }

    #[test]
    fn what_was_never_rescheduled_is_due_as_it_always_was() {
        let due = due("2023-06-30", Precision::Day);
        assert_eq!(original_due(&[], Some(&due)), Some(&due));
        assert_eq!(due_on_day(&[], Some(&due), day("1990-01-01")), Some(&due));
        assert_eq!(days_moved(&[], Some(&due)), Some(0));
        assert_eq!((original_due(&[], None), days_moved(&[], None)), (None, None));
    }

    #[test]
    fn a_due_date_holds_from_the_day_of_its_decision() {
        let [first, second, third] =
            ["2023-06-30", "2023-12-31", "2023-09-30"].map(|text| due(text, Precision::Day));
        let all = [
            change(Some(first.clone()), Some(second.clone()), day("2023-03-01")),
            change(Some(second.clone()), Some(third.clone()), day("2023-05-01")),
        ];
        for (on, expected) in [
            ("2023-02-28", &first),
            ("2023-03-01", &second),
            ("2023-04-30", &second),
            ("2023-05-01", &third),
            ("2030-01-01", &third),
        ] {
            assert_eq!(due_on_day(&all, Some(&third), day(on)), Some(expected), "{on}");
        }
        assert_eq!(days_moved(&all, Some(&third)), Some(92));
    }

    #[test]
    fn days_are_counted_between_last_days() {
        let moved = |from: Option<PartialDate>, to: Option<PartialDate>| {
            days_moved(&[change(from, to.clone(), day("2023-01-01"))], to.as_ref())
        };
        let words = PartialDate { text: Some("permanent".into()), ongoing: true, ..no_day() };
        let june = || Some(due("2023-06-01", Precision::Month));
        assert_eq!(moved(june(), Some(due("2023-06-30", Precision::Day))), Some(0));
        assert_eq!(moved(june(), Some(due("2023-05-01", Precision::Quarter))), Some(0));
        assert_eq!(moved(june(), Some(due("2023-01-01", Precision::Year))), Some(184));
        assert_eq!(moved(june(), Some(due("2023-06-28", Precision::Day))), Some(-2));
        assert_eq!(moved(june(), Some(words.clone())), None);
        assert_eq!(moved(Some(words), june()), None);
        assert_eq!(moved(june(), None), None);
    }

    fn no_day() -> PartialDate {
        PartialDate { date: None, precision: None, text: None, ongoing: false }
    }

    #[test]
    fn a_first_due_date_is_no_rescheduling_and_one_after_none_is() {
        let june = || Some(due("2023-06-30", Precision::Day));
        let on = day("2023-01-01");
        assert_eq!(with_change(&[], change(None, june(), on)), []);
        assert_eq!(with_change(&[], change(june(), june(), on)), []);
        let dropped = with_change(&[], change(june(), None, on));
        assert_eq!(dropped.len(), 1);
        assert_eq!(with_change(&dropped, change(None, None, on)), dropped);
        let again = with_change(&dropped, change(None, june(), on));
        assert_eq!(again.len(), 2);
        assert_eq!(
            (original_due(&again, june().as_ref()), days_moved(&again, june().as_ref())),
            (june().as_ref(), Some(0))
        );
    }

    proptest! {
        #[test]
        fn replaying_gives_the_present_due_date_and_the_original_before(
            first in proptest::option::of(0i64..4_000),
            moves in proptest::collection::vec((proptest::option::of(0i64..4_000), 0i64..400), 0..12),
            before in 1i64..4_000,
        ) {
            let start = day("2020-01-01");
            let date = |days: Option<i64>| days.map(|days| PartialDate::day(start + chrono::TimeDelta::days(days)));
            let (mut current, mut on, mut all) = (date(first), start, Vec::new());
            // What is public begins to be kept with the first due date that there is.
            let mut original = current.clone();
            for (to, pause) in moves {
                on += chrono::TimeDelta::days(pause);
                all = with_change(&all, change(current.clone(), date(to), on));
                current = date(to);
                if all.is_empty() {
                    original = current.clone();
                }
            }
            let replayed = all.iter().try_fold(original.clone(), |due, change| {
                (due == change.from).then(|| change.to.clone())
            });
            prop_assert_eq!(&replayed, &Some(current.clone()), "each change begins where the last one ended");
            prop_assert_eq!(due_on_day(&all, current.as_ref(), on), current.as_ref());
            prop_assert_eq!(original_due(&all, current.as_ref()), original.as_ref());
            if let Some(first) = all.first() {
                let earlier = first.decided_on - chrono::TimeDelta::days(before);
                prop_assert_eq!(due_on_day(&all, current.as_ref(), earlier), original.as_ref());
            }
            let last = |due: Option<&PartialDate>| due.and_then(PartialDate::last_day);
            let expected = last(current.as_ref()).zip(last(original.as_ref())).map(|(to, from)| (to - from).num_days());
            prop_assert_eq!(days_moved(&all, current.as_ref()), expected);
        }
    }
}
