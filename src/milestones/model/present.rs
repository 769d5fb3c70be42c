//! A milestone's present progress: which of its updates holds.

use super::{Challenge, Progress};
use crate::kernel::PartialDate;
use chrono::{DateTime, NaiveDate, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use utoipa::ToSchema;
use uuid::Uuid;

/// What decides which of a milestone's updates holds, and whether it told anything new.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Reported {
    /// Which update.
    pub id: Uuid,
    /// How far the milestone is.
    pub progress: Progress,
    /// The same in percent.
    pub percent: Option<i16>,
    /// The day on which it was so.
    pub effective_on: NaiveDate,
    /// When we were told.
    pub recorded_at: DateTime<Utc>,
    /// The update that it corrects.
    pub supersedes: Option<Uuid>,
    /// Whether it tells in words what was done.
    pub has_narrative: bool,
    /// Whether evidence is attached to it.
    pub has_evidence: bool,
}

impl Reported {
    /// Updates follow each other by the day of which they speak; of the same day holds what was told
    /// last.
    fn place(&self) -> (NaiveDate, DateTime<Utc>, Uuid) {
        (self.effective_on, self.recorded_at, self.id)
    }

    /// Whether it tells anything new after the one that held before it: another progress or another
    /// percentage, words about what was done, or evidence. "Still limited" alone is no sign of life.
    pub fn is_substantive(&self, before: Option<&Self>) -> bool {
        let same =
            before.is_some_and(|before| (before.progress, before.percent) == (self.progress, self.percent));
        !same || self.has_narrative || self.has_evidence
    }
}

/// The updates that hold or held, first to last: those that are not superseded. Of `until`, only what
/// was recorded before that instant counts, corrections among it.
pub fn effective(updates: &[Reported], until: Option<DateTime<Utc>>) -> Vec<&Reported> {
    let known = || updates.iter().filter(|update| until.is_none_or(|until| update.recorded_at < until));
    let superseded: HashSet<_> = known().filter_map(|update| update.supersedes).collect();
    let mut effective: Vec<_> = known().filter(|update| !superseded.contains(&update.id)).collect();
    effective.sort_unstable_by_key(|update| update.place());
    effective
}

/// The one of a milestone's updates that holds on a day (today where none is given: no update is
/// effective in the future), as it was known before an instant. In whichever order they come.
pub fn present(
    updates: &[Reported],
    on: Option<NaiveDate>,
    until: Option<DateTime<Utc>>,
) -> Option<&Reported> {
    let effective = effective(updates, until);
    effective.into_iter().rfind(|update| on.is_none_or(|on| update.effective_on <= on))
}

/// The present progress of a milestone, as its latest update that is not superseded reports it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
pub struct MilestoneProgress {
    /// How far it is.
    pub progress: Progress,
    /// The same in percent, 0 to 100.
    #[schema(required)]
    pub percent: Option<i16>,
    /// The day on which it was so.
    pub effective_on: NaiveDate,
    /// When we were told.
    pub recorded_at: DateTime<Utc>,
    /// The update that says so.
    pub update_id: Uuid,
    /// When work on it really started, as that update says.
    #[schema(required)]
    pub started_on: Option<NaiveDate>,
    /// When it was really completed.
    #[schema(required)]
    pub completed_on: Option<NaiveDate>,
    /// What stands in the way.
    #[schema(required)]
    pub challenge: Option<Challenge>,
    /// How many pieces of evidence are attached to that update.
    pub evidence_count: i64,
}

