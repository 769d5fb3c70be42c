//! Looking after people.

use super::who::{Who, expect, trace};
use super::{Accounts, Gate, random_password};
use crate::accounts::model::{
    Email, MayChange, Passphrase, PersonState, Right, Role, RoleAt, SessionEnd, check_password,
};
use crate::accounts::store::people::{self as store, GrantRow, PersonRow};
use crate::accounts::store::{sessions, tokens};
use crate::accounts::view::{ActorName, Person};
use crate::db::{Conn, in_transaction};
use crate::kernel::ask::{Ask, Credential, Representation};
use crate::kernel::document::merge;
use crate::kernel::{Error, Language, Result};
use schemars::JsonSchema;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// An account to be made.
#[derive(Debug, Clone, Deserialize, JsonSchema, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonCreate {
    /// The address to sign in with; kept in lower case.
    pub email: Email,
    /// The name that colleagues see.
    #[schemars(length(min = 1, max = 200))]
    #[schema(example = "Ana Pop")]
    pub display_name: String,
    /// The language to write to them in (BCP 47).
    #[serde(default)]
    #[schema(value_type = Option<String>, nullable = false, example = "ro")]
    pub language: Option<Language>,
    /// The password, 12 to 128 characters; without one the person signs in through the external issuer
    /// only, until somebody resets it.
    #[serde(default)]
    #[schema(value_type = Option<Passphrase>, nullable = false)]
    pub password: Option<Passphrase>,
}

/// What changes about a person; what is not named stays.
#[derive(Debug, Clone, Deserialize, JsonSchema, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonPatch {
    /// The address to sign in with; kept in lower case.
    #[schema(nullable = false)]
    pub email: Option<Email>,
    /// The name that colleagues see.
    #[schema(nullable = false, min_length = 1, max_length = 200, example = "Ana Pop")]
    pub display_name: Option<String>,
    /// The language to write to them in (BCP 47); null takes it away.
    #[schema(required = false, value_type = Option<String>, example = "ro")]
    pub language: Option<Language>,
    /// Whether they are kept out; their sessions end at once.
    #[schema(nullable = false)]
    pub disabled: Option<bool>,
}

pub(super) fn no_person(id: Uuid) -> Error {
    Error::not_found("person", id)
}

impl PersonRow {
    pub(super) fn state(&self) -> Result<PersonState> {
        let email = Email::parse(&self.email)
            .ok_or_else(|| Error::Internal("a kept e-mail address is none".to_owned()))?;
        Ok(PersonState {
            email,
            display_name: self.display_name.clone(),
            language: self.language.as_deref().and_then(Language::parse),
            disabled: self.disabled_at.is_some(),
        })
    }
}

impl Accounts {
    /// One person, for admins.
    ///
    /// # Errors
    /// `Unauthenticated`, `Forbidden`, `NotFound`.
    pub async fn person(
        &self,
        gate: &Gate,
        conn: &Conn,
        credential: Option<&Credential>,
        id: Uuid,
    ) -> Result<Representation> {
        gate.actor(conn, credential).await?.permit(Right::Administer, None)?;
        shown(conn, id).await
    }

    /// The person behind a name of the public record, for auditors.
    ///
    /// # Errors
    /// `Unauthenticated`, `Forbidden`, `NotFound`.
    pub async fn actor_name(
        &self,
        gate: &Gate,
        conn: &Conn,
        credential: Option<&Credential>,
        actor_id: Uuid,
    ) -> Result<Representation> {
        gate.actor(conn, credential).await?.permit(Right::Audit, None)?;
        let row = store::person_of_actor(conn, actor_id).await?;
        ActorName::from(row.ok_or_else(|| Error::not_found("actor", actor_id))?).represent()
    }

