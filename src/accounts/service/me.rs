//! One's own account.

use super::jwt::Refused;
use super::who::{expect, trace};
use super::{Accounts, Gate};
use crate::accounts::model::{Email, MayChange, Passphrase, PersonState, Scope, SessionEnd, check_password};
use crate::accounts::store::{people as store, sessions, tokens};
use crate::accounts::view::Me;
use crate::db::{Conn, in_transaction};
use crate::kernel::ask::{Ask, Credential, Representation};
use crate::kernel::document::merge;
use crate::kernel::{Error, Language, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What changes about one's own account; what is not named stays.
#[derive(Debug, Clone, Deserialize, JsonSchema, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MePatch {
    /// The name that colleagues see.
    #[schema(nullable = false, min_length = 1, max_length = 200, example = "Ana Pop")]
    pub display_name: Option<String>,
    /// The language to be written to in (BCP 47); null takes it away.
    #[schema(required = false, value_type = Option<String>, example = "ro")]
    pub language: Option<Language>,
}

/// What people can change about themselves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Own {
    #[schemars(length(min = 1, max = 200))]
    display_name: String,
    #[serde(default)]
    language: Option<Language>,
}

/// Another password for oneself.
#[derive(Debug, Clone, Deserialize, JsonSchema, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordChange {
    /// The present password.
    current_password: Passphrase,
    /// The new one: 12 to 128 characters, any of them, none of the common passwords.
    new_password: Passphrase,
}

impl Accounts {
    /// One's own account.
    ///
    /// # Errors
    /// `Unauthenticated`, `Forbidden`.
    pub async fn me(
        &self,
        gate: &Gate,
        conn: &Conn,
        credential: Option<&Credential>,
    ) -> Result<Representation> {
        let actor = gate.actor(conn, credential).await?;
        actor.reach(Scope::Read)?;
        let person_id = actor.person_id.ok_or(Refused::Invalid)?;
        let (row, roles) = store::person_find(conn, person_id).await?.ok_or(Refused::Invalid)?;
        Me::represent(&row, &roles.grants, &actor)
    }

    /// Changes one's own account.
    ///
    /// # Errors
    /// `Unauthenticated`, `Forbidden`, `PreconditionMissing`, `Stale`, `Invalid`.
    pub async fn update_me(&self, gate: &Gate, ask: &Ask) -> Result<Representation> {
        let mut conn = self.writes.get().await?;
        in_transaction(&mut conn, async |conn| {
            let actor = gate.actor(conn, ask.credential.as_ref()).await?;
            let proof = MayChange::own(&actor)?;
            let found = store::person_lock_in_txn(conn, proof.person_id()).await?;
            let (row, roles) = found.ok_or(Refused::Invalid)?;
            expect(ask.expected.as_ref(), row.version, || Me::represent(&row, &roles.grants, &actor))?;
            let before = row.state()?;
            let own = Own { display_name: before.display_name.clone(), language: before.language.clone() };
            let own = merge(&own, &ask.body.patch()?).map_err(Error::Invalid)?;
            let after =
                PersonState { display_name: own.display_name, language: own.language, ..before.clone() };
            if after != before {
                let now = self.clock.now();
                store::person_update_in_txn(conn, &proof, &after, row.disabled_at, now).await?;
            }
            let found = store::person_find(conn, proof.person_id()).await?;
            let (row, roles) = found.ok_or(Refused::Invalid)?;
            Me::represent(&row, &roles.grants, &actor)
        })
        .await
    }

    /// Gives oneself another password, and ends all sessions, the present one too, and all API
    /// tokens: whoever knew the old password is out.
    ///
    /// # Errors
    /// `Unauthenticated`, `Forbidden`, `Invalid` where a password is wrong or refused, `TooMany`.
    pub async fn change_password(&self, gate: &Gate, ask: &Ask) -> Result<()> {
        let (proof, person, asked, attempt) = {
            let conn = self.writes.get().await?;
            let proof = MayChange::own(&gate.actor(&conn, ask.credential.as_ref()).await?)?;
            let asked: PasswordChange = ask.body.read()?;
            let (row, _) = store::person_find(&conn, proof.person_id()).await?.ok_or(Refused::Invalid)?;
            let email = Email::parse(&row.email).ok_or(Refused::Invalid)?;
            let faults = check_password(&asked.new_password, &email, "/new_password");
            if !faults.is_empty() {
                return Err(Error::Invalid(faults));
            }
            // A stolen token must not help to guess the password.
            let attempt = self.attempt(&conn, &row.email, ask.address).await?;
            let person = store::sign_in_find(&conn, &row.email).await?.ok_or(Refused::Invalid)?;
            (proof, person, asked, attempt)
        };
        let verdict = self.hasher.verify(&asked.current_password, person.password_hash.as_deref()).await?;
        if !verdict.right {
            let detail = "this is not the present password";
            return Err(Error::invalid("/current_password", "password_wrong", detail));
        }
        let hash = self.hasher.hash(&asked.new_password).await?;
        let mut conn = self.writes.get().await?;
        in_transaction(&mut conn, async |conn| {
            let now = store::sign_in_lock_in_txn(conn, proof.person_id()).await?;
            if !super::sign_in::still_so(&person, now) {
                return Err(Refused::Invalid.into());
            }
            store::password_update_in_txn(conn, &proof, &hash).await?;
            let now = self.clock.now();
            sessions::sessions_end_all(conn, &proof, SessionEnd::PasswordChanged, now).await?;
            tokens::tokens_revoke_all_in_txn(conn, &proof, now).await?;
            attempt.succeeded(conn).await
        })
        .await?;
        trace(&proof, "password changed");
        Ok(())
    }
}
