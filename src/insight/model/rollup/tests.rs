use super::*;
use crate::kernel::LocalizedText;
use crate::milestones::model::{MilestoneProgress, Reported, present};
use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use uuid::Uuid;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn step(progress: Option<Progress>, percent: Option<i16>) -> MilestoneFacts {
    let progress = progress.map(|progress| MilestoneProgress {
        progress,
        percent,
        effective_on: day("2023-01-31"),
        recorded_at: DateTime::UNIX_EPOCH,
        update_id: Uuid::nil(),
        started_on: None,
        completed_on: (progress == Progress::Complete).then(|| day("2023-01-31")),
        challenge: None,
        evidence_count: 0,
    });
    MilestoneFacts {
        id: Uuid::nil(),
        label: None,
        title: LocalizedText::default(),
        responsible: LocalizedText::default(),
        starts: None,
        due: None,
        actual_start: None,
        actual_end: None,
        reschedulings: Vec::new(),
        disposition: Disposition::Active,
        weight: None,
        progress,
        evidence_count: 0,
        substantive_on: None,
    }
}

fn promise(milestones: Vec<MilestoneFacts>) -> CommitmentFacts {
    CommitmentFacts {
        id: Uuid::nil(),
        code: None,
        title: LocalizedText::default(),
        starts: None,
        ends: Some(PartialDate::day(day("2022-12-31"))),
        disposition: Disposition::Active,
        milestones,
        assessed: Vec::new(),
    }
}

const TODAY: &str = "2023-03-01";

#[test]
fn six_of_seven_done_is_substantial() {
    let mut steps = vec![step(Some(Progress::Complete), None); 6];
    steps.push(step(Some(Progress::NotStarted), None));
    let rollup = CommitmentRollup::of(&promise(steps), day(TODAY));
    assert_eq!(rollup.progress, Some(Progress::Substantial));
    assert_eq!((rollup.average.mean, rollup.average.percent), (Some(2.57), Some(85.7)));
    assert_eq!(rollup.schedule, Schedule::Overdue);
    assert_eq!((rollup.counts.by_progress.complete, rollup.counts.by_progress.not_started), (6, 1));
}

#[test]
fn a_commitment_is_said_to_be_where_its_milestones_are() {
    let weighing = |weight, said| MilestoneFacts { weight: Some(weight), ..step(Some(said), None) };
    let said = |steps: Vec<MilestoneFacts>| promise(steps).progress();
    let plain = |places: &[Option<Progress>]| said(places.iter().map(|place| step(*place, None)).collect());
    let (none, some, most, all) = (
        Some(Progress::NotStarted),
        Some(Progress::Limited),
        Some(Progress::Substantial),
        Some(Progress::Complete),
    );
    for (places, expected) in [
        (&[][..], ProgressSaid::NotReported),
        (&[None, None], ProgressSaid::NotReported),
        (&[None, none], ProgressSaid::NotStarted),
        (&[none, some], ProgressSaid::Limited),
        // Half of the way to all: 1.5, with what nobody reported as nothing.
        (&[None, all], ProgressSaid::Substantial),
        (&[None, most], ProgressSaid::Limited),
        (&[some, most], ProgressSaid::Substantial),
        (&[some, some, most], ProgressSaid::Limited),
        (&[all, all], ProgressSaid::Complete),
    ] {
        assert_eq!(plain(places), expected, "{places:?}");
    }
    // 999 × 3 of 1,999 is less than a half, 1,000 × 3 of 2,000 is one.
    let heavy =
        |weight| said(vec![weighing(weight, Progress::Complete), weighing(1000, Progress::NotStarted)]);
    assert_eq!((heavy(999), heavy(1000)), (ProgressSaid::Limited, ProgressSaid::Substantial));
    let withdrawn = MilestoneFacts { disposition: Disposition::Withdrawn, ..step(all, None) };
    assert_eq!(said(vec![withdrawn, step(some, None)]), ProgressSaid::Limited);
}

