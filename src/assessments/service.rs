//! Writing, changing and withdrawing assessments: the work of assessors, and of nobody else. Implementers
//! answer them.

mod schemes;

use super::model::{AssessmentAnswerInput, AssessmentInput};
use super::store::{self, AnswerState, AssessmentRow, AssessmentWhole, SchemeRow};
use crate::accounts::model::{Appearance, Locked, Right};
use crate::commitments::store::{commitment_id, commitment_lock_in_txn, commitment_standing};
use crate::db::{Conn, Json};
use crate::evidence::model::EvidenceUse;
use crate::evidence::service::detach;
use crate::kernel::ask::{Ask, Representation};
use crate::kernel::document::{Fault, arrange};
use crate::kernel::{Error, Ref, Result};
use crate::ledger::model::{Action, Kind, Place};
use crate::ledger::service::{Office, Show, Subject, recorded};
use crate::milestones::store::milestone_ids_of;
use crate::plans::model::Standing;
use crate::plans::store::plan_standing;
use serde_json::Value;
use uuid::Uuid;

pub use schemes::create_scheme;

const ASSESSMENT: &str = "assessment";
/// The version of every answer: it has no other.
const ANSWER_VERSION: i64 = 1;

fn subject(id: Uuid, place: Place, reason: Option<String>) -> Subject {
    Subject { kind: Kind::Assessment, id, code: None, place, reason }
}

fn answer_subject(id: Uuid, place: Place) -> Subject {
    Subject { kind: Kind::AssessmentAnswer, id, code: None, place, reason: None }
}

/// Writes an assessment of a commitment.
///
/// # Errors
/// `NotFound`, `Forbidden` for all but assessors, `Invalid` (also where a coding is not in the words
/// of its scheme), `Conflict` where the key is taken.
pub async fn create_assessment(
    office: &Office,
    ask: &Ask,
    commitment: &Ref,
    show: impl Show,
) -> Result<Representation> {
    office
        .change(ask, async |work| {
            let not_found = || Error::not_found("commitment", commitment);
            let id = commitment_id(work.conn, commitment).await?.ok_or_else(not_found)?;
            // Locked, so that it is not withdrawn or published meanwhile.
            let parent = commitment_lock_in_txn(work.conn, id).await?.ok_or_else(not_found)?;
            let standing = plan_standing(work.conn, parent.state.plan_id).await?.ok_or_else(not_found)?;
            // One that is withdrawn tells its last state where it is read itself.
            if standing.appears(&work.actor.viewer(), parent.withdrawn_at.is_some()) != Appearance::Visible {
                return Err(not_found());
            }
            let permit = work.actor.permit(Right::Assess, Some(standing.member_id))?;
            let (input, reason) = ask.body.read_with_reason::<AssessmentInput>()?;
            let id = work.next_id();
            let key = input.key.clone().unwrap_or_else(|| id.to_string());
            let position = store::assessment_next_position(work.conn, parent.id).await?;
            let whole = whole(work.conn, &input, (id, parent.id), (key, position), &[]).await?;
            store::assessment_insert_in_txn(work.conn, &permit, id, &whole, work.now).await?;
            work.note(&permit, subject(id, standing.place(), reason).created(recorded(&whole)?))?;
            Ok(work.shown(id, &show).await?.at(format!("/api/v1/assessments/{id}")))
        })
        .await
}

/// Changes an assessment.
///
/// # Errors
/// `NotFound`, `Gone`, `Forbidden` for all but assessors, `PreconditionMissing`, `Stale`, `Invalid`,
/// `Conflict`.
pub async fn update_assessment(
    office: &Office,
    ask: &Ask,
    id: Uuid,
    show: impl Show,
) -> Result<Representation> {
    office
        .change(ask, async |work| {
            let (locked, standing, withdrawn) = locked(work.conn, id).await?;
            let seen = (ASSESSMENT, &Ref::Id(id), id, standing.appears(&work.actor.viewer(), withdrawn));
            let permit = work.permit(Right::Assess, Some(standing.member_id), seen, &show).await?;
            let (row, editable) = work.edit(locked, &permit, ask, &show).await?;
            let patch = ask.body.patch_with_reason()?;
            let before = store::assessment_whole(work.conn, &row).await?;
            let scheme = store::scheme_by_id(work.conn, row.state.scheme_id).await?;
            let scheme = scheme
                .map(|scheme| scheme.name())
                .ok_or_else(|| Error::Internal(format!("the assessment {id} has no scheme")))?;
            let (input, reason) = patch.onto(&before.input(scheme))?;
            let key = input.key.clone().unwrap_or_else(|| row.state.key.clone());
            let place = (key, row.state.position);
            let kept: Vec<_> = before.milestones.iter().map(|coding| coding.milestone_id).collect();
            let after = whole(work.conn, &input, (id, row.state.commitment_id), place, &kept).await?;
            if before != after {
                let version = store::assessment_update_in_txn(work.conn, &editable, &after, work.now).await?;
                let (old, new) = (recorded(&before)?, recorded(&after)?);
                work.note(&permit, subject(id, standing.place(), reason).changed(version, old, new))?;
            }
            work.shown(id, &show).await
        })
        .await
}

