//! Adding reporting rules.

use super::model::ReportingRulesInput;
use super::store::{self, RulesState};
use crate::accounts::model::Right;
use crate::kernel::ask::{Ask, Representation};
use crate::kernel::{Error, Result};
use crate::ledger::model::{Kind, Place};
use crate::ledger::service::{Office, Show, Subject, recorded};

/// Adds a set of rules from a day on. The sets before it stay as they are.
///
/// # Errors
/// `Forbidden` for all but admins, `Invalid` (also where it would hold in the past), `Conflict` where another
/// set of the kind holds from the same day on.
pub async fn create_reporting_rules(office: &Office, ask: &Ask, show: impl Show) -> Result<Representation> {
    office
        .change(ask, async |work| {
            let permit = work.actor.permit(Right::Administer, None)?;
            let (input, reason) = ask.body.read_with_reason::<ReportingRulesInput>()?;
            let faults = input.faults(work.now.date_naive());
            if !faults.is_empty() {
                return Err(Error::Invalid(faults));
            }
            let (id, state) = (work.next_id(), RulesState::of(input));
            store::reporting_rules_insert_in_txn(work.conn, &permit, id, &state, work.now).await?;
            let subject =
                Subject { kind: Kind::ReportingRules, id, code: None, place: Place::COMMON, reason };
            work.note(&permit, subject.created(recorded(&state)?))?;
            work.shown(id, &show).await
        })
        .await
}
