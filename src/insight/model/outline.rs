//! Plans as far as counting goes: nothing below them has a name. Of a thousand milestones, names and whole histories
//! would be most of what is read; what is counted is a few lists.

use super::facts::{Days, period, runs_on};
use super::rollup::{Counted, CountedStep};
use crate::commitments::model::Disposition;
use crate::kernel::{LocalizedText, PartialDate, Times};
use crate::members::model::MemberName;
use crate::milestones::model::{Progress, Rescheduling, Schedule, due_on_day};
use chrono::NaiveDate;
use serde::Deserialize;
use uuid::Uuid;

/// A plan without what is below it.
#[derive(Debug, Clone, Deserialize)]
pub struct PlanHead {
    /// Id.
    pub id: Uuid,
    /// Name in addresses.
    pub slug: String,
    /// Title.
    pub title: LocalizedText,
    /// Whose plan.
    pub member: MemberName,
    /// When it starts.
    pub starts: Option<PartialDate>,
    /// When it ends.
    pub ends: Option<PartialDate>,
}

/// A plan, with what is counted below it.
#[derive(Debug, Clone)]
pub struct PlanOutline {
    /// The plan.
    pub plan: PlanHead,
    /// Its commitments: whether each is active, withdrawn, carried over.
    pub commitments: Vec<Disposition>,
    /// Their milestones.
    pub steps: Steps,
}

/// Milestones: each list has a value for each of them, in the same order.
#[derive(Debug, Clone, Default)]
pub struct Steps {
    /// The place of its commitment in the list of those.
    pub commitment: Vec<i32>,
    /// Its place on OGP's scale, as reported up to the day.
    pub progress: Vec<Option<Progress>>,
    /// The same in percent.
    pub percent: Vec<Option<i16>>,
    /// When it was completed, as that report says.
    pub completed_on: Vec<Option<NaiveDate>>,
    /// The last day that its due date can mean.
    pub due_on: Vec<Option<NaiveDate>>,
    /// Whether anything proves what is said, where something is said to be done.
    pub proved: Vec<Option<bool>>,
    /// The day of which its last substantive update speaks.
    pub substantive_on: Vec<Option<NaiveDate>>,
    /// What few have, or what few lack.
    pub rare: Vec<Option<Rare>>,
}

/// What is told of a milestone that is not active, has a weight, an end of its own, no day on which it is due, or another than it had.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Rare {
    /// Active, withdrawn, carried over.
    pub disposition: Disposition,
    /// How much it counts.
    pub weight: Option<i16>,
    /// When it was completed, as the milestone itself says.
    pub actual_end: Option<PartialDate>,
    /// Planned end.
    pub due: Option<PartialDate>,
    /// How its due date moved.
    pub reschedulings: Vec<Rescheduling>,
}

/// A plan, counted.
#[derive(Debug, Clone)]
pub struct PlanCounted {
    /// The plan.
    pub plan: PlanHead,
    /// What each of its commitments adds to a sum.
    pub commitments: Vec<Counted>,
    /// The day of which the last substantive update about anything below it speaks.
    pub substantive_on: Option<NaiveDate>,
}

impl PlanCounted {
    /// The first and the last day of its period, as far as it names them.
    pub fn period(&self) -> Days {
        period(self.plan.starts.as_ref(), self.plan.ends.as_ref())
    }

    /// Whether a day is within its period for certain; one without a known end runs on.
    pub fn runs_on(&self, day: NaiveDate) -> bool {
        runs_on(self.period(), day)
    }
}

impl PlanOutline {
    /// Counts what is below it at the times that a read asks about; what was reported was read for that day.
    pub fn counted(self, times: &Times) -> PlanCounted {
        let substantive_on = self.steps.substantive_on.iter().flatten().max().copied();
        let mut below = vec![Vec::new(); self.commitments.len()];
        for (commitment, step) in self.steps.counted(times) {
            if let Some(theirs) = usize::try_from(commitment).ok().and_then(|place| below.get_mut(place)) {
                theirs.push(step);
            }
        }
        let counted = |(disposition, steps): (_, Vec<_>)| Counted::of_steps(disposition, &steps);
        let commitments = self.commitments.into_iter().zip(below).map(counted).collect();
        PlanCounted { plan: self.plan, commitments, substantive_on }
    }
}

impl Steps {
    /// Each with the place of its commitment.
    fn counted(self, times: &Times) -> impl Iterator<Item = (i32, CountedStep)> {
        let said = self.progress.into_iter().zip(self.percent).zip(self.completed_on);
        let planned = self.due_on.into_iter().zip(self.rare);
        self.commitment.into_iter().zip(said).zip(planned).zip(self.proved).map(
            |(((commitment, ((said, percent), completed_on)), (due_on, rare)), proved)| {
                let rare = rare.unwrap_or_default();
                let mut due = (due_on, rare.due.as_ref().is_some_and(|due| due.ongoing));
                let mut rescheduled = !rare.reschedulings.is_empty();
                if let Some(on) = times.on.filter(|_| rescheduled) {
                    let then = due_on_day(&rare.reschedulings, rare.due.as_ref(), on);
                    due = (then.and_then(PartialDate::last_day), then.is_some_and(|due| due.ongoing));
                    rescheduled = rare.reschedulings.iter().any(|change| change.decided_on <= on);
                }
                let completed = match said {
                    Some(Progress::Complete) => completed_on.map(Some),
                    Some(_) => None,
                    None => rare.actual_end.map(|end| end.first_day()),
                };
                let schedule = Schedule::between(times.day(), due, completed);
                let (disposition, weight) = (rare.disposition, rare.weight);
                (
                    commitment,
                    CountedStep { disposition, weight, said, percent, schedule, rescheduled, proved },
                )
            },
        )
    }
}
