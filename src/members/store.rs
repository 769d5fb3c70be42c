//! Rows and queries of members and institutions.

use super::model::{InstitutionInput, MemberInput, MemberKind, Sector};
use crate::accounts::model::Viewer;
use crate::db::as_of::as_of;
use crate::db::page::{PageRequest, SortKey, Sorting};
use crate::db::schema::{action_plans, commitment_institutions, commitments, institutions, members};
use crate::db::search::{Needle, finding, is_found, relevance};
use crate::db::sql::{Condition, Nested, all, is_any_of, nested, nested_with};
use crate::db::types::words;
use crate::db::{Conn, Json, Word};
use crate::kernel::page::{Page, PageAsk};
use crate::kernel::{LocalizedText, Note, Ref, Result, Source};
use chrono::{DateTime, Utc};
use diesel::dsl::exists;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A member, as stored.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = members, check_for_backend(Pg))]
pub struct MemberRow {
    /// Id.
    pub id: Uuid,
    /// What it says.
    #[diesel(embed)]
    pub state: MemberState,
    /// Counts its changes, from 1.
    pub version: i64,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// When it was withdrawn, if it was.
    pub withdrawn_at: Option<DateTime<Utc>>,
    /// Why.
    pub withdrawn_reason: Option<String>,
}

/// What a member says: all that an editor or an import can change.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable, AsChangeset, Serialize, Deserialize)]
#[diesel(table_name = members, treat_none_as_null = true, check_for_backend(Pg))]
pub struct MemberState {
    /// OGP's code.
    pub code: String,
    /// National or local.
    pub kind: Word<MemberKind>,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// The national member that a local one is linked to.
    pub national_member_id: Option<Uuid>,
    /// Name.
    pub name: Json<LocalizedText>,
    /// Year of joining.
    pub joined_year: Option<i16>,
    /// Intake of OGP Local.
    pub cohort: Option<i16>,
    /// What its commitment codes start with.
    pub commitment_prefix: Option<String>,
    /// Remarks.
    pub notes: Json<Vec<Note>>,
    /// Sources.
    pub sources: Json<Vec<Source>>,
}

impl MemberState {
    /// What is written of a member, with what it refers to.
    pub fn of(input: &MemberInput, national_member_id: Option<Uuid>) -> Self {
        Self {
            code: input.code.clone(),
            kind: Word(input.kind),
            country: input.country.clone(),
            national_member_id,
            name: Json(input.name.clone()),
            joined_year: input.joined_year,
            cohort: input.cohort,
            commitment_prefix: input.commitment_prefix.clone(),
            notes: Json(input.notes.clone()),
            sources: Json(input.sources.clone()),
        }
    }

    /// The same as somebody would write it, with ids for what it refers to.
    pub fn input(&self) -> MemberInput {
        MemberInput {
            code: self.code.clone(),
            kind: self.kind.0,
            country: self.country.clone(),
            national_member: self.national_member_id.map(|id| id.to_string()),
            name: self.name.0.clone(),
            joined_year: self.joined_year,
            cohort: self.cohort,
            commitment_prefix: self.commitment_prefix.clone(),
            notes: self.notes.0.clone(),
            sources: self.sources.0.clone(),
        }
    }
}

/// An institution, as stored.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = institutions, check_for_backend(Pg))]
pub struct InstitutionRow {
    /// Id.
    pub id: Uuid,
    /// What it says.
    #[diesel(embed)]
    pub state: InstitutionState,
    /// Counts its changes, from 1.
    pub version: i64,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// When it was withdrawn, if it was.
    pub withdrawn_at: Option<DateTime<Utc>>,
    /// Why.
    pub withdrawn_reason: Option<String>,
}

/// What an institution says: all that an editor or an import can change.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable, AsChangeset, Serialize, Deserialize)]
#[diesel(table_name = institutions, treat_none_as_null = true, check_for_backend(Pg))]
pub struct InstitutionState {
    /// Name in addresses.
    pub slug: String,
    /// Name.
    pub name: Json<LocalizedText>,
    /// Sector.
    pub sector: Word<Sector>,
    /// A whole class instead of one body.
    pub is_class: bool,
    /// ISO 3166-1 alpha-2.
    pub country: Option<String>,
    /// Remarks.
    pub notes: Json<Vec<Note>>,
    /// Sources.
    pub sources: Json<Vec<Source>>,
}

