//! What is due next: milestones, and the reports that the rules ask for.

use super::facts::{CommitmentFacts, MilestoneFacts, PlanFacts};
use super::rules::{Deadline, DeadlineBase, ReportingRules};
use crate::kernel::PartialDate;
use crate::milestones::model::Schedule;
use chrono::NaiveDate;
use uuid::Uuid;

/// A report that the rules ask for.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportDue {
    /// Which report.
    pub report: String,
    /// What its deadline is counted from.
    pub after: DeadlineBase,
    /// About which commitment; none where it is about the whole plan.
    pub commitment: Option<Uuid>,
    /// The last day on which it is in time.
    pub due_on: NaiveDate,
    /// When it was delivered, where it was and that is known.
    pub delivered: Option<PartialDate>,
    /// Where it stands on the day; delivered on an unknown day counts as in time.
    pub schedule: Schedule,
}

/// The reports that the rules in force ask for by a plan's dates, in the order in which they are due.
/// Those whose base has not come yet (a commitment that is not implemented) are not there.
///
/// A report is delivered where the plan lists one of its kind, or an assessment follows a scheme whose name
/// ends with it (`ogp_local_inception_report`).
pub fn reports_due(plan: &PlanFacts, rules: Option<&ReportingRules>, day: NaiveDate) -> Vec<ReportDue> {
    let mut due = Vec::new();
    for deadline in rules.map(|rules| rules.deadlines.as_slice()).unwrap_or_default() {
        match deadline.after {
            DeadlineBase::Submission => {
                let base = plan.submitted.as_ref().and_then(PartialDate::last_day);
                due.extend(base.map(|base| of_plan(plan, deadline, base, day)));
            }
            DeadlineBase::PlanEnd => {
                let base = plan.ends.as_ref().and_then(PartialDate::last_day);
                due.extend(base.map(|base| of_plan(plan, deadline, base, day)));
            }
            DeadlineBase::Implementation => due.extend(plan.commitments.iter().filter_map(|commitment| {
                let base = commitment.completed()?.last_day()?;
                Some(told(deadline, Some(commitment.id), base, assessed(commitment, deadline), day))
            })),
        }
    }
    due.sort_by_key(|report| report.due_on);
    due
}

fn of_plan(plan: &PlanFacts, deadline: &Deadline, base: NaiveDate, day: NaiveDate) -> ReportDue {
    let listed = plan.reports.iter().find(|report| report.kind.ends_with(&deadline.report));
    let delivered = listed
        .map(|report| report.published.clone())
        .or_else(|| plan.commitments.iter().find_map(|commitment| assessed(commitment, deadline)));
    told(deadline, None, base, delivered, day)
}

/// Whether a commitment was assessed in such a report, and when, where that is known.
fn assessed(commitment: &CommitmentFacts, deadline: &Deadline) -> Option<Option<PartialDate>> {
    let found = commitment.assessed.iter().find(|report| report.scheme.ends_with(&deadline.report))?;
    Some(found.assessed.clone())
}

fn told(
    deadline: &Deadline,
    commitment: Option<Uuid>,
    base: NaiveDate,
    delivered: Option<Option<PartialDate>>,
    day: NaiveDate,
) -> ReportDue {
    let due_on = deadline.due_on(base);
    let due = PartialDate::day(due_on);
    let completed = delivered.as_ref().map(|known| known.clone().unwrap_or_else(|| due.clone()));
    ReportDue {
        report: deadline.report.clone(),
        after: deadline.after,
        commitment,
        due_on,
        delivered: delivered.flatten(),
        schedule: Schedule::on(day, Some(&due), completed.as_ref()),
    }
}

/// The open milestones that are due next, the soonest first, with their commitments: at most `most`.
pub fn next_due<'a>(
    commitments: impl Iterator<Item = &'a CommitmentFacts>,
    day: NaiveDate,
    most: usize,
) -> Vec<(&'a CommitmentFacts, &'a MilestoneFacts, NaiveDate)> {
    let mut open: Vec<_> = commitments
        .flat_map(|commitment| commitment.active().map(move |step| (commitment, step)))
        .filter(|(_, step)| step.completed().is_none())
        .filter_map(|(commitment, step)| Some((commitment, step, step.due.as_ref()?.last_day()?)))
        .filter(|(_, _, due)| *due >= day)
        .collect();
    open.sort_by_key(|(_, step, due)| (*due, step.id));
    open.truncate(most);
    open
}
