//! Making and changing action plans, and taking them through their life.

mod publication;

use super::model::{ActionPlanInput, PlanStatus, Standing, Step};
use super::store::{self, PlanRow, PlanWhole};
use crate::accounts::model::{Locked, Right};
use crate::commitments::store::plan_has_commitments;
use crate::db::{Conn, Word};
use crate::kernel::ask::{Ask, Reason, Representation};
use crate::kernel::document::Fault;
use crate::kernel::{Error, Ref, Result};
use crate::ledger::model::{Action, Kind};
use crate::ledger::service::{Office, Show, Subject, Work, needs_reason, recorded, title_lost};
use crate::members::store::member_hold_in_txn;
use uuid::Uuid;

const PLAN: &str = "action plan";
/// Fields of a plan that are its dates and texts: what is public is changed in them for a reason.
const DATES_AND_TEXTS: &[&str] =
    &["title", "starts", "ends", "period_text", "submitted", "approved", "published", "themes"];

fn subject(id: Uuid, whole: &PlanWhole, reason: Option<String>) -> Subject {
    let (code, place) = (Some(whole.state.slug.clone()), whole.state.place(id));
    Subject { kind: Kind::ActionPlan, id, code, place, reason }
}

/// Makes a plan, as a draft.
///
/// # Errors
/// `Forbidden` for who does not edit the member's plans, `Invalid`, `Conflict` where a name is taken.
pub async fn create_action_plan(office: &Office, ask: &Ask, show: impl Show) -> Result<Representation> {
    office
        .change(ask, async |work| {
            // Who edits nowhere is told so before anything about the content.
            work.actor.permit_anywhere(Right::Edit)?;
            let (input, reason) = ask.body.read_with_reason::<ActionPlanInput>()?;
            let mut faults = input.faults();
            if input.title.is_empty() {
                faults.push(Fault::new("/title", "text_missing", "at least one language is needed"));
            }
            let member = member_hold_in_txn(work.conn, &Ref::parse(&input.member)).await?;
            let Some((member_id, _)) = member else {
                let detail = format!("there is no member {:?}", input.member);
                faults.push(Fault::new("/member", "reference_unknown", detail));
                return Err(Error::Invalid(faults));
            };
            let permit = work.actor.permit(Right::Edit, Some(member_id))?;
            if !faults.is_empty() {
                return Err(Error::Invalid(faults));
            }
            let id = work.next_id();
            let whole = PlanWhole::of(&input, id, member_id, (PlanStatus::Draft, None));
            store::plan_insert_in_txn(work.conn, &permit, id, &whole, work.now).await?;
            work.note(&permit, subject(id, &whole, reason).created(recorded(&whole)?))?;
            Ok(work.shown(id, &show).await?.at(format!("/api/v1/action-plans/{}", whole.state.slug)))
        })
        .await
}

/// Changes a plan.
///
/// # Errors
/// `NotFound`, `Gone`, `Forbidden`, `PreconditionMissing`, `Stale`, `Invalid` (also where a public
/// date or text changes without a reason), `Conflict`.
pub async fn update_action_plan(
    office: &Office,
    ask: &Ask,
    name: &Ref,
    show: impl Show,
) -> Result<Representation> {
    office
        .change(ask, async |work| {
            let locked = locked(work.conn, name).await?;
            let standing = standing(&locked);
            let seen = (PLAN, name, locked.id, standing.appears(&work.actor.viewer(), false));
            let permit = work.permit(Right::Edit, Some(standing.member_id), seen, &show).await?;
            let (row, editable) = work.edit(locked, &permit, ask, &show).await?;
            let before = store::plan_whole(work.conn, &row).await?;
            let (input, reason) = ask.body.patch_with_reason()?.onto(&before.input())?;
            let mut faults = input.faults();
            faults.extend(title_lost(&before.state.title.0, &input.title));
            let member = member_hold_in_txn(work.conn, &Ref::parse(&input.member)).await?;
            if member.map(|(id, _)| id) != Some(row.state.member_id) {
                let detail = "a plan stays with its member; make a new one for another member";
                faults.push(Fault::new("/member", "field_fixed", detail));
            }
            let life = (row.state.status.0, row.state.public_since);
            let after = PlanWhole::of(&input, row.id, row.state.member_id, life);
            let (old, new) = (recorded(&before)?, recorded(&after)?);
            faults.extend(needs_reason(&old, &new, DATES_AND_TEXTS, standing.was_public, reason.as_ref()));
            if !faults.is_empty() {
                return Err(Error::Invalid(faults));
            }
            if before != after {
                let version = store::plan_update_in_txn(work.conn, &editable, &after, work.now).await?;
                work.note(&permit, subject(row.id, &after, reason).changed(version, old, new))?;
            }
            work.shown(row.id, &show).await
        })
        .await
}

