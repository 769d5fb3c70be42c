//! Finding out who asks.

use super::familiar::Familiar;
use super::jwt::{self, Names, Proved, Refused};
use super::keys::{Keys, PublicKey};
use super::oidc::{Issuer, IssuerConfig};
use super::secret::token_hash;
use crate::accounts::model::{Actor, Scope, Viewer};
use crate::accounts::store::people::{Known, known_by_email};
use crate::accounts::store::{sessions, tokens};
use crate::db::Conn;
use crate::kernel::ask::Credential;
use crate::kernel::{Clock, Error, Result};
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::ExposeSecret;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use uuid::Uuid;

/// How the tokens of scripts begin: secret scanners find them by it.
pub(super) const API_TOKEN: &str = "ogp_";
/// How exactly the last use of a token is known.
const USE: TimeDelta = TimeDelta::seconds(60);

/// Whose tokens are taken, and for whom they are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GateConfig {
    /// The `iss` of our own tokens.
    pub issuer: String,
    /// The `aud` of our own tokens.
    pub audience: String,
    /// Another issuer whose tokens are taken.
    pub external: Option<IssuerConfig>,
}

impl Default for GateConfig {
    fn default() -> Self {
        Self { issuer: "ogp-tracker".to_owned(), audience: "ogp-tracker".to_owned(), external: None }
    }
}

/// Knows whom to let in, and as whom.
pub struct Gate {
    names: Names,
    keys: Keys,
    external: Option<Issuer>,
    clock: Arc<dyn Clock>,
    /// API tokens whose use is still to be noted.
    used: Mutex<BTreeMap<Uuid, DateTime<Utc>>>,
    /// Credentials that held a moment ago.
    familiar: Familiar,
    /// Tokens whose signature was right.
    proved: Proved,
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate").field("names", &self.names).field("keys", &self.keys).finish_non_exhaustive()
    }
}

impl Gate {
    /// A gate that takes tokens signed with these keys.
    ///
    /// # Errors
    /// In one line, where the external issuer cannot be asked or has our own name.
    pub fn new(config: GateConfig, keys: Keys, clock: Arc<dyn Clock>) -> Result<Self, String> {
        let names = Names { issuer: config.issuer, audience: config.audience };
        let external = match config.external {
            Some(external) if external.issuer == names.issuer => {
                return Err(format!(
                    "{:?} is our own name, and cannot be the external issuer's",
                    external.issuer
                ));
            }
            Some(external) => Some(Issuer::new(external)?),
            None => None,
        };
        Ok(Self {
            names,
            keys,
            external,
            clock,
            used: Mutex::default(),
            familiar: Familiar::default(),
            proved: Proved::default(),
        })
    }

    /// What takes time and no database: looks for new keys where a token needs them, and fetches the
    /// external issuer's. `app` calls it before any request is handled, so that [`Self::actor`] never
    /// waits for a network inside a transaction.
    ///
    /// # Errors
    /// `NotNow` where keys are needed and cannot be had.
    pub async fn prepare(&self, credential: &Credential) -> Result<()> {
        let token = credential.0.expose_secret();
        if token.starts_with(API_TOKEN) {
            return Ok(());
        }
        let kid = jwt::header(token).ok().and_then(|header| header.kid);
        match self.external_for(token) {
            Some(external) => external.prepare(kid.as_deref(), self.clock.now()).await,
            None => {
                self.keys.look(kid.as_deref());
                Ok(())
            }
        }
    }

    /// The external issuer, where a token says that it is from there. Nothing is believed yet.
    fn external_for(&self, token: &str) -> Option<&Issuer> {
        self.external.as_ref().filter(|external| jwt::claims_to_be_from(token, external.name()))
    }

