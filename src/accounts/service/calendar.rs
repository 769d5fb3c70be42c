//! The secret link under which a calendar program reads a person's due dates.

use super::jwt::Refused;
use super::secret::{random_token, token_hash};
use super::who::trace;
use super::{Accounts, Gate};
use crate::accounts::model::{CalendarReader, MayChange, Right, Scope, members_with};
use crate::accounts::store::calendars as store;
use crate::accounts::store::people::sign_in_lock_in_txn;
use crate::accounts::view::{CalendarLink, CalendarState};
use crate::db::{Conn, in_transaction};
use crate::kernel::ask::{Ask, Credential, Representation};
use crate::kernel::{Error, Language, Result};

/// How the tokens of calendars begin: secret scanners find them by it.
const CALENDAR_TOKEN: &str = "ogpc_";

impl Accounts {
    /// Since when one has a link, if one has; never the link itself.
    ///
    /// # Errors
    /// `Unauthenticated`, `Forbidden`.
    pub async fn calendar(
        &self,
        gate: &Gate,
        conn: &Conn,
        credential: Option<&Credential>,
    ) -> Result<Representation> {
        let actor = gate.actor(conn, credential).await?;
        actor.reach(Scope::Read)?;
        let person_id = actor.person_id.ok_or(Refused::Invalid)?;
        CalendarState::new(store::calendar_since(conn, person_id).await?).represent()
    }

    /// Makes a link, which is shown this once. The one before ends.
    ///
    /// # Errors
    /// `Unauthenticated`, `Forbidden`.
    pub async fn create_calendar(&self, gate: &Gate, ask: &Ask) -> Result<CalendarLink> {
        let (token, hash) = random_token(CALENDAR_TOKEN)?;
        let now = self.clock.now();
        let mut conn = self.writes.get().await?;
        let proof = in_transaction(&mut conn, async |conn| {
            let proof = MayChange::own(&gate.actor(conn, ask.credential.as_ref()).await?)?;
            // Whoever keeps the person out holds the row as well: what was shown holds until the link is
            // there for them to end.
            sign_in_lock_in_txn(conn, proof.person_id()).await?.ok_or(Refused::Invalid)?;
            let proof = MayChange::own(&gate.actor(conn, ask.credential.as_ref()).await?)?;
            store::calendar_put_in_txn(conn, &proof, &hash, now).await?;
            Ok(proof)
        })
        .await?;
        trace(&proof, "calendar link made");
        Ok(CalendarLink::new(&token, now))
    }

    /// Ends one's link, if there is one.
    ///
    /// # Errors
    /// `Unauthenticated`, `Forbidden`.
    pub async fn end_calendar(&self, gate: &Gate, ask: &Ask) -> Result<()> {
        let conn = self.writes.get().await?;
        let proof = MayChange::own(&gate.actor(&conn, ask.credential.as_ref()).await?)?;
        store::calendar_end(&conn, &proof).await?;
        trace(&proof, "calendar link ended");
        Ok(())
    }
}

/// Whose calendar a token reads. It opens nothing else.
///
/// # Errors
/// `NotFound` for a token that is wrong or has ended, and where its person is kept out: nobody is told which.
pub async fn calendar_reader(conn: &Conn, token: &str) -> Result<CalendarReader> {
    let found = store::known_by_calendar(conn, &token_hash(token)).await?;
    // The name in the path; what was shown is a secret, perhaps of somebody.
    let (language, grants) = found.ok_or_else(|| Error::not_found("calendar", "calendar.ics"))?;
    let language = language.as_deref().and_then(Language::parse);
    Ok(CalendarReader { members: members_with(Right::Edit, &grants), language })
}
