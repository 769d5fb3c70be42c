//! Reporting about a milestone.

use super::MILESTONE;
use crate::accounts::model::{Appearance, Editable, Locked, Permit, Right, Viewer};
use crate::commitments::model::Disposition;
use crate::db::{Conn, Dated};
use crate::kernel::ask::{Ask, Representation};
use crate::kernel::document::{Fault, arrange};
use crate::kernel::{Error, Ref, Result};
use crate::ledger::model::{Action, Kind, Place};
use crate::ledger::service::{Office, Show, Subject, Work, recorded};
use crate::milestones::model::{Background, ProgressUpdateInput};
use crate::milestones::store::{self, MilestoneRow, UpdateContext, UpdateState};
use serde_json::Value;
use uuid::Uuid;

/// A milestone that is reported about: nobody else reports, and nobody publishes its plan, until the
/// transaction ends.
#[derive(Debug)]
pub(super) struct Held {
    milestone: Locked<MilestoneRow>,
    context: UpdateContext,
}

impl Held {
    /// Locks a milestone and reads what the rules ask.
    pub(super) async fn milestone(conn: &mut Conn, id: Uuid) -> Result<Self> {
        let milestone = store::milestone_lock_in_txn(conn, id).await?;
        let milestone = milestone.ok_or_else(|| Error::not_found(MILESTONE, id))?;
        // Only now: whoever published the plan meanwhile has finished.
        let context = store::update_context_in_txn(conn, &milestone).await?;
        Ok(Self { milestone, context })
    }

    /// Whose plan it is in.
    pub(super) fn member_id(&self) -> Uuid {
        self.context.standing.member_id
    }

    /// How it appears to a viewer.
    pub(super) fn appears(&self, viewer: &Viewer) -> Appearance {
        let withdrawn = self.milestone.withdrawn_at.is_some() || self.context.commitment_withdrawn;
        self.context.standing.appears(viewer, withdrawn)
    }

    /// What is wrong with an update of it.
    pub(super) async fn check(&self, work: &mut Work<'_>, input: &ProgressUpdateInput) -> Result<()> {
        let state = &self.milestone.state;
        if state.disposition.0 != Disposition::Active {
            let detail = "it was withdrawn or carried over; what is not active takes no updates";
            return Err(Error::conflict("milestone_not_active", detail));
        }
        let mut faults = input.faults(&self.background(), work.now.date_naive());
        let corrected = match input.supersedes {
            Some(id) => store::update_corrected(work.conn, id).await?,
            None => None,
        };
        let corrected = corrected.filter(|(milestone, _)| *milestone == self.milestone.id);
        if let (Some(id), None) = (input.supersedes, &corrected) {
            let detail = format!("the milestone has no update {id}");
            faults.push(Fault::new("/supersedes", "reference_unknown", detail));
        }
        if !faults.is_empty() {
            arrange(&mut faults);
            return Err(Error::Invalid(faults));
        }
        match corrected {
            Some((_, Some(by))) => Err(Error::conflict(
                "update_superseded",
                format!("it is superseded already, by {by}: correct that one"),
            )),
            _ => Ok(()),
        }
    }

    fn background(&self) -> Background {
        let state = &self.milestone.state;
        let date = |dated: &'_ Option<Dated>| dated.as_ref().map(|dated| dated.0.clone());
        Background {
            plan_starts: self.context.plan_starts.clone(),
            starts: date(&state.starts),
            due: date(&state.due),
            actual_start: date(&state.actual_start),
            reported_starts: self.context.reported_starts.clone(),
            has_evidence: self.context.has_evidence,
        }
    }

    /// Stores an update that was checked, and notes it; returns its id.
    pub(super) async fn report(
        &self,
        work: &mut Work<'_>,
        permit: &Permit,
        input: &ProgressUpdateInput,
    ) -> Result<Uuid> {
        let id = work.next_id();
        let state = UpdateState::of(input, self.milestone.id);
        store::update_insert_in_txn(work.conn, permit, &self.milestone, (id, &state), work.now).await?;
        let place = self.context.standing.place();
        let subject =
            Subject { kind: Kind::ProgressUpdate, id, code: None, place, reason: state.reason.clone() };
        work.note(permit, subject.created(recorded(&state)?))?;
        Ok(id)
    }
}

/// Reports about a milestone. `shown` is how the milestone is shown where it is withdrawn, `show` how
/// the update is.
///
/// # Errors
/// `NotFound`, `Gone` where the milestone is withdrawn, `Forbidden` for who does not edit the member's
/// plans, `Invalid`, `Conflict` where the milestone is not active or another update corrects the same
/// one already.
pub async fn create_update(
    office: &Office,
    ask: &Ask,
    milestone: Uuid,
    (shown, show): (impl Show, impl Show),
) -> Result<Representation> {
    office
        .change(ask, async |work| {
            let held = Held::milestone(work.conn, milestone).await?;
            let appearance = held.appears(&work.actor.viewer());
            let seen = (MILESTONE, &Ref::Id(milestone), milestone, appearance);
            let permit = work.permit(Right::Edit, Some(held.member_id()), seen, &shown).await?;
            let input = ask.body.read::<ProgressUpdateInput>()?;
            held.check(work, &input).await?;
            let id = held.report(work, &permit, &input).await?;
            Ok(work.shown(id, &show).await?.at(format!("/api/v1/progress-updates/{id}")))
        })
        .await
}

/// Deletes what was reported about a milestone that was never public.
pub(super) async fn delete_updates(
    work: &mut Work<'_>,
    milestone: &Editable<MilestoneRow>,
    place: Place,
) -> Result<()> {
    for row in store::updates_delete_in_txn(work.conn, milestone).await? {
        let subject = Subject { kind: Kind::ProgressUpdate, id: row.id, code: None, place, reason: None };
        let before = recorded(&row.state)?;
        work.note(milestone.permit(), subject.change(Action::Deleted, 2, before, Value::Null))?;
    }
    Ok(())
}
