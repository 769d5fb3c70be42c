//! Rows and queries of milestones and published progress.

mod delivery;
mod rows;
pub(crate) mod updates;

use super::model::{DUE_SOON_DAYS, ProgressSaid, Schedule};
use crate::accounts::model::{Editable, Permit, Viewer};
use crate::commitments::model::Disposition;
use crate::db::as_of::{as_of, plans_of};
use crate::db::page::{PageRequest, SortKey, Sorting};
use crate::db::schema::{commitments, milestones, progress_report_milestones, progress_reports};
use crate::db::search::{Needle, finding, is_found, relevance};
use crate::db::sql::{Condition, Nested, is_between, is_since, nested, nested_with, seen_by};
use crate::db::types::words;
use crate::db::versioned::versioned_json;
use crate::db::{Conn, Json};
use crate::evidence::store::{evidence_about, evidence_besides, is_proved};
use crate::kernel::page::{Page, PageAsk};
use crate::kernel::{Between, Ref, Result, Sight};
use crate::members::store::Whose;
use crate::plans::store::{is_below, standing, visible_plan};
use chrono::{DateTime, NaiveDate, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

pub use delivery::{
    DELIVERY_OF_COMMITMENT, commitment_has_schedule, commitment_is, commitment_was_rescheduled,
};
pub use rows::{
    MilestonePercentRow, MilestoneRow, MilestoneSeen, MilestoneState, PercentSeen, ProgressReportSeen,
    ProgressReportState, ProgressReportWhole,
};
use updates::{DUE_ON_DAY, completed_on, is_completed, is_said, present_progress};
pub use updates::{
    HAS_EVIDENCE_OF_MILESTONE, MEMBER_OF_UPDATE, MILESTONE_OF_UPDATE, MILESTONE_OF_UPDATE_WITHDRAWN,
    PRESENT_UPDATE_OF_MILESTONE, REPORTED_OF_MILESTONE, REPORTED_OF_PLAN, STANDING_OF_UPDATE,
    SUPERSESSION_OF_UPDATE, UPDATES_OF_COMMITMENT, UpdateContext, UpdateFilter, UpdateRow, UpdateState,
    UpdateWhole, update_context_in_txn, update_corrected, update_find, update_insert_in_txn, update_list,
    update_wholes, updates_delete_in_txn,
};

/// What is part of the history of some milestones besides themselves: what was reported, and what proves it.
macro_rules! told_of {
    ($milestones:literal) => {
        concat!(
            " UNION ALL SELECT u.id FROM progress_updates u WHERE u.milestone_id ",
            $milestones,
            evidence_about!($milestones)
        )
    };
}
/// What the list of milestones can be sorted by.
const MILESTONE_SORTING: Sorting = Sorting {
    keys: &[
        SortKey {
            name: "commitment",
            sql: "(SELECT coalesce(c.code, '~' || c.key) FROM commitments c WHERE c.id = milestones.commitment_id)",
            sql_type: "text",
        },
        SortKey { name: "position", sql: "milestones.position", sql_type: "int" },
        SortKey { name: "starts", sql: "coalesce(milestones.starts_on, 'infinity')", sql_type: "date" },
        SortKey { name: "due", sql: "coalesce(milestones.due_on, 'infinity')", sql_type: "date" },
        SortKey { name: "updated_at", sql: "milestones.updated_at", sql_type: "timestamptz" },
    ],
    default: "commitment,position",
    id: "milestones.id",
};

/// Subquery of `commitments`: its milestones with their present progress, in order, as a list of
/// [`MilestoneSeen`].
pub const MILESTONES_OF_COMMITMENT: &str = concat!(
    "SELECT coalesce(json_agg(json_build_object('row', ",
    versioned_json!("m"),
    ", 'progress', (",
    present_progress!("m"),
    ")) ORDER BY m.position, m.id), '[]') ",
    "FROM milestones m WHERE m.commitment_id = commitments.id AND m.withdrawn_at IS NULL"
);
/// Subquery of `milestones`: what decides who sees it, as `Standing`.
pub const STANDING_OF_MILESTONE: &str = concat!(
    "SELECT ",
    standing!("p"),
    " FROM commitments c JOIN action_plans p ON p.id = c.plan_id ",
    "WHERE c.id = milestones.commitment_id"
);
/// Subquery of `milestones`: whether its commitment is withdrawn.
pub const COMMITMENT_OF_MILESTONE_WITHDRAWN: &str =
    "SELECT c.withdrawn_at IS NOT NULL FROM commitments c WHERE c.id = milestones.commitment_id";
/// Which milestones a viewer sees.
const VISIBLE: &str = concat!(
    "milestones.withdrawn_at IS NULL AND milestones.commitment_id IN (SELECT c.id FROM commitments c ",
    "JOIN action_plans p ON p.id = c.plan_id WHERE c.withdrawn_at IS NULL AND ",
    visible_plan!("p"),
    ")"
);
/// Subquery of `commitments`: percentages published about it, as a list of [`ProgressReportSeen`].
pub const PROGRESS_REPORTS_OF_COMMITMENT: &str = "SELECT coalesce(json_agg(json_build_object('id', r.id, 'state', to_json(r), 'milestones', \
    (SELECT coalesce(json_agg(p ORDER BY p.milestone_id), '[]') FROM progress_report_milestones p \
     WHERE p.progress_report_id = r.id)) ORDER BY r.key, r.id), '[]') \
    FROM progress_reports r WHERE r.commitment_id = commitments.id";
/// Subquery of `milestones`: its commitment, as `CommitmentWithPlan`.
pub const COMMITMENT_OF_MILESTONE: &str = "SELECT json_build_object('id', c.id, 'code', c.code, 'title', c.title, \
    'plan', json_build_object('id', p.id, 'slug', p.slug, 'title', p.title, \
        'member', json_build_object('id', m.id, 'code', m.code, 'kind', m.kind, 'name', m.name))) \
    FROM commitments c JOIN action_plans p ON p.id = c.plan_id JOIN members m ON m.id = p.member_id \
    WHERE c.id = milestones.commitment_id";
/// Subquery of `milestones`: percentages published about it, as a list of [`PercentSeen`].
pub const PERCENTS_OF_MILESTONE: &str = "SELECT coalesce(json_agg(json_build_object('percent', p.percent, \
    'report', to_json(r)) ORDER BY r.key, r.id), '[]') FROM progress_report_milestones p \
    JOIN progress_reports r ON r.id = p.progress_report_id WHERE p.milestone_id = milestones.id";

/// Subquery of `milestones`: the ids of all things whose changes are its history.
pub const RESOURCES_OF_MILESTONE: &str =
    concat!("SELECT json_agg(DISTINCT r.id) FROM (SELECT milestones.id", told_of!("= milestones.id"), ") r");
/// Subquery of `commitments`: the ids of all things of this room and of all evidence below it whose changes are part
/// of its history, withdrawn ones among them.
pub const RESOURCES_BELOW_COMMITMENT: &str = concat!(
    "SELECT coalesce(json_agg(DISTINCT r.id), '[]') FROM (",
    "SELECT m.id FROM milestones m WHERE m.commitment_id = commitments.id",
    told_of!("IN (SELECT m.id FROM milestones m WHERE m.commitment_id = commitments.id)"),
    evidence_besides!(),
    " UNION ALL SELECT p.id FROM progress_reports p WHERE p.commitment_id = commitments.id) r"
);

/// Which milestones to list; each part narrows where it is given.
#[derive(Debug, Clone, Default)]
pub struct MilestoneFilter {
    /// Found by these words.
    pub needle: Option<Needle>,
    /// Of any of these commitments.
    pub commitments: Vec<Uuid>,
    /// Of any of these plans.
    pub plans: Vec<Uuid>,
    /// Whose.
    pub whose: Whose,
    /// With any of these schedules on that day.
    pub schedules: Vec<Schedule>,
    /// Said to be any of these.
    pub progress: Vec<ProgressSaid>,
    /// The day that is asked about, if it is another: what was due and done by then counts.
    pub on: Option<NaiveDate>,
    /// Starting then.
    pub starts: Between,
    /// Due then.
    pub due: Between,
    /// Whether their due date moved since they were public.
    pub rescheduled: Option<bool>,
    /// Standing, withdrawn, or carried over.
    pub dispositions: Vec<Disposition>,
    /// Whether evidence is attached to them or to what was reported of them.
    pub has_evidence: Option<bool>,
    /// Changed, or public, since this instant.
    pub updated_since: Option<DateTime<Utc>>,
}

/// When what a reader sees of a milestone's own row changed last: it may have been written long before its plan
/// was published.
const UPDATED_AT: &str = "greatest(milestones.updated_at, (SELECT p.public_since FROM commitments c \
    JOIN action_plans p ON p.id = c.plan_id WHERE c.id = milestones.commitment_id))";

/// That evidence proves milestones or what is reported of them up to the day asked about, or that none does.
fn has_evidence(proved: bool, sight: &Sight) -> Condition {
    let rule = is_proved!("milestones");
    if proved { seen_by(rule, sight) } else { seen_by(&format!("NOT {rule}"), sight) }
}

/// A page of milestones, each with those of the parts that `N` has on demand that are asked for.
///
/// # Errors
/// Where the database cannot answer.
pub async fn milestone_list<N: Nested>(
    conn: &Conn,
    viewer: &Viewer,
    filter: &MilestoneFilter,
    included: &[String],
    ask: &PageAsk,
) -> Result<Page<(MilestoneRow, N)>> {
    let page = PageRequest::of_found(
        MILESTONE_SORTING,
        filter.needle.as_ref().map(|_| relevance!("milestones.id")),
        ask,
    )?;
    let sight = viewer.sight();
    let filtered = || {
        let mut query = milestones::table.filter(seen_by(VISIBLE, &sight)).into_boxed::<Pg>();
        if filter.needle.is_some() {
            query = query.filter(Condition::new(is_found!("milestones.id")));
        }
        if !filter.commitments.is_empty() {
            query = query.filter(milestones::commitment_id.eq_any(filter.commitments.clone()));
        }
        if !filter.plans.is_empty() {
            let of_plans = commitments::table
                .filter(commitments::plan_id.eq_any(filter.plans.clone()))
                .select(commitments::id);
            query = query.filter(milestones::commitment_id.eq_any(of_plans));
        }
        if let Some(theirs) = filter.whose.is_in("p.member_id") {
            query = query.filter(is_below("milestones.commitment_id", theirs));
        }
        if !filter.schedules.is_empty() {
            let of_milestones = ScheduleSql {
                completed: is_completed!(),
                completed_on: completed_on!(),
                due: due_on(filter.on),
                ongoing: "(milestones.due).ongoing",
            };
            query = query.filter(of_milestones.is_any_of(&filter.schedules, &sight));
        }
        if !filter.progress.is_empty() {
            query = query.filter(is_said(&filter.progress, &sight));
        }
        for (day, between) in [("milestones.starts_on", filter.starts), (due_on(filter.on), filter.due)] {
            if between.narrows() {
                query = query.filter(is_between(day, between, &sight));
            }
        }
        if let Some(rescheduled) = filter.rescheduled {
            query = query.filter(was_rescheduled(rescheduled, filter.on, &sight));
        }
        if !filter.dispositions.is_empty() {
            query = query.filter(milestones::disposition.eq_any(words(&filter.dispositions)));
        }
        if let Some(proved) = filter.has_evidence {
            query = query.filter(has_evidence(proved, &sight));
        }
        if let Some(since) = filter.updated_since {
            query = query.filter(is_since(UPDATED_AT, since));
        }
        query
    };
    let rows = filtered().filter(page.place()).order(page.order()).limit(page.fetch()).select((
        MilestoneRow::as_select(),
        nested_with::<N>(included, &sight),
        page.keys(),
    ));
    let count = filtered().count();
    let (rows, count) = (as_of(&sight, rows).below(&filter.plans), as_of(&sight, count).below(&filter.plans));
    let (rows, count) = (finding(filter.needle.as_ref(), rows), finding(filter.needle.as_ref(), count));
    page.run(rows.load(&mut &*conn), count.get_result(&mut &*conn), |row: &MilestoneRow| row.id).await
}

/// Whether the due date was moved since it was public, up to the day asked about.
fn was_rescheduled(rescheduled: bool, on: Option<NaiveDate>, sight: &Sight) -> Condition {
    seen_by(
        match (rescheduled, on) {
            // As the partial index has it.
            (true, None) => "milestones.reschedulings <> '[]'",
            (false, None) => "milestones.reschedulings = '[]'",
            // The decisions follow each other, so the first one decides.
            (true, Some(_)) => {
                "coalesce((milestones.reschedulings -> 0 ->> 'decided_on')::date <= :day, false)"
            }
            (false, Some(_)) => {
                "NOT coalesce((milestones.reschedulings -> 0 ->> 'decided_on')::date <= :day, false)"
            }
        },
        sight,
    )
}

/// The last day that the due date can mean: the present one, or that in force on the day asked about.
fn due_on(on: Option<NaiveDate>) -> &'static str {
    if on.is_some() { DUE_ON_DAY } else { "milestones.due_on" }
}

