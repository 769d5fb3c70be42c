//! Rows and queries of commitments, their participants and links.

mod find;
mod rows;

use super::model::{Disposition, InstitutionRole, OgpValue};
use crate::accounts::model::{Editable, Permit, Viewer};
use crate::db::as_of::as_of;
use crate::db::page::{PageRequest, SortKey, Sorting};
use crate::db::schema::{action_plans, commitment_institutions, commitment_links, commitments, policy_areas};
use crate::db::search::{Needle, finding, is_found, relevance};
use crate::db::sql::{Condition, Nested, all, is_any_of, is_between, is_since, nested_with, seen_by};
use crate::db::types::words;
use crate::db::{Conn, Word};
use crate::kernel::page::{Page, PageAsk};
use crate::kernel::{Between, Ref, Result, Sight};
use crate::members::model::Sector;
use crate::members::store::Whose;
use crate::plans::model::{PlanStatus, Standing};
use crate::plans::store::{standing, visible_plan};
use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

pub use find::{CommitmentsNow, commitment_find, commitment_ids};
pub use rows::{
    CommitmentRow, CommitmentState, CommitmentWhole, LinkRow, LinkSeen, LinkState, Participant,
    ParticipantRow, Participation, PolicyAreaName, PolicyAreaRow,
};

macro_rules! participants {
    ($role:literal) => {
        concat!(
            "SELECT coalesce(json_agg(json_build_object('id', i.id, 'slug', i.slug, 'name', i.name, ",
            "'sector', i.sector, 'is_class', i.is_class, 'partner_group', p.partner_group) ORDER BY p.position), '[]') ",
            "FROM commitment_institutions p JOIN institutions i ON i.id = p.institution_id ",
            "WHERE p.commitment_id = commitments.id AND p.role = '",
            $role,
            "'"
        )
    };
}
/// What the list of commitments can be sorted by.
const COMMITMENT_SORTING: Sorting = Sorting {
    keys: &[
        // Drafts have no code yet and come last.
        SortKey { name: "code", sql: "coalesce(commitments.code, '~' || commitments.key)", sql_type: "text" },
        SortKey { name: "starts", sql: "coalesce(commitments.starts_on, 'infinity')", sql_type: "date" },
        SortKey { name: "ends", sql: "coalesce(commitments.ends_on, 'infinity')", sql_type: "date" },
        SortKey { name: "updated_at", sql: "commitments.updated_at", sql_type: "timestamptz" },
    ],
    default: "code",
    id: "commitments.id",
};

/// Subquery of `commitments`: its plan with its member, as `PlanWithMember`.
pub const PLAN_OF_COMMITMENT: &str = "SELECT json_build_object('id', p.id, 'slug', p.slug, 'title', p.title, \
    'member', json_build_object('id', m.id, 'code', m.code, 'kind', m.kind, 'name', m.name)) \
    FROM action_plans p JOIN members m ON m.id = p.member_id WHERE p.id = commitments.plan_id";
/// Subquery of `commitments`: what decides who sees it, as `Standing`.
pub const STANDING_OF_COMMITMENT: &str =
    concat!("SELECT ", standing!("p"), " FROM action_plans p WHERE p.id = commitments.plan_id");
