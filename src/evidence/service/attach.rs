//! Attaching evidence to what it proves. Later rooms do this in transactions of their own: what
//! they write is written with its evidence, or not at all.

use super::subject;
use crate::accounts::model::{Editable, Locked, Permit};
use crate::evidence::model::{EvidenceGiven, EvidenceUse, MAX_GIVEN};
use crate::evidence::store::{self, EvidenceRow, EvidenceState, EvidenceWhole, Use, UseRow};
use crate::kernel::document::Faults;
use crate::kernel::{Error, Result};
use crate::ledger::model::{Action, Place};
use crate::ledger::service::{Work, recorded};
use crate::plans::model::Standing;
use chrono::{DateTime, Utc};
use serde_json::Value;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Evidence to attach to something that is locked or was just made.
#[derive(Debug, Clone, Copy)]
pub struct Attachment<'a> {
    /// To what.
    pub to: EvidenceUse,
    /// What decides who sees that.
    pub standing: &'a Standing,
    /// By which permit for the member of that.
    pub permit: &'a Permit,
    /// Which evidence.
    pub given: &'a EvidenceGiven,
}

/// What is wrong with evidence that is given for something of a member: too much of it, links by
/// themselves, and ids that are not evidence of that member or were withdrawn. Writes nothing.
///
/// # Errors
/// Where the database cannot answer.
pub async fn check(
    work: &Work<'_>,
    standing: &Standing,
    given: &EvidenceGiven,
    faults: &mut Faults,
) -> Result<()> {
    if given.count() > MAX_GIVEN {
        let detail = format!(
            "`evidence` and `links` have {} entries together; the most are {MAX_GIVEN}",
            given.count()
        );
        faults.add("", "evidence_too_many", detail);
    }
    let known = match given.evidence.is_empty() {
        true => Vec::new(),
        false => store::evidence_known(work.conn, standing.member_id, &given.evidence).await?,
    };
    for (at, id) in given.evidence.iter().enumerate() {
        let pointer = format!("/evidence/{at}");
        if !known.contains(id) {
            faults.add(pointer, "reference_unknown", format!("the member has no evidence {id}"));
        } else if given.evidence.iter().take(at).any(|earlier| earlier == id) {
            faults.add(pointer, "evidence_duplicate", "this evidence is given twice");
        }
    }
    for (at, link) in given.links.iter().enumerate() {
        faults.below(&format!("/links/{at}"), link.faults(work.now.date_naive()));
    }
    Ok(())
}

/// Attaches evidence that [`check`] found nothing wrong with, and makes the links among it. Each piece
/// is noted once, however many things it is attached to; it is public from the first that is. Returns
/// the ids of the evidence of every attachment, in its order.
///
/// # Errors
/// `Conflict` where a piece is attached there already or was withdrawn at this moment.
pub async fn attach(work: &mut Work<'_>, attachments: &[Attachment<'_>]) -> Result<Vec<Vec<Uuid>>> {
    let mut pieces = hold(work, attachments).await?;
    let mut attached = Vec::with_capacity(attachments.len());
    let mut uses = Vec::new();
    for attachment in attachments {
        let mut ids = attachment.given.evidence.clone();
        for link in &attachment.given.links {
            let state = EvidenceState::link(attachment.standing.member_id, &link.url, link.about());
            let id = work.next_id();
            pieces.insert(id, Piece::new(state, attachment));
            ids.push(id);
        }
        let first = store::evidence_next_position(work.conn, attachment.to).await?;
        for (position, id) in (first..).zip(&ids) {
            let piece = pieces.get_mut(id).ok_or_else(withdrawn_meanwhile)?;
            let row = UseRow::of(work.next_id(), *id, attachment.to, position, work.now);
            piece.attached_to(row.clone(), attachment, work.now);
            uses.push(row);
        }
        attached.push(ids);
    }
    for (id, piece) in pieces {
        piece.write(work, id).await?;
    }
    if let Some(one) = attachments.first() {
        store::uses_insert_in_txn(work.conn, one.permit, &uses).await?;
    }
    Ok(attached)
}

