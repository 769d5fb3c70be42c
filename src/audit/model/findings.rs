//! What is missing in a plan, with the entries that show it.

use super::computed::PlanComputed;
use super::record::Record;
use crate::commitments::model::Disposition;
use crate::milestones::model::Schedule;
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

/// What is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// A milestone is said to be `limited`, `substantial` or `complete`, and no evidence that stands is attached to
    /// the update that says so, nor to the milestone.
    ClaimWithoutEvidence,
    /// Nothing substantive was reported for longer than the rule in force for the member's kind allows.
    Silence,
    /// A milestone is past its due date, and nobody has reported anything about it.
    OverdueWithoutReport,
    /// A report that the rules ask for is past its deadline.
    ReportMissing,
}

/// Something that is missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Finding {
    /// The commitment that it is about; null where it is about the whole plan.
    pub commitment_id: Option<Uuid>,
    /// The places of the entries that show it: of the claim and its milestone, or of the plan.
    pub entries: Vec<i64>,
    /// What is missing.
    pub kind: FindingKind,
    /// The milestone that it is about.
    pub milestone_id: Option<Uuid>,
    /// The same in words.
    pub says: String,
    /// The update that it is about.
    pub update_id: Option<Uuid>,
}

/// What is missing in a plan.
pub(super) fn findings(plan: Uuid, computed: &PlanComputed, record: &Record<'_>) -> Vec<Finding> {
    let entries = |things: &[Option<Uuid>]| -> Vec<i64> {
        let mut places: Vec<_> =
            things.iter().flatten().filter_map(|id| Some(record.get(*id)?.entry())).collect();
        places.sort_unstable();
        places
    };
    let mut found = Vec::new();
    for step in computed.milestones.iter().filter(|step| step.disposition == Disposition::Active) {
        let about = |kind, update_id: Option<Uuid>, says| Finding {
            commitment_id: Some(step.commitment_id),
            entries: entries(&[Some(step.id), update_id]),
            kind,
            milestone_id: Some(step.id),
            says,
            update_id,
        };
        if let (Some(false), Some(progress)) = (step.proved, &step.progress) {
            let said = serde_json::to_value(progress.progress).unwrap_or_default();
            let says = format!(
                "the milestone is said to be {} on {}, and no evidence is attached",
                said.as_str().unwrap_or_default(),
                progress.effective_on
            );
            found.push(about(FindingKind::ClaimWithoutEvidence, Some(progress.update_id), says));
        }
        if step.schedule == Schedule::Overdue && step.progress.is_none() {
            let says = "the milestone is past its due date, and nobody has reported anything".to_owned();
            found.push(about(FindingKind::OverdueWithoutReport, None, says));
        }
    }
    let of_plan = |kind, commitment_id: Option<Uuid>, says| Finding {
        commitment_id,
        entries: entries(&[Some(plan), commitment_id]),
        kind,
        milestone_id: None,
        says,
        update_id: None,
    };
    let updates = &computed.updates;
    if updates.silent {
        let (days, due) = (updates.days_since.unwrap_or_default(), updates.next_due_on.unwrap_or_default());
        let says = format!("nothing substantive was reported for {days} days; it was due by {due}");
        found.push(of_plan(FindingKind::Silence, None, says));
    }
    for report in computed.reports_due.iter().filter(|report| report.schedule == Schedule::Overdue) {
        let says = format!("the report {} was due by {}", report.report, report.due_on);
        found.push(of_plan(FindingKind::ReportMissing, report.commitment_id, says));
    }
    found
}