#[test]
fn weights_count_where_milestones_have_them() {
    let heavy = MilestoneFacts { weight: Some(3), ..step(Some(Progress::Complete), None) };
    let rollup = CommitmentRollup::of(&promise(vec![heavy, step(None, None)]), day(TODAY));
    assert_eq!((rollup.average.mean, rollup.average.percent), (Some(2.25), Some(75.0)));
    let reported = step(Some(Progress::Limited), Some(20));
    let rollup = CommitmentRollup::of(&promise(vec![reported, step(None, None)]), day(TODAY));
    assert_eq!((rollup.average.mean, rollup.average.percent), (Some(0.5), Some(10.0)));
}

#[test]
fn a_commitment_takes_its_place_on_the_scale() {
    use Progress::{Complete, Limited, NotStarted, Substantial};
    for (said, place) in [
        (vec![], None),
        (vec![None, None], None),
        (vec![Some(NotStarted), None], Some(NotStarted)),
        (vec![Some(Complete), Some(Complete)], Some(Complete)),
        (vec![Some(Complete), None], Some(Substantial)),
        (vec![Some(Complete), Some(NotStarted), None], Some(Limited)),
        (vec![Some(Limited), Some(Substantial)], Some(Substantial)),
        (vec![Some(Limited)], Some(Limited)),
    ] {
        let steps = said.iter().map(|said| step(*said, None)).collect();
        assert_eq!(CommitmentRollup::of(&promise(steps), day(TODAY)).progress, place, "{said:?}");
    }
}

#[test]
fn what_is_completed_last_completes_the_commitment() {
    let early = promise(vec![step(Some(Progress::Complete), None); 2]);
    assert_eq!(CommitmentRollup::of(&early, day(TODAY)).schedule, Schedule::CompletedLate);
    let in_time = CommitmentFacts { ends: Some(PartialDate::day(day("2023-01-31"))), ..early };
    assert_eq!(CommitmentRollup::of(&in_time, day(TODAY)).schedule, Schedule::CompletedOnTime);
}

#[test]
fn only_what_is_said_to_be_done_is_a_claim() {
    let proved = MilestoneFacts { evidence_count: 1, ..step(Some(Progress::Limited), None) };
    let steps = vec![proved, step(Some(Progress::Complete), None), step(Some(Progress::NotStarted), None)];
    let evidence = CommitmentRollup::of(&promise(steps), day(TODAY)).counts.evidence;
    assert_eq!((evidence.claims, evidence.with_evidence, evidence.share), (2, 1, Some(0.5)));
    assert_eq!(EvidenceShare::default().share, None);
}

#[test]
fn a_period_passes() {
    let (starts, ends) = (PartialDate::day(day("2022-01-01")), PartialDate::day(day("2022-12-31")));
    let on = |on: &str| elapsed(Some(&starts), Some(&ends), day(on));
    assert_eq!(
        [on("2021-06-01"), on("2022-01-01"), on("2022-07-02"), on("2022-12-31"), on("2030-01-01")],
        [Some(0.0), Some(0.0), Some(50.0), Some(100.0), Some(100.0)]
    );
    assert_eq!(elapsed(Some(&starts), None, day(TODAY)), None);
    assert_eq!(elapsed(Some(&starts), Some(&starts), day("2022-01-01")), Some(100.0));
}

fn any_step() -> impl Strategy<Value = MilestoneFacts> {
    (proptest::option::of(0usize..4), 0usize..3, proptest::option::of(1i16..=1000), 0i64..2, 0u64..900)
        .prop_map(|(said, disposition, weight, evidence_count, due)| MilestoneFacts {
            disposition: [Disposition::Active, Disposition::Withdrawn, Disposition::CarriedOver][disposition],
            weight,
            evidence_count,
            due: (due > 300).then(|| PartialDate::day(day("2022-01-01") + chrono::Days::new(due))),
            ..step(said.map(|said| Progress::ALL[said]), None)
        })
}

