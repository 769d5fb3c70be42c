//! Commitments with all that was ever reported about them: how they stood on any day follows without asking again.

use super::Belonging;
use crate::insight::model::facts::{CommitmentFacts, MilestoneFacts};
use crate::kernel::Times;
use crate::milestones::model::{MilestoneProgress, Progress, Reported, effective};
use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;
use uuid::Uuid;

/// What one update says, as far as it is counted.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Told {
    /// Which update.
    pub id: Uuid,
    /// How far the milestone is.
    pub progress: Progress,
    /// The same in percent.
    pub percent: Option<i16>,
    /// The day on which it was so.
    pub effective_on: NaiveDate,
    /// When it was really completed.
    pub completed_on: Option<NaiveDate>,
    /// When we were told.
    pub recorded_at: DateTime<Utc>,
    /// The update that it corrects.
    pub supersedes: Option<Uuid>,
    /// Whether it tells in words what was done.
    pub has_narrative: bool,
    /// Pieces of evidence attached to it, without those that are withdrawn.
    pub evidence_count: i64,
}

impl Told {
    pub(super) fn reported(&self) -> Reported {
        Reported {
            id: self.id,
            progress: self.progress,
            percent: self.percent,
            effective_on: self.effective_on,
            recorded_at: self.recorded_at,
            supersedes: self.supersedes,
            has_narrative: self.has_narrative,
            has_evidence: self.evidence_count > 0,
        }
    }

    /// What holds while this is the last word; what no number needs is left out.
    fn progress(&self) -> MilestoneProgress {
        MilestoneProgress {
            progress: self.progress,
            percent: self.percent,
            effective_on: self.effective_on,
            recorded_at: self.recorded_at,
            update_id: self.id,
            started_on: None,
            completed_on: self.completed_on,
            challenge: None,
            evidence_count: self.evidence_count,
        }
    }
}

/// A milestone beside all that was reported about it, in whichever order.
#[derive(Debug, Clone, Deserialize)]
pub struct MilestoneTold {
    /// The milestone, without its progress.
    pub facts: MilestoneFacts,
    /// All updates, superseded ones among them.
    pub told: Vec<Told>,
}

/// What holds of a milestone from a day on, until the next.
#[derive(Debug, Clone)]
struct Held {
    progress: MilestoneProgress,
    substantive_on: Option<NaiveDate>,
}

/// A milestone through time.
#[derive(Debug, Clone, Deserialize)]
#[serde(from = "MilestoneTold")]
pub struct MilestoneHistory {
    facts: MilestoneFacts,
    held: Vec<Held>,
}

impl From<MilestoneTold> for MilestoneHistory {
    /// Puts the updates in their order, by the rules of [`effective`] and [`Reported::is_substantive`].
    fn from(MilestoneTold { facts, told }: MilestoneTold) -> Self {
        let reported: Vec<_> = told.iter().map(Told::reported).collect();
        let (mut before, mut substantive_on) = (None, None);
        let held = effective(&reported, None).into_iter().filter_map(|update| {
            if update.is_substantive(before.replace(update)) {
                substantive_on = Some(update.effective_on);
            }
            let own = told.iter().find(|own| own.id == update.id)?;
            Some(Held { progress: own.progress(), substantive_on })
        });
        Self { held: held.collect(), facts }
    }
}

impl MilestoneHistory {
    /// The milestone with what was reported of it up to a day.
    pub(super) fn on(&self, day: NaiveDate) -> MilestoneFacts {
        let known = self.held.partition_point(|held| held.progress.effective_on <= day);
        let held = known.checked_sub(1).and_then(|last| self.held.get(last));
        MilestoneFacts {
            progress: held.map(|held| held.progress.clone()),
            substantive_on: held.and_then(|held| held.substantive_on),
            ..self.facts.clone()
        }
    }
}

/// A commitment through time, and what decides which groups it is in.
#[derive(Debug, Clone, Deserialize)]
pub struct CommitmentHistory {
    /// What decides which groups it is in.
    pub belongs: Belonging,
    /// The commitment, without its milestones.
    pub facts: CommitmentFacts,
    /// Its milestones.
    pub steps: Vec<MilestoneHistory>,
}

impl CommitmentHistory {
    /// The commitment at the times that a read asks about.
    pub fn at(&self, times: &Times) -> CommitmentFacts {
        let milestones = self.steps.iter().map(|step| step.on(times.day())).collect();
        CommitmentFacts { milestones, ..self.facts.clone() }.at(times)
    }
}