/// Which commitments a viewer sees.
const VISIBLE: &str = concat!(
    "commitments.withdrawn_at IS NULL AND commitments.plan_id IN (SELECT p.id FROM action_plans p WHERE ",
    visible_plan!("p"),
    ")"
);
/// The same, looked up for each commitment: for the few that other conditions leave.
const VISIBLE_EACH: &str = concat!(
    "commitments.withdrawn_at IS NULL AND EXISTS (SELECT FROM action_plans p WHERE p.id = commitments.plan_id AND ",
    visible_plan!("p"),
    " OFFSET 0)"
);
/// Subquery of `commitments`: who leads, in order, as a list of [`Participant`].
pub const LEADS_OF_COMMITMENT: &str = participants!("lead");
/// Subquery of `commitments`: who supports, in order, as a list of [`Participant`].
pub const SUPPORTERS_OF_COMMITMENT: &str = participants!("support");
/// Subquery of `commitments`: its policy areas, in order, as a list of [`PolicyAreaName`].
pub const POLICY_AREAS_OF_COMMITMENT: &str = "SELECT coalesce(json_agg(json_build_object('code', a.code, \
    'name', coalesce(p.name, '{}')) ORDER BY a.position), '[]') \
    FROM unnest(commitments.policy_areas) WITH ORDINALITY AS a(code, position) \
    LEFT JOIN policy_areas p ON p.code = a.code";
/// Subquery of `commitments`: its links, seen from it, as a list of [`LinkSeen`].
pub const LINKS_OF_COMMITMENT: &str = concat!(
    "SELECT coalesce(json_agg(json_build_object('id', l.id, 'version', l.version, 'kind', l.kind, \
    'outgoing', l.from_id = commitments.id, 'notes', l.notes, 'sources', l.sources, \
    'commitment', json_build_object('id', c.id, 'code', c.code, 'title', c.title)) \
    ORDER BY l.kind, l.from_id <> commitments.id, c.code, c.id), '[]') \
    FROM commitment_links l JOIN commitments c \
    ON c.id = CASE WHEN l.from_id = commitments.id THEN l.to_id ELSE l.from_id END \
    JOIN action_plans p ON p.id = c.plan_id \
    WHERE commitments.id IN (l.from_id, l.to_id) AND l.withdrawn_at IS NULL AND c.withdrawn_at IS NULL AND ",
    visible_plan!("p")
);
/// Subquery of `commitments`: its own id and those of the links that start at it, withdrawn ones among them.
pub const RESOURCES_OF_COMMITMENT: &str = "SELECT json_agg(r.id) FROM (SELECT commitments.id \
    UNION ALL SELECT l.id FROM commitment_links l WHERE l.from_id = commitments.id) r";
/// Subquery of `action_plans`: its commitments, as a list of `CommitmentName`.
pub const COMMITMENTS_OF_PLAN: &str = "SELECT coalesce(json_agg(json_build_object('id', c.id, 'code', c.code, \
    'title', c.title) ORDER BY coalesce(c.code, '~' || c.key), c.id), '[]') \
    FROM commitments c WHERE c.plan_id = action_plans.id AND c.withdrawn_at IS NULL";
/// Subquery of `action_plans`: how many commitments are known.
pub const COMMITMENT_COUNT_OF_PLAN: &str =
    "SELECT count(*) FROM commitments c WHERE c.plan_id = action_plans.id AND c.withdrawn_at IS NULL";
/// Subquery of `institutions`: the commitments it has a part in, as a list of [`Participation`].
pub const PARTICIPATIONS_OF_INSTITUTION: &str = concat!(
    "SELECT coalesce(json_agg(json_build_object('role', i.role, \
    'commitment', json_build_object('id', c.id, 'code', c.code, 'title', c.title)) \
    ORDER BY i.role, coalesce(c.code, '~' || c.key), c.id), '[]') \
    FROM commitment_institutions i JOIN commitments c ON c.id = i.commitment_id \
    JOIN action_plans p ON p.id = c.plan_id WHERE i.institution_id = institutions.id \
    AND c.withdrawn_at IS NULL AND ",
    visible_plan!("p")
);