/// When a milestone was completed, if it was: as its present update says, and where nobody reported
/// anything, as the milestone itself does. An update that says less than `complete` outweighs that.
pub fn completion(
    present: Option<&MilestoneProgress>,
    actual_end: Option<&PartialDate>,
) -> Option<PartialDate> {
    match present {
        Some(present) if present.progress == Progress::Complete => present.completed_on.map(PartialDate::day),
        Some(_) => None,
        None => actual_end.cloned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(number: u16) -> NaiveDate {
        NaiveDate::default() + chrono::TimeDelta::days(i64::from(number))
    }

    fn instant(number: u16) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + chrono::TimeDelta::minutes(i64::from(number))
    }

    fn update(number: u16, effective: u16) -> Reported {
        Reported {
            id: Uuid::from_u128(number.into()),
            progress: Progress::Limited,
            percent: None,
            effective_on: day(effective),
            recorded_at: instant(number),
            supersedes: None,
            has_narrative: false,
            has_evidence: false,
        }
    }

    /// Updates as people make them: each recorded after the one before, some of them correcting one
    /// that nobody has corrected yet.
    fn history() -> impl Strategy<Value = Vec<Reported>> {
        let one = (0u16..12, any::<Option<prop::sample::Index>>(), 0usize..4, 0u16..3);
        prop::collection::vec(one, 0..14).prop_map(|drawn| {
            let (mut updates, mut clock): (Vec<Reported>, u16) = (Vec::new(), 0);
            for (number, (effective, corrects, progress, passed)) in drawn.into_iter().enumerate() {
                // Sometimes two are recorded at the same instant.
                clock += passed;
                let open: Vec<_> = effective_ids(&updates);
                let supersedes = corrects.filter(|_| !open.is_empty()).map(|at| *at.get(&open));
                updates.push(Reported {
                    recorded_at: instant(clock),
                    progress: Progress::ALL[progress],
                    supersedes,
                    ..update(u16::try_from(number).unwrap(), effective)
                });
            }
            updates
        })
    }

    fn effective_ids(updates: &[Reported]) -> Vec<Uuid> {
        effective(updates, None).iter().map(|update| update.id).collect()
    }

    #[test]
    fn a_correction_of_a_correction_holds() {
        let first = update(1, 5);
        let second = Reported { supersedes: Some(first.id), ..update(2, 5) };
        let third = Reported { supersedes: Some(second.id), ..update(3, 4) };
        let all = [third, first, second];
        assert_eq!(present(&all, None, None), Some(&third));
        assert_eq!(present(&all, None, Some(instant(3))), Some(&second));
        assert_eq!(present(&all, None, Some(instant(2))), Some(&first));
        assert_eq!(present(&all, Some(day(3)), None), None, "what was corrected does not come back");
    }

    #[test]
    fn what_is_told_late_takes_its_place_in_time() {
        let (late, early) = (update(1, 9), update(2, 3));
        assert_eq!(present(&[late, early], None, None), Some(&late));
        assert_eq!(present(&[late, early], Some(day(8)), None), Some(&early));
        assert_eq!(present(&[late, early], Some(day(8)), Some(instant(2))), None);
    }

    #[test]
    fn the_same_again_is_no_sign_of_life() {
        let (first, second) = (update(1, 1), update(2, 2));
        assert!(first.is_substantive(None));
        assert!(!second.is_substantive(Some(&first)));
        for other in [
            Reported { progress: Progress::Substantial, ..second },
            Reported { percent: Some(30), ..second },
            Reported { has_narrative: true, ..second },
            Reported { has_evidence: true, ..second },
        ] {
            assert!(other.is_substantive(Some(&first)), "{other:?}");
        }
    }

    proptest! {
        #[test]
        fn the_order_of_arrival_does_not_matter(
            (told, arrived) in history().prop_flat_map(|told| (Just(told.clone()), Just(told).prop_shuffle())),
            on in prop::option::of(0u16..13), until in prop::option::of(0u16..40),
        ) {
            let (on, until) = (on.map(day), until.map(instant));
            prop_assert_eq!(present(&told, on, until), present(&arrived, on, until));
        }

        #[test]
        fn what_was_answered_for_an_instant_never_changes(
            told in history(), cut in 0usize..14, on in prop::option::of(0u16..13),
        ) {
            let earlier = &told[..cut.min(told.len())];
            let Some(next) = told.get(earlier.len()) else { return Ok(()) };
            let until = Some(next.recorded_at);
            let on = on.map(day);
            prop_assert_eq!(present(earlier, on, until), present(&told, on, until));
        }

        #[test]
        fn nothing_is_lost(told in history(), until in prop::option::of(0u16..40)) {
            let until = until.map(instant);
            let known = told.iter().filter(|update| until.is_none_or(|until| update.recorded_at < until));
            let corrected = known.clone().filter(|update| update.supersedes.is_some()).count();
            prop_assert_eq!(effective(&told, until).len() + corrected, known.count());
        }

        #[test]
        fn on_each_day_holds_the_last_one_before(told in history(), on in 0u16..13) {
            let held = present(&told, Some(day(on)), None);
            for update in effective(&told, None).into_iter().filter(|update| update.effective_on <= day(on)) {
                prop_assert!(held.is_some_and(|held| held.place() >= update.place()));
            }
        }
    }
}
