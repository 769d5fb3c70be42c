//! Links between commitments.

use super::{COMMITMENT, locked};
use crate::accounts::model::{Appearance, Editable, Locked, Permit, Right};
use crate::commitments::model::LinkInput;
use crate::commitments::store::{self, LinkRow, LinkState};
use crate::kernel::ask::{Ask, Representation};
use crate::kernel::{Error, Ref, Result};
use crate::ledger::model::{Action, Kind, Place};
use crate::ledger::service::{Office, Show, Subject, Work, recorded};
use crate::plans::model::Standing;
use crate::plans::store::{plan_id, plan_standing};
use serde_json::Value;
use uuid::Uuid;

const LINK: &str = "link";

fn subject(id: Uuid, place: Place, reason: Option<String>) -> Subject {
    Subject { kind: Kind::CommitmentLink, id, code: None, place, reason }
}

/// Links a commitment to another one; shows the commitment.
///
/// # Errors
/// `NotFound`, `Gone`, `Forbidden` for who does not edit the first one, `Invalid`, `Conflict` where
/// they are linked like that already.
pub async fn create_link(office: &Office, ask: &Ask, from: &Ref, show: impl Show) -> Result<Representation> {
    office
        .change(ask, async |work| {
            let (locked, standing) = locked(work.conn, from).await?;
            let withdrawn = locked.withdrawn_at.is_some();
            let seen = (COMMITMENT, from, locked.id, standing.appears(&work.actor.viewer(), withdrawn));
            let permit = work.permit(Right::Edit, Some(standing.member_id), seen, &show).await?;
            let (input, reason) = ask.body.read_with_reason::<LinkInput>()?;
            let to = target(work, &input.to).await?;
            if to == locked.id {
                let detail = "a commitment cannot be linked to itself";
                return Err(Error::invalid("/to", "link_to_itself", detail));
            }
            let (id, state) = (work.next_id(), LinkState::of(&input, locked.id, to));
            store::link_insert_in_txn(work.conn, &permit, id, &state, work.now).await?;
            let place = place(work, &standing, to).await?;
            work.note(&permit, subject(id, place, reason).created(recorded(&state)?))?;
            work.shown(locked.id, &show).await
        })
        .await
}

/// Changes a link; shows the commitment that it starts at.
///
/// # Errors
/// `NotFound`, `Forbidden`, `PreconditionMissing`, `Stale`, `Invalid`, `Conflict` where the two are
/// linked like that already.
pub async fn update_link(office: &Office, ask: &Ask, id: Uuid, show: impl Show) -> Result<Representation> {
    office
        .change(ask, async |work| {
            let (link, standing) = locked_link(work, id).await?;
            let permit = work.actor.permit(Right::Edit, Some(standing.member_id))?;
            let (row, editable) = edit(link, &permit, ask)?;
            let (input, reason) = ask.body.patch_with_reason()?.onto(&row.state.input())?;
            if Ref::parse(&input.to) != Ref::Id(row.state.to_id) {
                let detail = "a link goes on leading where it leads; make a new one";
                return Err(Error::invalid("/to", "field_fixed", detail));
            }
            let state = LinkState::of(&input, row.state.from_id, row.state.to_id);
            if state != row.state {
                let version = store::link_update_in_txn(work.conn, &editable, &state, work.now).await?;
                let (before, after) = (recorded(&row.state)?, recorded(&state)?);
                let place = place(work, &standing, state.to_id).await?;
                work.note(&permit, subject(id, place, reason).changed(version, before, after))?;
            }
            work.shown(state.from_id, &show).await
        })
        .await
}

/// Withdraws a link that is public; deletes one that never was.
///
/// # Errors
/// `NotFound`, `Forbidden`, `PreconditionMissing`, `Stale`, `Invalid` where what is public is
/// withdrawn without a reason.
pub async fn delete_link(office: &Office, ask: &Ask, id: Uuid) -> Result<()> {
    office
        .remove(ask, async |work| {
            let (link, standing) = locked_link(work, id).await?;
            let permit = work.actor.permit(Right::Publish, Some(standing.member_id))?;
            let (row, editable) = edit(link, &permit, ask)?;
            let (before, place) = (recorded(&row.state)?, place(work, &standing, row.state.to_id).await?);
            if place.public {
                let reason = ask.reason()?;
                let version = store::link_withdraw_in_txn(work.conn, &editable, &reason, work.now).await?;
                let subject = subject(id, place, Some(reason));
                return work
                    .note(&permit, subject.change(Action::Withdrawn, version, before.clone(), before));
            }
            store::link_delete_in_txn(work.conn, &editable).await?;
            let subject = subject(id, place, ask.reason.clone());
            work.note(&permit, subject.change(Action::Deleted, row.version + 1, before, Value::Null))
        })
        .await
}

/// A link that nobody else can change now, if the actor sees it, and what decides who sees the
/// commitment that it starts at.
async fn locked_link(work: &mut Work<'_>, id: Uuid) -> Result<(Locked<LinkRow>, Standing)> {
    let not_found = || Error::not_found(LINK, id);
    let (from, _) = store::link_ends(work.conn, id).await?.ok_or_else(not_found)?;
    // The commitment first, as everybody does who changes it and its links.
    let from = store::commitment_lock_in_txn(work.conn, from).await?.ok_or_else(not_found)?;
    let link = store::link_lock_in_txn(work.conn, id).await?.ok_or_else(not_found)?;
    let standing = plan_standing(work.conn, from.state.plan_id).await?.ok_or_else(not_found)?;
    let appearance = standing.appears(&work.actor.viewer(), from.withdrawn_at.is_some());
    // Links are shown with their commitments only: one that is withdrawn is nowhere to be seen.
    if link.withdrawn_at.is_some() || appearance != Appearance::Visible {
        return Err(not_found());
    }
    Ok((link, standing))
}

/// The row, and the proof that it may be changed. Its entity tag has no fingerprint: a link has no
/// page of its own.
fn edit(link: Locked<LinkRow>, permit: &Permit, ask: &Ask) -> Result<(LinkRow, Editable<LinkRow>)> {
    let present = format!("\"{}\"", link.version);
    match link.edit(permit, ask.expected.as_ref()) {
        Err(Error::Stale { .. }) => Err(Error::Stale { etag: Some(present) }),
        other => other,
    }
}

/// Where changes of a link belong in the record: it is public when both its ends are.
async fn place(work: &mut Work<'_>, from: &Standing, to: Uuid) -> Result<Place> {
    let target = store::commitment_standing(work.conn, to).await?;
    let public = from.was_public && target.is_some_and(|(standing, _)| standing.was_public);
    Ok(Place { public, ..from.place() })
}

/// The commitment that a link names, if the actor sees it: by code, id, or `<plan slug>/<key>`.
async fn target(work: &mut Work<'_>, name: &str) -> Result<Uuid> {
    let unknown = || Error::invalid("/to", "reference_unknown", format!("there is no commitment {name:?}"));
    let id = match name.split_once('/') {
        None => store::commitment_id(work.conn, &Ref::parse(name)).await?,
        Some((plan, key)) => match plan_id(work.conn, &Ref::parse(plan)).await? {
            Some(plan) => store::commitment_by_key(work.conn, plan, key).await?,
            None => None,
        },
    };
    let names = [Ref::Id(id.ok_or_else(unknown)?)];
    let seen = store::commitment_ids(work.conn, &work.actor.viewer(), &names).await?;
    seen.into_iter().flatten().next().ok_or_else(unknown)
}
