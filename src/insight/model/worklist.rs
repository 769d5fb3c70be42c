//! What somebody should report now: reasons, and the order in which they press.

use super::{ReportingRules, is_silent, next_update_due, rules_on};
use crate::kernel::page::{Cursor, Page};
use crate::kernel::{Error, PartialDate, Result};
use crate::members::model::MemberKind;
use crate::milestones::model::{MilestoneProgress, Progress, Reported, Schedule, completion, effective};
use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use utoipa::ToSchema;
use uuid::Uuid;

/// Why something should be reported, the most urgent first.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum WorkReason {
    /// The last day that the due date of a milestone can mean has passed, and no completion is known.
    Overdue,
    /// A milestone is due today or within 30 days.
    DueSoon,
    /// A milestone has begun, is not complete, and nothing substantive was reported about it for longer than the
    /// update interval of the rules for its member.
    Silent,
    /// A milestone is reported as complete, and no evidence is attached to it or to the update that says so.
    EvidenceMissing,
    /// An assessment waits for an answer.
    AssessmentUnanswered,
}

impl WorkReason {
    /// All of them, in order.
    pub const ALL: [Self; 5] =
        [Self::Overdue, Self::DueSoon, Self::Silent, Self::EvidenceMissing, Self::AssessmentUnanswered];
}

/// What is known of a milestone where its member should report.
#[derive(Debug, Clone)]
pub struct Step {
    /// Which milestone.
    pub id: Uuid,
    /// Members of which kind its member is one of.
    pub kind: MemberKind,
    /// The first of its planned start, that of its commitment and that of its plan that names a day.
    pub begins_on: Option<NaiveDate>,
    /// Its planned end.
    pub due: Option<PartialDate>,
    /// When it was completed, as it says itself.
    pub actual_end: Option<PartialDate>,
    /// Whether evidence is attached to it.
    pub has_evidence: bool,
    /// Its present progress.
    pub progress: Option<MilestoneProgress>,
    /// All that was reported about it.
    pub updates: Vec<Reported>,
}

/// The day from which something counts as begun for certain: the last one that the first of these dates can mean which
/// names a day.
pub fn begins_on<'a>(starts: impl IntoIterator<Item = Option<&'a PartialDate>>) -> Option<NaiveDate> {
    starts.into_iter().find_map(|start| start?.last_day())
}

/// The day of which the last substantive update of a milestone speaks, up to a day.
pub fn last_substantive(updates: &[Reported], day: NaiveDate) -> Option<NaiveDate> {
    let held: Vec<_> =
        effective(updates, None).into_iter().filter(|update| update.effective_on <= day).collect();
    let before = std::iter::once(None).chain(held.iter().copied().map(Some));
    let told = held.iter().zip(before).filter(|(update, before)| update.is_substantive(*before));
    told.map(|(update, _)| update.effective_on).last()
}

/// The last day on which the next update of a plan's repository is in time, counted from its last substantive update,
/// or from its begin where there is none. `updates` are those of each of its milestones.
pub fn plan_update_due(
    (kind, begins_on): (MemberKind, Option<NaiveDate>),
    updates: &[Vec<Reported>],
    rules: &[ReportingRules],
    today: NaiveDate,
) -> Option<NaiveDate> {
    let interval = rules_on(rules, kind, today)?.update_interval_months;
    let last = updates.iter().filter_map(|of| last_substantive(of, today)).max();
    Some(next_update_due(last.or(begins_on)?, interval))
}

/// Something that somebody should do now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The milestone or assessment.
    pub id: Uuid,
    /// Why, the most urgent first; at least one.
    pub reasons: Vec<WorkReason>,
    /// The schedule of the milestone.
    pub schedule: Option<Schedule>,
    /// Days since its last due day, where it is overdue.
    pub days_overdue: Option<i64>,
    /// Days until its last due day, where it is due soon.
    pub days_left: Option<i64>,
    /// Days since the last substantive update, or since it began where there is none; where it is silent.
    pub days_silent: Option<i64>,
    /// Days since the day of which the update speaks that lacks evidence.
    days_unproved: Option<i64>,
}

