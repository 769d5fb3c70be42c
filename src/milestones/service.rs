//! Making, changing and removing milestones, one by one or many at once.

mod bulk;
mod refusals;
mod reschedule;
mod updates;
mod updates_bulk;

use super::model::{MilestoneInput, Rescheduling, with_change};
use super::store::{self, MilestoneRow, MilestoneState};
use crate::accounts::model::{Appearance, Editable, Locked, Right};
use crate::commitments::store::{commitment_id, commitment_lock_in_txn};
use crate::db::Conn;
use crate::evidence::model::EvidenceUse;
use crate::evidence::service::detach;
use crate::kernel::ask::{Ask, MergePatch, Representation};
use crate::kernel::document::Fault;
use crate::kernel::{Error, Ref, Result};
use crate::ledger::model::{Action, Kind, Place};
use crate::ledger::service::{Office, Show, Subject, Work, needs_reason, recorded, title_lost};
use crate::plans::model::Standing;
use crate::plans::store::plan_standing;
use serde_json::Value;
use uuid::Uuid;

pub use bulk::{BulkChange, BulkItem, MAX_BULK, update_milestones};
pub use reschedule::reschedule_milestone;
pub use updates::create_update;
pub use updates_bulk::{BulkReport, BulkReportItem, create_updates};

const MILESTONE: &str = "milestone";
/// Fields of a milestone that are its dates and texts: what is public is changed in them for a
/// reason.
const DATES_AND_TEXTS: &[&str] = &[
    "label",
    "title",
    "description",
    "expected_output",
    "responsible",
    "starts",
    "due",
    "period_text",
    "actual_start",
    "actual_end",
    "disposition",
    "disposition_reason",
];

fn subject(id: Uuid, place: Place, reason: Option<String>) -> Subject {
    Subject { kind: Kind::Milestone, id, code: None, place, reason }
}

/// Makes a milestone of a commitment.
///
/// # Errors
/// `NotFound`, `Forbidden` for who does not edit the member's plans, `Invalid`, `Conflict` where the
/// key is taken.
pub async fn create_milestone(
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
            let permit = work.actor.permit(Right::Edit, Some(standing.member_id))?;
            let (input, reason) = ask.body.read_with_reason::<MilestoneInput>()?;
            let mut faults = input.faults();
            if input.title.is_empty() {
                faults.push(Fault::new("/title", "text_missing", "at least one language is needed"));
            }
            if !faults.is_empty() {
                return Err(Error::Invalid(faults));
            }
            let id = work.next_id();
            let position = match input.position {
                Some(position) => position,
                None => store::milestone_next_position(work.conn, parent.id).await?,
            };
            let key = input.key.clone().unwrap_or_else(|| id.to_string());
            let state = MilestoneState::of(&input, parent.id, (key, position), Vec::new());
            store::milestone_insert_in_txn(work.conn, &permit, id, &state, work.now).await?;
            work.note(&permit, subject(id, standing.place(), reason).created(recorded(&state)?))?;
            Ok(work.shown(id, &show).await?.at(format!("/api/v1/milestones/{id}")))
        })
        .await
}

/// Changes a milestone.
///
/// # Errors
/// `NotFound`, `Gone`, `Forbidden`, `PreconditionMissing`, `Stale`, `Invalid` (also where a public
/// date or text changes without a reason), `Conflict`.
pub async fn update_milestone(
    office: &Office,
    ask: &Ask,
    id: Uuid,
    show: impl Show,
) -> Result<Representation> {
    office
        .change(ask, async |work| {
            let (locked, standing, withdrawn) = locked(work.conn, id).await?;
            let seen = (MILESTONE, &Ref::Id(id), id, standing.appears(&work.actor.viewer(), withdrawn));
            let permit = work.permit(Right::Edit, Some(standing.member_id), seen, &show).await?;
            let (row, editable) = work.edit(locked, &permit, ask, &show).await?;
            change(work, (&row, &editable, &standing), ask.body.patch_with_reason()?, None).await?;
            work.shown(id, &show).await
        })
        .await
}