impl InstitutionState {
    /// What is written of an institution.
    pub fn of(input: &InstitutionInput) -> Self {
        Self {
            slug: input.slug.clone(),
            name: Json(input.name.clone()),
            sector: Word(input.sector),
            is_class: input.is_class,
            country: input.country.clone(),
            notes: Json(input.notes.clone()),
            sources: Json(input.sources.clone()),
        }
    }

    /// The same as somebody would write it.
    pub fn input(&self) -> InstitutionInput {
        InstitutionInput {
            slug: self.slug.clone(),
            name: self.name.0.clone(),
            sector: self.sector.0,
            is_class: self.is_class,
            country: self.country.clone(),
            notes: self.notes.0.clone(),
            sources: self.sources.0.clone(),
        }
    }
}

/// What the list of members can be sorted by.
const MEMBER_SORTING: Sorting = Sorting {
    keys: &[
        SortKey { name: "code", sql: "members.code", sql_type: "text" },
        SortKey { name: "joined_year", sql: "coalesce(members.joined_year, 0)", sql_type: "int" },
        SortKey { name: "updated_at", sql: "members.updated_at", sql_type: "timestamptz" },
    ],
    default: "code",
    id: "members.id",
};

/// What the list of institutions can be sorted by.
const INSTITUTION_SORTING: Sorting = Sorting {
    keys: &[
        SortKey { name: "slug", sql: "institutions.slug", sql_type: "text" },
        SortKey { name: "updated_at", sql: "institutions.updated_at", sql_type: "timestamptz" },
    ],
    default: "slug",
    id: "institutions.id",
};

/// Subquery of `members`: the national member, as `MemberName`.
pub const NATIONAL_OF_MEMBER: &str = "SELECT json_build_object('id', n.id, 'code', n.code, 'kind', n.kind, \
    'name', n.name) FROM members n WHERE n.id = members.national_member_id";
/// Subquery of `members`: the local members of a national one, as a list of `MemberName`.
pub const LOCALS_OF_MEMBER: &str = "SELECT coalesce(json_agg(json_build_object('id', l.id, 'code', l.code, \
    'kind', l.kind, 'name', l.name) ORDER BY l.code), '[]') FROM members l WHERE l.national_member_id = members.id AND l.withdrawn_at IS NULL";

/// Whose things to list, or which members; each part narrows where it is not empty.
#[derive(Debug, Clone, Default)]
pub struct Whose {
    /// Any of these members.
    pub members: Vec<Uuid>,
    /// Members of any of these kinds.
    pub kinds: Vec<MemberKind>,
    /// Members of any of these countries (ISO 3166-1 alpha-2).
    pub countries: Vec<String>,
    /// Members that joined with any of these intakes of OGP Local.
    pub cohorts: Vec<i16>,
}

impl Whose {
    /// That a column, which has the id of a member, has one of theirs; none where all are theirs.
    pub fn is_in(&self, column: &'static str) -> Option<Condition> {
        let narrowed = [
            is_any_of("w.id", &self.members, "uuid"),
            is_any_of("w.kind", &words(&self.kinds), "text"),
            is_any_of("w.country", &self.countries, "text"),
            is_any_of("w.cohort", &self.cohorts, "int2"),
        ];
        if narrowed.iter().all(Option::is_none) {
            return None;
        }
        let mut sql = Condition::new(column);
        sql.push(" IN (SELECT w.id FROM members w WHERE ");
        sql.append(all(narrowed.into_iter().flatten()));
        sql.push(")");
        Some(sql)
    }
}

/// Which members to list.
#[derive(Debug, Clone, Default)]
pub struct MemberFilter {
    /// Found by these words.
    pub needle: Option<Needle>,
    /// Which ones.
    pub whose: Whose,
    /// Of those that joined in any of these years; all where empty.
    pub joined_years: Vec<i16>,
    /// Changed at this instant or later.
    pub updated_since: Option<DateTime<Utc>>,
}