impl Call {
    /// What should be done about a milestone on a day; none where nothing should.
    pub fn of_step(step: &Step, rules: &[ReportingRules], today: NaiveDate) -> Option<Self> {
        let completed = completion(step.progress.as_ref(), step.actual_end.as_ref());
        let schedule = Schedule::on(today, step.due.as_ref(), completed.as_ref());
        let is_open = completed.is_none();
        let days_to = |day: NaiveDate| day.signed_duration_since(today).num_days();
        let left = step.due.as_ref().and_then(PartialDate::last_day).map(days_to);
        let call = Self {
            id: step.id,
            reasons: Vec::new(),
            schedule: Some(schedule),
            days_overdue: left.filter(|_| schedule == Schedule::Overdue).map(|days| -days),
            days_left: left.filter(|_| schedule == Schedule::DueSoon),
            days_silent: step.silent_since(rules, today).filter(|_| is_open).map(|day| -days_to(day)),
            days_unproved: step.unproved_since().map(|day| -days_to(day)),
        };
        let reasons: Vec<_> = WorkReason::ALL.into_iter().filter(|reason| call.presses(*reason)).collect();
        (!reasons.is_empty()).then_some(Self { reasons, ..call })
    }

    /// What should be done about an assessment that nobody has answered.
    pub fn of_assessment(id: Uuid) -> Self {
        Self {
            id,
            reasons: vec![WorkReason::AssessmentUnanswered],
            schedule: None,
            days_overdue: None,
            days_left: None,
            days_silent: None,
            days_unproved: None,
        }
    }

    /// Whether a reason holds for a milestone.
    fn presses(&self, reason: WorkReason) -> bool {
        match reason {
            WorkReason::Overdue => self.days_overdue.is_some(),
            WorkReason::DueSoon => self.days_left.is_some(),
            WorkReason::Silent => self.days_silent.is_some(),
            WorkReason::EvidenceMissing => self.days_unproved.is_some(),
            WorkReason::AssessmentUnanswered => false,
        }
    }

    /// The most urgent reason.
    pub fn urgency(&self) -> WorkReason {
        self.reasons.first().copied().unwrap_or(WorkReason::AssessmentUnanswered)
    }

    /// Its place among the others: by the most urgent reason, then by how long it presses, then by id.
    fn place(&self) -> (WorkReason, Reverse<i64>, Uuid) {
        let pressing = match self.urgency() {
            WorkReason::Overdue => self.days_overdue,
            WorkReason::DueSoon => self.days_left.map(|days| -days),
            WorkReason::Silent => self.days_silent,
            WorkReason::EvidenceMissing => self.days_unproved,
            WorkReason::AssessmentUnanswered => None,
        };
        (self.urgency(), Reverse(pressing.unwrap_or_default()), self.id)
    }

    fn cursor(&self) -> Cursor {
        let (reason, Reverse(pressing), id) = self.place();
        Cursor { keys: vec![(reason as usize).to_string(), pressing.to_string()], id }
    }
}

impl Step {
    /// Since when it is silent, if it has been for too long.
    fn silent_since(&self, rules: &[ReportingRules], today: NaiveDate) -> Option<NaiveDate> {
        let begun = self.begins_on.filter(|begins| *begins <= today)?;
        let interval = rules_on(rules, self.kind, today)?.update_interval_months;
        let last = last_substantive(&self.updates, today).unwrap_or(begun);
        is_silent(last, interval, today).then_some(last)
    }

    /// The last day that its due date can mean, where it is not completed.
    pub fn open_until(&self) -> Option<NaiveDate> {
        let completed = completion(self.progress.as_ref(), self.actual_end.as_ref());
        self.due.as_ref().filter(|_| completed.is_none())?.last_day()
    }

    /// Since when it is called complete without any evidence.
    fn unproved_since(&self) -> Option<NaiveDate> {
        let progress = self.progress.as_ref().filter(|told| told.progress == Progress::Complete)?;
        (progress.evidence_count == 0 && !self.has_evidence).then_some(progress.effective_on)
    }
}

/// How much there is to do, by reason. Something with several reasons counts for each of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct WorkCounts {
    /// Overdue.
    pub overdue: i64,
    /// Due today or within 30 days.
    pub due_soon: i64,
    /// Silent for too long.
    pub silent: i64,
    /// Complete without evidence.
    pub evidence_missing: i64,
    /// Assessments without an answer.
    pub assessment_unanswered: i64,
    /// Milestones and assessments altogether, each once.
    pub items: i64,
}

