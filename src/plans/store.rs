//! Rows and queries of action plans.

mod rows;

use super::model::{PlanStatus, Standing};
use crate::accounts::model::{Editable, Permit, Viewer};
use crate::db::as_of::as_of;
use crate::db::page::{PageRequest, SortKey, Sorting};
use crate::db::schema::{action_plan_events, action_plan_reports, action_plans};
use crate::db::search::{Needle, finding, is_found, relevance};
use crate::db::sql::{Condition, Fragment, Nested, is_between, nested, nested_with, seen_by};
use crate::db::types::words;
use crate::db::{Conn, Json, Word};
use crate::kernel::page::{Page, PageAsk};
use crate::kernel::{Between, Ref, Result};
use crate::members::store::Whose;
use chrono::{DateTime, NaiveDate, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

pub use rows::{PlanEventRow, PlanReportRow, PlanRow, PlanState, PlanWhole};

/// What the list of plans can be sorted by.
const PLAN_SORTING: Sorting = Sorting {
    keys: &[
        SortKey { name: "slug", sql: "action_plans.slug", sql_type: "text" },
        SortKey { name: "starts", sql: "coalesce(action_plans.starts_on, 'infinity')", sql_type: "date" },
        SortKey { name: "ends", sql: "coalesce(action_plans.ends_on, 'infinity')", sql_type: "date" },
        SortKey { name: "cycle_year", sql: "coalesce(action_plans.cycle_year, 0)", sql_type: "int" },
        SortKey { name: "updated_at", sql: "action_plans.updated_at", sql_type: "timestamptz" },
    ],
    default: "slug",
    id: "action_plans.id",
};

/// Which plans a viewer sees, by the alias under which a query has them.
macro_rules! visible_plan {
    ($alias:literal) => {
        concat!(
            "(",
            $alias,
            ".status IN ('published', 'closed') OR ",
            $alias,
            ".status <> 'withdrawn' AND ",
            "(:viewer = '*' OR strpos(:viewer, ",
            $alias,
            ".member_id::text) > 0))"
        )
    };
}
pub(crate) use visible_plan;

/// What decides who sees a plan, as `Standing`, by the alias under which a query has it.
macro_rules! standing {
    ($alias:literal) => {
        concat!(
            "json_build_object('plan_id', ",
            $alias,
            ".id, 'member_id', ",
            $alias,
            ".member_id, 'status', ",
            $alias,
            ".status, 'was_public', ",
            $alias,
            ".public_since IS NOT NULL)"
        )
    };
}
pub(crate) use standing;

/// Subquery of `action_plans`: what decides who sees it, as `Standing`.
pub const STANDING_OF_PLAN: &str = concat!("SELECT ", standing!("action_plans"));
/// Subquery of `action_plans`: its member, as `MemberName`.
pub const MEMBER_OF_PLAN: &str = "SELECT json_build_object('id', m.id, 'code', m.code, 'kind', m.kind, \
    'name', m.name) FROM members m WHERE m.id = action_plans.member_id";
/// Subquery of `action_plans`: the steps of its making, in order, as a list of [`PlanEventRow`].
pub const EVENTS_OF_PLAN: &str = "SELECT coalesce(json_agg(e ORDER BY e.position), '[]') \
    FROM action_plan_events e WHERE e.plan_id = action_plans.id";
/// Subquery of `action_plans`: the reports about it, in order, as a list of [`PlanReportRow`].
pub const REPORTS_OF_PLAN: &str = "SELECT coalesce(json_agg(r ORDER BY r.position), '[]') \
    FROM action_plan_reports r WHERE r.plan_id = action_plans.id";
/// Subquery of `members`: its plans, oldest first, as a list of `PlanName`.
pub const PLANS_OF_MEMBER: &str = concat!(
    "SELECT coalesce(json_agg(json_build_object('id', p.id, 'slug', p.slug, \
    'title', p.title) ORDER BY p.starts_on NULLS LAST, p.slug), '[]') FROM action_plans p WHERE p.member_id = members.id AND ",
    visible_plan!("p")
);

/// Which plans to list.
#[derive(Debug, Clone, Default)]
pub struct PlanFilter {
    /// Found by these words.
    pub needle: Option<Needle>,
    /// Whose.
    pub whose: Whose,
    /// Standing anywhere there in their life; anywhere where empty.
    pub statuses: Vec<PlanStatus>,
    /// Of any of these cycles; of all where empty.
    pub cycle_years: Vec<i16>,
    /// Whose period has this day in it. A plan with a start but no known end counts as running on;
    /// one without a start never matches.
    pub active_on: Option<NaiveDate>,
    /// Starting then.
    pub starts: Between,
    /// Ending then.
    pub ends: Between,
    /// Changed at this instant or later.
    pub updated_since: Option<DateTime<Utc>>,
}

/// That a column, which has the id of a commitment, has that of one whose plan `p` is such.
pub fn is_below(column: &'static str, plan: Condition) -> Condition {
    let mut sql = Condition::new(column);
    sql.push(" IN (SELECT c.id FROM commitments c JOIN action_plans p ON p.id = c.plan_id WHERE ");
    sql.append(plan);
    sql.push(")");
    sql
}

/// A page of plans, each with those of the parts that `N` has on demand that are asked for.
///
/// # Errors
/// Where the database cannot answer.
pub async fn plan_list<N: Nested>(
    conn: &Conn,
    viewer: &Viewer,
    filter: &PlanFilter,
    included: &[String],
    ask: &PageAsk,
) -> Result<Page<(PlanRow, N)>> {
    let page = PageRequest::of_found(
        PLAN_SORTING,
        filter.needle.as_ref().map(|_| relevance!("action_plans.id")),
        ask,
    )?;
    let sight = viewer.sight();
    let filtered = || {
        let visible = seen_by(visible_plan!("action_plans"), &sight);
        let mut query = action_plans::table.filter(visible).into_boxed::<Pg>();
        if filter.needle.is_some() {
            query = query.filter(Condition::new(is_found!("action_plans.id")));
        }
        if let Some(theirs) = filter.whose.is_in("action_plans.member_id") {
            query = query.filter(theirs);
        }
        if !filter.statuses.is_empty() {
            query = query.filter(action_plans::status.eq_any(words(&filter.statuses)));
        }
        if !filter.cycle_years.is_empty() {
            query =
                query.filter(action_plans::cycle_year.eq_any(filter.cycle_years.clone()).assume_not_null());
        }
        for (day, between) in
            [("action_plans.starts_on", filter.starts), ("action_plans.ends_on", filter.ends)]
        {
            if between.narrows() {
                query = query.filter(is_between(day, between, &sight));
            }
        }
        if let Some(since) = filter.updated_since {
            query = query.filter(action_plans::updated_at.ge(since));
        }
        if let Some(day) = filter.active_on {
            query =
                query.filter(action_plans::starts_on.le(day).and(
                    action_plans::ends_on.ge(day).or(action_plans::ends_on.is_null()).assume_not_null(),
                ));
        }
        query
    };
    let rows = filtered().filter(page.place()).order(page.order()).limit(page.fetch()).select((
        PlanRow::as_select(),
        nested_with::<N>(included, &sight),
        page.keys(),
    ));
    let count = filtered().count();
    let (rows, count) = (as_of(&sight, rows), as_of(&sight, count));
    let (rows, count) = (finding(filter.needle.as_ref(), rows), finding(filter.needle.as_ref(), count));
    page.run(rows.load(&mut &*conn), count.get_result(&mut &*conn), |row: &PlanRow| row.id).await
}

/// One plan, by id or slug.
///
/// # Errors
/// Where the database cannot answer.
pub async fn plan_find<N: Nested>(conn: &Conn, viewer: &Viewer, name: &Ref) -> Result<Option<(PlanRow, N)>> {
    let sight = viewer.sight();
    let mut query = action_plans::table.into_boxed::<Pg>();
    let mut plans = Fragment::new("SELECT p.id FROM action_plans p WHERE ");
    query = match name {
        Ref::Id(id) => {
            plans.push("p.id = ");
            plans.bind(id.to_string());
            plans.push("::text::uuid");
            query.filter(action_plans::id.eq(*id))
        }
        Ref::Name(slug) => {
            plans.push("p.slug = ");
            plans.bind(slug.to_lowercase());
            query.filter(action_plans::slug.eq(slug.to_lowercase()))
        }
    };
    let query = query.select((PlanRow::as_select(), nested::<N>(&sight)));
    let found = as_of(&sight, query).below_those(plans).get_result::<(_, Json<N>)>(&mut &*conn).await;
    Ok(found.optional()?.map(|(row, nested)| (row, nested.0)))
}

/// The ids of plans by id or slug, in the order asked; `None` for those that a viewer does not see.
///
/// # Errors
/// Where the database cannot answer.
pub async fn plan_ids(conn: &Conn, viewer: &Viewer, names: &[Ref]) -> Result<Vec<Option<Uuid>>> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<_> = names.iter().filter_map(Ref::id).collect();
    let slugs: Vec<_> = names.iter().filter_map(Ref::slug).collect();
    let sight = viewer.sight();
    let query = action_plans::table
        .filter(seen_by(visible_plan!("action_plans"), &sight))
        .filter(action_plans::id.eq_any(ids).or(action_plans::slug.eq_any(slugs)))
        .select((action_plans::id, action_plans::slug));
    let found: Vec<(Uuid, String)> = as_of(&sight, query).load(&mut &*conn).await?;
    Ok(Ref::pick_all(names, &found, Ref::slug))
}

