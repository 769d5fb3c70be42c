//! Making, changing and withdrawing members and institutions. Members are looked after by
//! admins; an institution can be made by whoever edits a plan somewhere, since plans name new ones
//! all the time, and is changed by admins, since it is everybody's.

use super::model::{InstitutionInput, MemberInput, MemberKind};
use super::store::{self, InstitutionState, MemberState};
use crate::accounts::model::{Appearance, Locked, Right, Versioned};
use crate::db::Conn;
use crate::kernel::ask::{Ask, Representation};
use crate::kernel::document::Fault;
use crate::kernel::{Error, Ref, Result};
use crate::ledger::model::{Action, Kind, Place};
use crate::ledger::service::{Office, Show, Subject, recorded};
use serde_json::Value;
use uuid::Uuid;

const MEMBER: &str = "member";
const INSTITUTION: &str = "institution";

fn member_subject(id: Uuid, code: &str, reason: Option<String>) -> Subject {
    let place = Place { member_id: Some(id), ..Place::COMMON };
    Subject { kind: Kind::Member, id, code: Some(code.to_owned()), place, reason }
}

fn institution_subject(id: Uuid, slug: &str, reason: Option<String>) -> Subject {
    Subject { kind: Kind::Institution, id, code: Some(slug.to_owned()), place: Place::COMMON, reason }
}

/// Makes a member.
///
/// # Errors
/// `Forbidden` for all but admins, `Invalid`, `Conflict` where the code is taken.
pub async fn create_member(office: &Office, ask: &Ask, show: impl Show) -> Result<Representation> {
    office
        .change(ask, async |work| {
            let permit = work.actor.permit(Right::Administer, None)?;
            let (input, reason) = ask.body.read_with_reason::<MemberInput>()?;
            let state = member_state(work.conn, &input, None).await?;
            let id = work.next_id();
            store::member_insert_in_txn(work.conn, &permit, id, &state, work.now).await?;
            work.note(&permit, member_subject(id, &state.code, reason).created(recorded(&state)?))?;
            Ok(work.shown(id, &show).await?.at(format!("/api/v1/members/{}", state.code)))
        })
        .await
}

/// Changes a member.
///
/// # Errors
/// `NotFound`, `Forbidden` for all but admins, `PreconditionMissing`, `Stale`, `Invalid`, `Conflict`.
pub async fn update_member(
    office: &Office,
    ask: &Ask,
    name: &Ref,
    show: impl Show,
) -> Result<Representation> {
    office
        .change(ask, async |work| {
            let locked = locked_member(work.conn, name).await?;
            let seen = (MEMBER, name, locked.id(), appearance(locked.withdrawn_at.is_some()));
            let permit = work.permit(Right::Administer, None, seen, &show).await?;
            let (row, editable) = work.edit(locked, &permit, ask, &show).await?;
            let (input, reason) = ask.body.patch_with_reason()?.onto(&row.state.input())?;
            let state = member_state(work.conn, &input, Some(row.id)).await?;
            if state != row.state {
                let version = store::member_update_in_txn(work.conn, &editable, &state, work.now).await?;
                let (before, after) = (recorded(&row.state)?, recorded(&state)?);
                let subject = member_subject(row.id, &state.code, reason);
                work.note(&permit, subject.changed(version, before, after))?;
            }
            work.shown(row.id, &show).await
        })
        .await
}

/// Withdraws a member that has nothing below it.
///
/// # Errors
/// `NotFound`, `Forbidden` for all but admins, `PreconditionMissing`, `Stale`, `Invalid` without a
/// reason, `Conflict` where something still belongs to it.
pub async fn delete_member(office: &Office, ask: &Ask, name: &Ref, show: impl Show) -> Result<()> {
    office
        .remove(ask, async |work| {
            let locked = locked_member(work.conn, name).await?;
            let seen = (MEMBER, name, locked.id(), appearance(locked.withdrawn_at.is_some()));
            let permit = work.permit(Right::Administer, None, seen, &show).await?;
            let (row, editable) = work.edit(locked, &permit, ask, &show).await?;
            let reason = ask.reason()?;
            if store::member_in_use(work.conn, row.id).await? {
                let detail = "action plans or local members belong to it; withdraw or move those first";
                return Err(Error::conflict("member_in_use", detail));
            }
            let version = store::member_withdraw_in_txn(work.conn, &editable, &reason, work.now).await?;
            let (before, subject) =
                (recorded(&row.state)?, member_subject(row.id, &row.state.code, Some(reason)));
            work.note(&permit, subject.change(Action::Withdrawn, version, before.clone(), before))
        })
        .await
}

async fn locked_member(conn: &mut Conn, name: &Ref) -> Result<Locked<store::MemberRow>> {
    let [id] = store::member_ids(conn, std::slice::from_ref(name)).await?[..] else {
        return Err(Error::not_found(MEMBER, name));
    };
    match id {
        Some(id) => store::member_lock_in_txn(conn, id).await?,
        None => None,
    }
    .ok_or_else(|| Error::not_found(MEMBER, name))
}

