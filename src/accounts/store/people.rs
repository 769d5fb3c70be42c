//! Rows and queries of people and their roles.

use crate::accounts::model::{Email, Grant, MayChange, Permit, PersonState, Role};
use crate::db::page::{PageRequest, SortKey, Sorting};
use crate::db::schema::{grants, members, people};
use crate::db::sql::{Field, Fragment, Nested, nested};
use crate::db::{Conn, Json, Word};
use crate::kernel::page::{Page, PageAsk};
use crate::kernel::{Language, Ref, Result, Sight};
use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use diesel_async::RunQueryDsl;
use serde::Deserialize;
use std::fmt;
use uuid::Uuid;

/// Whoever removes an admin holds this lock: two at once could each think the other stays ("ADMIN").
const ADMINS: i64 = 0x41_44_4D_49_4E;

/// A person, as stored; the password's hash only where it is asked for.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = people, check_for_backend(Pg))]
pub struct PersonRow {
    /// Id.
    pub id: Uuid,
    /// The name in the public record.
    pub actor_id: Uuid,
    /// The address to sign in with.
    pub email: String,
    /// The name that colleagues see.
    pub display_name: String,
    /// The language to write to them in.
    pub language: Option<String>,
    /// Since when they are kept out.
    pub disabled_at: Option<DateTime<Utc>>,
    /// Counts its changes, from 1.
    pub version: i64,
    /// Since when the account exists.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// A role that a person holds, as stored.
#[derive(Debug, Clone, Deserialize)]
pub struct GrantRow {
    /// Id.
    pub id: Uuid,
    /// The role.
    pub role: Role,
    /// The member it is for.
    pub member_id: Option<Uuid>,
    /// The member's code.
    pub member_code: Option<String>,
    /// Since when.
    pub created_at: DateTime<Utc>,
}

impl GrantRow {
    /// What permissions look at.
    pub fn grant(&self) -> Grant {
        Grant { role: self.role, member_id: self.member_id }
    }
}

/// Subquery of `people`: the roles, as a list of [`GrantRow`].
pub const GRANTS_OF_PERSON: &str = "SELECT coalesce(json_agg(json_build_object('id', g.id, 'role', g.role, \
    'member_id', g.member_id, 'member_code', m.code, 'created_at', g.created_at) \
    ORDER BY m.code NULLS FIRST, g.role), '[]') \
    FROM grants g LEFT JOIN members m ON m.id = g.member_id WHERE g.person_id = people.id";

/// A person with their roles.
#[derive(Debug, Clone, Deserialize)]
pub struct Roles {
    /// The roles.
    pub grants: Vec<GrantRow>,
}

impl Nested for Roles {
    const PARTS: &'static [Field] = &[("grants", GRANTS_OF_PERSON)];
}

/// What a person proves themselves with.
#[derive(Clone, Queryable, Selectable)]
#[diesel(table_name = people, check_for_backend(Pg))]
pub struct SignInRow {
    /// Id.
    pub id: Uuid,
    /// The address to sign in with.
    pub email: String,
    /// A PHC string.
    pub password_hash: Option<String>,
    /// Since when they are kept out.
    pub disabled_at: Option<DateTime<Utc>>,
}

impl fmt::Debug for SignInRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignInRow").field("id", &self.id).finish_non_exhaustive()
    }
}

/// What the list of people can be sorted by.
const SORTING: Sorting = Sorting {
    keys: &[
        SortKey { name: "email", sql: "people.email", sql_type: "text" },
        SortKey { name: "display_name", sql: "people.display_name", sql_type: "text" },
        SortKey { name: "created_at", sql: "people.created_at", sql_type: "timestamptz" },
    ],
    default: "email",
    id: "people.id",
};

/// Which people to list.
#[derive(Debug, Clone, Default)]
pub struct PersonFilter {
    /// With any of these roles; all where empty.
    pub roles: Vec<Role>,
    /// With a role at any of these members; all where empty.
    pub members: Vec<Uuid>,
    /// Kept out, or not.
    pub disabled: Option<bool>,
}

/// A page of people, for whoever looks after them.
///
/// # Errors
/// Where the database cannot answer.
pub async fn person_list(
    conn: &Conn,
    _permit: &Permit,
    filter: &PersonFilter,
    ask: &PageAsk,
) -> Result<Page<(PersonRow, Roles)>> {
    let page = PageRequest::new(SORTING, ask)?;
    let filtered = || {
        let mut query = people::table.into_boxed::<Pg>();
        if !filter.roles.is_empty() || !filter.members.is_empty() {
            // One role that fits both: an editor at this member, not an editor with some role there.
            let mut held = grants::table.select(grants::person_id).into_boxed::<Pg>();
            if !filter.roles.is_empty() {
                held = held.filter(grants::role.eq_any(crate::db::types::words(&filter.roles)));
            }
            if !filter.members.is_empty() {
                held = held.filter(grants::member_id.eq_any(filter.members.clone()));
            }
            query = query.filter(people::id.eq_any(held));
        }
        match filter.disabled {
            Some(true) => query.filter(people::disabled_at.is_not_null()),
            Some(false) => query.filter(people::disabled_at.is_null()),
            None => query,
        }
    };
    let rows = filtered().filter(page.place()).order(page.order()).limit(page.fetch()).select((
        PersonRow::as_select(),
        nested::<Roles>(&Sight::default()),
        page.keys(),
    ));
    let count = filtered().count();
    page.run(rows.load(&mut &*conn), count.get_result(&mut &*conn), |row: &PersonRow| row.id).await
}

