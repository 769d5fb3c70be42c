//! Progress of milestones rolled up to commitments, plans and members. Pure: computed for a day that is
//! passed in, never stored.

use super::facts::{CommitmentFacts, MilestoneFacts};
use crate::commitments::model::Disposition;
use crate::kernel::PartialDate;
use crate::milestones::model::{Progress, ProgressSaid, Schedule};
use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::Serialize;
use std::ops::AddAssign;
use utoipa::ToSchema;

/// How many there are, by disposition.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema, ToSchema)]
pub struct ByDisposition {
    /// All of them.
    pub total: u32,
    /// Those that stand: only they count in everything else.
    pub active: u32,
    /// Withdrawn.
    pub withdrawn: u32,
    /// Carried over to a later plan.
    pub carried_over: u32,
}

impl ByDisposition {
    fn count(&mut self, disposition: Disposition) {
        self.total += 1;
        match disposition {
            Disposition::Active => self.active += 1,
            Disposition::Withdrawn => self.withdrawn += 1,
            Disposition::CarriedOver => self.carried_over += 1,
        }
    }
}

/// How many there are at each place of OGP's scale. Together they are all that are active.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema, ToSchema)]
pub struct ByProgress {
    /// Nobody has reported anything: not the same as not started.
    pub not_reported: u32,
    /// Nothing was done yet.
    pub not_started: u32,
    /// Some of it was done.
    pub limited: u32,
    /// Most of it was done.
    pub substantial: u32,
    /// All of it was done.
    pub complete: u32,
}

impl ByProgress {
    fn count(&mut self, said: Option<Progress>) {
        *match said {
            None => &mut self.not_reported,
            Some(Progress::NotStarted) => &mut self.not_started,
            Some(Progress::Limited) => &mut self.limited,
            Some(Progress::Substantial) => &mut self.substantial,
            Some(Progress::Complete) => &mut self.complete,
        } += 1;
    }

    /// All of them.
    pub fn sum(&self) -> u32 {
        self.not_reported + self.not_started + self.limited + self.substantial + self.complete
    }
}

/// How many there are by schedule. Together they are all that are active.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema, ToSchema)]
pub struct BySchedule {
    /// No due date is known.
    pub undated: u32,
    /// Planned to go on without an end.
    pub ongoing: u32,
    /// Due later than in 30 days.
    pub upcoming: u32,
    /// Due within 30 days.
    pub due_soon: u32,
    /// Past their due date, and not completed.
    pub overdue: u32,
    /// Completed in time.
    pub completed_on_time: u32,
    /// Completed late.
    pub completed_late: u32,
}

impl BySchedule {
    pub(super) fn count(&mut self, schedule: Schedule) {
        *match schedule {
            Schedule::Undated => &mut self.undated,
            Schedule::Ongoing => &mut self.ongoing,
            Schedule::Upcoming => &mut self.upcoming,
            Schedule::DueSoon => &mut self.due_soon,
            Schedule::Overdue => &mut self.overdue,
            Schedule::CompletedOnTime => &mut self.completed_on_time,
            Schedule::CompletedLate => &mut self.completed_late,
        } += 1;
    }

    /// All of them.
    pub fn sum(&self) -> u32 {
        self.undated
            + self.ongoing
            + self.upcoming
            + self.due_soon
            + self.overdue
            + self.completed_on_time
            + self.completed_late
    }
}

/// How much of what is said to be done is proved.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, JsonSchema, ToSchema)]
pub struct EvidenceShare {
    /// Milestones that are reported as `limited`, `substantial` or `complete`.
    pub claims: u32,
    /// Of these, how many have evidence that is not withdrawn: with the update that holds, or with the
    /// milestone itself.
    pub with_evidence: u32,
    /// The second by the first, 0 to 1; null without claims.
    #[schema(required)]
    pub share: Option<f64>,
}

impl EvidenceShare {
    fn count(&mut self, proved: bool) {
        self.add(1, u32::from(proved));
    }