/// Which commitments to list; each list narrows where it is not empty.
#[derive(Debug, Clone, Default)]
pub struct CommitmentFilter {
    /// Found by these words.
    pub needle: Option<Needle>,
    /// In any of these plans.
    pub plans: Vec<Uuid>,
    /// Whose.
    pub whose: Whose,
    /// In plans of any of these cycles.
    pub cycle_years: Vec<i16>,
    /// With any of these policy areas.
    pub policy_areas: Vec<String>,
    /// Serving any of these values.
    pub ogp_values: Vec<OgpValue>,
    /// Standing, withdrawn, or carried over.
    pub dispositions: Vec<Disposition>,
    /// In which somebody has such a part.
    pub part: Part,
    /// Starting then.
    pub starts: Between,
    /// Ending then.
    pub ends: Between,
    /// Changed, or public, since this instant.
    pub updated_since: Option<DateTime<Utc>>,
    /// Of which all this holds too, which other rooms know about.
    pub besides: Vec<Condition>,
}

/// A part that institutions have in commitments; each list narrows where it is not empty, and all hold of the same
/// part.
#[derive(Debug, Clone, Default)]
pub struct Part {
    /// Of any of these institutions.
    pub institutions: Vec<Uuid>,
    /// In any of these roles.
    pub roles: Vec<InstitutionRole>,
    /// Of institutions of any of these sectors.
    pub sectors: Vec<Sector>,
}

impl Part {
    /// That somebody has it in a commitment; none where any will do.
    fn is_there(&self) -> Option<Condition> {
        let narrowed = [
            is_any_of("k.institution_id", &self.institutions, "uuid"),
            is_any_of("k.role", &words(&self.roles), "text"),
            is_any_of("i.sector", &words(&self.sectors), "text"),
        ];
        if narrowed.iter().all(Option::is_none) {
            return None;
        }
        let mut sql = Condition::new(
            "EXISTS (SELECT FROM commitment_institutions k JOIN institutions i ON i.id = k.institution_id \
             WHERE k.commitment_id = commitments.id AND ",
        );
        sql.append(all(narrowed.into_iter().flatten()));
        sql.push(")");
        Some(sql)
    }
}

/// When what a reader sees of a commitment's own row changed last: it may have been written long before its plan was
/// published.
const UPDATED_AT: &str = "greatest(commitments.updated_at, \
    (SELECT p.public_since FROM action_plans p WHERE p.id = commitments.plan_id))";

/// The commitments that a viewer sees and a filter leaves. Where it has a needle, the query must be run by
/// `db::search::finding`.
pub(crate) fn commitments_left<'a>(
    sight: &Sight,
    filter: &CommitmentFilter,
) -> commitments::BoxedQuery<'a, Pg> {
    let visible = if filter.plans.is_empty() { VISIBLE } else { VISIBLE_EACH };
    let mut query = commitments::table.filter(seen_by(visible, sight)).into_boxed::<Pg>();
    if filter.needle.is_some() {
        query = query.filter(Condition::new(is_found!("commitments.id")));
    }
    if !filter.plans.is_empty() {
        query = query.filter(commitments::plan_id.eq_any(filter.plans.clone()));
    }
    let plans = [filter.whose.is_in("p.member_id"), is_any_of("p.cycle_year", &filter.cycle_years, "int2")];
    if plans.iter().any(Option::is_some) {
        let mut of_plans = Condition::new("commitments.plan_id IN (SELECT p.id FROM action_plans p WHERE ");
        of_plans.append(all(plans.into_iter().flatten()));
        of_plans.push(")");
        query = query.filter(of_plans);
    }
    if !filter.policy_areas.is_empty() {
        query = query.filter(commitments::policy_areas.overlaps_with(filter.policy_areas.clone()));
    }
    if !filter.ogp_values.is_empty() {
        query = query.filter(commitments::ogp_values.overlaps_with(words(&filter.ogp_values)));
    }
    if !filter.dispositions.is_empty() {
        query = query.filter(commitments::disposition.eq_any(words(&filter.dispositions)));
    }
    if let Some(somebody) = filter.part.is_there() {
        query = query.filter(somebody);
    }
    for (day, between) in [("commitments.starts_on", filter.starts), ("commitments.ends_on", filter.ends)] {
        if between.narrows() {
            query = query.filter(is_between(day, between, sight));
        }
    }
    if let Some(since) = filter.updated_since {
        query = query.filter(is_since(UPDATED_AT, since));
    }
    for condition in &filter.besides {
        query = query.filter(condition.clone());
    }
    query
}