/// Withdraws an assessment that is public; deletes one that never was.
///
/// # Errors
/// `NotFound`, `Gone`, `Forbidden` for all but assessors, `PreconditionMissing`, `Stale`, `Invalid`
/// where what is public is withdrawn without a reason.
pub async fn delete_assessment(office: &Office, ask: &Ask, id: Uuid, show: impl Show) -> Result<()> {
    office
        .remove(ask, async |work| {
            let (locked, standing, withdrawn) = locked(work.conn, id).await?;
            let seen = (ASSESSMENT, &Ref::Id(id), id, standing.appears(&work.actor.viewer(), withdrawn));
            let permit = work.permit(Right::Assess, Some(standing.member_id), seen, &show).await?;
            let (row, editable) = work.edit(locked, &permit, ask, &show).await?;
            let before = recorded(&store::assessment_whole(work.conn, &row).await?)?;
            if standing.was_public {
                let reason = ask.reason()?;
                let version =
                    store::assessment_withdraw_in_txn(work.conn, &editable, &reason, work.now).await?;
                let subject = subject(id, standing.place(), Some(reason));
                return work
                    .note(&permit, subject.change(Action::Withdrawn, version, before.clone(), before));
            }
            detach(work, &permit, &standing, EvidenceUse::Assessment(id)).await?;
            for (answer, state) in store::answer_states(work.conn, &[id]).await? {
                let subject = answer_subject(answer, standing.place());
                let before = recorded(&state)?;
                work.note(&permit, subject.change(Action::Deleted, ANSWER_VERSION + 1, before, Value::Null))?;
            }
            store::answers_delete_in_txn(work.conn, &editable).await?;
            store::assessment_delete_in_txn(work.conn, &editable).await?;
            let subject = subject(id, standing.place(), ask.reason.clone());
            work.note(&permit, subject.change(Action::Deleted, row.version + 1, before, Value::Null))
        })
        .await
}

/// Answers an assessment for the member that it is about.
///
/// # Errors
/// `NotFound`, `Gone`, `Forbidden` for who does not edit the member's plans, `Invalid`.
pub async fn create_answer(office: &Office, ask: &Ask, id: Uuid, show: impl Show) -> Result<Representation> {
    office
        .change(ask, async |work| {
            // Locked, so that it is not withdrawn or published meanwhile.
            let (assessment, standing, withdrawn) = locked(work.conn, id).await?;
            let seen = (ASSESSMENT, &Ref::Id(id), id, standing.appears(&work.actor.viewer(), withdrawn));
            let permit = work.permit(Right::Edit, Some(standing.member_id), seen, &show).await?;
            let input = ask.body.read::<AssessmentAnswerInput>()?;
            let faults = input.faults();
            if !faults.is_empty() {
                return Err(Error::Invalid(faults));
            }
            let (answer, state) = (work.next_id(), AnswerState { assessment_id: id, text: Json(input.text) });
            store::answer_insert_in_txn(work.conn, &permit, &assessment, (answer, &state), work.now).await?;
            let subject = answer_subject(answer, standing.place());
            work.note(&permit, subject.created(recorded(&state)?))?;
            Ok(work.shown(id, &show).await?.at(format!("/api/v1/assessments/{id}")))
        })
        .await
}

async fn locked(conn: &mut Conn, id: Uuid) -> Result<(Locked<AssessmentRow>, Standing, bool)> {
    let not_found = || Error::not_found(ASSESSMENT, id);
    let row = store::assessment_lock_in_txn(conn, id).await?.ok_or_else(not_found)?;
    let found = commitment_standing(conn, row.state.commitment_id).await?;
    let (standing, below_withdrawn) = found.ok_or_else(not_found)?;
    let withdrawn = below_withdrawn || row.withdrawn_at.is_some();
    Ok((row, standing, withdrawn))
}

/// What is written of an assessment, with every fault: by itself, by its scheme, and with the
/// milestones it names.
async fn whole(
    conn: &Conn,
    input: &AssessmentInput,
    (id, commitment): (Uuid, Uuid),
    place: (String, i16),
    kept: &[Uuid],
) -> Result<AssessmentWhole> {
    let mut faults = input.faults();
    let scheme = store::scheme_by_name(conn, &input.scheme).await?;
    match &scheme {
        Some(SchemeRow { indicators, .. }) => faults.extend(input.coding_faults(&indicators.0)),
        None => {
            let detail =
                format!("there is no scheme {:?} in version {:?}", input.scheme.code, input.scheme.version);
            faults.push(Fault::new("/scheme", "reference_unknown", detail));
        }
    }
    let names: Vec<_> = input.milestones.iter().map(|coding| coding.milestone.as_str()).collect();
    let coded = milestone_ids_of(conn, commitment, &names, kept).await?;
    for (at, (name, found)) in names.iter().zip(&coded).enumerate() {
        let pointer = format!("/milestones/{at}/milestone");
        if found.is_none() {
            let detail = format!("the commitment has no milestone {name:?}");
            faults.push(Fault::new(pointer, "reference_unknown", detail));
        } else if coded.iter().take(at).any(|earlier| earlier == found) {
            faults.push(Fault::new(pointer, "milestone_duplicate", "this milestone is given twice"));
        }
    }
    match scheme {
        Some(scheme) if faults.is_empty() => {
            let coded: Vec<_> = coded.into_iter().flatten().collect();
            Ok(AssessmentWhole::of(input, (id, commitment, scheme.id), place, &coded))
        }
        _ => {
            arrange(&mut faults);
            Err(Error::Invalid(faults))
        }
    }
}
