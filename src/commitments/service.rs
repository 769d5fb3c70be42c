//! Making, changing and removing commitments, and links between them.

mod links;

use super::model::CommitmentInput;
use super::store::{self, CommitmentRow, CommitmentWhole};
use crate::accounts::model::{Appearance, Locked, Right};
use crate::assessments::store::{
    answer_states, answers_delete_in_txn, assessment_delete_in_txn, assessment_whole, assessments_lock_in_txn,
};
use crate::db::Conn;
use crate::evidence::model::EvidenceUse;
use crate::evidence::service::detach;
use crate::kernel::ask::{Ask, Representation};
use crate::kernel::document::{Fault, Faults, arrange};
use crate::kernel::{Error, Ref, Result};
use crate::ledger::model::{Action, Kind, Place};
use crate::ledger::service::{Office, Show, Subject, Work, needs_reason, recorded, title_lost};
use crate::members::store::institution_ids_in_txn;
use crate::milestones::store::{
    milestone_delete_in_txn, milestones_lock_in_txn, update_wholes, updates_delete_in_txn,
};
use crate::plans::model::Standing;
use crate::plans::store::{plan_hold_in_txn, plan_id, plan_standing};
use serde_json::Value;
use uuid::Uuid;

pub use links::{create_link, delete_link, update_link};

pub(super) const COMMITMENT: &str = "commitment";
/// Fields of a commitment that are its dates and texts: what is public is changed in them for a
/// reason.
const DATES_AND_TEXTS: &[&str] = &[
    "title",
    "other_titles",
    "summary",
    "problem",
    "solution",
    "objective",
    "expected_results",
    "theme",
    "budget",
    "starts",
    "ends",
    "period_text",
    "disposition",
    "disposition_reason",
];

fn subject(id: Uuid, code: Option<String>, place: Place, reason: Option<String>) -> Subject {
    Subject { kind: Kind::Commitment, id, code, place, reason }
}

/// Makes a commitment in a plan.
///
/// # Errors
/// `Forbidden` for who does not edit the member's plans, `Invalid`, `Conflict` where a name is taken.
pub async fn create_commitment(office: &Office, ask: &Ask, show: impl Show) -> Result<Representation> {
    office
        .change(ask, async |work| {
            // Who edits nowhere is told so before anything about the content.
            work.actor.permit_anywhere(Right::Edit)?;
            let (input, reason) = ask.body.read_with_reason::<CommitmentInput>()?;
            let mut faults = input.faults();
            if input.title.is_empty() {
                faults.push(Fault::new("/title", "text_missing", "at least one language is needed"));
            }
            let id = work.next_id();
            let key = input.key.clone().or_else(|| input.code.clone()).unwrap_or_else(|| id.to_string());
            let Some(standing) = plan_named(work, &input.action_plan).await? else {
                let detail = format!("there is no action plan {:?}", input.action_plan);
                faults.push(Fault::new("/action_plan", "reference_unknown", detail));
                // With whatever else is wrong.
                let faulty = whole(work.conn, &input, (id, Uuid::nil(), key), faults).await;
                return Err(faulty
                    .err()
                    .unwrap_or_else(|| Error::not_found("action plan", &input.action_plan)));
            };
            let permit = work.actor.permit(Right::Edit, Some(standing.member_id))?;
            let whole = whole(work.conn, &input, (id, standing.plan_id, key), faults).await?;
            store::commitment_insert_in_txn(work.conn, &permit, id, &whole, work.now).await?;
            let subject = subject(id, whole.state.code.clone(), standing.place(), reason);
            work.note(&permit, subject.created(recorded(&whole)?))?;
            let shown = work.shown(id, &show).await?;
            Ok(shown
                .at(format!("/api/v1/commitments/{}", whole.state.code.unwrap_or_else(|| id.to_string()))))
        })
        .await
}