    /// Makes an account that a request describes.
    ///
    /// # Errors
    /// `Unauthenticated`, `Forbidden`, `Invalid`, `Conflict`.
    pub async fn create_person(&self, gate: &Gate, ask: &Ask) -> Result<Representation> {
        {
            // Before the body is looked at, and before anything is hashed.
            let conn = self.writes.get().await?;
            Who::Request(gate, ask).actor(&conn).await?.permit(Right::Administer, None)?;
        }
        let id = self.add_person(Who::Request(gate, ask), &ask.body.read()?, &[]).await?;
        let conn = self.writes.get().await?;
        Ok(shown(&conn, id).await?.at(format!("/api/v1/people/{id}")))
    }

    /// Makes an account with roles. Returns its id.
    ///
    /// # Errors
    /// `Forbidden`, `Invalid` where the password is refused or a member unknown, `person_email_taken`.
    pub async fn add_person(&self, who: Who<'_>, person: &PersonCreate, roles: &[RoleAt]) -> Result<Uuid> {
        let hash = match &person.password {
            Some(password) => {
                let faults = check_password(password, &person.email, "/password");
                if !faults.is_empty() {
                    return Err(Error::Invalid(faults));
                }
                Some(self.hasher.hash(password).await?)
            }
            None => None,
        };
        self.add_hashed(who, person, hash.as_deref(), roles).await
    }

    /// The same with a password that is hashed already.
    pub(super) async fn add_hashed(
        &self,
        who: Who<'_>,
        person: &PersonCreate,
        hash: Option<&str>,
        roles: &[RoleAt],
    ) -> Result<Uuid> {
        let state = PersonState {
            email: person.email.clone(),
            display_name: person.display_name.clone(),
            language: person.language.clone(),
            disabled: false,
        };
        let (id, actor_id) = (self.ids.next(), self.ids.next());
        let mut conn = self.writes.get().await?;
        let proof = in_transaction(&mut conn, async |conn| {
            let proof = MayChange::of(id, &who.actor(conn).await?)?;
            store::person_insert_in_txn(conn, &proof, actor_id, &state, hash, self.clock.now()).await?;
            for role in roles {
                self.add_grant_in_txn(conn, &proof, role).await?;
            }
            Ok(proof)
        })
        .await?;
        trace(&proof, "person made");
        Ok(id)
    }

    /// Changes a person's account.
    ///
    /// # Errors
    /// `Unauthenticated`, `Forbidden`, `NotFound`, `PreconditionMissing`, `Stale`, `Invalid`,
    /// `Conflict` (`last_admin`, `person_email_taken`).
    pub async fn update_person(&self, gate: &Gate, ask: &Ask, id: Uuid) -> Result<Representation> {
        let mut conn = self.writes.get().await?;
        let (proof, was, is, shown) = in_transaction(&mut conn, async |conn| {
            let proof = MayChange::of(id, &Who::Request(gate, ask).actor(conn).await?)?;
            let (row, roles) = store::person_lock_in_txn(conn, id).await?.ok_or_else(|| no_person(id))?;
            let before = || Person::new(&row, &roles.grants).represent();
            expect(ask.expected.as_ref(), row.version, before)?;
            let after = merge(&row.state()?, &ask.body.patch()?).map_err(Error::Invalid)?;
            self.replace_state_in_txn(conn, &proof, &row, &roles.grants, &after).await?;
            Ok((proof, row.disabled_at.is_some(), after.disabled, shown(conn, id).await?))
        })
        .await?;
        trace_disabled(&proof, was, is);
        Ok(shown)
    }

    /// Keeps a person out, or lets them in again.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`, `Conflict` (`last_admin`).
    pub async fn set_disabled(&self, who: Who<'_>, id: Uuid, disabled: bool) -> Result<()> {
        let mut conn = self.writes.get().await?;
        let (proof, was) = in_transaction(&mut conn, async |conn| {
            let proof = MayChange::of(id, &who.actor(conn).await?)?;
            let (row, roles) = store::person_lock_in_txn(conn, id).await?.ok_or_else(|| no_person(id))?;
            let after = PersonState { disabled, ..row.state()? };
            self.replace_state_in_txn(conn, &proof, &row, &roles.grants, &after).await?;
            Ok((proof, row.disabled_at.is_some()))
        })
        .await?;
        trace_disabled(&proof, was, disabled);
        Ok(())
    }

