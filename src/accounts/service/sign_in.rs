//! Signing in, going on, leaving.

use super::hasher::Verdict;
use super::jwt::{ACCESS_LIFETIME, Refused};
use super::secret::{random_token, token_hash};
use super::{Accounts, Gate};
use crate::accounts::model::throttle::Counter;
use crate::accounts::model::{Email, MayChange, Passphrase, SessionEnd};
use crate::accounts::store::people::{SignInRow, password_rehash_in_txn, sign_in_find, sign_in_lock_in_txn};
use crate::accounts::store::sessions::{self, NewRefreshToken, NewSession};
use crate::accounts::store::throttle;
use crate::accounts::view::Tokens;
use crate::db::{Conn, in_transaction};
use crate::kernel::ask::Ask;
use crate::kernel::{Error, Result};
use chrono::{DateTime, TimeDelta, Utc};
use schemars::JsonSchema;
use serde::Deserialize;
use std::net::IpAddr;
use utoipa::ToSchema;
use uuid::Uuid;

/// How long a session lasts at most, however often it is refreshed.
pub const SESSION_LIFETIME: TimeDelta = TimeDelta::days(30);
/// How refresh tokens begin: nobody takes one for an API token.
const REFRESH_TOKEN: &str = "ogpr_";

/// Who wants to sign in.
#[derive(Debug, Deserialize, JsonSchema, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// The e-mail address, in any case.
    #[schemars(length(max = 1_000))]
    #[schema(example = "editor.ias@demo.invalid")]
    email: String,
    /// The password.
    password: Passphrase,
}

/// Who wants to go on.
#[derive(Debug, Deserialize, JsonSchema, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Refresh {
    /// The newest refresh token of the session.
    #[schema(value_type = String, example = "ogpr_Zk3v0d1sSxw7cEXq1b8Yb1m5Y5o0yq1l0yYF2m9i8nQ")]
    refresh_token: Passphrase,
}

/// What may happen to a refresh token.
enum Refreshed {
    Renewed { person_id: Uuid, session_id: Uuid, token: String },
    Reused,
    Unknown,
}

/// A try to prove oneself, counted as failed until it succeeds.
pub(super) struct Try {
    account: Counter,
    address: Option<Counter>,
    counted_at: DateTime<Utc>,
}

impl Try {
    /// It was no failure after all.
    pub(super) async fn succeeded(&self, conn: &Conn) -> Result<()> {
        throttle::failures_forget(conn, &self.account).await?;
        match &self.address {
            Some(address) => throttle::failure_take_back(conn, address, self.counted_at).await,
            None => Ok(()),
        }
    }
}

/// One wording for every reason: nobody learns whether the account exists.
fn refused() -> Error {
    Error::Unauthenticated {
        code: "sign_in_refused",
        detail: "e-mail address or password is wrong, or the account is closed".to_owned(),
    }
}

impl Accounts {
    /// A session for whoever knows the password.
    ///
    /// # Errors
    /// `Unauthenticated` with one wording where they do not, `TooMany` where it was tried too often.
    pub async fn sign_in(&self, gate: &Gate, ask: &Ask) -> Result<Tokens> {
        let asked: SignIn = ask.body.read()?;
        let (attempt, person) = {
            let conn = self.writes.get().await?;
            let attempt = self.attempt(&conn, &asked.email, ask.address).await?;
            (attempt, sign_in_find(&conn, &Email::fold(&asked.email)).await?)
        };
        // No connection is held while hashing.
        let kept = person.as_ref().and_then(|person| person.password_hash.as_deref());
        let kept = kept.filter(|_| person.as_ref().is_some_and(|person| person.disabled_at.is_none()));
        let verdict = self.hasher.verify(&asked.password, kept).await?;
        let Some(person) = person.filter(|_| verdict.right) else { return Err(refused()) };
        let fresh = self.fresh_hash(verdict, &asked.password).await?;
        let now = self.clock.now();
        let (session_id, person_id) = (self.ids.next(), person.id);
        let (refresh_token, hash) = random_token(REFRESH_TOKEN)?;
        let mut conn = self.writes.get().await?;
        in_transaction(&mut conn, async |conn| {
            if !still_so(&person, sign_in_lock_in_txn(conn, person.id).await?) {
                return Err(refused());
            }
            if let Some(fresh) = fresh {
                password_rehash_in_txn(conn, &person, &fresh).await?;
            }
            let expires_at = now + SESSION_LIFETIME;
            let session = NewSession { id: session_id, person_id, created_at: now, expires_at };
            sessions::session_insert_in_txn(conn, &session).await?;
            let token = NewRefreshToken { hash: hash.to_vec(), session_id, issued_at: now, expires_at };
            sessions::refresh_insert_in_txn(conn, &token).await?;
            attempt.succeeded(conn).await
        })
        .await?;
        self.tokens(gate, person_id, session_id, refresh_token)
    }