/// The ids of plans by id or slug, in the order asked; `None` for those that never were public. What was
/// withdrawn stays in the record.
///
/// # Errors
/// Where the database cannot answer.
pub async fn recorded_plan_ids(conn: &Conn, names: &[Ref]) -> Result<Vec<Option<Uuid>>> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<_> = names.iter().filter_map(Ref::id).collect();
    let slugs: Vec<_> = names.iter().filter_map(Ref::slug).collect();
    let query = action_plans::table
        .filter(action_plans::public_since.is_not_null())
        .filter(action_plans::id.eq_any(ids).or(action_plans::slug.eq_any(slugs)))
        .select((action_plans::id, action_plans::slug));
    let found: Vec<(Uuid, String)> = query.load(&mut &*conn).await?;
    Ok(Ref::pick_all(names, &found, Ref::slug))
}

crate::db::versioned::versioned_writes!(
    action_plans,
    PlanRow,
    PlanState,
    "plan's own state",
    plan_state_insert_in_txn,
    plan_state_update_in_txn
);
crate::db::versioned::versioned_rows!(action_plans, PlanRow, "plan", plan_lock_in_txn, plan_delete_in_txn);

/// The states of all plans.
///
/// # Errors
/// Where the database cannot answer.
pub async fn plan_states(conn: &Conn) -> Result<Vec<(Uuid, PlanState)>> {
    let query = action_plans::table.select((action_plans::id, PlanState::as_select()));
    Ok(query.load(&mut &*conn).await?)
}

