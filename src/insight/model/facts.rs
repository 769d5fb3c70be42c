//! What the roll-up is computed from: milestones and commitments as they stand on a day.

use super::rollup::{elapsed, in_percent};
use crate::assessments::model::known_on;
use crate::commitments::model::Disposition;
use crate::kernel::{LocalizedText, PartialDate, Times};
use crate::members::model::MemberName;
use crate::milestones::model::{MilestoneProgress, Progress, Rescheduling, Schedule, completion, due_on_day};
use chrono::NaiveDate;
use serde::Deserialize;
use uuid::Uuid;

/// A milestone, as far as progress goes.
#[derive(Debug, Clone, Deserialize)]
pub struct MilestoneFacts {
    /// Id.
    pub id: Uuid,
    /// Label as printed.
    pub label: Option<String>,
    /// Title.
    pub title: LocalizedText,
    /// Who is responsible; read only where it is shown.
    #[serde(default)]
    pub responsible: LocalizedText,
    /// Planned start.
    pub starts: Option<PartialDate>,
    /// Planned end.
    pub due: Option<PartialDate>,
    /// When it really started.
    pub actual_start: Option<PartialDate>,
    /// When it was really completed, as the milestone itself says.
    pub actual_end: Option<PartialDate>,
    /// How its due date moved.
    pub reschedulings: Vec<Rescheduling>,
    /// Active, withdrawn, carried over.
    pub disposition: Disposition,
    /// How much it counts.
    pub weight: Option<i16>,
    /// What holds of what was reported up to the day.
    pub progress: Option<MilestoneProgress>,
    /// Pieces of evidence attached to the milestone itself, without those that are withdrawn.
    pub evidence_count: i64,
    /// The day of which its last substantive update speaks.
    pub substantive_on: Option<NaiveDate>,
}

impl MilestoneFacts {
    /// The milestone at the times that a read asks about; `progress` and what is counted were read for
    /// that day.
    #[must_use]
    pub fn at(self, times: &Times) -> Self {
        let Some(day) = times.on else { return self };
        let due = due_on_day(&self.reschedulings, self.due.as_ref(), day).cloned();
        let happened = |date: &PartialDate| date.first_day().is_none_or(|first| first <= day);
        let mut reschedulings = self.reschedulings;
        reschedulings.retain(|change| change.decided_on <= day);
        Self {
            due,
            reschedulings,
            actual_start: self.actual_start.filter(happened),
            actual_end: self.actual_end.filter(happened),
            ..self
        }
    }

    /// When it was completed, if it was.
    pub fn completed(&self) -> Option<PartialDate> {
        completion(self.progress.as_ref(), self.actual_end.as_ref())
    }

    /// Its schedule on a day.
    pub fn schedule(&self, day: NaiveDate) -> Schedule {
        Schedule::on(day, self.due.as_ref(), self.completed().as_ref())
    }

    /// By how many days it is late on a day: what is overdue, from the last day that its due date can mean to that
    /// day; what was completed late, to the first day that its completion can mean; none where it is not late.
    pub fn days_late(&self, day: NaiveDate) -> Option<i64> {
        let until = match self.schedule(day) {
            Schedule::Overdue => day,
            Schedule::CompletedLate => self.completed()?.first_day()?,
            _ => return None,
        };
        Some((until - self.due.as_ref()?.last_day()?).num_days())
    }

    /// Its place on OGP's scale, as reported. That the plan's sources give a day of completion counts for its
    /// schedule alone.
    pub fn said(&self) -> Option<Progress> {
        self.progress.as_ref().map(|progress| progress.progress)
    }

    /// Its progress in percent: as reported, else that of its place on the scale; 0 where nothing is said.
    pub fn percent(&self) -> f64 {
        in_percent(self.said(), self.progress.as_ref().and_then(|progress| progress.percent))
    }

    /// Whether anything proves what is said, where something is said to be done.
    pub fn claim(&self) -> Option<bool> {
        let progress = self.progress.as_ref().filter(|progress| progress.progress > Progress::NotStarted)?;
        Some(progress.evidence_count + self.evidence_count > 0)
    }

    /// The percentage of its planned period that has passed on a day.
    pub fn time_elapsed_percent(&self, day: NaiveDate) -> Option<f64> {
        elapsed(self.starts.as_ref(), self.due.as_ref(), day)
    }
}

