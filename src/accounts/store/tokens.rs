//! Rows and queries of API tokens.

use super::calendars::calendar_end;
use super::people::{Known, KnownRow, known};
use crate::accounts::model::{MayChange, Scope};
use crate::db::page::{PageRequest, SortKey, Sorting};
use crate::db::schema::{api_tokens, people};
use crate::db::sql::{Alone, nested};
use crate::db::types::words;
use crate::db::{Conn, Word};
use crate::kernel::page::{Page, PageAsk};
use crate::kernel::{Result, Sight};
use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

/// An API token, as stored, without its hash.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = api_tokens, check_for_backend(Pg))]
pub struct ApiTokenRow {
    /// Id.
    pub id: Uuid,
    /// What its maker calls it.
    pub name: String,
    /// How far it reaches.
    pub scopes: Vec<Word<Scope>>,
    /// Since when.
    pub created_at: DateTime<Utc>,
    /// Until when.
    pub expires_at: DateTime<Utc>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<DateTime<Utc>>,
}

/// A new API token.
#[derive(Debug, Clone)]
pub struct NewApiToken<'a> {
    /// Id.
    pub id: Uuid,
    /// What its maker calls it.
    pub name: &'a str,
    /// SHA-256 of the token.
    pub hash: &'a [u8],
    /// How far it reaches.
    pub scopes: &'a [Scope],
    /// Since when.
    pub created_at: DateTime<Utc>,
    /// Until when.
    pub expires_at: DateTime<Utc>,
}

/// What the list of tokens can be sorted by.
const SORTING: Sorting = Sorting {
    keys: &[
        SortKey { name: "created_at", sql: "api_tokens.created_at", sql_type: "timestamptz" },
        SortKey { name: "expires_at", sql: "api_tokens.expires_at", sql_type: "timestamptz" },
        SortKey { name: "name", sql: "api_tokens.name", sql_type: "text" },
    ],
    default: "created_at",
    id: "api_tokens.id",
};

/// A page of a person's tokens, those that were revoked left out.
///
/// # Errors
/// Where the database cannot answer.
pub async fn token_list(conn: &Conn, proof: &MayChange, ask: &PageAsk) -> Result<Page<(ApiTokenRow, Alone)>> {
    let page = PageRequest::new(SORTING, ask)?;
    let own = || {
        let own = api_tokens::person_id.eq(proof.person_id()).and(api_tokens::revoked_at.is_null());
        api_tokens::table.filter(own).into_boxed::<Pg>()
    };
    let rows = own().filter(page.place()).order(page.order()).limit(page.fetch()).select((
        ApiTokenRow::as_select(),
        nested::<Alone>(&Sight::default()),
        page.keys(),
    ));
    let count = own().count();
    page.run(rows.load(&mut &*conn), count.get_result(&mut &*conn), |row: &ApiTokenRow| row.id).await
}

/// Stores a token of a person whose row the transaction holds.
///
/// # Errors
/// Where the database cannot.
pub async fn token_insert_in_txn(conn: &mut Conn, proof: &MayChange, token: &NewApiToken<'_>) -> Result<()> {
    let values = (
        api_tokens::id.eq(token.id),
        api_tokens::person_id.eq(proof.person_id()),
        api_tokens::name.eq(token.name),
        api_tokens::hash.eq(token.hash),
        api_tokens::scopes.eq(words(token.scopes)),
        api_tokens::created_at.eq(token.created_at),
        api_tokens::expires_at.eq(token.expires_at),
    );
    diesel::insert_into(api_tokens::table).values(values).execute(conn).await?;
    Ok(())
}

/// Revokes all of a person's tokens, and ends their calendar link.
///
/// # Errors
/// Where the database cannot.
pub async fn tokens_revoke_all_in_txn(conn: &mut Conn, proof: &MayChange, now: DateTime<Utc>) -> Result<()> {
    let own = api_tokens::table
        .filter(api_tokens::person_id.eq(proof.person_id()))
        .filter(api_tokens::revoked_at.is_null());
    diesel::update(own).set(api_tokens::revoked_at.eq(now)).execute(conn).await?;
    calendar_end(conn, proof).await
}

/// Revokes a person's token; false where they have no such token.
///
/// # Errors
/// Where the database cannot.
pub async fn token_revoke(conn: &Conn, proof: &MayChange, id: Uuid, now: DateTime<Utc>) -> Result<bool> {
    let own = api_tokens::table
        .find(id)
        .filter(api_tokens::person_id.eq(proof.person_id()))
        .filter(api_tokens::revoked_at.is_null());
    let revoked = diesel::update(own).set(api_tokens::revoked_at.eq(now)).execute(&mut &*conn).await?;
    Ok(revoked == 1)
}

/// Who lends a token what rights, and how far it reaches, unless it has ended or they are kept out.
///
/// # Errors
/// Where the database cannot answer.
pub async fn known_by_token(
    conn: &Conn,
    hash: &[u8],
    now: DateTime<Utc>,
) -> Result<Option<(Known, ApiTokenRow)>> {
    let query = people::table
        .inner_join(api_tokens::table)
        .filter(api_tokens::hash.eq(hash))
        .filter(api_tokens::revoked_at.is_null())
        .filter(api_tokens::expires_at.gt(now))
        .filter(people::disabled_at.is_null())
        .select((known(), ApiTokenRow::as_select()));
    let found = query.first::<(KnownRow, ApiTokenRow)>(&mut &*conn).await.optional()?;
    Ok(found.map(|(known, token)| (known.into(), token)))
}

/// Notes that tokens were used.
///
/// # Errors
/// Where the database cannot.
pub async fn tokens_used(conn: &Conn, ids: &[Uuid], now: DateTime<Utc>) -> Result<()> {
    let used = api_tokens::table.filter(api_tokens::id.eq_any(ids));
    diesel::update(used).set(api_tokens::last_used_at.eq(now)).execute(&mut &*conn).await?;
    Ok(())
}