/// The events and reports of these plans, in order.
///
/// # Errors
/// Where the database cannot answer.
pub async fn plan_children(conn: &Conn, plans: &[Uuid]) -> Result<(Vec<PlanEventRow>, Vec<PlanReportRow>)> {
    let events = action_plan_events::table
        .filter(action_plan_events::plan_id.eq_any(plans))
        .order((action_plan_events::plan_id, action_plan_events::position))
        .select(PlanEventRow::as_select())
        .load(&mut &*conn)
        .await?;
    let reports = action_plan_reports::table
        .filter(action_plan_reports::plan_id.eq_any(plans))
        .order((action_plan_reports::plan_id, action_plan_reports::position))
        .select(PlanReportRow::as_select())
        .load(&mut &*conn)
        .await?;
    Ok((events, reports))
}

/// Stores a new plan with all that is part of it.
///
/// # Errors
/// Where the database refuses it; broken constraints are told as conflicts.
pub async fn plan_insert_in_txn(
    conn: &mut Conn,
    permit: &Permit,
    id: Uuid,
    plan: &PlanWhole,
    now: DateTime<Utc>,
) -> Result<()> {
    plan_state_insert_in_txn(conn, permit, id, &plan.state, now).await?;
    plan_parts_replace_in_txn(conn, id, plan).await
}