/// Which institutions to list.
#[derive(Debug, Clone, Default)]
pub struct InstitutionFilter {
    /// Found by these words.
    pub needle: Option<Needle>,
    /// Any of these sectors; all where empty.
    pub sectors: Vec<Sector>,
    /// In any of these countries; all where empty.
    pub countries: Vec<String>,
    /// Whether it is a whole class instead of one body.
    pub is_class: Option<bool>,
    /// Changed at this instant or later.
    pub updated_since: Option<DateTime<Utc>>,
}

/// A page of members, each with those of the parts that `N` has on demand that are asked for.
///
/// # Errors
/// Where the database cannot answer.
pub async fn member_list<N: Nested>(
    conn: &Conn,
    viewer: &Viewer,
    filter: &MemberFilter,
    included: &[String],
    ask: &PageAsk,
) -> Result<Page<(MemberRow, N)>> {
    let page =
        PageRequest::of_found(MEMBER_SORTING, filter.needle.as_ref().map(|_| relevance!("members.id")), ask)?;
    let filtered = || {
        let mut query = members::table.filter(members::withdrawn_at.is_null()).into_boxed::<Pg>();
        if filter.needle.is_some() {
            query = query.filter(Condition::new(is_found!("members.id")));
        }
        if let Some(theirs) = filter.whose.is_in("members.id") {
            query = query.filter(theirs);
        }
        if !filter.joined_years.is_empty() {
            query = query.filter(members::joined_year.eq_any(filter.joined_years.clone()).assume_not_null());
        }
        if let Some(since) = filter.updated_since {
            query = query.filter(members::updated_at.ge(since));
        }
        query
    };
    let rows = filtered().filter(page.place()).order(page.order()).limit(page.fetch()).select((
        MemberRow::as_select(),
        nested_with::<N>(included, &viewer.sight()),
        page.keys(),
    ));
    let count = filtered().count();
    let (rows, count) = (finding(filter.needle.as_ref(), rows), finding(filter.needle.as_ref(), count));
    page.run(rows.load(&mut &*conn), count.get_result(&mut &*conn), |row: &MemberRow| row.id).await
}

/// One member, by id or code.
///
/// # Errors
/// Where the database cannot answer.
pub async fn member_find<N: Nested>(
    conn: &Conn,
    viewer: &Viewer,
    name: &Ref,
) -> Result<Option<(MemberRow, N)>> {
    let mut query = members::table.into_boxed::<Pg>();
    query = match name {
        Ref::Id(id) => query.filter(members::id.eq(*id)),
        Ref::Name(code) => query.filter(members::code.eq(code.to_uppercase())),
    };
    let sight = viewer.sight();
    let query = query.select((MemberRow::as_select(), nested::<N>(&sight)));
    let found = as_of(&sight, query).get_result::<(_, Json<N>)>(&mut &*conn).await.optional()?;
    Ok(found.map(|(row, nested)| (row, nested.0)))
}

/// The ids of members by id or code, in the order asked; `None` for those that do not exist.
///
/// # Errors
/// Where the database cannot answer.
pub async fn member_ids(conn: &Conn, names: &[Ref]) -> Result<Vec<Option<Uuid>>> {
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

/// The id of an institution by id or slug, whether it was withdrawn or not.
///
/// # Errors
/// Where the database cannot answer.
pub async fn institution_id(conn: &Conn, name: &Ref) -> Result<Option<Uuid>> {
    let slug = match name {
        Ref::Id(id) => return Ok(Some(*id)),
        Ref::Name(slug) => slug.to_lowercase(),
    };
    let query = institutions::table.filter(institutions::slug.eq(slug)).select(institutions::id);
    Ok(query.first(&mut &*conn).await.optional()?)
}

/// The ids of institutions by id or slug, in the order asked; `None` for those that do not exist or
/// were withdrawn. Nobody withdraws them until the transaction ends.
///
/// # Errors
/// Where the database cannot answer.
pub async fn institution_ids_in_txn(conn: &Conn, names: &[Ref]) -> Result<Vec<Option<Uuid>>> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<_> = names.iter().filter_map(Ref::id).collect();
    let slugs: Vec<_> = names.iter().filter_map(Ref::slug).collect();
    let found: Vec<(Uuid, String)> = institutions::table
        .filter(institutions::id.eq_any(ids).or(institutions::slug.eq_any(slugs)))
        .filter(institutions::withdrawn_at.is_null())
        .select((institutions::id, institutions::slug))
        .for_share()
        .load(&mut &*conn)
        .await?;
    Ok(Ref::pick_all(names, &found, Ref::slug))
}