/// Changes a commitment. Its code is given once; after that only an admin changes it.
///
/// # Errors
/// `NotFound`, `Gone`, `Forbidden`, `PreconditionMissing`, `Stale`, `Invalid` (also where a public
/// date or text changes without a reason), `Conflict`.
pub async fn update_commitment(
    office: &Office,
    ask: &Ask,
    name: &Ref,
    show: impl Show,
) -> Result<Representation> {
    office
        .change(ask, async |work| {
            let (locked, standing) = locked(work.conn, name).await?;
            let withdrawn = locked.withdrawn_at.is_some();
            let seen = (COMMITMENT, name, locked.id, standing.appears(&work.actor.viewer(), withdrawn));
            // An admin comes for the code alone; everybody else edits.
            let admin = work.actor.permit(Right::Administer, None).ok();
            let editor = match work.permit(Right::Edit, Some(standing.member_id), seen, &show).await {
                Ok(permit) => Some(permit),
                Err(Error::Forbidden { .. }) if admin.is_some() => None,
                Err(error) => return Err(error),
            };
            let Some(permit) = editor.clone().or_else(|| admin.clone()) else {
                return Err(Error::not_found(COMMITMENT, name));
            };
            let (row, editable) = work.edit(locked, &permit, ask, &show).await?;
            let before = store::commitment_whole(work.conn, &row).await?;
            let patch = ask.body.patch_with_reason()?;
            if editor.is_none() && patch.names().any(|field| field != "code") {
                // The refusal that anybody else without a role there gets.
                work.actor.permit(Right::Edit, Some(standing.member_id))?;
            }
            let (input, reason) = patch.onto(&before.input())?;
            if row.state.code.is_some() && input.code != row.state.code && admin.is_none() {
                return Err(Error::Forbidden {
                    code: "commitment_code_fixed",
                    detail: "a code is given once; only an admin changes it".to_owned(),
                });
            }
            let mut faults = input.faults();
            faults.extend(title_lost(&before.state.title.0, &input.title));
            let plan = plan_id(work.conn, &Ref::parse(&input.action_plan)).await?;
            if plan != Some(standing.plan_id) {
                let detail = "a commitment stays in its plan; link it to one of another plan";
                faults.push(Fault::new("/action_plan", "field_fixed", detail));
            }
            // By what is written, which can be compared whatever else is wrong.
            let (said, says) = (recorded(&before.input())?, recorded(&input)?);
            let why = reason.as_ref();
            faults.extend(needs_reason(&said, &says, DATES_AND_TEXTS, standing.was_public, why));
            let key = input.key.clone().unwrap_or_else(|| row.state.key.clone());
            let named = (row.id, standing.plan_id, key);
            let after = whole(work.conn, &input, named, faults).await?;
            let (old, new) = (recorded(&before)?, recorded(&after)?);
            if before != after {
                let version = store::commitment_update_in_txn(work.conn, &editable, &after, work.now).await?;
                let subject = subject(row.id, after.state.code.clone(), standing.place(), reason);
                // A code that was given is changed by the right of an admin.
                let recoded = row.state.code.is_some() && after.state.code != row.state.code;
                let by = admin.as_ref().filter(|_| recoded).unwrap_or(&permit);
                work.note(by, subject.changed(version, old, new))?;
            }
            work.shown(row.id, &show).await
        })
        .await
}

/// Withdraws a commitment that is public; deletes one that never was, with all below it.
///
/// # Errors
/// `NotFound`, `Gone`, `Forbidden`, `PreconditionMissing`, `Stale`, `Invalid` where what is public is
/// withdrawn without a reason, `Conflict` where something outside refers to a draft.
pub async fn delete_commitment(office: &Office, ask: &Ask, name: &Ref, show: impl Show) -> Result<()> {
    office
        .remove(ask, async |work| {
            let (locked, standing) = locked(work.conn, name).await?;
            let withdrawn = locked.withdrawn_at.is_some();
            let seen = (COMMITMENT, name, locked.id, standing.appears(&work.actor.viewer(), withdrawn));
            let permit = work.permit(Right::Publish, Some(standing.member_id), seen, &show).await?;
            let (row, editable) = work.edit(locked, &permit, ask, &show).await?;
            let before = recorded(&store::commitment_whole(work.conn, &row).await?)?;
            let code = row.state.code.clone();
            if standing.was_public {
                let reason = ask.reason()?;
                // Whoever changes something below it has finished; whoever comes next finds it withdrawn.
                milestones_lock_in_txn(work.conn, &[row.id]).await?;
                assessments_lock_in_txn(work.conn, &[row.id]).await?;
                store::links_lock_in_txn(work.conn, &[row.id]).await?;
                let version =
                    store::commitment_withdraw_in_txn(work.conn, &editable, &reason, work.now).await?;
                let subject = subject(row.id, code, standing.place(), Some(reason));
                return work
                    .note(&permit, subject.change(Action::Withdrawn, version, before.clone(), before));
            }
            delete_below(work, &permit, row.id, &standing).await?;
            store::commitment_delete_in_txn(work.conn, &editable).await?;
            let subject = subject(row.id, code, standing.place(), ask.reason.clone());
            work.note(&permit, subject.change(Action::Deleted, row.version + 1, before, Value::Null))
        })
        .await
}