/// A page of commitments, each with those of the parts that `N` has on demand that are asked for.
///
/// # Errors
/// Where the database cannot answer.
pub async fn commitment_list<N: Nested>(
    conn: &Conn,
    viewer: &Viewer,
    filter: &CommitmentFilter,
    included: &[String],
    ask: &PageAsk,
) -> Result<Page<(CommitmentRow, N)>> {
    let page = PageRequest::of_found(
        COMMITMENT_SORTING,
        filter.needle.as_ref().map(|_| relevance!("commitments.id")),
        ask,
    )?;
    let sight = viewer.sight();
    let filtered = || commitments_left(&sight, filter);
    let rows = filtered().filter(page.place()).order(page.order()).limit(page.fetch()).select((
        CommitmentRow::as_select(),
        nested_with::<N>(included, &sight),
        page.keys(),
    ));
    let count = filtered().count();
    let rows = as_of(&sight, rows).below(&filter.plans);
    let count = as_of(&sight, count);
    let (rows, count) = (finding(filter.needle.as_ref(), rows), finding(filter.needle.as_ref(), count));
    page.run(rows.load(&mut &*conn), count.get_result(&mut &*conn), |row: &CommitmentRow| row.id).await
}

/// All policy areas, by code.
///
/// # Errors
/// Where the database cannot answer.
pub async fn policy_area_list(conn: &Conn) -> Result<Vec<PolicyAreaRow>> {
    let query = policy_areas::table.order(policy_areas::code).select(PolicyAreaRow::as_select());
    Ok(query.load(&mut &*conn).await?)
}

/// Stores a policy area, or gives a known one its new name.
///
/// # Errors
/// Where the database refuses it.
pub async fn policy_area_put_in_txn(conn: &mut Conn, area: &PolicyAreaRow) -> Result<()> {
    diesel::insert_into(policy_areas::table)
        .values(area)
        .on_conflict(policy_areas::code)
        .do_update()
        .set(area)
        .execute(conn)
        .await?;
    Ok(())
}

crate::db::versioned::versioned_writes!(
    commitments,
    CommitmentRow,
    CommitmentState,
    "commitment's own state",
    commitment_state_insert_in_txn,
    commitment_state_update_in_txn
);
crate::db::versioned::versioned_writes!(
    commitment_links,
    LinkRow,
    LinkState,
    "link",
    link_insert_in_txn,
    link_update_in_txn
);
crate::db::versioned::versioned_rows!(
    commitments,
    CommitmentRow,
    "commitment",
    commitment_lock_in_txn,
    commitment_delete_in_txn
);
crate::db::versioned::versioned_withdrawal!(
    commitments,
    CommitmentRow,
    "commitment",
    commitment_withdraw_in_txn
);
crate::db::versioned::versioned_rows!(
    commitment_links,
    LinkRow,
    "link",
    link_lock_in_txn,
    link_delete_in_txn
);
crate::db::versioned::versioned_withdrawal!(commitment_links, LinkRow, "link", link_withdraw_in_txn);

/// The states of all commitments in these plans.
///
/// # Errors
/// Where the database cannot answer.
pub async fn commitment_states(conn: &Conn, plans: &[Uuid]) -> Result<Vec<(Uuid, CommitmentState)>> {
    let query = commitments::table
        .filter(commitments::plan_id.eq_any(plans))
        .select((commitments::id, CommitmentState::as_select()));
    Ok(query.load(&mut &*conn).await?)
}