/// The ids of institutions by id or slug, in the order asked; `None` for those that are unknown or withdrawn.
///
/// # Errors
/// Where the database cannot answer.
pub async fn institution_ids(conn: &Conn, names: &[Ref]) -> Result<Vec<Option<Uuid>>> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<_> = names.iter().filter_map(Ref::id).collect();
    let slugs: Vec<_> = names.iter().filter_map(Ref::slug).collect();
    let query = institutions::table
        .filter(institutions::id.eq_any(ids).or(institutions::slug.eq_any(slugs)))
        .filter(institutions::withdrawn_at.is_null())
        .select((institutions::id, institutions::slug));
    let found: Vec<(Uuid, String)> = query.load(&mut &*conn).await?;
    Ok(Ref::pick_all(names, &found, Ref::slug))
}

/// A page of institutions.
///
/// # Errors
/// Where the database cannot answer.
pub async fn institution_list<N: Nested>(
    conn: &Conn,
    viewer: &Viewer,
    filter: &InstitutionFilter,
    ask: &PageAsk,
) -> Result<Page<(InstitutionRow, N)>> {
    let page = PageRequest::of_found(
        INSTITUTION_SORTING,
        filter.needle.as_ref().map(|_| relevance!("institutions.id")),
        ask,
    )?;
    let filtered = || {
        let mut query = institutions::table.filter(institutions::withdrawn_at.is_null()).into_boxed::<Pg>();
        if filter.needle.is_some() {
            query = query.filter(Condition::new(is_found!("institutions.id")));
        }
        if !filter.sectors.is_empty() {
            query = query.filter(institutions::sector.eq_any(words(&filter.sectors)));
        }
        if !filter.countries.is_empty() {
            query = query.filter(institutions::country.eq_any(filter.countries.clone()).assume_not_null());
        }
        if let Some(is_class) = filter.is_class {
            query = query.filter(institutions::is_class.eq(is_class));
        }
        if let Some(since) = filter.updated_since {
            query = query.filter(institutions::updated_at.ge(since));
        }
        query
    };
    let rows = filtered().filter(page.place()).order(page.order()).limit(page.fetch()).select((
        InstitutionRow::as_select(),
        nested::<N>(&viewer.sight()),
        page.keys(),
    ));
    let count = filtered().count();
    let (rows, count) = (finding(filter.needle.as_ref(), rows), finding(filter.needle.as_ref(), count));
    page.run(rows.load(&mut &*conn), count.get_result(&mut &*conn), |row: &InstitutionRow| row.id).await
}

/// One institution, by id or slug.
///
/// # Errors
/// Where the database cannot answer.
pub async fn institution_find<N: Nested>(
    conn: &Conn,
    viewer: &Viewer,
    name: &Ref,
) -> Result<Option<(InstitutionRow, N)>> {
    let mut query = institutions::table.into_boxed::<Pg>();
    query = match name {
        Ref::Id(id) => query.filter(institutions::id.eq(*id)),
        Ref::Name(slug) => query.filter(institutions::slug.eq(slug.to_lowercase())),
    };
    let found = query
        .select((InstitutionRow::as_select(), nested::<N>(&viewer.sight())))
        .first::<(_, Json<N>)>(&mut &*conn)
        .await
        .optional()?;
    Ok(found.map(|(row, nested)| (row, nested.0)))
}

