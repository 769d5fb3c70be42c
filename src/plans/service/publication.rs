//! What enters the public record when a plan is published: each thing below it, as it is then.
//! What was recorded of it before, while it was a draft, stays private.

use crate::accounts::model::{Locked, Permit};
use crate::assessments::store as assessments;
use crate::commitments::store as commitments;
use crate::evidence::store as evidence;
use crate::kernel::Result;
use crate::ledger::model::{Action, Kind, Place};
use crate::ledger::service::{Subject, Work, recorded};
use crate::milestones::store as milestones;
use serde::Serialize;
use serde_json::Value;
use std::collections::HashMap;
use uuid::Uuid;

/// Locks everything below a plan: whoever changes some of it has finished, and whoever comes next
/// finds the plan as it is then.
pub(super) async fn hold(work: &mut Work<'_>, plan: Uuid) -> Result<()> {
    let rows = commitments::commitments_lock_in_txn(work.conn, plan).await?;
    let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
    milestones::milestones_lock_in_txn(work.conn, &ids).await?;
    commitments::links_lock_in_txn(work.conn, &ids).await?;
    assessments::assessments_lock_in_txn(work.conn, &ids).await?;
    Ok(())
}

/// Notes everything below a plan as published. It is locked first, so that nobody changes it as a
/// draft meanwhile.
pub(super) async fn record(
    work: &mut Work<'_>,
    permit: &Permit,
    plan: Uuid,
    place: Place,
    reason: Option<String>,
) -> Result<()> {
    let rows = commitments::commitments_lock_in_txn(work.conn, plan).await?;
    let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
    let note = |work: &mut Work<'_>, kind, (id, version): (Uuid, i64), code, state: &dyn Recorded| {
        let subject = Subject { kind, id, code, place, reason: reason.clone() };
        work.note(permit, subject.change(Action::Published, version, Value::Null, state.recorded()?))
    };
    for row in &rows {
        let whole = commitments::commitment_whole(work.conn, row).await?;
        note(work, Kind::Commitment, (row.id, row.version), row.state.code.clone(), &whole)?;
    }
    let steps = milestones::milestones_lock_in_txn(work.conn, &ids).await?;
    for row in &steps {
        note(work, Kind::Milestone, (row.id, row.version), None, &row.state)?;
    }
    // Whoever reports locks the milestone, which nobody else can do now.
    let step_ids: Vec<_> = steps.iter().map(|row| row.id).collect();
    for (id, whole) in milestones::update_wholes(work.conn, &step_ids).await? {
        note(work, Kind::ProgressUpdate, (id, 1), None, &whole)?;
    }
    // A link is public when both its ends are; so some that start elsewhere become public now, and
    // some that start here do not yet.
    let links = commitments::links_lock_in_txn(work.conn, &ids).await?;
    let ends: Vec<_> = links.iter().flat_map(|row| [row.state.from_id, row.state.to_id]).collect();
    let public = commitments::public_commitments(work.conn, &ends).await?;
    for row in links {
        if public.contains(&row.state.from_id) && public.contains(&row.state.to_id) {
            note(work, Kind::CommitmentLink, (row.id, row.version), None, &row.state)?;
        }
    }
    let codings = assessments::assessments_lock_in_txn(work.conn, &ids).await?;
    for row in &codings {
        let whole = assessments::assessment_whole(work.conn, row).await?;
        note(work, Kind::Assessment, (row.id, row.version), None, &whole)?;
    }
    // Whoever answers locks the assessment.
    let coding_ids: Vec<_> = codings.iter().map(|row| row.id).collect();
    for (id, state) in assessments::answer_states(work.conn, &coding_ids).await? {
        note(work, Kind::AssessmentAnswer, (id, 1), None, &state)?;
    }
    evidence(work, permit, &ids, (plan, place), reason.as_ref()).await?;
    // Only imports write these, and imports lock whole tables.
    let versions: HashMap<_, _> =
        milestones::progress_report_versions(work.conn, &ids).await?.into_iter().collect();
    for (id, state) in milestones::progress_report_states(work.conn, &ids).await? {
        let percents = milestones::milestone_percents(work.conn, &[id]).await?;
        let whole = milestones::ProgressReportWhole { state, milestones: percents };
        note(work, Kind::ProgressReport, (id, versions.get(&id).copied().unwrap_or(1)), None, &whole)?;
    }
    Ok(())
}

/// Notes the evidence below these commitments: what becomes public now as published, and what was
/// public by something else already as attached to more. What was withdrawn before never becomes public.
async fn evidence(
    work: &mut Work<'_>,
    permit: &Permit,
    of: &[Uuid],
    (plan, place): (Uuid, Place),
    reason: Option<&String>,
) -> Result<()> {
    for row in evidence::evidence_below_in_txn(work.conn, of).await? {
        let (row, editable) = Locked::new(row).step(permit, None)?;
        let mut after = evidence::evidence_whole(work.conn, &row).await?;
        after.state.public_since = row.state.public_since.or(Some(work.now));
        let version = evidence::evidence_update_in_txn(work.conn, &editable, &after, work.now).await?;
        let mut before = after.as_recorded(true);
        let after = recorded(&before)?;
        before.uses.retain(|one| one.plan_id != plan);
        let subject =
            Subject { kind: Kind::Evidence, id: row.id, code: None, place, reason: reason.cloned() };
        let change = match row.state.public_since {
            None => subject.change(Action::Published, version, Value::Null, after),
            Some(_) => subject.changed(version, recorded(&before)?, after),
        };
        work.note(permit, change)?;
    }
    Ok(())
}

/// Whatever has a state to record.
trait Recorded {
    fn recorded(&self) -> Result<Value>;
}

impl<S: Serialize> Recorded for S {
    fn recorded(&self) -> Result<Value> {
        recorded(self)
    }
}