    fn add(&mut self, claims: u32, with_evidence: u32) {
        self.claims += claims;
        self.with_evidence += with_evidence;
        self.share =
            (self.claims > 0).then(|| rounded(f64::from(self.with_evidence) / f64::from(self.claims), 4));
    }
}

/// Milestones counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, JsonSchema, ToSchema)]
pub struct Counts {
    /// By disposition; those of a commitment that is not active count as it does.
    pub milestones: ByDisposition,
    /// The active ones by progress.
    pub by_progress: ByProgress,
    /// The active ones by schedule.
    pub by_schedule: BySchedule,
    /// Of the active ones, how many have a due date that was moved since it was public.
    pub rescheduled: u32,
    /// How much of what is said is proved.
    pub evidence: EvidenceShare,
}

/// What a milestone adds to a sum.
#[derive(Debug, Clone, Copy)]
pub struct CountedStep {
    /// Active, withdrawn, carried over.
    pub disposition: Disposition,
    /// How much it counts.
    pub weight: Option<i16>,
    /// Its place on OGP's scale, as reported.
    pub said: Option<Progress>,
    /// Its percentage, as reported.
    pub percent: Option<i16>,
    /// Where it stands against its plan.
    pub schedule: Schedule,
    /// Whether its due date was moved.
    pub rescheduled: bool,
    /// Whether anything proves what is said, where something is said to be done.
    pub proved: Option<bool>,
}

impl CountedStep {
    /// Of a milestone as it stands on a day.
    pub fn of(step: &MilestoneFacts, day: NaiveDate) -> Self {
        Self {
            disposition: step.disposition,
            weight: step.weight,
            said: step.said(),
            percent: step.progress.as_ref().and_then(|progress| progress.percent),
            schedule: step.schedule(day),
            rescheduled: !step.reschedulings.is_empty(),
            proved: step.claim(),
        }
    }

    fn weight(&self) -> i16 {
        self.weight.unwrap_or(1)
    }

    fn is_active(&self) -> bool {
        self.disposition == Disposition::Active
    }
}

impl Counts {
    /// Of the milestones of a commitment.
    pub fn of(commitment: Disposition, steps: &[CountedStep]) -> Self {
        let mut counts = Self::default();
        for step in steps {
            let disposition = match commitment {
                Disposition::Active => step.disposition,
                other => other,
            };
            counts.milestones.count(disposition);
            if disposition == Disposition::Active {
                counts.by_progress.count(step.said);
                counts.by_schedule.count(step.schedule);
                counts.rescheduled += u32::from(step.rescheduled);
                if let Some(proved) = step.proved {
                    counts.evidence.count(proved);
                }
            }
        }
        counts
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.milestones += other.milestones;
        self.by_progress += other.by_progress;
        self.by_schedule += other.by_schedule;
        self.rescheduled += other.rescheduled;
        self.evidence.add(other.evidence.claims, other.evidence.with_evidence);
    }
}

/// Adds each count to its like.
macro_rules! add_counts {
    ($counts:ty: $($field:ident),+) => {
        impl AddAssign for $counts {
            fn add_assign(&mut self, other: Self) {
                $(self.$field += other.$field;)+
            }
        }
    };
}
add_counts!(ByDisposition: total, active, withdrawn, carried_over);
add_counts!(ByProgress: not_reported, not_started, limited, substantial, complete);
add_counts!(BySchedule: undated, ongoing, upcoming, due_soon, overdue, completed_on_time, completed_late);

/// How far something is on average.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, JsonSchema, ToSchema)]
pub struct Average {
    /// On OGP's scale as numbers: `not_started` 0, `limited` 1, `substantial` 2, `complete` 3. Of a
    /// commitment: the mean of its active milestones by their weights (∑ weight × place ÷ ∑ weight; where
    /// none has a weight all count alike, where some have, the others count as 1). Of anything above: the
    /// plain mean of its active commitments that have active milestones. What nobody has reported counts as 0
    /// beside what somebody has; null where nothing at all is reported, which is not the same as not started.
    #[schema(required, example = 1.57)]
    pub mean: Option<f64>,
    /// The same in percent, 0 to 100: each milestone with its reported percentage, else with its place on
    /// the scale ÷ 3 × 100.
    #[schema(required, example = 54.8)]
    pub percent: Option<f64>,
}