/// Carries out a merge patch of a milestone that may be changed, for its own reason or a common one.
async fn change(
    work: &mut Work<'_>,
    (row, editable, standing): (&MilestoneRow, &Editable<MilestoneRow>, &Standing),
    patch: MergePatch,
    common: Option<&String>,
) -> Result<()> {
    let (input, own) = patch.onto(&row.state.input())?;
    let reason = own.or_else(|| common.cloned());
    let mut faults = input.faults();
    faults.extend(title_lost(&row.state.title.0, &input.title));
    let key = input.key.clone().unwrap_or_else(|| row.state.key.clone());
    let position = input.position.unwrap_or(row.state.position);
    let mut moved = row.state.reschedulings.0.clone();
    if standing.was_public {
        let (dues, today) = ((row.state.due(), input.due.as_ref()), work.now.date_naive());
        let change = Rescheduling::new(dues, today, reason.clone(), editable.permit(), work.now);
        moved = with_change(&moved, change);
    }
    let state = MilestoneState::of(&input, row.state.commitment_id, (key, position), moved);
    let (before, after) = (recorded(&row.state)?, recorded(&state)?);
    faults.extend(needs_reason(&before, &after, DATES_AND_TEXTS, standing.was_public, reason.as_ref()));
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    save(work, (row, editable, standing), &state, reason).await
}

/// Writes what a milestone says now, where that is something else, and notes the change.
async fn save(
    work: &mut Work<'_>,
    (row, editable, standing): (&MilestoneRow, &Editable<MilestoneRow>, &Standing),
    state: &MilestoneState,
    reason: Option<String>,
) -> Result<()> {
    if *state == row.state {
        return Ok(());
    }
    let (before, after) = (recorded(&row.state)?, recorded(state)?);
    let version = store::milestone_update_in_txn(work.conn, editable, state, work.now).await?;
    let subject = subject(row.id, standing.place(), reason);
    work.note(editable.permit(), subject.changed(version, before, after))
}

/// Withdraws a milestone that is public; deletes one that never was.
///
/// # Errors
/// `NotFound`, `Gone`, `Forbidden`, `PreconditionMissing`, `Stale`, `Invalid` where what is public is
/// withdrawn without a reason, `Conflict` where a report or assessment refers to a draft.
pub async fn delete_milestone(office: &Office, ask: &Ask, id: Uuid, show: impl Show) -> Result<()> {
    office
        .remove(ask, async |work| {
            let (locked, standing, withdrawn) = locked(work.conn, id).await?;
            let seen = (MILESTONE, &Ref::Id(id), id, standing.appears(&work.actor.viewer(), withdrawn));
            let permit = work.permit(Right::Publish, Some(standing.member_id), seen, &show).await?;
            let (row, editable) = work.edit(locked, &permit, ask, &show).await?;
            let before = recorded(&row.state)?;
            if standing.was_public {
                let reason = ask.reason()?;
                let version =
                    store::milestone_withdraw_in_txn(work.conn, &editable, &reason, work.now).await?;
                let subject = subject(id, standing.place(), Some(reason));
                return work
                    .note(&permit, subject.change(Action::Withdrawn, version, before.clone(), before));
            }
            updates::delete_updates(work, &editable, &standing).await?;
            detach(work, &permit, &standing, EvidenceUse::Milestone(id)).await?;
            store::milestone_delete_in_txn(work.conn, &editable).await?;
            let subject = subject(id, standing.place(), ask.reason.clone());
            work.note(&permit, subject.change(Action::Deleted, row.version + 1, before, Value::Null))
        })
        .await
}

/// A milestone that nobody else can change now, what decides who sees it, and whether it or its
/// commitment is withdrawn.
async fn locked(conn: &mut Conn, id: Uuid) -> Result<(Locked<MilestoneRow>, Standing, bool)> {
    let not_found = || Error::not_found(MILESTONE, id);
    let row = store::milestone_lock_in_txn(conn, id).await?.ok_or_else(not_found)?;
    let (standing, below_withdrawn) =
        crate::commitments::store::commitment_standing(conn, row.state.commitment_id)
            .await?
            .ok_or_else(not_found)?;
    let withdrawn = below_withdrawn || row.withdrawn_at.is_some();
    Ok((row, standing, withdrawn))
}