/// What decides the schedule of something, in SQL: the rule of [`Schedule::on`], which tests hold equal.
struct ScheduleSql<'a> {
    /// Whether it is completed.
    completed: &'a str,
    /// The first day on which it can have been so.
    completed_on: &'a str,
    /// The last day that its due date can mean.
    due: &'a str,
    /// Whether it is planned to go on without an end.
    ongoing: &'a str,
}

impl ScheduleSql<'_> {
    /// That it is any of these.
    fn is_any_of(&self, schedules: &[Schedule], sight: &Sight) -> Condition {
        let Self { completed, completed_on, due, ongoing } = self;
        let late = format!("coalesce({completed_on} > {due}, false)");
        let ongoing = format!("coalesce({ongoing}, false)");
        let rule = |schedule: &Schedule| match schedule {
            Schedule::CompletedLate => format!("{completed} AND {late}"),
            Schedule::CompletedOnTime => format!("{completed} AND NOT {late}"),
            Schedule::Ongoing => format!("NOT {completed} AND {due} IS NULL AND {ongoing}"),
            Schedule::Undated => format!("NOT {completed} AND {due} IS NULL AND NOT {ongoing}"),
            Schedule::Overdue => format!("NOT {completed} AND {due} < :day"),
            Schedule::DueSoon => format!("NOT {completed} AND {due} BETWEEN :day AND :day + {DUE_SOON_DAYS}"),
            Schedule::Upcoming => format!("NOT {completed} AND {due} > :day + {DUE_SOON_DAYS}"),
        };
        let rules: Vec<_> = schedules.iter().map(|schedule| format!("({})", rule(schedule))).collect();
        seen_by(&format!("({})", rules.join(" OR ")), sight)
    }
}