impl WorkCounts {
    fn of<'a>(calls: impl IntoIterator<Item = &'a Call>) -> Self {
        let mut counts = Self::default();
        for call in calls {
            counts.items += 1;
            for reason in &call.reasons {
                *match reason {
                    WorkReason::Overdue => &mut counts.overdue,
                    WorkReason::DueSoon => &mut counts.due_soon,
                    WorkReason::Silent => &mut counts.silent,
                    WorkReason::EvidenceMissing => &mut counts.evidence_missing,
                    WorkReason::AssessmentUnanswered => &mut counts.assessment_unanswered,
                } += 1;
            }
        }
        counts
    }
}

/// All that somebody should do now, sorted by urgency, each with what it is about.
#[derive(Debug, Clone)]
pub struct Worklist<T> {
    calls: Vec<(Call, T)>,
}

impl<T> Worklist<T> {
    /// In whichever order they come.
    pub fn new(mut calls: Vec<(Call, T)>) -> Self {
        calls.sort_by_cached_key(|(call, _)| call.place());
        Self { calls }
    }

    /// How much there is to do.
    pub fn counts(&self) -> WorkCounts {
        WorkCounts::of(self.calls.iter().map(|(call, _)| call))
    }

    /// A page of what has any of these reasons (whatever the reason, where none is named), after a place.
    ///
    /// # Errors
    /// `BadParameters` for a cursor that names no place here.
    pub fn page(
        self,
        reasons: &[WorkReason],
        after: Option<&Cursor>,
        limit: u16,
        total: bool,
    ) -> Result<Page<(Call, T)>> {
        let after = after.map(place_of).transpose()?;
        let wanted =
            |call: &Call| reasons.is_empty() || reasons.iter().any(|reason| call.reasons.contains(reason));
        let wanted: Vec<_> = self.calls.into_iter().filter(|(call, _)| wanted(call)).collect();
        let total = total.then(|| i64::try_from(wanted.len()).unwrap_or(i64::MAX));
        let limit = usize::from(limit);
        let beyond = |call: &Call| after.is_none_or(|after| call.place() > after);
        let mut rows: Vec<_> =
            wanted.into_iter().filter(|(call, _)| beyond(call)).take(limit.saturating_add(1)).collect();
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).map(|(call, _)| call.cursor());
        Ok(Page { rows, next, total })
    }
}

