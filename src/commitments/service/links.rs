//! Links between commitments.

use super::{COMMITMENT, locked};
use crate::accounts::model::{Appearance, Right};
use crate::commitments::model::LinkInput;
use crate::commitments::store::{self, LinkState};
use crate::kernel::ask::{Ask, Representation};
use crate::kernel::{Error, Ref, Result};
use crate::ledger::model::{Action, Kind, Place};
use crate::ledger::service::{Office, Show, Subject, Work, recorded};
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
            let seen = (COMMITMENT, locked.id, standing.appears(&work.actor.viewer(), withdrawn));
            let permit = work.permit(Right::Edit, Some(standing.member_id), seen, &show).await?;
            let (input, reason) = ask.body.read_with_reason::<LinkInput>()?;
            let to = target(work, &input.to).await?;
            if to == locked.id {
                let detail = "a commitment cannot be linked to itself";
                return Err(Error::invalid("/to", "link_to_itself", detail));
            }
            let (id, state) = (work.next_id(), LinkState::of(&input, locked.id, to));
            store::link_insert_in_txn(work.conn, &permit, id, &state, work.now).await?;
            work.note(&permit, subject(id, standing.place(), reason).created(recorded(&state)?))?;
            work.shown(locked.id, &show).await
        })
        .await
}

/// Withdraws a link of a public commitment; deletes one that was never public.
///
/// # Errors
/// `NotFound`, `Forbidden`, `PreconditionMissing`, `Stale`, `Invalid` where what is public is
/// withdrawn without a reason.
pub async fn delete_link(office: &Office, ask: &Ask, id: Uuid) -> Result<()> {
    office
        .remove(ask, async |work| {
            let not_found = || Error::not_found(LINK, id);
            let link = store::link_lock_in_txn(work.conn, id).await?.ok_or_else(not_found)?;
            let from =
                store::commitment_lock_in_txn(work.conn, link.state.from_id).await?.ok_or_else(not_found)?;
            let standing = plan_standing(work.conn, from.state.plan_id).await?.ok_or_else(not_found)?;
            let appearance = standing.appears(&work.actor.viewer(), from.withdrawn_at.is_some());
            // Links are shown with their commitments only: one that is withdrawn is nowhere to be seen.
            if link.withdrawn_at.is_some() || appearance != Appearance::Visible {
                return Err(not_found());
            }
            let permit = work.actor.permit(Right::Publish, Some(standing.member_id))?;
            // Its entity tag has no fingerprint: a link has no page of its own.
            let present = format!("\"{}\"", link.version);
            let (row, editable) = match link.edit(&permit, ask.expected.as_ref()) {
                Err(Error::Stale { .. }) => return Err(Error::Stale { etag: Some(present) }),
                other => other?,
            };
            let before = recorded(&row.state)?;
            if standing.was_public {
                let reason = ask.reason()?;
                let version = store::link_withdraw_in_txn(work.conn, &editable, &reason, work.now).await?;
                let subject = subject(id, standing.place(), Some(reason));
                return work
                    .note(&permit, subject.change(Action::Withdrawn, version, before.clone(), before));
            }
            store::link_delete_in_txn(work.conn, &editable).await?;
            let subject = subject(id, standing.place(), ask.reason.clone());
            work.note(&permit, subject.change(Action::Deleted, row.version + 1, before, Value::Null))
        })
        .await
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