/// Deletes a plan that was never public and has no commitments; withdraws one that was.
///
/// # Errors
/// `NotFound`, `Gone`, `Forbidden`, `PreconditionMissing`, `Stale`, `Invalid` where what is public is
/// withdrawn without a reason, `Conflict` where a draft still has commitments.
pub async fn delete_action_plan(office: &Office, ask: &Ask, name: &Ref, show: impl Show) -> Result<()> {
    office
        .remove(ask, async |work| {
            let locked = locked(work.conn, name).await?;
            let standing = standing(&locked);
            let seen = (PLAN, name, locked.id, standing.appears(&work.actor.viewer(), false));
            let permit = work.permit(Right::Publish, Some(standing.member_id), seen, &show).await?;
            let (row, editable) = work.edit(locked, &permit, ask, &show).await?;
            let before = store::plan_whole(work.conn, &row).await?;
            if standing.was_public {
                let reason = ask.reason()?;
                return withdraw(work, before, &editable, reason).await;
            }
            if plan_has_commitments(work.conn, row.id).await? {
                let detail = "it has commitments; delete those first, or withdraw the plan";
                return Err(Error::conflict("action_plan_not_empty", detail));
            }
            store::plan_delete_in_txn(work.conn, &editable).await?;
            let subject = subject(row.id, &before, ask.reason.clone());
            let gone =
                subject.change(Action::Deleted, row.version + 1, recorded(&before)?, serde_json::Value::Null);
            work.note(&permit, gone)
        })
        .await
}

/// Takes a plan through a step of its life.
///
/// # Errors
/// `NotFound`, `Gone`, `Forbidden`, `Stale` where another version is meant, `Conflict` with the steps
/// that can be taken, `Invalid` where a step back has no reason.
pub async fn step_action_plan(
    office: &Office,
    ask: &Ask,
    name: &Ref,
    step: Step,
    show: impl Show,
) -> Result<Representation> {
    office
        .change(ask, async |work| {
            let locked = locked(work.conn, name).await?;
            let standing = standing(&locked);
            let seen = (PLAN, name, locked.id, standing.appears(&work.actor.viewer(), false));
            let permit = work.permit(step.right(), Some(standing.member_id), seen, &show).await?;
            let (row, editable) = work.step(locked, &permit, ask, &show).await?;
            let Reason { reason } = ask.body.read_if_any()?;
            let reason = reason.map(|reason| reason.trim().to_owned()).filter(|reason| !reason.is_empty());
            let Some(status) = step.leads(standing.status) else {
                return Err(not_now(step, standing.status));
            };
            let before = store::plan_whole(work.conn, &row).await?;
            if step.goes_back() && reason.is_none() {
                let detail = format!("say why: to {} needs a reason", step.as_str());
                return Err(Error::invalid("/reason", "reason_missing", detail));
            }
            if step == Step::Withdraw {
                withdraw(work, before, &editable, reason.unwrap_or_default()).await?;
                // It is shown as it is now: withdrawn.
                return match work.shown(row.id, &show).await {
                    Err(Error::Gone { last_state, .. }) => {
                        Representation::of(row.version + 1, &last_state, None)
                    }
                    other => other,
                };
            }
            let mut after = before.clone();
            after.state.status = Word(status);
            let opens = status.is_public() && !standing.was_public;
            if opens {
                after.state.public_since = Some(work.now);
            }
            let version = store::plan_update_in_txn(work.conn, &editable, &after, work.now).await?;
            let action = if opens { Action::Published } else { Action::Changed };
            let subject = subject(row.id, &after, reason.clone());
            work.note(&permit, subject.change(action, version, recorded(&before)?, recorded(&after)?))?;
            if opens {
                publication::record(work, &permit, row.id, after.state.place(row.id), reason).await?;
            }
            work.shown(row.id, &show).await
        })
        .await
}

async fn withdraw(
    work: &mut Work<'_>,
    before: PlanWhole,
    editable: &crate::accounts::model::Editable<PlanRow>,
    reason: String,
) -> Result<()> {
    publication::hold(work, editable.id()).await?;
    let version = store::plan_withdraw_in_txn(work.conn, editable, &reason, work.now).await?;
    let mut after = before.clone();
    after.state.status = Word(PlanStatus::Withdrawn);
    let change = subject(editable.id(), &after, Some(reason));
    let change = change.change(Action::Withdrawn, version, recorded(&before)?, recorded(&after)?);
    work.note(editable.permit(), change)
}

fn not_now(step: Step, status: PlanStatus) -> Error {
    let allowed: Vec<_> = Step::allowed(status).into_iter().map(|step| step.as_str().to_owned()).collect();
    let now = serde_json::to_value(status).unwrap_or_default();
    let now = now.as_str().unwrap_or_default().replace('_', " ");
    let detail = format!(
        "a plan that is {now:?} does not take the step {:?}; it takes {}",
        step.as_str(),
        allowed.join(", ")
    );
    Error::Conflict { code: "action_plan_step_wrong", detail, allowed }
}

async fn locked(conn: &mut Conn, name: &Ref) -> Result<Locked<PlanRow>> {
    let found = match store::plan_id(conn, name).await? {
        Some(id) => store::plan_lock_in_txn(conn, id).await?,
        None => None,
    };
    found.ok_or_else(|| Error::not_found(PLAN, name))
}

fn standing(row: &PlanRow) -> Standing {
    let (status, was_public) = (row.state.status.0, row.state.public_since.is_some());
    Standing { plan_id: row.id, member_id: row.state.member_id, status, was_public }
}
