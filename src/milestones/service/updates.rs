//! Reporting about a milestone.

use super::MILESTONE;
use crate::accounts::model::{Appearance, Editable, Locked, Permit, Right, Viewer};
use crate::commitments::model::Disposition;
use crate::db::prepared::{Statement, execute};
use crate::db::{Conn, Dated};
use crate::evidence::model::{EvidenceGiven, EvidenceUse};
use crate::evidence::service as evidence;
use crate::evidence::service::Attachment;
use crate::kernel::ask::{Ask, Representation};
use crate::kernel::document::{Faults, arrange};
use crate::kernel::{Error, Ref, Result};
use crate::ledger::model::{Action, Kind};
use crate::ledger::service::{Office, Show, Subject, Work, recorded};
use crate::milestones::model::{Background, ProgressUpdateInput, due_on_day};
use crate::milestones::store::{self, MilestoneRow, UpdateContext, UpdateState, UpdateWhole};
use crate::plans::model::Standing;
use chrono::{DateTime, NaiveDate, Utc};
use futures_util::future::try_join;
use serde_json::Value;
use std::collections::HashMap;
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
    pub(super) async fn milestone(conn: &Conn, id: Uuid) -> Result<Self> {
        // What is read is sent after the lock, with it: when it runs, whoever published the plan has finished.
        let lock = store::milestone_lock_in_txn(conn, id);
        let (milestone, context) = try_join(lock, store::update_context_in_txn(conn, id)).await?;
        let (milestone, context) = milestone.zip(context).ok_or_else(|| Error::not_found(MILESTONE, id))?;
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
        let stands = |disposition: Disposition| disposition == Disposition::Active;
        if !stands(state.disposition.0) || !stands(self.context.commitment_disposition) {
            let detail =
                "it or its commitment was withdrawn or carried over; what is not active takes no updates";
            return Err(Error::conflict("milestone_not_active", detail));
        }
        let mut faults = Faults::default();
        faults.below("", input.faults(&self.background(input.effective_on), work.now.date_naive()));
        evidence::check(work, &self.context.standing, &input.given(), &mut faults).await?;
        let corrected_by = self.corrected_by(work.conn, input.supersedes, &mut faults).await?;
        let mut faults = faults.into_vec();
        if !faults.is_empty() {
            arrange(&mut faults);
            return Err(Error::Invalid(faults));
        }
        match corrected_by {
            None => Ok(()),
            Some(by) => Err(Error::conflict(
                "update_superseded",
                format!("it is superseded already, by {by}: correct that one"),
            )),
        }
    }

    /// Who was faster in correcting an update of this milestone. Nobody can be from now on.
    async fn corrected_by(
        &self,
        conn: &Conn,
        corrected: Option<Uuid>,
        faults: &mut Faults,
    ) -> Result<Option<Uuid>> {
        let Some(id) = corrected else { return Ok(None) };
        match store::update_corrected(conn, id).await? {
            Some((milestone, by)) if milestone == self.milestone.id => Ok(by),
            _ => {
                let detail = format!("the milestone has no update {id}");
                faults.add("/supersedes", "reference_unknown", detail);
                Ok(None)
            }
        }
    }

    /// What is known on the day of which an update speaks.
    fn background(&self, day: NaiveDate) -> Background {
        let state = &self.milestone.state;
        let date = |dated: &'_ Option<Dated>| dated.as_ref().map(|dated| dated.0.clone());
        Background {
            plan_starts: self.context.plan_starts.clone(),
            starts: date(&state.starts),
            due: due_on_day(&state.reschedulings.0, state.due(), day).cloned(),
            actual_start: date(&state.actual_start),
            reported_starts: self.context.reported_starts.clone(),
            has_evidence: self.context.has_evidence,
        }
    }

    /// An update that was checked, under an id of its own.
    pub(super) fn reported(self, work: &Work<'_>, permit: Permit, input: &ProgressUpdateInput) -> Report {
        let state = UpdateState::of(input, self.milestone.id);
        let given = input.given();
        Report { id: work.next_id(), state, given, permit, held: self }
    }
}

/// An update that was checked: it is to be stored, proved and noted.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) id: Uuid,
    state: UpdateState,
    given: EvidenceGiven,
    permit: Permit,
    held: Held,
}

impl Report {
    /// What stores it; [`finish`] does the rest.
    pub(super) fn stores(&self, now: DateTime<Utc>) -> impl Statement {
        store::update_insert_in_txn(&self.permit, &self.held.milestone, (self.id, &self.state), now)
    }

    fn standing(&self) -> &Standing {
        &self.held.context.standing
    }
}

/// Attaches the evidence of updates, all of it at once, and notes them.
pub(super) async fn finish(work: &mut Work<'_>, updates: &[&Report]) -> Result<()> {
    let proved = || updates.iter().filter(|update| !update.given.is_empty());
    let attachments: Vec<_> = proved()
        .map(|update| Attachment {
            to: EvidenceUse::ProgressUpdate(update.id),
            standing: update.standing(),
            permit: &update.permit,
            given: &update.given,
        })
        .collect();
    let attached = evidence::attach(work, &attachments).await?;
    let mut attached: HashMap<_, _> = proved().map(|update| update.id).zip(attached).collect();
    for update in updates {
        let evidence = attached.remove(&update.id).unwrap_or_default();
        let whole = UpdateWhole { state: update.state.clone(), evidence };
        let subject = Subject {
            kind: Kind::ProgressUpdate,
            id: update.id,
            code: None,
            place: update.standing().place(),
            reason: update.state.reason.clone(),
        };
        work.note(&update.permit, subject.created(recorded(&whole)?))?;
    }
    Ok(())
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
        .change_of(
            ask,
            async |conn| Held::milestone(conn, milestone).await,
            async |work, held| {
                let appearance = held.appears(&work.actor.viewer());
                let seen = (MILESTONE, &Ref::Id(milestone), milestone, appearance);
                let permit = work.permit(Right::Edit, Some(held.member_id()), seen, &shown).await?;
                let input = ask.body.read::<ProgressUpdateInput>()?;
                held.check(work, &input).await?;
                let report = held.reported(work, permit, &input);
                let (id, now) = (report.id, work.now);
                // Evidence is attached to what is there; where there is none, all is written in one round trip.
                let proved = !report.given.is_empty();
                if proved {
                    execute(work.conn, report.stores(now)).await?;
                }
                finish(work, &[&report]).await?;
                let write = (!proved).then(|| report.stores(now));
                Ok(work.shown_after(write, id, &show).await?.at(format!("/api/v1/progress-updates/{id}")))
            },
        )
        .await
}

/// Deletes what was reported about a milestone that was never public.
pub(super) async fn delete_updates(
    work: &mut Work<'_>,
    milestone: &Editable<MilestoneRow>,
    standing: &Standing,
) -> Result<()> {
    let (permit, place) = (milestone.permit(), standing.place());
    for (id, whole) in store::update_wholes(work.conn, &[milestone.id()]).await? {
        evidence::detach(work, permit, standing, EvidenceUse::ProgressUpdate(id)).await?;
        let subject = Subject { kind: Kind::ProgressUpdate, id, code: None, place, reason: None };
        work.note(permit, subject.change(Action::Deleted, 2, recorded(&whole)?, Value::Null))?;
    }
    store::updates_delete_in_txn(work.conn, milestone).await
}
