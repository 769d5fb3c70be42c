use super::*;
use crate::assessments::model::{Absence, Stage};
use crate::commitments::model::{Disposition, OgpValue};
use crate::insight::model::facts::{CommitmentFacts, MilestoneFacts};
use crate::insight::model::{ReportingRules, last_substantive};
use crate::kernel::{LocalizedText, PartialDate};
use crate::members::model::{MemberKind, MemberName, Sector};
use crate::milestones::model::{Progress, Reported, present};
use crate::plans::model::PlanName;
use chrono::{DateTime, Days, TimeDelta};
use proptest::prelude::*;
use uuid::Uuid;

const PROGRESS: [Dimension; 1] = [Dimension::Progress];

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn known(text: &str) -> Option<PartialDate> {
    Some(PartialDate::day(day(text)))
}

fn on(text: &str) -> Times {
    Times { on: Some(day(text)), ..Times::now(day("2030-01-01")) }
}

fn rules() -> Vec<ReportingRules> {
    crate::insight::model::came_with_the_tracker().into()
}

fn told(number: u128, progress: Progress, effective_on: NaiveDate) -> Told {
    Told {
        id: Uuid::from_u128(number),
        progress,
        percent: None,
        effective_on,
        completed_on: (progress == Progress::Complete).then_some(effective_on),
        recorded_at: DateTime::UNIX_EPOCH + TimeDelta::minutes(i64::try_from(number).unwrap()),
        supersedes: None,
        has_narrative: false,
        evidence_count: 0,
    }
}

fn step(due: Option<&str>, told: Vec<Told>) -> MilestoneTold {
    let facts = MilestoneFacts {
        id: Uuid::nil(),
        label: None,
        title: LocalizedText::default(),
        responsible: LocalizedText::default(),
        starts: None,
        due: due.and_then(known),
        actual_start: None,
        actual_end: None,
        reschedulings: Vec::new(),
        disposition: Disposition::Active,
        weight: None,
        progress: None,
        evidence_count: 0,
        substantive_on: None,
    };
    MilestoneTold { facts, told }
}

fn belonging() -> Belonging {
    let name = LocalizedText::default();
    Belonging {
        member: MemberName {
            id: Uuid::nil(),
            code: "IAS".into(),
            kind: MemberKind::Local,
            name: name.clone(),
        },
        cohort: Some(2018),
        plan: PlanDated {
            name: PlanName { id: Uuid::nil(), slug: "iasi-2019-2021".into(), title: name },
            cycle_year: Some(2019),
            starts: known("2019-08-31"),
            ends: known("2021-08-31"),
        },
        policy_areas: Vec::new(),
        ogp_values: Vec::new(),
        leads: Vec::new(),
        completions: Vec::new(),
    }
}

fn promise(steps: Vec<MilestoneTold>) -> CommitmentHistory {
    CommitmentHistory {
        belongs: belonging(),
        facts: CommitmentFacts {
            id: Uuid::nil(),
            code: None,
            title: LocalizedText::default(),
            starts: None,
            ends: known("2021-08-31"),
            disposition: Disposition::Active,
            milestones: Vec::new(),
            assessed: Vec::new(),
        },
        steps: steps.into_iter().map(Into::into).collect(),
    }
}

fn lead(slug: &str, sector: Sector) -> Lead {
    Lead { id: Uuid::nil(), slug: slug.into(), name: LocalizedText::default(), sector }
}

fn counted(commitments: &[CommitmentHistory], by: &[Dimension], times: Times) -> Point {
    statistics(commitments, &rules(), by, &[times]).unwrap().remove(0)
}

/// The keys of each group beside the number of its commitments.
fn totals(commitments: &[CommitmentHistory], by: &[Dimension], times: Times) -> Vec<(String, u32)> {
    let text = |key: &Key| key.text().unwrap_or_else(|| "-".to_owned());
    let told = |group: &Group| {
        let keys: Vec<_> = group.keys.iter().map(text).collect();
        (keys.join(" "), group.measures.rollup.commitments.total)
    };
    counted(commitments, by, times).groups.iter().map(told).collect()
}

fn some(totals: Vec<(String, u32)>) -> Vec<(String, u32)> {
    totals.into_iter().filter(|(_, count)| *count > 0).collect()
}

