//! Attaching evidence to a milestone or an assessment that is there already.

use super::attach::{Attachment, attach, check};
use crate::accounts::model::{Right, Versioned, Viewer};
use crate::assessments::store::assessment_lock_in_txn;
use crate::commitments::store::commitment_standing;
use crate::db::Conn;
use crate::evidence::model::{EvidenceGiven, EvidenceUse};
use crate::kernel::ask::{Ask, Representation};
use crate::kernel::document::Faults;
use crate::kernel::{Error, Ref, Result};
use crate::ledger::service::{Office, Show, Work};
use crate::milestones::store::milestone_lock_in_txn;
use uuid::Uuid;

/// Attaches evidence to a milestone itself, not to what was reported about it.
///
/// # Errors
/// `NotFound`, `Gone`, `Forbidden` for who does not edit the member's plans, `Invalid`, `Conflict` where a piece
/// is attached there already.
pub async fn attach_to_milestone(
    office: &Office,
    ask: &Ask,
    id: Uuid,
    show: impl Show,
) -> Result<Representation> {
    office
        .change(ask, async |work| {
            let row = milestone_lock_in_txn(work.conn, id).await?;
            let row = row.ok_or_else(|| Error::not_found("milestone", id))?;
            let of = (EvidenceUse::Milestone(id), "milestone", row.state.commitment_id);
            add(work, ask, of, (row.id(), row.withdrawn_at.is_some()), Right::Edit, &show).await
        })
        .await
}

/// Attaches evidence to an assessment.
///
/// # Errors
/// `NotFound`, `Gone`, `Forbidden` for all but assessors, `Invalid`, `Conflict` where a piece is attached there
/// already.
pub async fn attach_to_assessment(
    office: &Office,
    ask: &Ask,
    id: Uuid,
    show: impl Show,
) -> Result<Representation> {
    office
        .change(ask, async |work| {
            let row = assessment_lock_in_txn(work.conn, id).await?;
            let row = row.ok_or_else(|| Error::not_found("assessment", id))?;
            let of = (EvidenceUse::Assessment(id), "assessment", row.state.commitment_id);
            add(work, ask, of, (row.id(), row.withdrawn_at.is_some()), Right::Assess, &show).await
        })
        .await
}

async fn add(
    work: &mut Work<'_>,
    ask: &Ask,
    (to, kind, commitment): (EvidenceUse, &'static str, Uuid),
    (id, withdrawn): (Uuid, bool),
    right: Right,
    show: &impl Show,
) -> Result<Representation> {
    let found = commitment_standing(work.conn, commitment).await?;
    let (standing, above) = found.ok_or_else(|| Error::not_found(kind, id))?;
    let appearance = standing.appears(&work.actor.viewer(), withdrawn || above);
    // The last state of one that is withdrawn is, here, the evidence that it has.
    let gone =
        async |conn: &Conn, id, viewer: &Viewer| appearance.of(show(conn, id, viewer).await?, kind, &id);
    let seen = (kind, &Ref::Id(id), id, appearance);
    let permit = work.permit(right, Some(standing.member_id), seen, &gone).await?;
    let given = ask.body.read::<EvidenceGiven>()?;
    let mut faults = Faults::default();
    if given.is_empty() {
        faults.add("", "evidence_missing", "give at least one of `evidence` and `links`");
    }
    check(work, &standing, &given, &mut faults).await?;
    let faults = faults.into_vec();
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    attach(work, &[Attachment { to, standing: &standing, permit: &permit, given: &given }]).await?;
    work.shown(id, show).await
}