/// Deletes what stands below a commitment that was never public.
async fn delete_below(
    work: &mut Work<'_>,
    permit: &crate::accounts::model::Permit,
    commitment: Uuid,
    standing: &Standing,
) -> Result<()> {
    let place = standing.place();
    let gone = |kind, id, version: i64, before| {
        let subject = Subject { kind, id, code: None, place, reason: None };
        subject.change(Action::Deleted, version + 1, before, Value::Null)
    };
    for row in assessments_lock_in_txn(work.conn, &[commitment]).await? {
        let before = recorded(&assessment_whole(work.conn, &row).await?)?;
        detach(work, permit, standing, EvidenceUse::Assessment(row.id)).await?;
        let (row, editable) = Locked::new(row).step(permit, None)?;
        for (id, state) in answer_states(work.conn, &[row.id]).await? {
            work.note(permit, gone(Kind::AssessmentAnswer, id, 1, recorded(&state)?))?;
        }
        answers_delete_in_txn(work.conn, &editable).await?;
        assessment_delete_in_txn(work.conn, &editable).await?;
        work.note(permit, gone(Kind::Assessment, row.id, row.version, before))?;
    }
    for row in milestones_lock_in_txn(work.conn, &[commitment]).await? {
        detach(work, permit, standing, EvidenceUse::Milestone(row.id)).await?;
        let (row, editable) = Locked::new(row).step(permit, None)?;
        for (id, whole) in update_wholes(work.conn, &[row.id]).await? {
            detach(work, permit, standing, EvidenceUse::ProgressUpdate(id)).await?;
            work.note(permit, gone(Kind::ProgressUpdate, id, 1, recorded(&whole)?))?;
        }
        updates_delete_in_txn(work.conn, &editable).await?;
        milestone_delete_in_txn(work.conn, &editable).await?;
        work.note(permit, gone(Kind::Milestone, row.id, row.version, recorded(&row.state)?))?;
    }
    let links = store::links_lock_in_txn(work.conn, &[commitment]).await?;
    // A link that leads here from elsewhere stands in the way: it is not ours to delete.
    for row in links.into_iter().filter(|row| row.state.from_id == commitment) {
        let (row, editable) = Locked::new(row).step(permit, None)?;
        store::link_delete_in_txn(work.conn, &editable).await?;
        work.note(permit, gone(Kind::CommitmentLink, row.id, row.version, recorded(&row.state)?))?;
    }
    Ok(())
}

/// A commitment that nobody else can change now, and what decides who sees it.
pub(super) async fn locked(conn: &mut Conn, name: &Ref) -> Result<(Locked<CommitmentRow>, Standing)> {
    let not_found = || Error::not_found(COMMITMENT, name);
    let id = store::commitment_id(conn, name).await?.ok_or_else(not_found)?;
    let row = store::commitment_lock_in_txn(conn, id).await?.ok_or_else(not_found)?;
    let standing = plan_standing(conn, row.state.plan_id).await?.ok_or_else(not_found)?;
    Ok((row, standing))
}

/// The plan that a new commitment names, if the actor sees it. It stays as it is until the
/// transaction ends.
async fn plan_named(work: &mut Work<'_>, name: &str) -> Result<Option<Standing>> {
    let Some(id) = plan_id(work.conn, &Ref::parse(name)).await? else { return Ok(None) };
    let standing = plan_hold_in_txn(work.conn, id).await?;
    let viewer = work.actor.viewer();
    Ok(standing.filter(|standing| standing.appears(&viewer, false) == Appearance::Visible))
}

/// What is written of a commitment, with every fault: by itself, and with what it refers to.
async fn whole(
    conn: &Conn,
    input: &CommitmentInput,
    (id, plan_id, key): (Uuid, Uuid, String),
    mut faults: Vec<Fault>,
) -> Result<CommitmentWhole> {
    let parts = || input.leads.iter().chain(&input.supporters);
    let names: Vec<_> = parts().map(|part| Ref::parse(&part.institution)).collect();
    let found = institution_ids_in_txn(conn, &names).await?;
    for (index, (part, _)) in parts().zip(&found).enumerate().filter(|(_, (_, id))| id.is_none()) {
        let pointer = match index.checked_sub(input.leads.len()) {
            None => format!("/leads/{index}/institution"),
            Some(index) => format!("/supporters/{index}/institution"),
        };
        let detail = format!("there is no institution {:?}", part.institution);
        faults.push(Fault::new(pointer, "reference_unknown", detail));
    }
    if !input.policy_areas.is_empty() {
        let known = store::policy_area_list(conn).await?;
        let unknown = input.policy_areas.iter().enumerate();
        for (at, area) in unknown.filter(|(_, area)| !known.iter().any(|known| known.code == **area)) {
            let detail = format!("there is no policy area {area:?}");
            faults.push(Fault::new(format!("/policy_areas/{at}"), "reference_unknown", detail));
        }
    }
    if !faults.is_empty() {
        arrange(&mut faults);
        return Err(Error::Invalid(faults));
    }
    let institutions: Vec<_> = found.into_iter().flatten().collect();
    // Only now is it known that a slug and an id name the same one.
    let (leads, supporters) = institutions.split_at(input.leads.len().min(institutions.len()));
    let mut faults = Faults::default();
    for (field, ids) in [("leads", leads), ("supporters", supporters)] {
        let places = ids.iter().enumerate().map(|(at, id)| (id, format!("/{field}/{at}/institution")));
        faults.unique(places, "participant_duplicate", "this institution is given twice in the same role");
    }
    let faults = faults.into_vec();
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    Ok(CommitmentWhole::of(input, id, plan_id, key, &institutions))
}
