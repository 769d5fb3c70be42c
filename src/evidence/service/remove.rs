//! Taking evidence away: what was never used is deleted, what was used is withdrawn.

use super::{EVIDENCE, PROVING, subject};
use crate::accounts::model::{Permit, Right};
use crate::db::sql::{Field, Nested};
use crate::evidence::model::EvidenceStanding;
use crate::evidence::store::{self, EvidenceRow, EvidenceWhole};
use crate::kernel::ask::Ask;
use crate::kernel::{Error, Ref, Result};
use crate::ledger::model::{Action, Place};
use crate::ledger::service::{Office, Show, Work, recorded};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

#[derive(Debug, Deserialize)]
struct Seen {
    #[serde(flatten)]
    standing: EvidenceStanding,
}

impl Nested for Seen {
    const PARTS: &'static [Field] = &[("shown", store::SHOWN), ("own", store::OWN)];
}

/// Deletes evidence that was never used; withdraws what was: hash and history stay, its content goes with
/// the next round of clearing up, unless other evidence has the same.
///
/// # Errors
/// `NotFound`, `Gone`, `Forbidden` (what proves an assessment takes an assessor, what else was public a
/// publisher), `PreconditionMissing`, `Stale`, `Invalid` where what was used is withdrawn without a reason.
pub async fn delete_evidence(office: &Office, ask: &Ask, id: Uuid, show: impl Show) -> Result<()> {
    office
        .remove(ask, async |work| {
            let locked = store::evidence_lock_in_txn(work.conn, id).await?;
            let locked = locked.ok_or_else(|| Error::not_found(EVIDENCE, id))?;
            let whole = store::evidence_whole(work.conn, &locked).await?;
            let permit = permit(work, (&locked, &whole), &show).await?;
            let (row, editable) = work.edit(locked, &permit, ask, &show).await?;
            let public = row.state.public_since.is_some();
            let plan_id = store::evidence_plan(work.conn, id).await?;
            let place = Place { member_id: Some(row.state.member_id), plan_id, public };
            let before = recorded(&whole.as_recorded(public))?;
            if whole.uses.is_empty() && row.state.commitment_id.is_none() && !public {
                store::evidence_delete_in_txn(work.conn, &editable).await?;
                let subject = subject(id, place, ask.reason.clone());
                return work
                    .note(&permit, subject.change(Action::Deleted, row.version + 1, before, Value::Null));
            }
            let reason = ask.reason()?;
            let version = store::evidence_withdraw_in_txn(work.conn, &editable, &reason, work.now).await?;
            let subject = subject(id, place, Some(reason));
            work.note(&permit, subject.change(Action::Withdrawn, version, before.clone(), before))
        })
        .await
}

/// The permit to take it away, for whom it is there. What an assessor bases a verdict on is not for the
/// assessed to take away, whatever else it proves.
async fn permit(
    work: &mut Work<'_>,
    (row, whole): (&EvidenceRow, &EvidenceWhole),
    show: &impl Show,
) -> Result<Permit> {
    let found = store::evidence_find::<Seen>(work.conn, &work.actor.viewer(), row.id).await?;
    let (_, seen) = found.ok_or_else(|| Error::not_found(EVIDENCE, row.id))?;
    let (member, public) = (Some(row.state.member_id), row.state.public_since.is_some());
    let appearance = seen.standing.appears(row.withdrawn_at.is_some(), public);
    let seen = (EVIDENCE, &Ref::Id(row.id), row.id, appearance);
    if whole.proves_assessment() {
        return work.permit(Right::Assess, member, seen, show).await;
    }
    match work.permit(Right::Publish, member, seen, show).await {
        Err(refused @ Error::Forbidden { .. }) if !public => {
            work.actor.permit_either(PROVING, member).map_err(|_| refused)
        }
        other => other,
    }
}
