//! Rows and queries of the links under which calendar programs read.

use super::people::Roles;
use crate::accounts::model::{Grant, MayChange};
use crate::db::schema::{calendar_links, people};
use crate::db::sql::nested;
use crate::db::{Conn, Json};
use crate::kernel::{Result, Sight};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

/// Stores a person's link, in the place of the one before. The transaction holds the person's row.
///
/// # Errors
/// Where the database cannot.
pub async fn calendar_put_in_txn(
    conn: &mut Conn,
    proof: &MayChange,
    hash: &[u8],
    now: DateTime<Utc>,
) -> Result<()> {
    let values = (calendar_links::hash.eq(hash), calendar_links::created_at.eq(now));
    diesel::insert_into(calendar_links::table)
        .values((calendar_links::person_id.eq(proof.person_id()), values))
        .on_conflict(calendar_links::person_id)
        .do_update()
        .set(values)
        .execute(conn)
        .await?;
    Ok(())
}

/// Ends a person's link, if there is one.
///
/// # Errors
/// Where the database cannot.
pub async fn calendar_end(conn: &Conn, proof: &MayChange) -> Result<()> {
    diesel::delete(calendar_links::table.find(proof.person_id())).execute(&mut &*conn).await?;
    Ok(())
}

/// Since when a person has a link, if they have one.
///
/// # Errors
/// Where the database cannot answer.
pub async fn calendar_since(conn: &Conn, person_id: Uuid) -> Result<Option<DateTime<Utc>>> {
    let query = calendar_links::table.find(person_id).select(calendar_links::created_at);
    Ok(query.first(&mut &*conn).await.optional()?)
}

/// The language and the roles of the person whose link this is, unless they are kept out.
///
/// # Errors
/// Where the database cannot answer.
pub async fn known_by_calendar(conn: &Conn, hash: &[u8]) -> Result<Option<(Option<String>, Vec<Grant>)>> {
    let query = people::table
        .inner_join(calendar_links::table)
        .filter(calendar_links::hash.eq(hash))
        .filter(people::disabled_at.is_null())
        .select((people::language, nested::<Roles>(&Sight::default())));
    let found = query.first::<(Option<String>, Json<Roles>)>(&mut &*conn).await.optional()?;
    let grants = |roles: Json<Roles>| roles.0.grants.iter().map(|held| held.grant()).collect();
    Ok(found.map(|(language, roles)| (language, grants(roles))))
}