/// The place that a cursor names.
fn place_of(cursor: &Cursor) -> Result<(WorkReason, Reverse<i64>, Uuid)> {
    let read = || {
        let [reason, pressing] = cursor.keys.as_slice() else { return None };
        let reason = *WorkReason::ALL.get(reason.parse::<usize>().ok()?)?;
        Some((reason, Reverse(pressing.parse().ok()?), cursor.id))
    };
    read().ok_or_else(|| Error::parameter("cursor", "parameter_invalid", "it holds what no row has"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{DateTime, Days};
    use proptest::prelude::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn rules() -> Vec<ReportingRules> {
        let set = |kind, update_interval_months| ReportingRules {
            kind,
            valid_from: day("2011-09-20"),
            update_interval_months,
            forum_interval_months: None,
            presentations_per_year: None,
            deadlines: Vec::new(),
        };
        vec![set(MemberKind::Local, 4), set(MemberKind::National, 6)]
    }

    fn step() -> Step {
        Step {
            id: Uuid::nil(),
            kind: MemberKind::Local,
            begins_on: None,
            due: None,
            actual_end: None,
            has_evidence: false,
            progress: None,
            updates: Vec::new(),
        }
    }

    fn update(number: u128, progress: Progress, on: NaiveDate) -> Reported {
        Reported {
            id: Uuid::from_u128(number),
            progress,
            percent: None,
            effective_on: on,
            recorded_at: DateTime::UNIX_EPOCH + chrono::TimeDelta::minutes(number as i64),
            supersedes: None,
            has_narrative: false,
            has_evidence: false,
        }
    }

    fn present(update: &Reported, evidence_count: i64) -> MilestoneProgress {
        MilestoneProgress {
            progress: update.progress,
            percent: None,
            effective_on: update.effective_on,
            recorded_at: update.recorded_at,
            update_id: update.id,
            started_on: None,
            completed_on: (update.progress == Progress::Complete).then_some(update.effective_on),
            challenge: None,
            evidence_count,
        }
    }

    fn reasons(step: &Step, today: &str) -> Vec<WorkReason> {
        Call::of_step(step, &rules(), day(today)).map_or_else(Vec::new, |call| call.reasons)
    }

    #[test]
    fn a_due_date_calls_for_thirty_days_and_then_for_good() {
        let due = Step { due: Some(PartialDate::day(day("2022-06-30"))), ..step() };
        assert_eq!(reasons(&due, "2022-05-30"), []);
        assert_eq!(reasons(&due, "2022-05-31"), [WorkReason::DueSoon]);
        assert_eq!(reasons(&due, "2022-06-30"), [WorkReason::DueSoon]);
        assert_eq!(reasons(&due, "2022-07-01"), [WorkReason::Overdue]);
        let call = |today| Call::of_step(&due, &rules(), day(today)).unwrap();
        assert_eq!((call("2022-05-31").days_left, call("2022-05-31").days_overdue), (Some(30), None));
        assert_eq!((call("2022-07-31").days_left, call("2022-07-31").days_overdue), (None, Some(31)));
        let done = Step { actual_end: Some(PartialDate::day(day("2022-07-01"))), ..due };
        assert_eq!(reasons(&done, "2022-07-31"), []);
    }

    #[test]
    fn silence_is_counted_from_the_last_news_by_the_rules_of_the_kind() {
        let begun = Step { begins_on: Some(day("2022-04-30")), ..step() };
        assert_eq!(reasons(&begun, "2022-04-29"), []);
        assert_eq!(reasons(&begun, "2022-08-30"), []);
        assert_eq!(reasons(&begun, "2022-08-31"), [WorkReason::Silent]);
        let national = Step { kind: MemberKind::National, ..begun.clone() };
        assert_eq!(reasons(&national, "2022-10-30"), []);
        assert_eq!(reasons(&national, "2022-10-31"), [WorkReason::Silent]);
        // "Still limited" is no news.
        let limited = |number, on| update(number, Progress::Limited, day(on));
        let updates = vec![limited(1, "2022-06-30"), limited(2, "2022-09-30")];
        let told = Step { progress: Some(present(&updates[1], 0)), updates, ..begun.clone() };
        assert_eq!(reasons(&told, "2022-10-30"), []);
        assert_eq!(reasons(&told, "2022-10-31"), [WorkReason::Silent]);
        let call = Call::of_step(&told, &rules(), day("2022-10-31")).unwrap();
        assert_eq!(call.days_silent, Some(123));
        let mut news = told.updates.clone();
        news[1].has_narrative = true;
        assert_eq!(reasons(&Step { updates: news, ..told }, "2022-10-31"), []);
        assert_eq!(reasons(&step(), "2022-10-31"), [], "nobody knows whether it has begun");
    }

    #[test]
    fn what_is_complete_wants_evidence_and_no_more_news() {
        let complete = update(1, Progress::Complete, day("2022-06-30"));
        let done = Step {
            begins_on: Some(day("2022-04-30")),
            due: Some(PartialDate::day(day("2022-05-31"))),
            progress: Some(present(&complete, 0)),
            updates: vec![complete],
            ..step()
        };
        assert_eq!(reasons(&done, "2023-06-30"), [WorkReason::EvidenceMissing]);
        assert_eq!(reasons(&Step { has_evidence: true, ..done.clone() }, "2023-06-30"), []);
        assert_eq!(reasons(&Step { progress: Some(present(&complete, 1)), ..done }, "2023-06-30"), []);
    }

    #[test]
    fn the_first_date_that_names_a_day_is_the_begin() {
        let words = PartialDate { date: None, precision: None, text: Some("soon".into()), ongoing: false };
        let known = PartialDate::day(day("2022-04-27"));
        let later = PartialDate::day(day("2022-05-01"));
        assert_eq!(begins_on([None, Some(&known), Some(&later)]), Some(day("2022-04-27")));
        assert_eq!(begins_on([Some(&words), None, Some(&later)]), Some(day("2022-05-01")));
        assert_eq!(begins_on([Some(&words), None, None]), None);
    }

    /// Milestones of every kind around a day, and assessments.
    fn calls() -> impl Strategy<Value = Vec<Call>> {
        let date = || prop::option::of(0u64..800);
        let told = prop::option::of((any::<bool>(), 0u64..400, 0i64..2));
        let one = (any::<bool>(), date(), date(), told, any::<bool>(), any::<bool>());
        prop::collection::vec(one, 0..40).prop_map(|drawn| {
            let at = |days: u64| day("2022-01-01") + Days::new(days);
            let make = |(number, (local, begins, due, told, has_evidence, assessed)): (usize, _)| {
                let id = Uuid::from_u128(number as u128);
                if assessed {
                    return Some(Call::of_assessment(id));
                }
                let told: Option<(bool, u64, i64)> = told;
                let updates: Vec<_> = told
                    .iter()
                    .map(|(complete, on, _)| {
                        let progress = if *complete { Progress::Complete } else { Progress::Limited };
                        update(1, progress, at(*on))
                    })
                    .collect();
                let step = Step {
                    id,
                    kind: if local { MemberKind::Local } else { MemberKind::National },
                    begins_on: Option::map(begins, at),
                    due: Option::map(due, |due| PartialDate::day(at(due))),
                    actual_end: None,
                    has_evidence,
                    progress: told.and_then(|(_, _, count)| Some(present(updates.first()?, count))),
                    updates,
                };
                Call::of_step(&step, &rules(), at(400))
            };
            drawn.into_iter().enumerate().filter_map(make).collect()
        })
    }

    fn ids(rows: &[(Call, ())]) -> Vec<Uuid> {
        rows.iter().map(|(call, ())| call.id).collect()
    }

    fn listed(calls: Vec<Call>) -> Worklist<()> {
        Worklist::new(calls.into_iter().map(|call| (call, ())).collect())
    }

    proptest! {
        #[test]
        fn the_order_is_total_and_does_not_depend_on_the_one_before(
            calls in calls(), shuffled in any::<prop::sample::Index>(),
        ) {
            let mut turned = calls.clone();
            let len = turned.len();
            turned.rotate_left(if len == 0 { 0 } else { shuffled.index(len) });
            turned.reverse();
            let (one, other) = (listed(calls), listed(turned));
            prop_assert_eq!(ids(&one.calls), ids(&other.calls));
            for pair in one.calls.windows(2) {
                prop_assert!(pair[0].0.place() < pair[1].0.place(), "two never share a place");
                prop_assert!(pair[0].0.urgency() <= pair[1].0.urgency());
            }
        }

        #[test]
        fn counts_are_those_of_the_items(calls in calls()) {
            let list = listed(calls.clone());
            let counts = list.counts();
            prop_assert_eq!(counts.items, calls.len() as i64);
            for (reason, counted) in [
                (WorkReason::Overdue, counts.overdue),
                (WorkReason::DueSoon, counts.due_soon),
                (WorkReason::Silent, counts.silent),
                (WorkReason::EvidenceMissing, counts.evidence_missing),
                (WorkReason::AssessmentUnanswered, counts.assessment_unanswered),
            ] {
                let page = list.clone().page(&[reason], None, 200, true).unwrap();
                prop_assert_eq!(page.total, Some(counted));
                prop_assert!(page.rows.iter().all(|(call, ())| call.reasons.contains(&reason)));
            }
            for call in &calls {
                prop_assert!(!call.reasons.is_empty() && call.reasons.is_sorted());
                prop_assert!([call.days_overdue, call.days_left, call.days_silent, call.days_unproved]
                    .into_iter().flatten().all(|days| days >= 0));
                prop_assert!(call.days_overdue.is_none() || call.days_left.is_none());
            }
        }

        #[test]
        fn pages_have_everything_once(calls in calls(), limit in 1u16..10) {
            let list = listed(calls);
            let (mut seen, mut after) = (Vec::new(), None);
            loop {
                let page = list.clone().page(&[], after.as_ref(), limit, false).unwrap();
                prop_assert!(page.rows.len() <= usize::from(limit));
                seen.extend(ids(&page.rows));
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
            prop_assert_eq!(seen, ids(&list.calls));
        }
    }
}