#[test]
fn a_commitment_is_in_one_group_of_what_it_has_one_of() {
    let all = [promise(vec![]), promise(vec![])];
    for (dimension, key) in [
        (Dimension::Member, "IAS"),
        (Dimension::Kind, "local"),
        (Dimension::Cohort, "2018"),
        (Dimension::ActionPlan, "iasi-2019-2021"),
        (Dimension::CycleYear, "2019"),
        (Dimension::PolicyArea, "-"),
        (Dimension::OgpValue, "-"),
        (Dimension::LeadInstitution, "-"),
        (Dimension::Sector, "-"),
        (Dimension::Progress, "not_reported"),
        (Dimension::Schedule, "overdue"),
        (Dimension::Completion, "-"),
    ] {
        let found = some(totals(&all, &[dimension], on("2022-01-01")));
        assert_eq!(found, [(key.to_owned(), 2)], "{dimension:?}");
    }
    let alone = counted(&all, &[], on("2022-01-01"));
    assert_eq!(alone.groups.len(), 1);
    assert_eq!((&alone.groups[0].keys, alone.groups[0].measures), (&vec![], alone.total));
    assert_eq!(alone.total.share, Some(1.0));
}

#[test]
fn of_what_it_has_several_of_it_is_in_each_group_once() {
    let mut one = promise(vec![]);
    one.belongs.ogp_values = vec![OgpValue::PublicAccountability, OgpValue::CivicParticipation];
    one.belongs.leads = vec![
        lead("city", Sector::Government),
        lead("county", Sector::Government),
        lead("house", Sector::CivilSociety),
    ];
    let all = [one, promise(vec![])];
    let pairs = |by: &[Dimension]| some(totals(&all, by, on("2022-01-01")));
    let told = |words: &[(&str, u32)]| -> Vec<(String, u32)> {
        words.iter().map(|(key, count)| ((*key).to_owned(), *count)).collect()
    };
    assert_eq!(pairs(&[Dimension::Sector]), told(&[("government", 1), ("civil_society", 1), ("-", 1)]));
    assert_eq!(
        pairs(&[Dimension::OgpValue, Dimension::Kind]),
        told(&[("civic_participation local", 1), ("public_accountability local", 1), ("- local", 1)])
    );
    // Each institution stands beside its own sector alone.
    assert_eq!(
        pairs(&[Dimension::LeadInstitution, Dimension::Sector]),
        told(&[("city government", 1), ("county government", 1), ("house civil_society", 1), ("- -", 1)])
    );
    assert_eq!(
        pairs(&[Dimension::Sector, Dimension::LeadInstitution]),
        told(&[("government city", 1), ("government county", 1), ("civil_society house", 1), ("- -", 1)])
    );
    let sectors = counted(&all, &[Dimension::Sector], on("2022-01-01"));
    let shares: Vec<_> = sectors.groups.iter().filter_map(|group| group.measures.share).collect();
    assert_eq!(shares, [0.5, 0.5, 0.0, 0.0, 0.0, 0.5], "they overlap");
    assert_eq!(sectors.total.rollup.commitments.total, 2);
}

#[test]
fn closed_lists_have_all_their_groups() {
    let words = |by: &[Dimension], all: &[CommitmentHistory]| -> Vec<String> {
        totals(all, by, on("2022-01-01")).into_iter().map(|(key, _)| key).collect()
    };
    let scale = ["not_reported", "not_started", "limited", "substantial", "complete"];
    assert_eq!(words(&PROGRESS, &[]), scale);
    assert_eq!(words(&[Dimension::Kind], &[]), ["national", "local"]);
    assert_eq!(words(&[Dimension::Member], &[]), [""; 0]);
    let all = [promise(vec![])];
    let beside: Vec<_> = scale.iter().map(|word| format!("IAS {word}")).collect();
    assert_eq!(words(&[Dimension::Member, Dimension::Progress], &all), beside);
    assert_eq!(words(&[Dimension::Member, Dimension::Progress], &[]), [""; 0]);
    assert_eq!(words(&[Dimension::Kind, Dimension::Schedule], &all).len(), 2 * 7);
    let none = counted(&[], &[], on("2022-01-01"));
    assert_eq!((none.total, none.groups.len()), (Measures::default(), 1));
}