/// What names a commitment: by OGP, and inside its plan for imports.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = commitments, check_for_backend(Pg))]
pub struct CommitmentKeyRow {
    /// Id.
    pub id: Uuid,
    /// Which plan.
    pub plan_id: Uuid,
    /// Its name inside the plan.
    pub key: String,
    /// OGP's code.
    pub code: Option<String>,
}

/// What names each of all commitments.
///
/// # Errors
/// Where the database cannot answer.
pub async fn commitment_names(conn: &Conn) -> Result<Vec<CommitmentKeyRow>> {
    Ok(commitments::table.select(CommitmentKeyRow::as_select()).load(&mut &*conn).await?)
}

/// Who takes part in these commitments, by commitment, role and place.
///
/// # Errors
/// Where the database cannot answer.
pub async fn participant_rows(conn: &Conn, commitments: &[Uuid]) -> Result<Vec<ParticipantRow>> {
    let query = commitment_institutions::table
        .filter(commitment_institutions::commitment_id.eq_any(commitments))
        .order((
            commitment_institutions::commitment_id,
            commitment_institutions::role,
            commitment_institutions::position,
        ))
        .select(ParticipantRow::as_select());
    Ok(query.load(&mut &*conn).await?)
}

/// Stores a new commitment with all that is part of it.
///
/// # Errors
/// Where the database refuses it; broken constraints are told as conflicts.
pub async fn commitment_insert_in_txn(
    conn: &mut Conn,
    permit: &Permit,
    id: Uuid,
    commitment: &CommitmentWhole,
    now: DateTime<Utc>,
) -> Result<()> {
    commitment_state_insert_in_txn(conn, permit, id, &commitment.state, now).await?;
    participants_replace_in_txn(conn, id, &commitment.participants).await
}

/// Replaces what a commitment says, with all that is part of it; returns the new version.
///
/// # Errors
/// Where the database refuses it; broken constraints are told as conflicts.
pub async fn commitment_update_in_txn(
    conn: &mut Conn,
    row: &Editable<CommitmentRow>,
    commitment: &CommitmentWhole,
    now: DateTime<Utc>,
) -> Result<i64> {
    let version = commitment_state_update_in_txn(conn, row, &commitment.state, now).await?;
    participants_replace_in_txn(conn, row.id(), &commitment.participants).await?;
    Ok(version)
}

async fn participants_replace_in_txn(
    conn: &mut Conn,
    commitment: Uuid,
    participants: &[ParticipantRow],
) -> Result<()> {
    let old = commitment_institutions::table.filter(commitment_institutions::commitment_id.eq(commitment));
    diesel::delete(old).execute(conn).await?;
    diesel::insert_into(commitment_institutions::table).values(participants).execute(conn).await?;
    Ok(())
}

/// A commitment with all that is part of it, as its locked row has it.
///
/// # Errors
/// Where the database cannot answer.
pub async fn commitment_whole(conn: &Conn, row: &CommitmentRow) -> Result<CommitmentWhole> {
    let participants = participant_rows(conn, &[row.id]).await?;
    Ok(CommitmentWhole { state: row.state.clone(), participants })
}

/// The links that start at these commitments.
///
/// # Errors
/// Where the database cannot answer.
pub async fn link_states(conn: &Conn, from: &[Uuid]) -> Result<Vec<(Uuid, LinkState)>> {
    let query = commitment_links::table
        .filter(commitment_links::from_id.eq_any(from).and(commitment_links::withdrawn_at.is_null()))
        .select((commitment_links::id, LinkState::as_select()));
    Ok(query.load(&mut &*conn).await?)
}

/// The id of a commitment by id or code, whoever asks.
///
/// # Errors
/// Where the database cannot answer.
pub async fn commitment_id(conn: &Conn, name: &Ref) -> Result<Option<Uuid>> {
    let code = match name {
        Ref::Id(id) => return Ok(Some(*id)),
        Ref::Name(code) => code.to_uppercase(),
    };
    let query = commitments::table.filter(commitments::code.eq(code)).select(commitments::id);
    Ok(query.first(&mut &*conn).await.optional()?)
}