fn any_promise() -> impl Strategy<Value = CommitmentFacts> {
    (proptest::collection::vec(any_step(), 0..8), 0usize..3).prop_map(|(steps, disposition)| {
        CommitmentFacts {
            disposition: [Disposition::Active, Disposition::Withdrawn, Disposition::CarriedOver][disposition],
            ..promise(steps)
        }
    })
}

fn counted_steps(promise: &CommitmentFacts) -> Vec<CountedStep> {
    promise.milestones.iter().map(|step| CountedStep::of(step, day(TODAY))).collect()
}

proptest! {
    #[test]
    fn the_counts_add_up(promises in proptest::collection::vec(any_promise(), 0..6)) {
        let rollup = Rollup::of(promises.iter(), day(TODAY));
        let counts = &rollup.counts;
        let all: usize = promises.iter().map(|promise| promise.milestones.len()).sum();
        prop_assert_eq!(counts.milestones.total as usize, all);
        let milestones = counts.milestones;
        prop_assert_eq!(milestones.active + milestones.withdrawn + milestones.carried_over, milestones.total);
        prop_assert_eq!(counts.by_progress.sum(), milestones.active);
        prop_assert_eq!(counts.by_schedule.sum(), milestones.active);
        for promise in &promises {
            let told = CommitmentRollup::of(promise, day(TODAY));
            prop_assert_eq!(promise.progress(), told.progress.into());
            let half_way = Average::exact(&counted_steps(promise)).is_some_and(|(mean, _)| mean >= 1.5);
            let far = told.progress >= Some(Progress::Substantial);
            prop_assert_eq!(half_way, far, "the mean decides, however it is computed");
        }
        prop_assert_eq!(rollup.commitments_by_progress.sum(), rollup.commitments.active);
        prop_assert!(counts.evidence.with_evidence <= counts.evidence.claims);
        // The whole is the sum of its parts.
        let mut sum = Counts::default();
        for promise in &promises {
            sum += CommitmentRollup::of(promise, day(TODAY)).counts;
        }
        prop_assert_eq!(*counts, sum);
    }

    #[test]
    fn means_lie_on_the_scale(promises in proptest::collection::vec(any_promise(), 0..6)) {
        let average = Rollup::of(promises.iter(), day(TODAY)).average;
        prop_assert_eq!(average.mean.is_some(), average.percent.is_some());
        prop_assert!(average.mean.is_none_or(|mean| (0.0..=3.0).contains(&mean)));
        prop_assert!(average.percent.is_none_or(|percent| (0.0..=100.0).contains(&percent)));
    }

    /// Whichever way reports come in, the same is held of them: by the day of which they speak, then by
    /// when they were told.
    #[test]
    fn the_order_of_arrival_does_not_change_the_rollup(
        told in proptest::collection::vec((0u16..50, 0usize..4), 1..8).prop_shuffle(),
    ) {
        let instant = |number: usize| DateTime::<Utc>::UNIX_EPOCH + TimeDelta::minutes(number as i64);
        let updates: Vec<_> = told.iter().enumerate().map(|(number, (effective, said))| Reported {
            id: Uuid::from_u128(number as u128),
            progress: Progress::ALL[*said],
            percent: None,
            effective_on: day("2022-05-01") + chrono::Days::new((*effective).into()),
            recorded_at: instant(number),
            supersedes: None,
            has_narrative: false,
            has_evidence: false,
        }).collect();
        let rolled = |updates: &[Reported]| {
            let held = present(updates, None, None).map(|held| held.progress);
            CommitmentRollup::of(&promise(vec![step(held, None)]), day(TODAY))
        };
        let mut turned = updates.clone();
        turned.reverse();
        prop_assert_eq!(rolled(&updates), rolled(&turned));
    }
}