#[test]
fn lateness_is_counted_in_days() {
    let done = |due: &str, on: &str| step(Some(due), vec![told(1, Progress::Complete, day(on))]);
    let steps = vec![
        done("2021-03-31", "2021-04-10"),
        done("2021-03-31", "2021-03-31"),
        step(Some("2021-06-01"), vec![]),
        step(None, vec![]),
    ];
    let all = [promise(steps)];
    let late = |on_day: &str| {
        let total = counted(&all, &[], on(on_day)).total;
        (total.late, total.average_days_late)
    };
    assert_eq!(late("2021-03-31"), (0, None));
    assert_eq!(late("2021-04-05"), (1, Some(5.0)), "not completed yet, it is overdue");
    assert_eq!(late("2021-06-01"), (1, Some(10.0)));
    assert_eq!(late("2021-06-06"), (2, Some(7.5)));
    let mut dropped = all.clone();
    dropped[0].facts.disposition = Disposition::Withdrawn;
    let total = counted(&dropped, &[], on("2021-06-06")).total;
    assert_eq!((total.late, total.rollup.commitments.withdrawn, total.share), (0, 1, None));
    assert_eq!(total.commitments_by_schedule.sum(), 0);
}

#[test]
fn commitments_are_stale_while_their_plan_runs() {
    let limited = told(1, Progress::Limited, day("2020-06-30"));
    let all = [promise(vec![step(None, vec![limited])]), promise(vec![step(None, vec![])])];
    let stale = |on_day: &str| {
        let total = counted(&all, &[], on(on_day)).total;
        (total.running, total.stale, total.stale_share)
    };
    assert_eq!(stale("2019-08-30"), (0, 0, None));
    assert_eq!(stale("2019-12-31"), (2, 0, Some(0.0)), "four months after the plan began");
    assert_eq!(stale("2020-01-01"), (2, 2, Some(1.0)));
    assert_eq!(stale("2020-07-01"), (2, 1, Some(0.5)));
    assert_eq!(stale("2020-10-30"), (2, 1, Some(0.5)));
    assert_eq!(stale("2020-10-31"), (2, 2, Some(1.0)));
    assert_eq!(stale("2021-09-01"), (0, 0, None));
}

#[test]
fn the_coding_that_counts_is_the_last_of_the_last_stage() {
    let said = |number: u128, stage, year, value: Option<&str>| CompletionSaid {
        id: Uuid::from_u128(number),
        stage,
        assessed: None,
        report_year: Some(year),
        value: value.map(str::to_owned),
        absence: value.is_none().then_some(Absence::NoData),
    };
    let mut one = promise(vec![]);
    one.belongs.completions = vec![
        said(3, Stage::EndOfTerm, 2020, Some("substantial")),
        said(1, Stage::Design, 2019, Some("limited")),
        said(4, Stage::MidTerm, 2021, Some("complete")),
        said(2, Stage::Results, 2022, None),
        said(5, Stage::Results, 2023, Some("in_part")),
    ];
    let key =
        |times: Times| some(totals(std::slice::from_ref(&one), &[Dimension::Completion], times)).remove(0).0;
    for (on_day, expected) in [
        ("2019-12-30", "-"),
        ("2019-12-31", "limited"),
        ("2020-12-31", "substantial"),
        ("2021-12-31", "substantial"),
        ("2022-12-31", "no_data"),
        ("2023-12-31", "in_part"),
    ] {
        assert_eq!(key(on(on_day)), expected, "{on_day}");
    }
    assert_eq!(key(Times::now(day("2020-01-01"))), "in_part", "today all that is recorded counts");
    // Words of the scale come first, then why there is none, then what schemes chose, then nothing.
    let coded = |value: Option<&str>| {
        let mut other = promise(vec![]);
        other.belongs.completions = vec![said(1, Stage::Results, 2022, value)];
        other
    };
    let all = [promise(vec![]), coded(Some("in_part")), coded(None), coded(Some("complete"))];
    let order: Vec<_> = totals(&all, &[Dimension::Completion], on("2023-01-01"));
    assert_eq!(
        order.iter().map(|(key, _)| key.as_str()).collect::<Vec<_>>(),
        ["complete", "no_data", "in_part", "-"]
    );
}