/// One milestone, by id.
///
/// # Errors
/// Where the database cannot answer.
pub async fn milestone_find<N: Nested>(
    conn: &Conn,
    viewer: &Viewer,
    id: Uuid,
) -> Result<Option<(MilestoneRow, N)>> {
    let sight = viewer.sight();
    let query = milestones::table.find(id).select((MilestoneRow::as_select(), nested::<N>(&sight)));
    let query = as_of(&sight, query).below_those(plans_of(id));
    let found = query.get_result::<(_, Json<N>)>(&mut &*conn).await;
    Ok(found.optional()?.map(|(row, nested)| (row, nested.0)))
}

crate::db::versioned::versioned_writes!(
    milestones,
    MilestoneRow,
    MilestoneState,
    "milestone",
    milestone_insert_in_txn,
    milestone_update_in_txn
);
crate::db::versioned::versioned_rows!(
    milestones,
    MilestoneRow,
    "milestone",
    milestone_lock_in_txn,
    milestone_delete_in_txn
);
crate::db::versioned::versioned_withdrawal!(milestones, MilestoneRow, "milestone", milestone_withdraw_in_txn);
crate::db::versioned::versioned_writes!(
    progress_reports,
    ProgressReportWhole,
    ProgressReportState,
    "progress report's own state",
    progress_report_state_insert_in_txn,
    progress_report_state_update_in_txn
);