    async fn replace_state_in_txn(
        &self,
        conn: &mut Conn,
        proof: &MayChange,
        row: &PersonRow,
        grants: &[GrantRow],
        after: &PersonState,
    ) -> Result<()> {
        let before = row.state()?;
        if before == *after {
            return Ok(());
        }
        let now = self.clock.now();
        if after.disabled && !before.disabled {
            if grants.iter().any(|grant| grant.role == Role::Admin) {
                not_the_last_admin_in_txn(conn, row.id).await?;
            }
            sessions::sessions_end_all(conn, proof, SessionEnd::Disabled, now).await?;
            tokens::tokens_revoke_all_in_txn(conn, proof, now).await?;
        }
        let disabled_at = after.disabled.then(|| row.disabled_at.unwrap_or(now));
        store::person_update_in_txn(conn, proof, after, disabled_at, now).await
    }

    /// Gives a person a password that was made up, and ends their sessions and API tokens. It is told once.
    ///
    /// # Errors
    /// `Unauthenticated`, `Forbidden`, `NotFound`.
    pub async fn reset_password(&self, who: Who<'_>, id: Uuid) -> Result<Passphrase> {
        let password = random_password()?;
        self.set_password(who, id, &password).await?;
        Ok(password)
    }

    /// Gives a person another password, and ends their sessions and API tokens.
    ///
    /// # Errors
    /// `Unauthenticated`, `Forbidden`, `NotFound`, `Invalid` where the password is refused.
    pub async fn set_password(&self, who: Who<'_>, id: Uuid, password: &Passphrase) -> Result<()> {
        {
            // Before anything is hashed.
            let conn = self.writes.get().await?;
            MayChange::of(id, &who.actor(&conn).await?)?;
            let (row, _) = store::person_find(&conn, id).await?.ok_or_else(|| no_person(id))?;
            let faults = check_password(password, &row.state()?.email, "/password");
            if !faults.is_empty() {
                return Err(Error::Invalid(faults));
            }
        }
        let hash = self.hasher.hash(password).await?;
        let mut conn = self.writes.get().await?;
        let proof = in_transaction(&mut conn, async |conn| {
            let proof = MayChange::of(id, &who.actor(conn).await?)?;
            store::password_update_in_txn(conn, &proof, &hash).await?;
            let now = self.clock.now();
            tokens::tokens_revoke_all_in_txn(conn, &proof, now).await?;
            sessions::sessions_end_all(conn, &proof, SessionEnd::PasswordReset, now).await?;
            Ok(proof)
        })
        .await?;
        trace(&proof, "password reset");
        Ok(())
    }
}

fn trace_disabled(proof: &MayChange, was: bool, is: bool) {
    if was != is {
        trace(proof, if is { "disabled" } else { "enabled" });
    }
}

/// Somebody must be able to look after people.
///
/// # Errors
/// `last_admin` where nobody else could.
pub(super) async fn not_the_last_admin_in_txn(conn: &mut Conn, person_id: Uuid) -> Result<()> {
    store::admins_lock_in_txn(conn).await?;
    if store::admin_count_besides(conn, Some(person_id)).await? == 0 {
        let detail = "nobody else is an admin; make somebody else one first";
        return Err(Error::conflict("last_admin", detail));
    }
    Ok(())
}

async fn shown(conn: &Conn, id: Uuid) -> Result<Representation> {
    let (row, roles) = store::person_find(conn, id).await?.ok_or_else(|| no_person(id))?;
    Person::new(&row, &roles.grants).represent()
}
