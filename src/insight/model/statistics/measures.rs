//! What is measured of a group of commitments.

use crate::commitments::model::Disposition;
use crate::insight::model::facts::{CommitmentFacts, Days, runs_on};
use crate::insight::model::freshness::Freshness;
use crate::insight::model::rollup::{BySchedule, Counted, Rollup, Tally, rounded};
use crate::insight::model::rules::ReportingRules;
use crate::milestones::model::Schedule;
use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::Serialize;
use utoipa::ToSchema;

/// What is measured of a group of commitments on a day. Commitments and milestones that were withdrawn or carried
/// over are told in `commitments` and `milestones` alone; everything else is of the active ones.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, JsonSchema, ToSchema)]
pub struct Measures {
    /// The active commitments of the group by those of all groups together, 0 to 1; null where there are none.
    #[schema(required, example = 0.25)]
    pub share: Option<f64>,
    /// Commitments and milestones counted, and how far they are.
    #[serde(flatten)]
    pub rollup: Rollup,
    /// The active commitments by their own schedule.
    pub commitments_by_schedule: BySchedule,
    /// Milestones that are late: overdue, or completed late.
    pub late: u32,
    /// By how many days these are late on average: what is overdue, from the last day that its due date can mean to
    /// the day told of; what was completed late, from there to the first day that its completion can mean. Null where
    /// nothing is late.
    #[schema(required, example = 41.5)]
    pub average_days_late: Option<f64>,
    /// Active milestones whose due date was moved since it was public (`rescheduled`) by all active ones, 0 to 1;
    /// null where there are none.
    #[schema(required, example = 0.1)]
    pub rescheduled_share: Option<f64>,
    /// Active commitments whose plan runs on the day.
    pub running: u32,
    /// Of these, how many are stale: nothing substantive was reported about any of their milestones for longer than
    /// the rule allows that is in force for the member's kind.
    pub stale: u32,
    /// `stale` by `running`, 0 to 1; null where no plan runs.
    #[schema(required, example = 0.5)]
    pub stale_share: Option<f64>,
}

/// One commitment on a day, measured once, however many groups it is in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Measured {
    counted: Counted,
    /// Where it is active.
    schedule: Option<Schedule>,
    late: u32,
    days_late: i64,
    running: bool,
    stale: bool,
}

impl Measured {
    /// Of a commitment in a plan with a period, by the rules in force for it.
    pub(super) fn of(
        commitment: &CommitmentFacts,
        period: Days,
        rules: Option<&ReportingRules>,
        day: NaiveDate,
    ) -> Self {
        let active = commitment.disposition == Disposition::Active;
        let running = active && runs_on(period, day);
        let steps = commitment.active().filter(|_| active);
        let days: Vec<_> = steps.filter_map(|step| step.days_late(day)).collect();
        Self {
            counted: Counted::of(commitment, day),
            schedule: active.then(|| commitment.schedule(day)),
            late: u32::try_from(days.len()).unwrap_or(u32::MAX),
            days_late: days.iter().sum(),
            running,
            stale: running && Freshness::of(commitment.substantive_on(), period, rules, day).silent,
        }
    }
}

/// Commitments added up.
#[derive(Debug, Clone, Default)]
pub(super) struct Sum {
    tally: Tally,
    by_schedule: BySchedule,
    late: u32,
    days_late: i64,
    running: u32,
    stale: u32,
}

impl Sum {
    pub(super) fn add(&mut self, one: &Measured) {
        self.tally.add(&one.counted);
        one.schedule.into_iter().for_each(|schedule| self.by_schedule.count(schedule));
        self.late += one.late;
        self.days_late += one.days_late;
        self.running += u32::from(one.running);
        self.stale += u32::from(one.stale);
    }

    /// How many active commitments there are.
    pub(super) fn active(&self) -> u32 {
        self.by_schedule.sum()
    }

    /// What is measured, where all groups together have so many active commitments.
    pub(super) fn measures(&self, all: u32) -> Measures {
        let rollup = self.tally.rollup();
        let counts = &rollup.counts;
        Measures {
            share: share(self.active(), all),
            rescheduled_share: share(counts.rescheduled, counts.milestones.active),
            rollup,
            commitments_by_schedule: self.by_schedule,
            late: self.late,
            average_days_late: average(self.days_late, self.late),
            running: self.running,
            stale: self.stale,
            stale_share: share(self.stale, self.running),
        }
    }
}

fn share(part: u32, all: u32) -> Option<f64> {
    (all > 0).then(|| rounded(f64::from(part) / f64::from(all), 4))
}

fn average(days: i64, count: u32) -> Option<f64> {
    // So many days are not exact any more only past 24 million years.
    let days = i32::try_from(days).map_or(f64::MAX, f64::from);
    (count > 0).then(|| rounded(days / f64::from(count), 1))
}