/// The states of the milestones of these commitments.
///
/// # Errors
/// Where the database cannot answer.
pub async fn milestone_states(conn: &Conn, commitments: &[Uuid]) -> Result<Vec<(Uuid, MilestoneState)>> {
    let query = milestones::table
        .filter(milestones::commitment_id.eq_any(commitments))
        .select((milestones::id, MilestoneState::as_select()));
    Ok(query.load(&mut &*conn).await?)
}

/// The states of the progress reports of these commitments.
///
/// # Errors
/// Where the database cannot answer.
pub async fn progress_report_states(
    conn: &Conn,
    commitments: &[Uuid],
) -> Result<Vec<(Uuid, ProgressReportState)>> {
    let query = progress_reports::table
        .filter(progress_reports::commitment_id.eq_any(commitments))
        .select((progress_reports::id, ProgressReportState::as_select()));
    Ok(query.load(&mut &*conn).await?)
}

/// What these progress reports state about single milestones, by report and milestone.
///
/// # Errors
/// Where the database cannot answer.
pub async fn milestone_percents(conn: &Conn, reports: &[Uuid]) -> Result<Vec<MilestonePercentRow>> {
    let query = progress_report_milestones::table
        .filter(progress_report_milestones::progress_report_id.eq_any(reports))
        .order((progress_report_milestones::progress_report_id, progress_report_milestones::milestone_id))
        .select(MilestonePercentRow::as_select());
    Ok(query.load(&mut &*conn).await?)
}

/// Stores a new progress report with all that is part of it.
///
/// # Errors
/// Where the database refuses it.
pub async fn progress_report_insert_in_txn(
    conn: &mut Conn,
    permit: &Permit,
    id: Uuid,
    report: &ProgressReportWhole,
    now: DateTime<Utc>,
) -> Result<()> {
    progress_report_state_insert_in_txn(conn, permit, id, &report.state, now).await?;
    percents_replace_in_txn(conn, id, &report.milestones).await
}