/// Replaces what a plan says, with all that is part of it; returns the new version.
///
/// # Errors
/// Where the database refuses it; broken constraints are told as conflicts.
pub async fn plan_update_in_txn(
    conn: &mut Conn,
    row: &Editable<PlanRow>,
    plan: &PlanWhole,
    now: DateTime<Utc>,
) -> Result<i64> {
    let version = plan_state_update_in_txn(conn, row, &plan.state, now).await?;
    plan_parts_replace_in_txn(conn, row.id(), plan).await?;
    Ok(version)
}

async fn plan_parts_replace_in_txn(conn: &mut Conn, id: Uuid, plan: &PlanWhole) -> Result<()> {
    let events = action_plan_events::table.filter(action_plan_events::plan_id.eq(id));
    diesel::delete(events).execute(conn).await?;
    let reports = action_plan_reports::table.filter(action_plan_reports::plan_id.eq(id));
    diesel::delete(reports).execute(conn).await?;
    diesel::insert_into(action_plan_events::table).values(&plan.events).execute(conn).await?;
    diesel::insert_into(action_plan_reports::table).values(&plan.reports).execute(conn).await?;
    Ok(())
}

/// A plan with all that is part of it, as its locked row has it.
///
/// # Errors
/// Where the database cannot answer.
pub async fn plan_whole(conn: &Conn, row: &PlanRow) -> Result<PlanWhole> {
    let (events, reports) = plan_children(conn, &[row.id]).await?;
    Ok(PlanWhole { state: row.state.clone(), events, reports })
}

/// The id of a plan by id or slug, whoever asks.
///
/// # Errors
/// Where the database cannot answer.
pub async fn plan_id(conn: &Conn, name: &Ref) -> Result<Option<Uuid>> {
    let slug = match name {
        Ref::Id(id) => return Ok(Some(*id)),
        Ref::Name(slug) => slug.to_lowercase(),
    };
    let query = action_plans::table.filter(action_plans::slug.eq(slug)).select(action_plans::id);
    Ok(query.first(&mut &*conn).await.optional()?)
}

/// What decides who sees a plan and what is below it. Read after the row below it is locked: who
/// publishes the plan waits for that lock.
///
/// # Errors
/// Where the database cannot answer.
pub async fn plan_standing(conn: &Conn, id: Uuid) -> Result<Option<Standing>> {
    let found = action_plans::table.find(id).select(standing_columns()).first(&mut &*conn).await;
    Ok(found.optional()?.map(|columns| standing_of(id, columns)))
}

/// The first day that a plan's start can mean, where it is known.
///
/// # Errors
/// Where the database cannot answer.
pub async fn plan_starts(conn: &Conn, id: Uuid) -> Result<Option<NaiveDate>> {
    let query = action_plans::table.find(id).select(action_plans::starts_on);
    Ok(query.first(&mut &*conn).await.optional()?.flatten())
}

/// The same for what begins a new thing below the plan, which has no row to lock yet: nobody takes
/// the plan through a step of its life until the transaction ends.
///
/// # Errors
/// Where the database cannot answer.
pub async fn plan_hold_in_txn(conn: &mut Conn, id: Uuid) -> Result<Option<Standing>> {
    let held = action_plans::table.find(id).select(standing_columns()).for_share().first(conn).await;
    Ok(held.optional()?.map(|columns| standing_of(id, columns)))
}

#[diesel::dsl::auto_type(no_type_alias)]
fn standing_columns() -> _ {
    (action_plans::member_id, action_plans::status, action_plans::public_since.is_not_null())
}

fn standing_of(id: Uuid, (member_id, status, was_public): (Uuid, Word<PlanStatus>, bool)) -> Standing {
    Standing { plan_id: id, member_id, status: status.0, was_public }
}

/// Takes a plan back; it stays readable as what it last said, if it was ever public. Returns the
/// new version.
///
/// # Errors
/// Where the database refuses it.
pub async fn plan_withdraw_in_txn(
    conn: &mut Conn,
    row: &Editable<PlanRow>,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<i64> {
    let update = diesel::update(action_plans::table.find(row.id()))
        .set((
            action_plans::status.eq(Word(PlanStatus::Withdrawn)),
            action_plans::withdrawn_at.eq(now),
            action_plans::withdrawn_reason.eq(reason),
            action_plans::version.eq(action_plans::version + 1),
            action_plans::updated_at.eq(now),
        ))
        .returning(action_plans::version);
    Ok(update.get_result(conn).await?)
}
