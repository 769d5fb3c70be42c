//! What a report computes of the facts: the same roll-ups that `/progress` tells.

use crate::commitments::model::Disposition;
use crate::insight::model::{
    CommitmentFacts, CommitmentRollup, DeadlineBase, Freshness, MilestoneFacts, PlanFacts, ReportingRules,
    Rollup, Tally, reports_due, rules_on,
};
use crate::kernel::PartialDate;
use crate::milestones::model::{MilestoneProgress, Schedule, days_moved, original_due};
use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

/// A milestone, computed.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct MilestoneComputed {
    /// Its commitment.
    pub commitment_id: Uuid,
    /// When it was completed, if it was.
    pub completed: Option<PartialDate>,
    /// By how many days its due date moved.
    pub days_moved: Option<i64>,
    /// Whether it counts: as it stands itself where its commitment is active, else as that does.
    pub disposition: Disposition,
    /// The due date in force on the day.
    pub due: Option<PartialDate>,
    /// Pieces of evidence attached to the milestone itself that stand.
    pub evidence_count: i64,
    /// Which milestone.
    pub id: Uuid,
    /// The day of which its last substantive update speaks.
    pub last_on: Option<NaiveDate>,
    /// The due date that was public first.
    pub original_due: Option<PartialDate>,
    /// Its progress in percent.
    pub percent: f64,
    /// What holds of what was reported; null where nothing is.
    pub progress: Option<MilestoneProgress>,
    /// Whether anything proves what is said; null where nothing is said to be done.
    pub proved: Option<bool>,
    /// Where it stands against its plan on the day.
    pub schedule: Schedule,
}

impl MilestoneComputed {
    fn of(commitment: &CommitmentFacts, step: &MilestoneFacts, day: NaiveDate) -> Self {
        let disposition = match commitment.disposition {
            Disposition::Active => step.disposition,
            other => other,
        };
        Self {
            commitment_id: commitment.id,
            completed: step.completed(),
            days_moved: days_moved(&step.reschedulings, step.due.as_ref()),
            disposition,
            due: step.due.clone(),
            evidence_count: step.evidence_count,
            id: step.id,
            last_on: step.substantive_on,
            original_due: original_due(&step.reschedulings, step.due.as_ref()).cloned(),
            percent: (step.percent() * 10.0).round() / 10.0,
            progress: step.progress.clone(),
            proved: step.claim(),
            schedule: step.schedule(day),
        }
    }
}

/// A commitment, computed.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct CommitmentComputed {
    /// OGP's code.
    pub code: Option<String>,
    /// Whether it stands, was withdrawn, or carried over.
    pub disposition: Disposition,
    /// Which commitment.
    pub id: Uuid,
    /// Its progress.
    pub progress: CommitmentRollup,
    /// How fresh what is known of it is.
    pub updates: Freshness,
}

/// A report that the rules ask for.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ReportComputed {
    /// What its deadline is counted from.
    pub after: DeadlineBase,
    /// About which commitment; null where it is about the whole plan.
    pub commitment_id: Option<Uuid>,
    /// When it was delivered; null where it was not, or nobody says when.
    pub delivered: Option<PartialDate>,
    /// The last day on which it is in time.
    pub due_on: NaiveDate,
    /// Which report.
    pub report: String,
    /// Where it stands on the day.
    pub schedule: Schedule,
}

/// A plan, computed.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct PlanComputed {
    /// Each of its commitments.
    pub commitments: Vec<CommitmentComputed>,
    /// Each of its milestones.
    pub milestones: Vec<MilestoneComputed>,
    /// Its commitments and milestones together.
    pub progress: Rollup,
    /// The reports that the rules ask for.
    pub reports_due: Vec<ReportComputed>,
    /// The rules in force for its member's kind on the day.
    pub rules: Option<ReportingRules>,
    /// How fresh its record is.
    pub updates: Freshness,
}

impl PlanComputed {
    /// Of a plan's facts, on a day.
    pub fn of(plan: &PlanFacts, rules: &[ReportingRules], day: NaiveDate) -> Self {
        let in_force = rules_on(rules, plan.member.kind, day);
        let fresh = |last_on| Freshness::of(last_on, plan.period(), in_force, day);
        let commitment = |commitment: &CommitmentFacts| CommitmentComputed {
            code: commitment.code.clone(),
            disposition: commitment.disposition,
            id: commitment.id,
            progress: CommitmentRollup::of(commitment, day),
            updates: fresh(commitment.substantive_on()),
        };
        let steps = plan.commitments.iter().flat_map(|of| of.milestones.iter().map(move |step| (of, step)));
        let due = reports_due(plan, rules, day).into_iter().map(|due| ReportComputed {
            after: due.after,
            commitment_id: due.commitment,
            delivered: due.delivered,
            due_on: due.due_on,
            report: due.report,
            schedule: due.schedule,
        });
        Self {
            commitments: plan.commitments.iter().map(commitment).collect(),
            milestones: steps.map(|(of, step)| MilestoneComputed::of(of, step, day)).collect(),
            progress: Rollup::of(plan.commitments.iter(), day),
            reports_due: due.collect(),
            rules: in_force.cloned(),
            updates: fresh(plan.substantive_on()),
        }
    }
}

/// All plans of a member together.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Totals {
    /// The member's code.
    pub member: String,
    /// How many plans.
    pub plans: u32,
    /// Their commitments and milestones together.
    pub progress: Rollup,
}

/// All plans of the report together.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct WholeComputed {
    /// Each member, in the order of the plans.
    pub members: Vec<Totals>,
    /// How many plans.
    pub plans: u32,
    /// Their commitments and milestones together.
    pub progress: Rollup,
}

/// Plans that are summed up one by one, however many there are.
#[derive(Debug, Default)]
pub struct Whole {
    all: Tally,
    plans: u32,
    members: Vec<(String, u32, Tally)>,
}

impl Whole {
    /// Adds a plan of a member; those of one member come one after the other. None: its facts cannot be read.
    pub fn add(&mut self, member: &str, plan: Option<&PlanFacts>, day: NaiveDate) {
        if self.members.last().is_none_or(|(last, ..)| last != member) {
            self.members.push((member.to_owned(), 0, Tally::default()));
        }
        self.plans += 1;
        let Some((_, plans, tally)) = self.members.last_mut() else { return };
        *plans += 1;
        for commitment in plan.into_iter().flat_map(|plan| &plan.commitments) {
            self.all.count(commitment, day);
            tally.count(commitment, day);
        }
    }

    /// What was added so far.
    pub fn told(self) -> WholeComputed {
        let member =
            |(member, plans, tally): (String, u32, Tally)| Totals { member, plans, progress: tally.rollup() };
        WholeComputed {
            members: self.members.into_iter().map(member).collect(),
            plans: self.plans,
            progress: self.all.rollup(),
        }
    }
}
