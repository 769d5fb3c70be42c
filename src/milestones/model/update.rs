//! What staff report about a milestone: as it is written, and the rules that it keeps.

use super::{Challenge, Progress};
use crate::evidence::model::{EvidenceGiven, EvidenceLinkInput, MAX_GIVEN};
use crate::kernel::document::{Fault, Faults};
use crate::kernel::{LocalizedText, PartialDate};
use chrono::{DateTime, NaiveDate, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// What is reported about a milestone, as it is written. Never changed afterwards: a correction is
/// another one that supersedes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProgressUpdateInput {
    /// How far the milestone is.
    pub progress: Progress,
    /// The same in percent, where it is known; it agrees with `progress`: 0 is `not_started`, 1 to 50
    /// `limited`, 50 to 99 `substantial`, 100 `complete`.
    #[serde(default)]
    #[schemars(range(min = 0, max = 100))]
    #[schema(minimum = 0, maximum = 100)]
    pub percent: Option<i16>,
    /// The day on which it was so (UTC): not in the future, and not before the plan begins.
    #[schema(example = "2022-06-30")]
    pub effective_on: NaiveDate,
    /// When work on it really started.
    #[serde(default)]
    pub started_on: Option<NaiveDate>,
    /// When it was really completed; needed for `complete`, and refused for all else.
    #[serde(default)]
    pub completed_on: Option<NaiveDate>,
    /// What was done.
    #[serde(default)]
    pub narrative: LocalizedText,
    /// What stands in the way; needed for `not_started` and `limited` where the milestone has started
    /// or is past its due date.
    #[serde(default)]
    pub challenge: Option<Challenge>,
    /// The same in words; needed for `other`.
    #[serde(default)]
    pub challenge_text: LocalizedText,
    /// The update of the same milestone that this one corrects.
    #[serde(default)]
    pub supersedes: Option<Uuid>,
    /// Why that one is corrected; needed with `supersedes`, and refused without.
    #[serde(default)]
    #[schemars(length(min = 1, max = 2000))]
    pub reason: Option<String>,
    /// Evidence of the same member that proves it, by id.
    #[serde(default)]
    #[schemars(length(max = MAX_GIVEN))]
    pub evidence: Vec<Uuid>,
    /// Links that prove it, and become evidence.
    #[serde(default)]
    #[schemars(length(max = MAX_GIVEN))]
    pub links: Vec<EvidenceLinkInput>,
}

/// Enough of a milestone to name it.
#[derive(Debug, Clone, Deserialize)]
pub struct MilestoneName {
    /// Id.
    pub id: Uuid,
    /// Label as printed.
    pub label: Option<String>,
    /// Title.
    pub title: LocalizedText,
}

/// A milestone, named.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MilestoneRef {
    /// Id.
    pub id: Uuid,
    /// Label as printed.
    #[schema(required, example = "1.2.1")]
    pub label: Option<String>,
    /// Title in the language of the answer.
    #[schema(required)]
    pub title: Option<String>,
}

impl MilestoneName {
    /// In one language.
    pub fn in_language(&self, pick: impl Fn(&LocalizedText) -> Option<String>) -> MilestoneRef {
        MilestoneRef { id: self.id, label: self.label.clone(), title: pick(&self.title) }
    }
}

/// That an update was corrected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Supersession {
    /// The update that corrects it.
    pub id: Uuid,
    /// Why.
    pub reason: String,
    /// When that was recorded.
    pub recorded_at: DateTime<Utc>,
}

/// What is known of a milestone when something is reported about it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Background {
    /// When its plan starts.
    pub plan_starts: Option<PartialDate>,
    /// When it was planned to start.
    pub starts: Option<PartialDate>,
    /// When it is due.
    pub due: Option<PartialDate>,
    /// When it really started, as the milestone itself says.
    pub actual_start: Option<PartialDate>,
    /// When it really started, as updates say that are not superseded.
    pub reported_starts: Vec<ReportedStart>,
    /// Whether evidence is attached to it.
    pub has_evidence: bool,
}

/// A start that an update reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct ReportedStart {
    /// Which update.
    pub id: Uuid,
    /// The day of which it speaks.
    pub effective_on: NaiveDate,
    /// The start.
    pub started_on: NaiveDate,
}

impl ProgressUpdateInput {
    /// Everything that is wrong with it on a day, for the milestone that it speaks of.
    pub fn faults(&self, known: &Background, today: NaiveDate) -> Vec<Fault> {
        let mut faults = Faults::default();
        self.check_percent(&mut faults);
        self.check_days(known, today, &mut faults);
        self.check_completion(known, &mut faults);
        self.check_challenge(known, &mut faults);
        self.check_correction(&mut faults);
        faults.into_vec()
    }

    /// Why another update is corrected, if one is.
    pub fn reason(&self) -> Option<&str> {
        self.reason.as_deref().map(str::trim).filter(|reason| !reason.is_empty())
    }