impl Average {
    /// Of the active milestones of a commitment, unrounded.
    fn exact(steps: &[CountedStep]) -> Option<(f64, f64)> {
        let (mut weights, mut mean, mut percent) = (0.0, 0.0, 0.0);
        for step in steps.iter().filter(|step| step.is_active()) {
            let weight = f64::from(step.weight());
            weights += weight;
            mean += weight * step.said.map_or(0.0, |said| f64::from(said.ordinal()));
            percent += weight * in_percent(step.said, step.percent);
        }
        (weights > 0.0).then(|| (mean / weights, percent / weights))
    }

    /// Of commitments, where anything is reported.
    fn of(exact: &[(f64, f64)], reported: bool) -> Self {
        if exact.is_empty() || !reported {
            return Self::default();
        }
        let count = f64::from(u32::try_from(exact.len()).unwrap_or(u32::MAX));
        let mean = exact.iter().map(|(mean, _)| mean).sum::<f64>() / count;
        let percent = exact.iter().map(|(_, percent)| percent).sum::<f64>() / count;
        Self { mean: Some(rounded(mean, 2)), percent: Some(rounded(percent, 1)) }
    }
}

/// Progress of one commitment.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema, ToSchema)]
pub struct CommitmentRollup {
    /// Its place on OGP's scale: `complete` where all its active milestones are; `not_started` where all that
    /// is reported says so; null where nothing is reported; else `substantial` from a mean of 1.5 on, and
    /// `limited` below.
    #[schema(required)]
    pub progress: Option<Progress>,
    /// Where it stands against its plan on the day: by its own end, and completed with its last milestone.
    pub schedule: Schedule,
    /// How far it is.
    #[serde(flatten)]
    pub average: Average,
    /// Its milestones, counted.
    #[serde(flatten)]
    pub counts: Counts,
}

impl CommitmentRollup {
    /// On a day.
    pub fn of(commitment: &CommitmentFacts, day: NaiveDate) -> Self {
        let Counted { disposition: _, progress, exact, counts } = Counted::of(commitment, day);
        Self {
            progress,
            schedule: commitment.schedule(day),
            average: Average::of(exact.as_slice(), progress.is_some()),
            counts,
        }
    }
}

impl CommitmentFacts {
    /// Its place on OGP's scale as a word: that of [`CommitmentRollup::progress`], or that nothing is reported.
    pub fn progress(&self) -> ProgressSaid {
        place(self.active().map(|step| (step.said(), step.weight.unwrap_or(1)))).into()
    }
}

/// A commitment's place on the scale by what is said of its active milestones, and by how much each counts.
fn place(steps: impl Iterator<Item = (Option<Progress>, i16)> + Clone) -> Option<Progress> {
    let said = || steps.clone().map(|(said, _)| said);
    // Where nothing is said, nothing is known.
    said().flatten().next()?;
    if said().all(|said| said == Some(Progress::Complete)) {
        return Some(Progress::Complete);
    }
    if said().flatten().all(|said| said == Progress::NotStarted) {
        return Some(Progress::NotStarted);
    }
    Some(if at_least_half_way(steps) { Progress::Substantial } else { Progress::Limited })
}

/// Whether the mean place of milestones by their weights is 1.5 or more; in whole numbers, as a query decides it.
fn at_least_half_way(steps: impl Iterator<Item = (Option<Progress>, i16)>) -> bool {
    let weighed = steps.map(|(said, weight)| {
        let place = said.map_or(0, |said| i64::from(said.ordinal()));
        i64::from(weight) * (2 * place - 3)
    });
    weighed.sum::<i64>() >= 0
}

/// Progress of many commitments together: of a plan, of a member, of a country.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, JsonSchema, ToSchema)]
pub struct Rollup {
    /// The commitments by disposition.
    pub commitments: ByDisposition,
    /// The active ones by their own progress.
    pub commitments_by_progress: ByProgress,
    /// How far they are.
    #[serde(flatten)]
    pub average: Average,
    /// Their milestones, counted.
    #[serde(flatten)]
    pub counts: Counts,
}