    /// Who asks, as the database knows them at this moment, found in one statement: disabled people
    /// and ended sessions are nobody. May be called inside a transaction; it writes nothing.
    ///
    /// # Errors
    /// `Unauthenticated` where the credential is missing or does not hold.
    pub async fn actor(&self, conn: &Conn, credential: Option<&Credential>) -> Result<Actor> {
        let Some(credential) = credential else {
            return Err(Error::Unauthenticated {
                code: "credential_missing",
                detail: "this takes a token in `Authorization: Bearer`; POST /api/v1/auth/token gives one"
                    .to_owned(),
            });
        };
        let (token, now) = (credential.0.expose_secret(), self.clock.now());
        let actor = self.owner(conn, token, now).await?;
        if let Some(person_id) = actor.person_id {
            self.familiar.note(token, person_id, now);
        }
        Ok(actor)
    }

    /// Whose a credential was when it held last, a moment ago: good enough to count requests by, and for nothing
    /// that anybody may do.
    pub fn knows(&self, credential: &Credential) -> Option<Uuid> {
        self.familiar.owner(credential.0.expose_secret(), self.clock.now())
    }

    async fn owner(&self, conn: &Conn, token: &str, now: DateTime<Utc>) -> Result<Actor> {
        if token.starts_with(API_TOKEN) {
            return self.by_api_token(conn, token, now).await;
        }
        if let Some(external) = self.external_for(token) {
            let known = known_by_email(conn, &external.verify(token, now)?).await?.ok_or(Refused::Invalid)?;
            // Whoever stole a token elsewhere must not be able to make tokens here.
            return Ok(actor(known, Scope::FOR_SCRIPTS.into(), None));
        }
        let claims = jwt::verify(&self.names, &self.keys, &self.proved, token, now)?;
        let known = sessions::known_by_session(conn, claims.sid, claims.sub, now).await?;
        let known = known.ok_or(Refused::Invalid)?;
        Ok(actor(known, Scope::ALL.into(), Some(claims.sid)))
    }

    /// What the reader can see; who shows no credential sees what is public.
    ///
    /// # Errors
    /// `Unauthenticated` where a credential is shown that does not hold.
    pub async fn viewer(&self, conn: &Conn, credential: Option<&Credential>) -> Result<Viewer> {
        match credential {
            None => Ok(Viewer::public()),
            Some(_) => Ok(self.actor(conn, credential).await?.viewer()),
        }
    }

    async fn by_api_token(&self, conn: &Conn, token: &str, now: DateTime<Utc>) -> Result<Actor> {
        let found = tokens::known_by_token(conn, &token_hash(token), now).await?;
        let (known, row) = found.ok_or(Refused::Invalid)?;
        // Not noted here: that would hold the token's row until the transaction ends, and the
        // requests of one script would wait for each other.
        if row.last_used_at.is_none_or(|last| now - last >= USE) {
            self.used().insert(row.id, now);
        }
        let scopes: BTreeSet<_> = row.scopes.iter().map(|scope| scope.0).collect();
        Ok(actor(known, scopes, None))
    }

    /// Whether there is a use of a token to note.
    pub fn has_uses(&self) -> bool {
        !self.used().is_empty()
    }

    /// Notes which API tokens were used; called after a request is handled.
    ///
    /// # Errors
    /// Where the database cannot.
    pub async fn record_uses(&self, conn: &Conn) -> Result<()> {
        let used = std::mem::take(&mut *self.used());
        let ids: Vec<_> = used.keys().copied().collect();
        match used.into_values().max() {
            Some(latest) => tokens::tokens_used(conn, &ids, latest).await,
            None => Ok(()),
        }
    }

    /// The public halves of the keys that verify our tokens now.
    pub fn public_keys(&self) -> Vec<PublicKey> {
        self.keys.look(None);
        self.keys.published()
    }

    /// An access token for a session.
    pub(super) fn issue(
        &self,
        person_id: Uuid,
        session_id: Uuid,
        id: Uuid,
        now: DateTime<Utc>,
    ) -> Result<String> {
        self.keys.look(None);
        jwt::issue(&self.names, &self.keys, person_id, session_id, id, now)
    }

    fn used(&self) -> std::sync::MutexGuard<'_, BTreeMap<Uuid, DateTime<Utc>>> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn actor(known: Known, scopes: BTreeSet<Scope>, session_id: Option<Uuid>) -> Actor {
    Actor {
        person_id: Some(known.person_id),
        actor_id: known.actor_id,
        grants: known.grants,
        scopes,
        session_id,
    }
}
