//! Moving a due date by a decision that was taken, today or on an earlier day.

use super::{MILESTONE, locked, save};
use crate::accounts::model::Right;
use crate::db::Dated;
use crate::kernel::ask::{Ask, Representation};
use crate::kernel::{Error, Ref, Result};
use crate::ledger::service::{Office, Show};
use crate::milestones::model::{Reschedule, Rescheduling, with_change};
use crate::plans::store::plan_starts;
use uuid::Uuid;

/// Moves the due date of a milestone that is public.
///
/// # Errors
/// `NotFound`, `Gone`, `Forbidden`, `Stale` where another version is meant, `Conflict` for a draft and for
/// what has never had a due date, `Invalid`.
pub async fn reschedule_milestone(
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
            let (row, editable) = work.step(locked, &permit, ask, &show).await?;
            let asked = ask.body.read::<Reschedule>()?;
            let (past, today) = (&row.state.reschedulings.0, work.now.date_naive());
            if !standing.was_public {
                let detail = "the due dates of a draft are not kept; change the milestone instead";
                return Err(Error::conflict("milestone_not_public", detail));
            }
            if row.state.due.is_none() && past.is_empty() {
                let detail = "it has had no due date that could move; give it one by changing the milestone";
                return Err(Error::conflict("milestone_undated", detail));
            }
            let begins = plan_starts(work.conn, standing.plan_id).await?;
            let faults = asked.faults((row.state.starts(), row.state.due()), past, (begins, today));
            if !faults.is_empty() {
                return Err(Error::Invalid(faults));
            }
            let reason = Some(asked.reason.trim().to_owned());
            let (dues, decided_on) =
                ((row.state.due(), asked.due.as_ref()), asked.decided_on.unwrap_or(today));
            let change = Rescheduling::new(dues, decided_on, reason.clone(), &permit, work.now);
            let mut state = row.state.clone();
            state.reschedulings.0 = with_change(past, change);
            state.due = asked.due.map(Dated);
            save(work, (&row, &editable, &standing), &state, reason).await?;
            work.shown(id, &show).await
        })
        .await
}