/// Replaces what a progress report says, with all that is part of it; returns the new version.
///
/// # Errors
/// Where the database refuses it.
pub async fn progress_report_update_in_txn(
    conn: &mut Conn,
    row: &Editable<ProgressReportWhole>,
    report: &ProgressReportWhole,
    now: DateTime<Utc>,
) -> Result<i64> {
    let version = progress_report_state_update_in_txn(conn, row, &report.state, now).await?;
    percents_replace_in_txn(conn, row.id(), &report.milestones).await?;
    Ok(version)
}

async fn percents_replace_in_txn(
    conn: &mut Conn,
    report: Uuid,
    percents: &[MilestonePercentRow],
) -> Result<()> {
    let old =
        progress_report_milestones::table.filter(progress_report_milestones::progress_report_id.eq(report));
    diesel::delete(old).execute(conn).await?;
    diesel::insert_into(progress_report_milestones::table).values(percents).execute(conn).await?;
    Ok(())
}

/// The milestones of these commitments that are not withdrawn, locked.
///
/// # Errors
/// Where the database cannot answer.
pub async fn milestones_lock_in_txn(conn: &mut Conn, commitments: &[Uuid]) -> Result<Vec<MilestoneRow>> {
    let query = milestones::table
        .filter(milestones::commitment_id.eq_any(commitments).and(milestones::withdrawn_at.is_null()))
        .order(milestones::id)
        .select(MilestoneRow::as_select())
        .for_no_key_update();
    Ok(query.load(conn).await?)
}

/// The place after the last milestone of a commitment.
///
/// # Errors
/// Where the database cannot answer.
pub async fn milestone_next_position(conn: &Conn, commitment: Uuid) -> Result<i16> {
    let query = milestones::table
        .filter(milestones::commitment_id.eq(commitment))
        .select(diesel::dsl::max(milestones::position));
    let last: Option<i16> = query.first(&mut &*conn).await?;
    Ok(last.map_or(0, |last| last.saturating_add(1)))
}

/// The ids of a commitment's milestones by id or key, in the order asked; `None` for those that it
/// does not have. One that is withdrawn counts only where it is `kept`, being named already.
///
/// # Errors
/// Where the database cannot answer.
pub async fn milestone_ids_of(
    conn: &Conn,
    commitment: Uuid,
    names: &[&str],
    kept: &[Uuid],
) -> Result<Vec<Option<Uuid>>> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let query = milestones::table
        .filter(milestones::commitment_id.eq(commitment))
        .filter(milestones::withdrawn_at.is_null().or(milestones::id.eq_any(kept)))
        .select((milestones::id, milestones::key));
    let known: Vec<(Uuid, String)> = query.load(&mut &*conn).await?;
    let pick = |name: &&str| {
        let id = Uuid::try_parse(name).ok();
        known.iter().find(|(known, key)| id == Some(*known) || key == name).map(|(id, _)| *id)
    };
    Ok(names.iter().map(pick).collect())
}

/// The versions of the progress reports of these commitments.
///
/// # Errors
/// Where the database cannot answer.
pub async fn progress_report_versions(conn: &Conn, commitments: &[Uuid]) -> Result<Vec<(Uuid, i64)>> {
    let query = progress_reports::table
        .filter(progress_reports::commitment_id.eq_any(commitments))
        .select((progress_reports::id, progress_reports::version));
    Ok(query.load(&mut &*conn).await?)
}

/// The ids of those of these milestones that a viewer sees, in the order asked; `None` for the others.
///
/// # Errors
/// Where the database cannot answer.
pub async fn milestone_ids(conn: &Conn, viewer: &Viewer, names: &[Ref]) -> Result<Vec<Option<Uuid>>> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<_> = names.iter().filter_map(Ref::id).collect();
    let sight = viewer.sight();
    let query = milestones::table
        .filter(seen_by(VISIBLE, &sight))
        .filter(milestones::id.eq_any(ids))
        .select(milestones::id);
    let found: Vec<Uuid> = as_of(&sight, query).load(&mut &*conn).await?;
    Ok(names.iter().map(|name| name.id().filter(|id| found.contains(id))).collect())
}

/// The versions of these milestones.
///
/// # Errors
/// Where the database cannot answer.
pub async fn milestone_versions(conn: &Conn, ids: &[Uuid]) -> Result<Vec<(Uuid, i64)>> {
    let query =
        milestones::table.filter(milestones::id.eq_any(ids)).select((milestones::id, milestones::version));
    Ok(query.load(&mut &*conn).await?)
}