/// All evidence that is there already, locked at once: two requests that attach the same pieces never
/// wait in a circle.
async fn hold(work: &mut Work<'_>, attachments: &[Attachment<'_>]) -> Result<BTreeMap<Uuid, Piece>> {
    let ids: Vec<_> = attachments.iter().flat_map(|one| one.given.evidence.iter().copied()).collect();
    let mut pieces = BTreeMap::new();
    if ids.is_empty() {
        return Ok(pieces);
    }
    let rows = store::evidence_rows_lock_in_txn(work.conn, &ids).await?;
    for (row, whole) in store::evidence_with_uses(work.conn, rows).await? {
        let by = attachments.iter().find(|one| one.given.evidence.contains(&row.id));
        let Some(by) = by.filter(|by| by.standing.member_id == row.state.member_id) else { continue };
        if row.withdrawn_at.is_none() {
            pieces.insert(row.id, Piece::known(row, whole, by)?);
        }
    }
    Ok(pieces)
}

fn withdrawn_meanwhile() -> Error {
    Error::conflict("evidence_withdrawn", "some of the evidence was withdrawn meanwhile; look at it again")
}

/// A piece of evidence on its way to what it is attached to.
struct Piece {
    before: Option<(EvidenceWhole, Editable<EvidenceRow>)>,
    after: EvidenceWhole,
    permit: Permit,
    /// Of what it is attached to: the first thing, or the first public one.
    place: Place,
}

impl Piece {
    fn new(state: EvidenceState, by: &Attachment<'_>) -> Self {
        let after = EvidenceWhole::alone(state);
        Self { before: None, after, permit: by.permit.clone(), place: by.standing.place() }
    }

    fn known(row: EvidenceRow, before: EvidenceWhole, by: &Attachment<'_>) -> Result<Self> {
        let (_, editable) = Locked::new(row).step(by.permit, None)?;
        let piece = Self::new(before.state.clone(), by);
        let after = EvidenceWhole { uses: before.uses.clone(), ..piece.after };
        Ok(Self { before: Some((before, editable)), after, ..piece })
    }

    fn attached_to(&mut self, row: UseRow, by: &Attachment<'_>, now: DateTime<Utc>) {
        let Standing { plan_id, was_public: public, .. } = *by.standing;
        self.after.uses.push(Use { row, plan_id, public });
        if public && !self.place.public {
            self.place = by.standing.place();
        }
        if public && self.after.state.public_since.is_none() {
            self.after.state.public_since = Some(now);
        }
    }

    async fn write(self, work: &mut Work<'_>, id: Uuid) -> Result<()> {
        let public = self.place.public;
        let subject = subject(id, self.place, None);
        let after = recorded(&self.after.as_recorded(public))?;
        let Some((before, editable)) = self.before else {
            store::evidence_insert_in_txn(work.conn, &self.permit, id, &self.after, work.now).await?;
            return work.note(&self.permit, subject.created(after));
        };
        let version = store::evidence_update_in_txn(work.conn, &editable, &self.after, work.now).await?;
        let change = match before.state.public_since {
            // Its public history begins here: what it went through before stays private.
            None if public => subject.change(Action::Published, version, Value::Null, after),
            _ => subject.changed(version, recorded(&before.as_recorded(public))?, after),
        };
        work.note(&self.permit, change)
    }
}

/// Detaches all evidence from something in a draft, which is deleted next.
///
/// # Errors
/// Where the database refuses it: from what is or was public nothing is detached.
pub async fn detach(
    work: &mut Work<'_>,
    permit: &Permit,
    standing: &Standing,
    of: EvidenceUse,
) -> Result<()> {
    let ids = store::evidence_attached(work.conn, of).await?;
    let rows = store::evidence_rows_lock_in_txn(work.conn, &ids).await?;
    let before = store::evidence_with_uses(work.conn, rows).await?;
    store::uses_delete_in_txn(work.conn, permit, of).await?;
    for (row, whole) in before {
        let (row, editable) = Locked::new(row).step(permit, None)?;
        let after = store::evidence_whole(work.conn, &row).await?;
        let version = store::evidence_update_in_txn(work.conn, &editable, &after, work.now).await?;
        let change = subject(row.id, standing.place(), None);
        work.note(permit, change.changed(version, recorded(&whole)?, recorded(&after)?))?;
    }
    Ok(())
}