/// Everybody with their roles, for whoever runs commands on the machine.
///
/// # Errors
/// Where the database cannot answer.
pub async fn person_all(conn: &Conn) -> Result<Vec<(PersonRow, Roles)>> {
    let query = people::table
        .order(people::email)
        .select((PersonRow::as_select(), nested::<Roles>(&Sight::default())));
    let found = query.load::<(_, Json<Roles>)>(&mut &*conn).await?;
    Ok(found.into_iter().map(|(row, roles)| (row, roles.0)).collect())
}

/// One person with their roles.
///
/// # Errors
/// Where the database cannot answer.
pub async fn person_find(conn: &Conn, id: Uuid) -> Result<Option<(PersonRow, Roles)>> {
    let query = people::table.find(id).select((PersonRow::as_select(), nested::<Roles>(&Sight::default())));
    let found = query.first::<(_, Json<Roles>)>(&mut &*conn).await.optional()?;
    Ok(found.map(|(row, roles)| (row, roles.0)))
}

/// The person behind a name of the public record.
///
/// # Errors
/// Where the database cannot answer.
pub async fn person_of_actor(conn: &Conn, actor_id: Uuid) -> Result<Option<PersonRow>> {
    let query = people::table.filter(people::actor_id.eq(actor_id)).select(PersonRow::as_select());
    Ok(query.first(&mut &*conn).await.optional()?)
}

/// What the person with this address proves themselves with.
///
/// # Errors
/// Where the database cannot answer.
pub async fn sign_in_find(conn: &Conn, email: &str) -> Result<Option<SignInRow>> {
    let query = people::table.filter(people::email.eq(email)).select(SignInRow::as_select());
    Ok(query.first(&mut &*conn).await.optional()?)
}

/// The same, which nobody can change until the transaction ends.
///
/// # Errors
/// Where the database cannot answer.
pub async fn sign_in_lock_in_txn(conn: &mut Conn, id: Uuid) -> Result<Option<SignInRow>> {
    let query = people::table.find(id).select(SignInRow::as_select()).for_no_key_update();
    Ok(query.first(conn).await.optional()?)
}

/// A person with their roles, which nobody else can change until the transaction ends.
///
/// # Errors
/// Where the database cannot answer.
pub async fn person_lock_in_txn(conn: &mut Conn, id: Uuid) -> Result<Option<(PersonRow, Roles)>> {
    let query = people::table
        .find(id)
        .select((PersonRow::as_select(), nested::<Roles>(&Sight::default())))
        .for_no_key_update();
    let found = query.first::<(_, Json<Roles>)>(conn).await.optional()?;
    Ok(found.map(|(row, roles)| (row, roles.0)))
}

/// Stores a new person, as version 1.
///
/// # Errors
/// `person_email_taken`, and where the database refuses it otherwise.
pub async fn person_insert_in_txn(
    conn: &mut Conn,
    proof: &MayChange,
    actor_id: Uuid,
    state: &PersonState,
    password_hash: Option<&str>,
    now: DateTime<Utc>,
) -> Result<()> {
    let values = (
        people::id.eq(proof.person_id()),
        people::actor_id.eq(actor_id),
        people::email.eq(state.email.as_str()),
        people::display_name.eq(&state.display_name),
        people::language.eq(state.language.as_ref().map(Language::as_str)),
        people::password_hash.eq(password_hash),
        people::disabled_at.eq(state.disabled.then_some(now)),
        people::created_at.eq(now),
        people::updated_at.eq(now),
    );
    diesel::insert_into(people::table).values(values).execute(conn).await?;
    Ok(())
}