/// A commitment, as far as progress goes.
#[derive(Debug, Clone, Deserialize)]
pub struct CommitmentFacts {
    /// Id.
    pub id: Uuid,
    /// OGP's code.
    pub code: Option<String>,
    /// Title.
    pub title: LocalizedText,
    /// When it starts.
    pub starts: Option<PartialDate>,
    /// When it ends.
    pub ends: Option<PartialDate>,
    /// Active, withdrawn, carried over.
    pub disposition: Disposition,
    /// Its steps, in order.
    pub milestones: Vec<MilestoneFacts>,
    /// Reports in which others assessed it.
    #[serde(default)]
    pub assessed: Vec<AssessedIn>,
}

/// A report in which somebody assessed a commitment.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct AssessedIn {
    /// The scheme it follows: `ogp_local_inception_report`.
    pub scheme: String,
    /// When it was assessed.
    pub assessed: Option<PartialDate>,
    /// The year of the report.
    pub report_year: Option<i16>,
}

/// A report about a plan, and when it was published.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct PublishedReport {
    /// What kind of report.
    pub kind: String,
    /// When it was published.
    pub published: Option<PartialDate>,
}

/// A plan, as far as progress goes.
#[derive(Debug, Clone, Deserialize)]
pub struct PlanFacts {
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
    /// When it was submitted to OGP.
    pub submitted: Option<PartialDate>,
    /// Its commitments, in order.
    pub commitments: Vec<CommitmentFacts>,
    /// Reports about it.
    #[serde(default)]
    pub reports: Vec<PublishedReport>,
}

impl CommitmentFacts {
    /// The commitment at the times that a read asks about.
    #[must_use]
    pub fn at(self, times: &Times) -> Self {
        let mut assessed = self.assessed;
        if let Some(day) = times.on {
            assessed.retain(|report| known_on(report.assessed.as_ref(), report.report_year, day));
        }
        Self {
            milestones: self.milestones.into_iter().map(|step| step.at(times)).collect(),
            assessed,
            ..self
        }
    }

    /// The steps that stand.
    pub fn active(&self) -> impl Iterator<Item = &MilestoneFacts> + Clone {
        self.milestones.iter().filter(|step| step.disposition == Disposition::Active)
    }

    /// The day of which the last substantive update about one of its steps speaks.
    pub fn substantive_on(&self) -> Option<NaiveDate> {
        self.milestones.iter().filter_map(|step| step.substantive_on).max()
    }

    /// When it was completed: with the last of its steps, once all of them are.
    pub fn completed(&self) -> Option<PartialDate> {
        let all: Option<Vec<_>> = self.active().map(MilestoneFacts::completed).collect();
        all?.into_iter().max_by_key(|date| (date.last_day(), date.first_day()))
    }

    /// Its schedule on a day.
    pub fn schedule(&self, day: NaiveDate) -> Schedule {
        Schedule::on(day, self.ends.as_ref(), self.completed().as_ref())
    }
}

impl PlanFacts {
    /// The plan at the times that a read asks about.
    #[must_use]
    pub fn at(self, times: &Times) -> Self {
        let mut reports = self.reports;
        if let Some(day) = times.on {
            let last = |report: &PublishedReport| report.published.as_ref().and_then(PartialDate::last_day);
            reports.retain(|report| last(report).is_some_and(|last| last <= day));
        }
        let commitments = self.commitments.into_iter().map(|promise| promise.at(times)).collect();
        Self { commitments, reports, ..self }
    }

    /// The first and the last day of its period, as far as it names them.
    pub fn period(&self) -> Days {
        period(self.starts.as_ref(), self.ends.as_ref())
    }

    /// The day of which the last substantive update about anything below it speaks.
    pub fn substantive_on(&self) -> Option<NaiveDate> {
        self.commitments.iter().filter_map(CommitmentFacts::substantive_on).max()
    }

    /// Whether a day is within its period for certain; one without a known end runs on.
    pub fn runs_on(&self, day: NaiveDate) -> bool {
        runs_on(self.period(), day)
    }
}

/// The first and the last day of a period; none where nobody knows.
pub type Days = (Option<NaiveDate>, Option<NaiveDate>);

/// The first and the last day that the dates of a period can mean.
pub(super) fn period(starts: Option<&PartialDate>, ends: Option<&PartialDate>) -> Days {
    (starts.and_then(PartialDate::first_day), ends.and_then(PartialDate::last_day))
}

/// Whether a day is within a period for certain; one without a known end runs on.
pub fn runs_on((first, last): Days, day: NaiveDate) -> bool {
    first.is_some_and(|first| first <= day) && last.is_none_or(|last| day <= last)
}