#[test]
fn a_series_ends_its_intervals_and_with_its_last_day() {
    let days = |interval: Interval, from: &str, to: &str| -> Vec<String> {
        interval.days(day(from), day(to)).map(|day| day.to_string()).collect()
    };
    assert_eq!(days(Interval::Month, "2023-12-15", "2024-02-29"), ["2023-12-31", "2024-01-31", "2024-02-29"]);
    assert_eq!(days(Interval::Month, "2023-12-31", "2024-01-01"), ["2023-12-31", "2024-01-01"]);
    assert_eq!(
        days(Interval::Quarter, "2023-02-01", "2023-10-15"),
        ["2023-03-31", "2023-06-30", "2023-09-30", "2023-10-15"]
    );
    assert_eq!(days(Interval::Quarter, "2023-02-01", "2023-02-01"), ["2023-02-01"]);
    assert_eq!(days(Interval::Month, "2023-02-02", "2023-02-01"), [""; 0]);
    assert_eq!(days(Interval::Month, "9999-12-01", "9999-12-31"), ["9999-12-31"]);
}

#[test]
fn more_rows_than_an_answer_has_are_refused() {
    let many: Vec<_> = (0..84u16)
        .map(|number| {
            let mut one = promise(vec![]);
            one.belongs.plan.name.slug = format!("plan-{number}");
            one
        })
        .collect();
    let months: Vec<_> = Interval::Month
        .days(day("2014-01-01"), day("2023-12-31"))
        .map(|day| Times { on: Some(day), ..on("2020-01-01") })
        .collect();
    assert_eq!(months.len(), MAX_POINTS);
    let rows = |plans: usize| {
        let found = statistics(&many[..plans], &rules(), &[Dimension::ActionPlan], &months);
        found.map(|points| points.iter().map(|point| point.groups.len()).sum())
    };
    assert_eq!((rows(83), rows(84)), (Ok(9_960), Err(TooManyRows)));
    let empty = statistics(&many[..20], &rules(), &[Dimension::ActionPlan, Dimension::Progress], &months);
    assert_eq!(empty.map(|points| points.len()), Err(TooManyRows), "empty groups are rows, too");
}

fn at(days: u64) -> NaiveDate {
    day("2019-06-01") + Days::new(days)
}

/// Updates, some of which correct one before that nobody has corrected.
fn history() -> impl Strategy<Value = Vec<Told>> {
    let one = (0u64..1_000, 0usize..4, any::<Option<prop::sample::Index>>(), 0i64..2);
    prop::collection::vec(one, 0..8).prop_map(|drawn| {
        let (mut all, mut open): (Vec<Told>, Vec<Uuid>) = (Vec::new(), Vec::new());
        for (number, (effective, progress, corrects, evidence_count)) in drawn.into_iter().enumerate() {
            let supersedes = corrects.filter(|_| !open.is_empty()).map(|which| *which.get(&open));
            open.retain(|id| Some(*id) != supersedes);
            let new = told(number as u128, Progress::ALL[progress], at(effective));
            open.push(new.id);
            all.push(Told { supersedes, evidence_count, ..new });
        }
        all
    })
}

fn any_step() -> impl Strategy<Value = MilestoneTold> {
    (history(), prop::option::of(0u64..1_000), 0usize..3, prop::option::of(1i16..=1000)).prop_map(
        |(told, due, disposition, weight)| {
            let plain = step(None, told);
            let facts = MilestoneFacts {
                due: due.map(|due| PartialDate::day(at(due))),
                disposition: [Disposition::Active, Disposition::Withdrawn, Disposition::CarriedOver]
                    [disposition],
                weight,
                ..plain.facts.clone()
            };
            MilestoneTold { facts, ..plain }
        },
    )
}

fn any_promise() -> impl Strategy<Value = CommitmentHistory> {
    let leads = prop::collection::vec(0usize..5, 0..3);
    (prop::collection::vec(any_step(), 0..4), 0usize..3, 0usize..3, leads).prop_map(
        |(steps, disposition, member, leads)| {
            let mut one = promise(steps);
            one.facts.disposition =
                [Disposition::Active, Disposition::Withdrawn, Disposition::CarriedOver][disposition];
            one.belongs.member.code = ["IAS", "ROTMR", "ROU"][member].to_owned();
            one.belongs.member.kind = if member == 2 { MemberKind::National } else { MemberKind::Local };
            let sectors = leads.into_iter().map(|at| lead(&format!("lead-{at}"), Sector::ALL[at]));
            one.belongs.leads = sectors.collect();
            one
        },
    )
}

fn promises() -> impl Strategy<Value = Vec<CommitmentHistory>> {
    prop::collection::vec(any_promise(), 0..8)
}