/// The commitments of a plan that are not withdrawn, locked as [`commitment_lock_in_txn`] does.
///
/// # Errors
/// Where the database cannot answer.
pub async fn commitments_lock_in_txn(conn: &mut Conn, plan: Uuid) -> Result<Vec<CommitmentRow>> {
    let query = commitments::table
        .filter(commitments::plan_id.eq(plan).and(commitments::withdrawn_at.is_null()))
        .order(commitments::id)
        .select(CommitmentRow::as_select())
        .for_no_key_update();
    Ok(query.load(conn).await?)
}

/// The links that start or end at these commitments and are not withdrawn, locked.
///
/// # Errors
/// Where the database cannot answer.
pub async fn links_lock_in_txn(conn: &mut Conn, ends: &[Uuid]) -> Result<Vec<LinkRow>> {
    let query = commitment_links::table
        .filter(commitment_links::from_id.eq_any(ends).or(commitment_links::to_id.eq_any(ends)))
        .filter(commitment_links::withdrawn_at.is_null())
        .order(commitment_links::id)
        .select(LinkRow::as_select())
        .for_no_key_update();
    Ok(query.load(conn).await?)
}

/// Whether any commitment is left in a plan, withdrawn or not.
///
/// # Errors
/// Where the database cannot answer.
pub async fn plan_has_commitments(conn: &Conn, plan: Uuid) -> Result<bool> {
    let below = commitments::table.filter(commitments::plan_id.eq(plan)).select(commitments::id);
    Ok(diesel::select(diesel::dsl::exists(below)).get_result(&mut &*conn).await?)
}

/// The id of a plan's commitment by its key for imports.
///
/// # Errors
/// Where the database cannot answer.
pub async fn commitment_by_key(conn: &Conn, plan: Uuid, key: &str) -> Result<Option<Uuid>> {
    let query = commitments::table
        .filter(commitments::plan_id.eq(plan).and(commitments::key.eq(key)))
        .select(commitments::id);
    Ok(query.first(&mut &*conn).await.optional()?)
}

/// What decides who sees a commitment and what is below it, and whether it is withdrawn itself. Read
/// after the row below it is locked: who publishes the plan waits for that lock.
///
/// # Errors
/// Where the database cannot answer.
pub async fn commitment_standing(conn: &Conn, id: Uuid) -> Result<Option<(Standing, bool)>> {
    let query = commitments::table.find(id).inner_join(action_plans::table).select((
        action_plans::id,
        action_plans::member_id,
        action_plans::status,
        action_plans::public_since.is_not_null(),
        commitments::withdrawn_at.is_not_null(),
    ));
    let found = query.first::<(Uuid, Uuid, Word<PlanStatus>, bool, bool)>(&mut &*conn).await.optional()?;
    Ok(found.map(|(plan_id, member_id, status, was_public, withdrawn)| {
        (Standing { plan_id, member_id, status: status.0, was_public }, withdrawn)
    }))
}

/// Those of these commitments that are or were public.
///
/// # Errors
/// Where the database cannot answer.
pub async fn public_commitments(conn: &Conn, ids: &[Uuid]) -> Result<Vec<Uuid>> {
    let query = commitments::table
        .inner_join(action_plans::table)
        .filter(commitments::id.eq_any(ids).and(action_plans::public_since.is_not_null()))
        .select(commitments::id);
    Ok(query.load(&mut &*conn).await?)
}

/// The commitments that a link leads from and to.
///
/// # Errors
/// Where the database cannot answer.
pub async fn link_ends(conn: &Conn, id: Uuid) -> Result<Option<(Uuid, Uuid)>> {
    let query = commitment_links::table.find(id).select((commitment_links::from_id, commitment_links::to_id));
    Ok(query.first(&mut &*conn).await.optional()?)
}