crate::db::versioned::versioned_writes!(
    members,
    MemberRow,
    MemberState,
    "member",
    member_insert_in_txn,
    member_update_in_txn
);
crate::db::versioned::versioned_writes!(
    institutions,
    InstitutionRow,
    InstitutionState,
    "institution",
    institution_insert_in_txn,
    institution_update_in_txn
);
crate::db::versioned::versioned_rows!(members, MemberRow, "member", member_lock_in_txn, member_delete_in_txn);
crate::db::versioned::versioned_withdrawal!(members, MemberRow, "member", member_withdraw_in_txn);
crate::db::versioned::versioned_rows!(
    institutions,
    InstitutionRow,
    "institution",
    institution_lock_in_txn,
    institution_delete_in_txn
);
crate::db::versioned::versioned_withdrawal!(
    institutions,
    InstitutionRow,
    "institution",
    institution_withdraw_in_txn
);

/// The states of the members with these codes.
///
/// # Errors
/// Where the database cannot answer.
pub async fn member_states(conn: &Conn, codes: &[&str]) -> Result<Vec<(Uuid, MemberState)>> {
    let query =
        members::table.filter(members::code.eq_any(codes)).select((members::id, MemberState::as_select()));
    Ok(query.load(&mut &*conn).await?)
}

/// The codes of members linked to one of these national members, with its id.
///
/// # Errors
/// Where the database cannot answer.
pub async fn member_codes_below(conn: &Conn, national: &[Uuid]) -> Result<Vec<(Option<Uuid>, String)>> {
    let query = members::table
        .filter(members::national_member_id.eq_any(national))
        .select((members::national_member_id, members::code));
    Ok(query.load(&mut &*conn).await?)
}

/// The states of the institutions with these slugs.
///
/// # Errors
/// Where the database cannot answer.
pub async fn institution_states(conn: &Conn, slugs: &[&str]) -> Result<Vec<(Uuid, InstitutionState)>> {
    let query = institutions::table
        .filter(institutions::slug.eq_any(slugs))
        .select((institutions::id, InstitutionState::as_select()));
    Ok(query.load(&mut &*conn).await?)
}

/// A member by id or code, and of which kind it is; withdrawn ones are nobody's any more.
///
/// # Errors
/// Where the database cannot answer.
pub async fn member_hold_in_txn(conn: &Conn, name: &Ref) -> Result<Option<(Uuid, MemberKind)>> {
    let [Some(id)] = member_ids(conn, std::slice::from_ref(name)).await?[..] else { return Ok(None) };
    let held = members::table.find(id).filter(members::withdrawn_at.is_null()).for_share();
    let found =
        held.select((members::id, members::kind)).first::<(Uuid, Word<MemberKind>)>(&mut &*conn).await;
    Ok(found.optional()?.map(|(id, kind)| (id, kind.0)))
}

/// Whether local members are linked to a national one.
///
/// # Errors
/// Where the database cannot answer.
pub async fn member_has_locals(conn: &Conn, id: Uuid) -> Result<bool> {
    let below =
        members::table.filter(members::national_member_id.eq(id).and(members::withdrawn_at.is_null()));
    Ok(diesel::select(exists(below.select(members::id))).get_result(&mut &*conn).await?)
}

/// Whether anything belongs to a member: local members, or plans that are not withdrawn.
///
/// # Errors
/// Where the database cannot answer.
pub async fn member_in_use(conn: &Conn, id: Uuid) -> Result<bool> {
    let plans = action_plans::table
        .filter(action_plans::member_id.eq(id).and(action_plans::withdrawn_at.is_null()))
        .select(action_plans::id);
    let has_plans: bool = diesel::select(exists(plans)).get_result(&mut &*conn).await?;
    Ok(has_plans || member_has_locals(conn, id).await?)
}

/// Whether an institution has a part in a commitment that is not withdrawn.
///
/// # Errors
/// Where the database cannot answer.
pub async fn institution_in_use(conn: &Conn, id: Uuid) -> Result<bool> {
    let parts = commitment_institutions::table
        .inner_join(commitments::table)
        .filter(commitment_institutions::institution_id.eq(id).and(commitments::withdrawn_at.is_null()))
        .select(commitment_institutions::commitment_id);
    Ok(diesel::select(exists(parts)).get_result(&mut &*conn).await?)
}