/// Changes what a person's account says, and counts its version up.
///
/// # Errors
/// `person_email_taken`, and where the database refuses it otherwise.
pub async fn person_update_in_txn(
    conn: &mut Conn,
    proof: &MayChange,
    state: &PersonState,
    disabled_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<()> {
    let set = (
        people::email.eq(state.email.as_str()),
        people::display_name.eq(&state.display_name),
        people::language.eq(state.language.as_ref().map(Language::as_str)),
        people::disabled_at.eq(disabled_at),
        people::version.eq(people::version + 1),
        people::updated_at.eq(now),
    );
    diesel::update(people::table.find(proof.person_id())).set(set).execute(conn).await?;
    Ok(())
}

/// Gives a person another password. Nobody sees a difference, so the version stays.
///
/// # Errors
/// Where the database cannot.
pub async fn password_update_in_txn(conn: &mut Conn, proof: &MayChange, hash: &str) -> Result<()> {
    let update = diesel::update(people::table.find(proof.person_id())).set(people::password_hash.eq(hash));
    update.execute(conn).await?;
    Ok(())
}

/// Keeps a costlier hash of the password that a person has just shown, in place of the one it was
/// checked with.
///
/// # Errors
/// Where the database cannot.
pub async fn password_rehash_in_txn(conn: &mut Conn, person: &SignInRow, hash: &str) -> Result<()> {
    let checked =
        people::table.find(person.id).filter(people::password_hash.eq(person.password_hash.as_deref()));
    diesel::update(checked).set(people::password_hash.eq(hash)).execute(conn).await?;
    Ok(())
}

/// Stores a role that a person holds from now on.
///
/// # Errors
/// `grant_exists`, and where the database refuses it otherwise.
pub async fn grant_insert_in_txn(
    conn: &mut Conn,
    proof: &MayChange,
    id: Uuid,
    grant: Grant,
    now: DateTime<Utc>,
) -> Result<()> {
    let values = (
        grants::id.eq(id),
        grants::person_id.eq(proof.person_id()),
        grants::role.eq(Word(grant.role)),
        grants::member_id.eq(grant.member_id),
        grants::created_at.eq(now),
        grants::granted_by.eq(proof.by()),
    );
    diesel::insert_into(grants::table).values(values).execute(conn).await?;
    Ok(())
}

/// Takes a role away.
///
/// # Errors
/// Where the database cannot.
pub async fn grant_delete_in_txn(conn: &mut Conn, proof: &MayChange, id: Uuid) -> Result<()> {
    let of_person = grants::table.find(id).filter(grants::person_id.eq(proof.person_id()));
    diesel::delete(of_person).execute(conn).await?;
    Ok(())
}

/// Waits for whoever else removes an admin; holds until the transaction ends.
///
/// # Errors
/// Where the database cannot answer.
pub async fn admins_lock_in_txn(conn: &mut Conn) -> Result<()> {
    diesel::sql_query("SELECT pg_advisory_xact_lock($1)").bind::<BigInt, _>(ADMINS).execute(conn).await?;
    Ok(())
}

/// How many admins there are besides this person, those who are kept out not counted.
///
/// # Errors
/// Where the database cannot answer.
pub async fn admin_count_besides(conn: &Conn, person_id: Option<Uuid>) -> Result<i64> {
    let admins = grants::table.filter(grants::role.eq(Word(Role::Admin))).select(grants::person_id);
    let mut query = people::table.into_boxed::<Pg>();
    query = query.filter(people::id.eq_any(admins)).filter(people::disabled_at.is_null());
    if let Some(person_id) = person_id {
        query = query.filter(people::id.ne(person_id));
    }
    Ok(query.count().get_result(&mut &*conn).await?)
}

/// The ids and codes of members by id or code, in the order asked; `None` for those that do not exist.
///
/// # Errors
/// Where the database cannot answer.
pub async fn members_by_name(conn: &Conn, names: &[Ref]) -> Result<Vec<Option<Uuid>>> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<_> = names.iter().filter_map(Ref::id).collect();
    let codes: Vec<_> = names.iter().filter_map(Ref::code).collect();
    let found: Vec<(Uuid, String)> = members::table
        .filter(members::id.eq_any(ids).or(members::code.eq_any(codes)))
        .select((members::id, members::code))
        .load(&mut &*conn)
        .await?;
    Ok(Ref::pick_all(names, &found, Ref::code))
}

/// Who asks, when they are let in.
#[derive(Debug, Clone)]
pub struct Known {
    /// The person.
    pub person_id: Uuid,
    /// The name in the public record.
    pub actor_id: Uuid,
    /// The roles.
    pub grants: Vec<Grant>,
}

/// What a lookup of somebody selects: the name in the public record, and the roles.
pub(super) fn known() -> (people::id, people::actor_id, Fragment<diesel::sql_types::Json>) {
    (people::id, people::actor_id, nested::<Roles>(&Sight::default()))
}

/// A row of such a lookup.
pub(super) type KnownRow = (Uuid, Uuid, Json<Roles>);

impl From<KnownRow> for Known {
    fn from((person_id, actor_id, roles): KnownRow) -> Self {
        Self { person_id, actor_id, grants: roles.0.grants.iter().map(GrantRow::grant).collect() }
    }
}

/// The person with an address that an issuer vouches for, unless they are kept out.
///
/// # Errors
/// Where the database cannot answer.
pub async fn known_by_email(conn: &Conn, email: &Email) -> Result<Option<Known>> {
    let query = people::table
        .filter(people::email.eq(email.as_str()))
        .filter(people::disabled_at.is_null())
        .select(known());
    Ok(query.first::<KnownRow>(&mut &*conn).await.optional()?.map(Known::from))
}