impl Rollup {
    /// Of commitments, on a day.
    pub fn of<'a>(commitments: impl Iterator<Item = &'a CommitmentFacts>, day: NaiveDate) -> Self {
        Self::sum(commitments.map(|commitment| Counted::of(commitment, day)))
    }

    /// Of commitments that were counted.
    pub fn sum(counted: impl Iterator<Item = Counted>) -> Self {
        let mut tally = Tally::default();
        counted.for_each(|commitment| tally.add(&commitment));
        tally.rollup()
    }
}

/// What a commitment adds to a sum; made once, however many sums it is part of.
#[derive(Debug, Clone, Copy)]
pub struct Counted {
    disposition: Disposition,
    progress: Option<Progress>,
    exact: Option<(f64, f64)>,
    counts: Counts,
}

impl Counted {
    /// Of a commitment as it stands on a day.
    pub fn of(commitment: &CommitmentFacts, day: NaiveDate) -> Self {
        let steps: Vec<_> = commitment.milestones.iter().map(|step| CountedStep::of(step, day)).collect();
        Self::of_steps(commitment.disposition, &steps)
    }

    /// Of a commitment with these milestones.
    pub fn of_steps(disposition: Disposition, steps: &[CountedStep]) -> Self {
        let active = steps.iter().filter(|step| step.is_active());
        Self {
            disposition,
            progress: place(active.map(|step| (step.said, step.weight()))),
            exact: Average::exact(steps),
            counts: Counts::of(disposition, steps),
        }
    }
}

/// Commitments that are rolled up one by one, however many there are.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    counted: Rollup,
    exact: Vec<(f64, f64)>,
}

impl Tally {
    /// Counts a commitment as it stands on a day.
    pub fn count(&mut self, commitment: &CommitmentFacts, day: NaiveDate) {
        self.add(&Counted::of(commitment, day));
    }

    /// Adds what was counted.
    pub fn add(&mut self, one: &Counted) {
        self.counted.commitments.count(one.disposition);
        self.counted.counts += one.counts;
        if one.disposition == Disposition::Active {
            self.counted.commitments_by_progress.count(one.progress);
            self.exact.extend(one.exact);
        }
    }

    /// What was counted so far.
    pub fn rollup(&self) -> Rollup {
        let said = &self.counted.commitments_by_progress;
        let mut exact = self.exact.clone();
        // The last digit of a sum depends on its order; this one's does not on that in which things come.
        exact.sort_unstable_by(|one, other| one.0.total_cmp(&other.0).then(one.1.total_cmp(&other.1)));
        Rollup { average: Average::of(&exact, said.sum() > said.not_reported), ..self.counted }
    }
}

/// Progress in percent: as reported, else that of its place on the scale; 0 where nothing is said.
pub(super) fn in_percent(said: Option<Progress>, reported: Option<i16>) -> f64 {
    let of_scale = || said.map_or(0.0, |said| f64::from(said.ordinal()) * 100.0 / 3.0);
    reported.map_or_else(of_scale, f64::from)
}

/// The percentage of a period that has passed on a day, 0 to 100, by the first day that its start and
/// the last day that its end can mean; none where either names no day.
pub fn elapsed(starts: Option<&PartialDate>, ends: Option<&PartialDate>, day: NaiveDate) -> Option<f64> {
    let (first, last) = (starts?.first_day()?, ends?.last_day()?);
    if day < first {
        return Some(0.0);
    }
    if day >= last {
        return Some(100.0);
    }
    let days = |from: NaiveDate, to: NaiveDate| i32::try_from((to - from).num_days()).map_or(0.0, f64::from);
    Some(rounded(days(first, day) / days(first, last) * 100.0, 1))
}

pub(super) fn rounded(value: f64, digits: i32) -> f64 {
    let shift = 10f64.powi(digits);
    (value * shift).round() / shift
}

#[cfg(test)]
mod tests;
