//! Adding schemes: a new version is a new scheme, so what was coded by an old one keeps its words.

use crate::accounts::model::Right;
use crate::assessments::model::AssessmentSchemeInput;
use crate::assessments::store::{self, SchemeRow};
use crate::kernel::ask::{Ask, Representation};
use crate::kernel::{Error, Result};
use crate::ledger::model::{Kind, Place};
use crate::ledger::service::{Office, Show, Subject, recorded};

/// Adds a scheme.
///
/// # Errors
/// `Forbidden` for all but admins, `Invalid`, `Conflict` where there is this code in this version.
pub async fn create_scheme(office: &Office, ask: &Ask, show: impl Show) -> Result<Representation> {
    office
        .change(ask, async |work| {
            let permit = work.actor.permit(Right::Administer, None)?;
            let (input, reason) = ask.body.read_with_reason::<AssessmentSchemeInput>()?;
            let faults = input.faults();
            if !faults.is_empty() {
                return Err(Error::Invalid(faults));
            }
            let scheme = SchemeRow::of(&input, work.next_id());
            store::scheme_insert_in_txn(work.conn, &permit, &scheme).await?;
            let (id, code) = (scheme.id, Some(scheme.code.clone()));
            let subject = Subject { kind: Kind::AssessmentScheme, id, code, place: Place::COMMON, reason };
            work.note(&permit, subject.created(recorded(&scheme)?))?;
            Ok(work.shown(id, &show).await?.at(format!("/api/v1/assessment-schemes/{id}")))
        })
        .await
}
