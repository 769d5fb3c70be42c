//! Making evidence that is attached to nothing yet.

use super::{PROVING, subject};
use crate::accounts::model::{Actor, Permit};
use crate::db::Conn;
use crate::evidence::model::{EvidenceInput, StoredFile};
use crate::evidence::store::{self, EvidenceState, EvidenceWhole};
use crate::files::Received;
use crate::kernel::ask::{Ask, Representation};
use crate::kernel::document::{Fault, arrange, read};
use crate::kernel::{Error, Ref, Result};
use crate::ledger::model::Place;
use crate::ledger::service::{Office, Show, Work, recorded};
use crate::members::store::{member_hold_in_txn, member_ids};
use serde_json::Value;
use uuid::Uuid;

/// Makes sure, before the body is read, that somebody may make evidence at all, or for a member that
/// they name already. Who names none that is there is told so with whatever else is wrong.
///
/// # Errors
/// `Forbidden` for who neither edits nor assesses.
pub async fn may_upload(conn: &Conn, actor: &Actor, member: Option<&Ref>) -> Result<()> {
    let Some(member) = member else {
        let [first, second] = PROVING;
        let anywhere = actor.permit_anywhere(first);
        return anywhere.or_else(|refused| actor.permit_anywhere(second).map_err(|_| refused)).map(drop);
    };
    match member_ids(conn, std::slice::from_ref(member)).await?[..] {
        [Some(id)] => actor.permit_either(PROVING, Some(id)).map(drop),
        _ => Ok(()),
    }
}

/// Makes a link, which can be attached then.
///
/// # Errors
/// `Forbidden` for who neither edits nor assesses there, `Invalid`.
pub async fn create_link(office: &Office, ask: &Ask, show: impl Show) -> Result<Representation> {
    office
        .change(ask, async |work| {
            let input = ask.body.read::<EvidenceInput>()?;
            let mut faults = Vec::new();
            if input.url.is_none() {
                let detail = "a link needs its address; a file is sent as multipart/form-data";
                faults.push(Fault::new("/url", "field_missing", detail));
            }
            let (permit, member_id) = checked(work, &input, faults).await?;
            let url = input.url.clone().unwrap_or_default();
            let state = EvidenceState::link(member_id, &url, input.about());
            insert(work, &permit, state, &show).await
        })
        .await
}

/// A file that has come in, with what is said of it.
#[derive(Debug)]
pub struct Upload {
    /// What is said of it, as JSON.
    pub said: Value,
    /// The file itself, or what is wrong with it; more than that can be wrong with what is said.
    pub file: Result<StoredFile, Vec<Fault>>,
}

/// Makes evidence of a file. Its content is kept under a lock, so that nobody clears it up meanwhile.
///
/// # Errors
/// `Forbidden` for who neither edits nor assesses there, `Invalid` with every fault of the file and of
/// what is said of it, `NotNow` where it cannot be stored.
pub async fn create_file(
    office: &Office,
    ask: &Ask,
    upload: &Upload,
    received: Option<&Received>,
    show: impl Show,
) -> Result<Representation> {
    office
        .change(ask, async |work| {
            let mut faults = upload.file.as_ref().err().cloned().unwrap_or_default();
            let input = match read::<EvidenceInput>(&upload.said) {
                Ok(input) => input,
                Err(more) => {
                    faults.extend(more);
                    arrange(&mut faults);
                    return Err(Error::Invalid(faults));
                }
            };
            if input.url.is_some() {
                let detail = "a file has no address; a link is sent as application/json";
                faults.push(Fault::new("/url", "field_unknown", detail));
            }
            let (permit, member_id) = checked(work, &input, faults).await?;
            let (Ok(file), Some(received)) = (&upload.file, received) else {
                return Err(Error::Internal("an upload without a file was found right".to_owned()));
            };
            keep(work, &permit, file, received).await?;
            insert(work, &permit, EvidenceState::file(member_id, file, input.about()), &show).await
        })
        .await
}

/// The permit for the member that is named; all faults together.
async fn checked(
    work: &mut Work<'_>,
    input: &EvidenceInput,
    mut faults: Vec<Fault>,
) -> Result<(Permit, Uuid)> {
    faults.extend(input.about().faults(work.now.date_naive()));
    let Some((member_id, _)) = member_hold_in_txn(work.conn, &Ref::parse(&input.member)).await? else {
        let detail = format!("there is no member {:?}", input.member);
        faults.push(Fault::new("/member", "reference_unknown", detail));
        arrange(&mut faults);
        return Err(Error::Invalid(faults));
    };
    let permit = work.actor.permit_either(PROVING, Some(member_id))?;
    if faults.is_empty() { Ok((permit, member_id)) } else { Err(Error::Invalid(faults)) }
}

/// Keeps a content, once. The only place where a transaction waits for files: the lock must hold from
/// finding out whether it is there until it is remembered.
async fn keep(work: &mut Work<'_>, permit: &Permit, file: &StoredFile, received: &Received) -> Result<()> {
    store::content_lock_in_txn(work.conn, &file.sha256).await?;
    let known = store::content_is_stored(work.conn, &file.sha256).await?;
    if known && received.is_kept().await? {
        return Ok(());
    }
    received.keep().await?;
    store::content_insert_in_txn(work.conn, permit, (&file.sha256, file.size), work.now).await
}

async fn insert(
    work: &mut Work<'_>,
    permit: &Permit,
    state: EvidenceState,
    show: &impl Show,
) -> Result<Representation> {
    let (id, whole) = (work.next_id(), EvidenceWhole::alone(state));
    store::evidence_insert_in_txn(work.conn, permit, id, &whole, work.now).await?;
    let place = Place { member_id: Some(whole.state.member_id), plan_id: None, public: false };
    work.note(permit, subject(id, place, None).created(recorded(&whole)?))?;
    Ok(work.shown(id, show).await?.at(format!("/api/v1/evidence/{id}")))
}