fn dimension() -> impl Strategy<Value = Dimension> {
    prop::sample::select(vec![
        Dimension::Member,
        Dimension::Kind,
        Dimension::Cohort,
        Dimension::CycleYear,
        Dimension::LeadInstitution,
        Dimension::Sector,
        Dimension::Progress,
        Dimension::Schedule,
        Dimension::Completion,
    ])
}

fn dimensions() -> impl Strategy<Value = Vec<Dimension>> {
    prop::collection::vec(dimension(), 0..=2).prop_filter("each once", |by| by.first() != by.get(1))
}

proptest! {
    #[test]
    fn groups_that_do_not_overlap_add_up(all in promises(), by in dimensions(), on_day in 0u64..1_000) {
        let times = Times { on: Some(at(on_day)), ..on("2020-01-01") };
        let Point { total, groups, .. } = counted(&all, &by, times);
        let sum = |of: fn(&Measures) -> u32| groups.iter().map(|group| of(&group.measures)).sum::<u32>();
        let counts: [fn(&Measures) -> u32; 9] = [
            |of| of.rollup.commitments.total,
            |of| of.rollup.commitments.active,
            |of| of.rollup.counts.milestones.active,
            |of| of.rollup.counts.evidence.claims,
            |of| of.rollup.counts.by_progress.complete,
            |of| of.commitments_by_schedule.overdue,
            |of| of.late,
            |of| of.running,
            |of| of.stale,
        ];
        let overlaps = by.iter().any(|dimension| dimension.overlaps());
        for count in counts {
            let (sum, total) = (sum(count), count(&total));
            prop_assert!(sum == total || (overlaps && sum > total));
        }
        prop_assert_eq!(total.rollup.commitments.total as usize, all.len());
        prop_assert_eq!(total.commitments_by_schedule.sum(), total.rollup.commitments.active);
        for Group { measures, .. } in &groups {
            let shares = [measures.share, measures.rescheduled_share, measures.stale_share];
            prop_assert!(shares.into_iter().flatten().all(|share| (0.0..=1.0).contains(&share)));
            prop_assert_eq!(measures.average_days_late.is_some(), measures.late > 0);
            prop_assert!(measures.average_days_late.is_none_or(|days| days >= 1.0));
        }
    }

    #[test]
    fn the_order_in_which_they_come_makes_no_difference(
        (all, turned) in promises().prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle())),
        by in dimensions(), on_day in 0u64..1_000,
    ) {
        let times = Times { on: Some(at(on_day)), ..on("2020-01-01") };
        prop_assert_eq!(counted(&all, &by, times), counted(&turned, &by, times));
    }

    #[test]
    fn a_point_of_a_series_is_what_is_told_of_its_day(
        all in promises(), by in dimensions(), days in prop::collection::vec(0u64..1_000, 1..6),
    ) {
        let points: Vec<_> = days.iter().map(|day| Times { on: Some(at(*day)), ..on("2020-01-01") }).collect();
        let series = statistics(&all, &rules(), &by, &points).unwrap();
        prop_assert_eq!(series.len(), points.len());
        for (point, times) in series.iter().zip(&points) {
            let alone = counted(&all, &by, *times);
            prop_assert_eq!((point.day, point.total), (times.day(), alone.total));
            let keys = |point: &Point| point.groups.iter().map(|group| group.keys.clone()).collect::<Vec<_>>();
            prop_assert_eq!(keys(point), keys(&series[0]), "the same groups on each day");
            for group in &point.groups {
                let own = alone.groups.iter().find(|own| own.keys == group.keys);
                let measures = own.map_or(group.measures, |own| own.measures);
                prop_assert_eq!(group.measures, measures);
                prop_assert!(own.is_some() || group.measures.rollup.commitments.total == 0);
            }
        }
    }

    /// The rules of one day, for every day.
    #[test]
    fn a_history_knows_what_held_on_each_day(told in history(), on_day in 0u64..1_100) {
        let (reported, on_day): (Vec<Reported>, _) = (told.iter().map(Told::reported).collect(), at(on_day));
        let step = MilestoneHistory::from(step(None, told)).on(on_day);
        let held = present(&reported, Some(on_day), None);
        prop_assert_eq!(step.progress.as_ref().map(|progress| progress.update_id), held.map(|held| held.id));
        prop_assert_eq!(step.substantive_on, last_substantive(&reported, on_day));
    }
}