    /// New tokens for a refresh token, which is then used up. One that comes again ends the session:
    /// somebody has a copy of it.
    ///
    /// # Errors
    /// `Unauthenticated` where it is not the newest of a session that still goes on.
    pub async fn refresh(&self, gate: &Gate, ask: &Ask) -> Result<Tokens> {
        let asked: Refresh = ask.body.read()?;
        let hash = token_hash(asked.refresh_token.expose());
        let now = self.clock.now();
        let mut conn = self.writes.get().await?;
        // What a reuse does is kept, so it is no error inside the transaction.
        let outcome = in_transaction(&mut conn, async |conn| {
            let Some(row) = sessions::refresh_lock_in_txn(conn, &hash).await? else {
                return Ok(Refreshed::Unknown);
            };
            if row.used_at.is_some() {
                sessions::session_end(conn, row.session_id, SessionEnd::RefreshReused, now).await?;
                return Ok(Refreshed::Reused);
            }
            let known = sessions::known_by_session(conn, row.session_id, row.person_id, now).await?;
            let Some(known) = known else { return Ok(Refreshed::Unknown) };
            let (token, fresh) = random_token(REFRESH_TOKEN)?;
            sessions::refresh_use_in_txn(conn, &hash, now).await?;
            let next = NewRefreshToken {
                hash: fresh.to_vec(),
                session_id: row.session_id,
                issued_at: now,
                expires_at: row.expires_at,
            };
            sessions::refresh_insert_in_txn(conn, &next).await?;
            Ok(Refreshed::Renewed { person_id: known.person_id, session_id: row.session_id, token })
        })
        .await?;
        let refused = |code, detail: &str| Error::Unauthenticated { code, detail: detail.to_owned() };
        match outcome {
            Refreshed::Renewed { person_id, session_id, token } => {
                self.tokens(gate, person_id, session_id, token)
            }
            Refreshed::Reused => Err(refused(
                "refresh_token_reused",
                "this refresh token was used before, so somebody has a copy of it; the session was ended: sign in again",
            )),
            Refreshed::Unknown => {
                Err(refused("refresh_token_invalid", "the refresh token does not hold; sign in again"))
            }
        }
    }

    /// Ends the session that asks, or with `all` every session of the person.
    ///
    /// # Errors
    /// `Unauthenticated`; `Forbidden` where no session asks but another kind of token.
    pub async fn log_out(&self, gate: &Gate, ask: &Ask, all: bool) -> Result<()> {
        let mut conn = self.writes.get().await?;
        in_transaction(&mut conn, async |conn| {
            let actor = gate.actor(conn, ask.credential.as_ref()).await?;
            let proof = MayChange::own(&actor)?;
            let now = self.clock.now();
            // Whoever makes a token in this session is done, or finds it ended.
            sign_in_lock_in_txn(conn, proof.person_id()).await?.ok_or(Refused::Invalid)?;
            if all {
                return sessions::sessions_end_all(conn, &proof, SessionEnd::Logout, now).await;
            }
            let session_id = actor.session_id.ok_or(Refused::Invalid)?;
            sessions::session_end(conn, session_id, SessionEnd::Logout, now).await
        })
        .await
    }

    /// Counts a try before anything is known about it.
    pub(super) async fn attempt(&self, conn: &Conn, email: &str, address: Option<IpAddr>) -> Result<Try> {
        let counted_at = self.clock.now();
        let (account, address) = (Counter::account(email), address.map(Counter::address));
        let too_many = |until: DateTime<Utc>| {
            let milliseconds = (until - counted_at).num_milliseconds().max(1);
            let seconds = milliseconds.unsigned_abs().div_ceil(1_000);
            Error::TooMany { retry_after: u32::try_from(seconds).unwrap_or(u32::MAX) }
        };
        // A try at an account that is blocked does not use up the address, and one from an address
        // that is blocked does not block the account.
        if let Some(until) = throttle::blocked_until(conn, &account, counted_at).await? {
            return Err(too_many(until));
        }
        for counter in address.iter().chain([&account]) {
            if let Some(until) = throttle::failure_count(conn, counter, counted_at).await? {
                return Err(too_many(until));
            }
        }
        Ok(Try { account, address, counted_at })
    }

    /// A hash at today's cost, where the one that is kept was cheaper.
    async fn fresh_hash(&self, verdict: Verdict, password: &Passphrase) -> Result<Option<String>> {
        if verdict.outdated { self.hasher.hash(password).await.map(Some) } else { Ok(None) }
    }

    fn tokens(
        &self,
        gate: &Gate,
        person_id: Uuid,
        session_id: Uuid,
        refresh_token: String,
    ) -> Result<Tokens> {
        let access_token = gate.issue(person_id, session_id, self.ids.next(), self.clock.now())?;
        Ok(Tokens::new(access_token, ACCESS_LIFETIME.num_seconds(), refresh_token))
    }
}

/// Whether nothing has changed while the password was hashed.
pub(super) fn still_so(before: &SignInRow, now: Option<SignInRow>) -> bool {
    now.is_some_and(|now| now.password_hash == before.password_hash && now.disabled_at.is_none())
}
