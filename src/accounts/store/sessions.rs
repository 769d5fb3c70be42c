//! Rows and queries of sessions and their refresh tokens.

use super::people::{Known, KnownRow, known};
use crate::accounts::model::{MayChange, SessionEnd};
use crate::db::schema::{people, refresh_tokens, sessions};
use crate::db::{Conn, Word};
use crate::kernel::Result;
use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

/// A new session.
#[derive(Debug, Clone, Copy, Insertable)]
#[diesel(table_name = sessions)]
pub struct NewSession {
    /// Id.
    pub id: Uuid,
    /// Whose.
    pub person_id: Uuid,
    /// Since when.
    pub created_at: DateTime<Utc>,
    /// Until when at most.
    pub expires_at: DateTime<Utc>,
}

/// A new refresh token.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = refresh_tokens)]
pub struct NewRefreshToken {
    /// SHA-256 of the token.
    pub hash: Vec<u8>,
    /// Of which session.
    pub session_id: Uuid,
    /// Since when.
    pub issued_at: DateTime<Utc>,
    /// Until when.
    pub expires_at: DateTime<Utc>,
}

/// A refresh token with its session.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = refresh_tokens, check_for_backend(Pg))]
pub struct RefreshRow {
    /// Of which session.
    pub session_id: Uuid,
    /// When it was used.
    pub used_at: Option<DateTime<Utc>>,
    /// Whose.
    #[diesel(select_expression = sessions::person_id)]
    pub person_id: Uuid,
    /// Until when.
    #[diesel(select_expression = sessions::expires_at)]
    pub expires_at: DateTime<Utc>,
    /// When the session ended.
    #[diesel(select_expression = sessions::ended_at)]
    pub ended_at: Option<DateTime<Utc>>,
}

/// Stores a session of somebody who has shown their password.
///
/// # Errors
/// Where the database cannot.
pub async fn session_insert_in_txn(conn: &mut Conn, session: &NewSession) -> Result<()> {
    diesel::insert_into(sessions::table).values(session).execute(conn).await?;
    Ok(())
}

/// Stores a refresh token.
///
/// # Errors
/// Where the database cannot.
pub async fn refresh_insert_in_txn(conn: &mut Conn, token: &NewRefreshToken) -> Result<()> {
    diesel::insert_into(refresh_tokens::table).values(token).execute(conn).await?;
    Ok(())
}

/// A refresh token and its session, which nobody else can use until the transaction ends.
///
/// # Errors
/// Where the database cannot answer.
pub async fn refresh_lock_in_txn(conn: &mut Conn, hash: &[u8]) -> Result<Option<RefreshRow>> {
    // The session's row first, by itself: whoever ends the session waits, and so do all tokens of it.
    let of_token = refresh_tokens::table.find(hash).select(refresh_tokens::session_id);
    sessions::table
        .filter(sessions::id.eq_any(of_token))
        .select(sessions::id)
        .for_update()
        .load::<Uuid>(conn)
        .await?;
    let query = refresh_tokens::table.inner_join(sessions::table).filter(refresh_tokens::hash.eq(hash));
    Ok(query.select(RefreshRow::as_select()).first(conn).await.optional()?)
}

/// Marks a refresh token as used.
///
/// # Errors
/// Where the database cannot.
pub async fn refresh_use_in_txn(conn: &mut Conn, hash: &[u8], now: DateTime<Utc>) -> Result<()> {
    diesel::update(refresh_tokens::table.find(hash))
        .set(refresh_tokens::used_at.eq(now))
        .execute(conn)
        .await?;
    Ok(())
}

/// Ends one session.
///
/// # Errors
/// Where the database cannot.
pub async fn session_end(conn: &Conn, id: Uuid, why: SessionEnd, now: DateTime<Utc>) -> Result<()> {
    let still_going = sessions::table.find(id).filter(sessions::ended_at.is_null());
    let set = (sessions::ended_at.eq(now), sessions::ended_reason.eq(Word(why)));
    diesel::update(still_going).set(set).execute(&mut &*conn).await?;
    Ok(())
}

/// Ends all sessions of a person.
///
/// # Errors
/// Where the database cannot.
pub async fn sessions_end_all(
    conn: &Conn,
    proof: &MayChange,
    why: SessionEnd,
    now: DateTime<Utc>,
) -> Result<()> {
    let still_going = sessions::table
        .filter(sessions::person_id.eq(proof.person_id()))
        .filter(sessions::ended_at.is_null());
    let set = (sessions::ended_at.eq(now), sessions::ended_reason.eq(Word(why)));
    diesel::update(still_going).set(set).execute(&mut &*conn).await?;
    Ok(())
}

/// Who goes on with a session, unless it has ended or the person is kept out.
///
/// # Errors
/// Where the database cannot answer.
pub async fn known_by_session(
    conn: &Conn,
    session_id: Uuid,
    person_id: Uuid,
    now: DateTime<Utc>,
) -> Result<Option<Known>> {
    let query = people::table
        .inner_join(sessions::table)
        .filter(sessions::id.eq(session_id))
        .filter(people::id.eq(person_id))
        .filter(sessions::ended_at.is_null())
        .filter(sessions::expires_at.gt(now))
        .filter(people::disabled_at.is_null())
        .select(known());
    Ok(query.first::<KnownRow>(&mut &*conn).await.optional()?.map(Known::from))
}

/// Deletes sessions, and with them their refresh tokens, that were of no use before an instant.
///
/// # Errors
/// Where the database cannot.
pub async fn sessions_delete_before(conn: &Conn, instant: DateTime<Utc>) -> Result<usize> {
    // An ended session keeps its tokens until they would have expired: one that comes again still
    // tells of a theft.
    let old = sessions::table.filter(sessions::expires_at.lt(instant));
    Ok(diesel::delete(old).execute(&mut &*conn).await?)
}
