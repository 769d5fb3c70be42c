//! Tokens that people make for their scripts.

use super::gate::API_TOKEN;
use super::jwt::Refused;
use super::secret::random_token;
use super::who::trace;
use super::{Accounts, Gate};
use crate::accounts::model::{MayChange, Scope};
use crate::accounts::store::people::sign_in_lock_in_txn;
use crate::accounts::store::tokens::{self as store, ApiTokenRow};
use crate::accounts::view::{ApiToken, ApiTokenMade};
use crate::db::sql::Alone;
use crate::db::{Conn, Word, in_transaction};
use crate::kernel::ask::{Ask, Credential};
use crate::kernel::document::Fault;
use crate::kernel::page::{Page, PageAsk};
use crate::kernel::{Error, Result};
use chrono::{DateTime, TimeDelta, Utc};
use schemars::JsonSchema;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// How long a token lasts at most.
const LONGEST: TimeDelta = TimeDelta::days(366);

/// A token to be made.
#[derive(Debug, Clone, Deserialize, JsonSchema, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApiTokenCreate {
    /// What to call it: the script and where it runs.
    #[schemars(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100, example = "Nightly progress import")]
    name: String,
    /// How far it reaches; never further than the person, and never to their account.
    #[schemars(length(min = 1, max = 7))]
    #[schema(min_items = 1, max_items = 7, example = json!(["read", "edit"]))]
    scopes: Vec<Scope>,
    /// Until when: a year at most.
    #[schema(example = "2027-06-30T00:00:00Z")]
    expires_at: DateTime<Utc>,
}

impl Accounts {
    /// A page of one's own tokens.
    ///
    /// # Errors
    /// `Unauthenticated`, `Forbidden`, `BadParameters`.
    pub async fn list_tokens(
        &self,
        gate: &Gate,
        conn: &Conn,
        credential: Option<&Credential>,
        ask: &PageAsk,
    ) -> Result<Page<(ApiTokenRow, Alone)>> {
        let proof = MayChange::own(&gate.actor(conn, credential).await?)?;
        store::token_list(conn, &proof, ask).await
    }

    /// Makes a token, whose secret is shown this once.
    ///
    /// # Errors
    /// `Unauthenticated`, `Forbidden`, `Invalid`.
    pub async fn create_token(&self, gate: &Gate, ask: &Ask) -> Result<ApiTokenMade> {
        let person_id = {
            // Before the body is looked at.
            let conn = self.writes.get().await?;
            MayChange::own(&gate.actor(&conn, ask.credential.as_ref()).await?)?.person_id()
        };
        let asked: ApiTokenCreate = ask.body.read()?;
        let now = self.clock.now();
        let faults = asked.faults(now);
        if !faults.is_empty() {
            return Err(Error::Invalid(faults));
        }
        let mut scopes = asked.scopes;
        scopes.sort_unstable();
        scopes.dedup();
        let (secret, hash) = random_token(API_TOKEN)?;
        let id = self.ids.next();
        let row = ApiTokenRow {
            id,
            name: asked.name,
            scopes: scopes.iter().copied().map(Word).collect(),
            created_at: now,
            expires_at: asked.expires_at,
            last_used_at: None,
        };
        let token = store::NewApiToken {
            id,
            name: &row.name,
            hash: &hash,
            scopes: &scopes,
            created_at: now,
            expires_at: asked.expires_at,
        };
        let mut conn = self.writes.get().await?;
        let proof = in_transaction(&mut conn, async |conn| {
            // Whoever ends the session or keeps the person out holds the row as well: what was shown
            // holds until the token is there for them to revoke.
            sign_in_lock_in_txn(conn, person_id).await?.ok_or(Refused::Invalid)?;
            let proof = MayChange::own(&gate.actor(conn, ask.credential.as_ref()).await?)?;
            store::token_insert_in_txn(conn, &proof, &token).await?;
            Ok(proof)
        })
        .await?;
        trace(&proof, "token made");
        Ok(ApiTokenMade::new(ApiToken::from(row), secret))
    }

    /// Revokes one of one's own tokens.
    ///
    /// # Errors
    /// `Unauthenticated`, `Forbidden`, `NotFound`.
    pub async fn revoke_token(&self, gate: &Gate, ask: &Ask, id: Uuid) -> Result<()> {
        let conn = self.writes.get().await?;
        let proof = MayChange::own(&gate.actor(&conn, ask.credential.as_ref()).await?)?;
        if store::token_revoke(&conn, &proof, id, self.clock.now()).await? {
            trace(&proof, "token revoked");
            return Ok(());
        }
        Err(Error::not_found("token", id))
    }
}

impl ApiTokenCreate {
    fn faults(&self, now: DateTime<Utc>) -> Vec<Fault> {
        let mut faults = Vec::new();
        for (place, scope) in self.scopes.iter().enumerate() {
            if !Scope::FOR_SCRIPTS.contains(scope) {
                let detail = format!("no script gets the scope {scope}: only a sign-in has it");
                faults.push(Fault::new(format!("/scopes/{place}"), "scope_refused", detail));
            }
        }
        if self.expires_at <= now {
            faults.push(Fault::new("/expires_at", "expiry_past", "this is not in the future"));
        }
        if self.expires_at > now + LONGEST {
            faults.push(Fault::new("/expires_at", "expiry_too_late", "a token lasts a year at most"));
        }
        faults
    }
}