    fn check_percent(&self, faults: &mut Faults) {
        let agreeing = self.progress.percents();
        if let Some(percent) = self.percent.filter(|percent| !agreeing.contains(percent)) {
            let (least, most) = agreeing.into_inner();
            let range = if least == most { least.to_string() } else { format!("{least} to {most}") };
            let word = self.progress.as_str();
            faults.add("/percent", "percent_wrong", format!("{word:?} is {range} percent, not {percent}"));
        }
    }

    fn check_days(&self, known: &Background, today: NaiveDate, faults: &mut Faults) {
        faults.day("/effective_on", Some(self.effective_on));
        faults.day("/started_on", self.started_on);
        faults.day("/completed_on", self.completed_on);
        if self.effective_on > today {
            let detail = format!("{} is in the future: today is {today} (UTC)", self.effective_on);
            faults.add("/effective_on", "date_in_future", detail);
        }
        let begins = known.plan_starts.as_ref().and_then(PartialDate::first_day);
        if let Some(begins) = begins.filter(|begins| self.effective_on < *begins) {
            let detail = format!("{} is before the plan begins ({begins})", self.effective_on);
            faults.add("/effective_on", "date_before_plan", detail);
        }
        let mut in_order = |pointer: &str, day: Option<NaiveDate>, (what, last): (&str, NaiveDate)| {
            if let Some(day) = day.filter(|day| *day > last) {
                faults.add(pointer, "dates_reversed", format!("{day} is after {what} ({last})"));
            }
        };
        in_order("/completed_on", self.completed_on, ("`effective_on`", self.effective_on));
        let end = match self.completed_on {
            Some(completed) => ("`completed_on`", completed),
            None => ("`effective_on`", self.effective_on),
        };
        in_order("/started_on", self.started_on, end);
    }

    fn check_completion(&self, known: &Background, faults: &mut Faults) {
        if self.progress != Progress::Complete {
            if self.completed_on.is_some() {
                let detail = "only what is \"complete\" has a day of completion";
                faults.add("/completed_on", "completion_unexpected", detail);
            }
            return;
        }
        if self.completed_on.is_none() {
            faults.add("/completed_on", "completion_missing", "say when it was completed");
        }
        if self.evidence.is_empty() && self.links.is_empty() && !known.has_evidence {
            let detail = "\"complete\" needs evidence: here, or attached to the milestone before";
            faults.add("/evidence", "evidence_missing", detail);
        }
    }

    fn check_challenge(&self, known: &Background, faults: &mut Faults) {
        if self.challenge.is_none() {
            if !self.challenge_text.is_empty() {
                let detail = "it explains a challenge: name that in `challenge`";
                faults.add("/challenge_text", "challenge_text_unexpected", detail);
            }
            if let Some(why) = self.needs_challenge(known) {
                let codes = Challenge::ALL.map(Challenge::as_str).join(", ");
                let word = self.progress.as_str();
                let detail =
                    format!("the milestone {why} and is {word:?}: say what stands in the way ({codes})");
                faults.add("/challenge", "challenge_missing", detail);
            }
        }
        if self.challenge == Some(Challenge::Other) && self.challenge_text.is_empty() {
            faults.add("/challenge_text", "challenge_text_missing", "\"other\" needs words");
        }
    }

    /// Why a challenge must be named: Canada's rule.
    fn needs_challenge(&self, known: &Background) -> Option<&'static str> {
        if self.progress > Progress::Limited {
            return None;
        }
        let due = known.due.as_ref().and_then(PartialDate::last_day);
        if due.is_some_and(|due| due < self.effective_on) {
            return Some("is past its due date");
        }
        self.has_started(known).then_some("has started")
    }

    /// Whether the milestone has started for certain, by plan or in truth, on the day of the update.
    fn has_started(&self, known: &Background) -> bool {
        let planned = [&known.starts, &known.actual_start];
        let planned = planned.into_iter().flatten().filter_map(PartialDate::last_day);
        let earlier = known
            .reported_starts
            .iter()
            .filter(|start| start.effective_on <= self.effective_on && Some(start.id) != self.supersedes);
        let reported = earlier.map(|start| start.started_on).chain(self.started_on);
        planned.chain(reported).any(|day| day <= self.effective_on)
    }

    fn check_correction(&self, faults: &mut Faults) {
        match (self.supersedes, self.reason()) {
            (Some(_), None) => {
                faults.add("/reason", "reason_missing", "say why the other update is corrected");
            }
            (None, Some(_)) => {
                let detail = "it says why an update is corrected: name that in `supersedes`";
                faults.add("/reason", "reason_unexpected", detail);
            }
            _ => {}
        }
    }

    /// What is given as proof.
    pub fn given(&self) -> EvidenceGiven {
        EvidenceGiven { evidence: self.evidence.clone(), links: self.links.clone() }
    }
}