/// What is written of a member, with every fault: by itself, and with what it refers to.
async fn member_state(conn: &Conn, input: &MemberInput, id: Option<Uuid>) -> Result<MemberState> {
    let mut faults = input.faults();
    let mut national_member_id = None;
    if let Some(name) = &input.national_member {
        let found = store::member_hold_in_txn(conn, &Ref::parse(name)).await?;
        let fault = |code, detail: String| Fault::new("/national_member", code, detail);
        match found {
            Some((found, MemberKind::National)) if Some(found) != id => national_member_id = Some(found),
            Some(_) => {
                faults.push(fault("member_kind_wrong", format!("the member {name:?} is not national")))
            }
            None => faults.push(fault("reference_unknown", format!("there is no member {name:?}"))),
        }
    }
    if let Some(id) = id
        && input.kind == MemberKind::Local
        && store::member_has_locals(conn, id).await?
    {
        let detail = "local members are linked to it as their national member";
        faults.push(Fault::new("/kind", "member_kind_wrong", detail));
    }
    if faults.is_empty() {
        Ok(MemberState::of(input, national_member_id))
    } else {
        Err(Error::Invalid(faults))
    }
}

/// Makes an institution.
///
/// # Errors
/// `Forbidden` for who edits nowhere and is no admin, `Invalid`, `Conflict` where the slug is taken.
pub async fn create_institution(office: &Office, ask: &Ask, show: impl Show) -> Result<Representation> {
    office
        .change(ask, async |work| {
            let actor = &work.actor;
            let permit = match actor.permit_anywhere(Right::Edit) {
                Ok(permit) => permit,
                // Who has neither is told what most people would need.
                Err(refused) => actor.permit(Right::Administer, None).map_err(|_| refused)?,
            };
            let (input, reason) = ask.body.read_with_reason::<InstitutionInput>()?;
            let state = institution_state(&input)?;
            let id = work.next_id();
            store::institution_insert_in_txn(work.conn, &permit, id, &state, work.now).await?;
            work.note(&permit, institution_subject(id, &state.slug, reason).created(recorded(&state)?))?;
            Ok(work.shown(id, &show).await?.at(format!("/api/v1/institutions/{}", state.slug)))
        })
        .await
}

/// Changes an institution.
///
/// # Errors
/// `NotFound`, `Forbidden` for all but admins, `PreconditionMissing`, `Stale`, `Invalid`, `Conflict`.
pub async fn update_institution(
    office: &Office,
    ask: &Ask,
    name: &Ref,
    show: impl Show,
) -> Result<Representation> {
    office
        .change(ask, async |work| {
            let locked = locked_institution(work.conn, name).await?;
            let seen = (INSTITUTION, name, locked.id(), appearance(locked.withdrawn_at.is_some()));
            let permit = work.permit(Right::Administer, None, seen, &show).await?;
            let (row, editable) = work.edit(locked, &permit, ask, &show).await?;
            let (input, reason) = ask.body.patch_with_reason()?.onto(&row.state.input())?;
            let state = institution_state(&input)?;
            if state != row.state {
                let version =
                    store::institution_update_in_txn(work.conn, &editable, &state, work.now).await?;
                let (before, after) = (recorded(&row.state)?, recorded(&state)?);
                let subject = institution_subject(row.id, &state.slug, reason);
                work.note(&permit, subject.changed(version, before, after))?;
            }
            work.shown(row.id, &show).await
        })
        .await
}

/// Withdraws an institution that has no part in any commitment.
///
/// # Errors
/// `NotFound`, `Forbidden` for all but admins, `PreconditionMissing`, `Stale`, `Invalid` without a
/// reason, `Conflict` where it still has a part in something.
pub async fn delete_institution(office: &Office, ask: &Ask, name: &Ref, show: impl Show) -> Result<()> {
    office
        .remove(ask, async |work| {
            let locked = locked_institution(work.conn, name).await?;
            let seen = (INSTITUTION, name, locked.id(), appearance(locked.withdrawn_at.is_some()));
            let permit = work.permit(Right::Administer, None, seen, &show).await?;
            let (row, editable) = work.edit(locked, &permit, ask, &show).await?;
            let reason = ask.reason()?;
            if store::institution_in_use(work.conn, row.id).await? {
                let detail = "it has a part in commitments; take it out of those first";
                return Err(Error::conflict("institution_in_use", detail));
            }
            let version = store::institution_withdraw_in_txn(work.conn, &editable, &reason, work.now).await?;
            let subject = institution_subject(row.id, &row.state.slug, Some(reason));
            let before: Value = recorded(&row.state)?;
            work.note(&permit, subject.change(Action::Withdrawn, version, before.clone(), before))
        })
        .await
}

async fn locked_institution(conn: &mut Conn, name: &Ref) -> Result<Locked<store::InstitutionRow>> {
    match store::institution_id(conn, name).await? {
        Some(id) => store::institution_lock_in_txn(conn, id).await?,
        None => None,
    }
    .ok_or_else(|| Error::not_found(INSTITUTION, name))
}

fn institution_state(input: &InstitutionInput) -> Result<InstitutionState> {
    let faults = input.faults();
    if faults.is_empty() { Ok(InstitutionState::of(input)) } else { Err(Error::Invalid(faults)) }
}

/// Members and institutions are public from the start.
fn appearance(withdrawn: bool) -> Appearance {
    if withdrawn { Appearance::Withdrawn } else { Appearance::Visible }
}
