//! Rows and queries of what staff report about milestones.

use super::MilestoneRow;
use crate::accounts::model::{Editable, Locked, Permit, Role, Viewer};
use crate::commitments::model::Disposition;
use crate::db::as_of::{AsOf, as_of, plans_of};
use crate::db::page::{PageRequest, SortKey, Sorting};
use crate::db::prepared::{Statement, prepared_insert};
use crate::db::schema::{milestones, progress_updates};
use crate::db::sql::{Condition, Field, Fragment, Nested, is_any_of, is_since, nested, seen_by};
use crate::db::types::words;
use crate::db::{Conn, Json, Word};
use crate::kernel::page::{Page, PageAsk};
use crate::kernel::{LocalizedText, PartialDate, Result, Sight};
use crate::members::store::Whose;
use crate::milestones::model::{Challenge, Progress, ProgressSaid, ProgressUpdateInput, ReportedStart};
use crate::plans::model::Standing;
use crate::plans::store::{is_below, standing, visible_plan};
use chrono::{DateTime, NaiveDate, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types;
use diesel_async::RunQueryDsl;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What the list of updates can be sorted by.
const UPDATE_SORTING: Sorting = Sorting {
    keys: &[
        SortKey { name: "effective_on", sql: "progress_updates.effective_on", sql_type: "date" },
        SortKey { name: "recorded_at", sql: "progress_updates.recorded_at", sql_type: "timestamptz" },
    ],
    default: "-effective_on,-recorded_at",
    id: "progress_updates.id",
};

/// Something about the update of a milestone that holds on the day asked about, as SQL sees it: the rule
/// of [`crate::milestones::model::present`], which a test holds equal. One step into an index. Of an
/// earlier record, `progress_updates` has only what was recorded by then (`db::as_of`).
macro_rules! present_update {
    ($milestone:literal, $select:expr) => {
        concat!(
            "SELECT ",
            $select,
            " FROM progress_updates u WHERE u.milestone_id = ",
            $milestone,
            ".id AND u.effective_on <= :day ",
            "AND NOT EXISTS (SELECT FROM progress_updates s WHERE s.supersedes = u.id) ",
            "ORDER BY u.effective_on DESC, u.recorded_at DESC, u.id DESC LIMIT 1"
        )
    };
}
pub(crate) use present_update;

/// What an update under an alias says, as `MilestoneProgress`.
macro_rules! progress_said {
    ($update:literal) => {
        concat!(
            "json_build_object('update_id', ",
            $update,
            ".id, 'progress', ",
            $update,
            ".progress, 'percent', ",
            $update,
            ".percent, 'effective_on', ",
            $update,
            ".effective_on, 'recorded_at', ",
            $update,
            ".recorded_at, 'started_on', ",
            $update,
            ".started_on, 'completed_on', ",
            $update,
            ".completed_on, 'challenge', ",
            $update,
            ".challenge, 'evidence_count', ",
            "(SELECT count(*) FROM evidence_uses x JOIN evidence e ON e.id = x.evidence_id ",
            "WHERE x.progress_update_id = ",
            $update,
            ".id AND e.withdrawn_at IS NULL))"
        )
    };
}
pub(crate) use progress_said;

/// The present progress of a milestone, as `MilestoneProgress`.
macro_rules! present_progress {
    ($milestone:literal) => {
        $crate::milestones::store::updates::present_update!(
            $milestone,
            $crate::milestones::store::updates::progress_said!("u")
        )
    };
}
pub(crate) use present_progress;

/// The day of which a milestone's last substantive update speaks, up to the day asked about: the rule of
/// [`crate::milestones::model::Reported::is_substantive`], which a test holds equal.
macro_rules! substantive_on {
    ($milestone:literal) => {
        concat!(
            "SELECT max(h.effective_on) FROM (SELECT u.effective_on, ",
            "(u.progress, u.percent) IS DISTINCT FROM (lag(u.progress) OVER held, lag(u.percent) OVER held) ",
            "OR u.has_narrative OR EXISTS (SELECT FROM evidence_uses x JOIN evidence e ON e.id = x.evidence_id ",
            "WHERE x.progress_update_id = u.id AND e.withdrawn_at IS NULL) AS told ",
            "FROM progress_updates u WHERE u.milestone_id = ",
            $milestone,
            ".id AND u.effective_on <= :day ",
            "AND NOT EXISTS (SELECT FROM progress_updates s WHERE s.supersedes = u.id) ",
            "WINDOW held AS (ORDER BY u.effective_on, u.recorded_at, u.id)) h WHERE h.told"
        )
    };
}
pub(crate) use substantive_on;

/// Subquery of `milestones`: whether evidence that is not withdrawn is attached to the milestone itself.
pub const HAS_EVIDENCE_OF_MILESTONE: &str = "SELECT EXISTS (SELECT FROM evidence_uses x JOIN evidence e \
    ON e.id = x.evidence_id WHERE x.milestone_id = milestones.id AND e.withdrawn_at IS NULL)";
/// Subquery of `milestones`: its present progress, as `MilestoneProgress`; null where nobody has
/// reported any.
pub const PRESENT_UPDATE_OF_MILESTONE: &str = present_progress!("milestones");
/// Whether a milestone is completed on the day asked about; the rule of
/// [`crate::milestones::model::completion`] and [`crate::milestones::model::Schedule::on`].
// A composite is NULL when all its parts are; "is not completed" must not ask for all parts.
macro_rules! is_completed {
    () => {
        concat!(
            "coalesce((",
            $crate::milestones::store::updates::present_update!("milestones", "u.progress = 'complete'"),
            "), NOT (milestones.actual_end IS NULL) AND coalesce(milestones.completed_on <= :day, true))"
        )
    };
}
/// The first day on which a milestone that is completed can have been so.
macro_rules! completed_on {
    () => {
        concat!(
            "coalesce((",
            $crate::milestones::store::updates::present_update!("milestones", "u.completed_on"),
            "), milestones.completed_on)"
        )
    };
}
pub(super) use {completed_on, is_completed};
/// The last day of the due date that was in force on the day asked about.
pub(super) const DUE_ON_DAY: &str = "milestone_due_on(milestones.reschedulings, milestones.due_on, :day)";
/// How far a milestone is said to be, as `ProgressSaid`.
const PROGRESS_SAID: &str =
    concat!("coalesce((", present_update!("milestones", "u.progress"), "), 'not_reported')");

/// What decides which of a milestone's updates `u` holds, as `Reported`.
macro_rules! reported {
    () => {
        "json_build_object('id', u.id, 'progress', u.progress, 'percent', u.percent, 'effective_on', u.effective_on, \
         'recorded_at', u.recorded_at, 'supersedes', u.supersedes, 'has_narrative', u.has_narrative, \
         'has_evidence', EXISTS (SELECT FROM evidence_uses x JOIN evidence e ON e.id = x.evidence_id \
         WHERE x.progress_update_id = u.id AND e.withdrawn_at IS NULL))"
    };
}
/// Subquery of `milestones`: all that was reported about it, as a list of `Reported`.
pub const REPORTED_OF_MILESTONE: &str = concat!(
    "SELECT coalesce(json_agg(",
    reported!(),
    "), '[]') FROM progress_updates u WHERE u.milestone_id = milestones.id"
);
/// Subquery of `action_plans`: all that was reported about its milestones, as a list with a list of `Reported` for
/// each of them that somebody reported about.
pub const REPORTED_OF_PLAN: &str = concat!(
    "SELECT coalesce(json_agg(r.reported), '[]') FROM (SELECT json_agg(",
    reported!(),
    ") AS reported FROM progress_updates u JOIN milestones m ON m.id = u.milestone_id ",
    "JOIN commitments c ON c.id = m.commitment_id WHERE c.plan_id = action_plans.id ",
    "AND m.withdrawn_at IS NULL AND c.withdrawn_at IS NULL GROUP BY u.milestone_id) r"
);

macro_rules! milestone_of_update {
    () => {
        "SELECT json_build_object('id', m.id, 'label', m.label, 'title', m.title) \
         FROM milestones m WHERE m.id = progress_updates.milestone_id"
    };
}
macro_rules! member_of_update {
    () => {
        "SELECT m.code FROM members m WHERE m.id = progress_updates.actor_member_id"
    };
}
macro_rules! supersession_of_update {
    () => {
        "SELECT json_build_object('id', s.id, 'reason', s.reason, 'recorded_at', s.recorded_at) \
         FROM progress_updates s WHERE s.supersedes = progress_updates.id"
    };
}
/// Subquery of `progress_updates`: the milestone it speaks of, as `MilestoneName`.
pub const MILESTONE_OF_UPDATE: &str = milestone_of_update!();
/// Subquery of `progress_updates`: the code of the member for which it was reported.
pub const MEMBER_OF_UPDATE: &str = member_of_update!();
/// Subquery of `progress_updates`: the one that corrects it, as `Supersession`.
pub const SUPERSESSION_OF_UPDATE: &str = supersession_of_update!();
/// Subquery of `commitments`: what was reported about its milestones up to the day asked about, the latest first, as a
/// list of [`UpdateRow`]s, each with what shows it.
pub const UPDATES_OF_COMMITMENT: &str = concat!(
    "SELECT coalesce(json_agg(json_build_object('row', json_build_object('id', progress_updates.id, 'actor_id', ",
    "progress_updates.actor_id, 'actor_role', progress_updates.actor_role, 'recorded_at', progress_updates.recorded_at, ",
    "'state', to_json(progress_updates)), 'of', json_build_object('milestone', (",
    milestone_of_update!(),
    "), 'member', (",
    member_of_update!(),
    "), 'superseded_by', (",
    supersession_of_update!(),
    "))) ORDER BY progress_updates.effective_on DESC, progress_updates.recorded_at DESC, progress_updates.id DESC), '[]') ",
    "FROM milestones n JOIN progress_updates ON progress_updates.milestone_id = n.id ",
    "WHERE n.commitment_id = commitments.id AND n.withdrawn_at IS NULL AND progress_updates.effective_on <= :day"
);
/// Subquery of `progress_updates`: what decides who sees it, as `Standing`.
pub const STANDING_OF_UPDATE: &str = concat!(
    "SELECT ",
    standing!("p"),
    " FROM milestones m JOIN commitments c ON c.id = m.commitment_id JOIN action_plans p ON p.id = c.plan_id ",
    "WHERE m.id = progress_updates.milestone_id"
);
/// Subquery of `progress_updates`: whether its milestone or commitment is withdrawn.
pub const MILESTONE_OF_UPDATE_WITHDRAWN: &str = "SELECT m.withdrawn_at IS NOT NULL OR c.withdrawn_at IS NOT NULL \
    FROM milestones m JOIN commitments c ON c.id = m.commitment_id WHERE m.id = progress_updates.milestone_id";
/// Which updates a viewer sees.
const VISIBLE: &str = concat!(
    "progress_updates.milestone_id IN (SELECT m.id FROM milestones m JOIN commitments c ON c.id = m.commitment_id ",
    "JOIN action_plans p ON p.id = c.plan_id WHERE m.withdrawn_at IS NULL AND c.withdrawn_at IS NULL AND ",
    visible_plan!("p"),
    ")"
);

/// An update, as stored.
#[derive(Debug, Clone, Queryable, Selectable, Deserialize)]
#[diesel(table_name = progress_updates, check_for_backend(Pg))]
pub struct UpdateRow {
    /// Id.
    pub id: Uuid,
    /// What it says.
    #[diesel(embed)]
    pub state: UpdateState,
    /// Who reported it, by pseudonym.
    pub actor_id: Uuid,
    /// In which role.
    pub actor_role: Word<Role>,
    /// When we were told.
    pub recorded_at: DateTime<Utc>,
}

/// What an update says.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable, Serialize, Deserialize)]
#[diesel(table_name = progress_updates, check_for_backend(Pg))]
pub struct UpdateState {
    /// Which milestone it speaks of.
    pub milestone_id: Uuid,
    /// How far that is.
    pub progress: Word<Progress>,
    /// The same in percent.
    pub percent: Option<i16>,
    /// The day on which it was so.
    pub effective_on: NaiveDate,
    /// When work on it really started.
    pub started_on: Option<NaiveDate>,
    /// When it was really completed.
    pub completed_on: Option<NaiveDate>,
    /// What was done.
    pub narrative: Json<LocalizedText>,
    /// What stands in the way.
    pub challenge: Option<Word<Challenge>>,
    /// The same in words.
    pub challenge_text: Json<LocalizedText>,
    /// The update that it corrects.
    pub supersedes: Option<Uuid>,
    /// Why.
    pub reason: Option<String>,
}

impl UpdateState {
    /// What is written of an update of a milestone.
    pub fn of(input: &ProgressUpdateInput, milestone_id: Uuid) -> Self {
        Self {
            milestone_id,
            progress: Word(input.progress),
            percent: input.percent,
            effective_on: input.effective_on,
            started_on: input.started_on,
            completed_on: input.completed_on,
            narrative: Json(input.narrative.clone()),
            challenge: input.challenge.map(Word),
            challenge_text: Json(input.challenge_text.clone()),
            supersedes: input.supersedes,
            reason: input.reason().map(str::to_owned),
        }
    }
}

prepared_insert! {
    /// Stores an update.
    UpdateInsert into "progress_updates":
    id: Uuid as sql_types::Uuid,
    milestone_id: Uuid as sql_types::Uuid,
    progress: &'a Word<Progress> as sql_types::Text,
    percent: Option<i16> as sql_types::Nullable<sql_types::SmallInt>,
    effective_on: NaiveDate as sql_types::Date,
    started_on: Option<NaiveDate> as sql_types::Nullable<sql_types::Date>,
    completed_on: Option<NaiveDate> as sql_types::Nullable<sql_types::Date>,
    narrative: &'a Json<LocalizedText> as sql_types::Jsonb,
    challenge: &'a Option<Word<Challenge>> as sql_types::Nullable<sql_types::Text>,
    challenge_text: &'a Json<LocalizedText> as sql_types::Jsonb,
    supersedes: Option<Uuid> as sql_types::Nullable<sql_types::Uuid>,
    reason: &'a Option<String> as sql_types::Nullable<sql_types::Text>,
    actor_id: Uuid as sql_types::Uuid,
    actor_role: &'a str as sql_types::Text,
    actor_member_id: Option<Uuid> as sql_types::Nullable<sql_types::Uuid>,
    recorded_at: DateTime<Utc> as sql_types::Timestamptz,
}

/// An update's state with the evidence that is attached to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UpdateWhole {
    /// The update itself.
    #[serde(flatten)]
    pub state: UpdateState,
    /// The ids of its evidence, in order.
    pub evidence: Vec<Uuid>,
}

/// What is read of a milestone before something is reported about it, after the milestone is locked.
#[derive(Debug, Deserialize)]
pub struct UpdateContext {
    /// What decides who sees it.
    pub standing: Standing,
    /// Whether its commitment is withdrawn.
    pub commitment_withdrawn: bool,
    /// When its plan starts.
    pub plan_starts: Option<PartialDate>,
    /// Whether its commitment stands.
    pub commitment_disposition: Disposition,
    /// When it really started, as updates say that are not superseded.
    pub reported_starts: Vec<ReportedStart>,
    /// Whether evidence is attached to it.
    pub has_evidence: bool,
}

impl Nested for UpdateContext {
    const PARTS: &'static [Field] = &[
        ("standing", super::STANDING_OF_MILESTONE),
        ("commitment_withdrawn", super::COMMITMENT_OF_MILESTONE_WITHDRAWN),
        (
            "plan_starts",
            "SELECT to_json(p.starts) FROM commitments c JOIN action_plans p ON p.id = c.plan_id \
             WHERE c.id = milestones.commitment_id",
        ),
        (
            "commitment_disposition",
            "SELECT to_json(c.disposition) FROM commitments c WHERE c.id = milestones.commitment_id",
        ),
        (
            "reported_starts",
            "SELECT coalesce(json_agg(json_build_object('id', u.id, 'effective_on', u.effective_on, \
             'started_on', u.started_on)), '[]') FROM progress_updates u WHERE u.milestone_id = milestones.id \
             AND u.started_on IS NOT NULL AND NOT EXISTS (SELECT FROM progress_updates s WHERE s.supersedes = u.id)",
        ),
        ("has_evidence", HAS_EVIDENCE_OF_MILESTONE),
    ];
}

/// Which updates to list; each part narrows where it is given.
#[derive(Debug, Clone, Default)]
pub struct UpdateFilter {
    /// Of any of these milestones.
    pub milestones: Vec<Uuid>,
    /// Of milestones of any of these commitments.
    pub commitments: Vec<Uuid>,
    /// Of milestones in any of these plans.
    pub plans: Vec<Uuid>,
    /// Whose.
    pub whose: Whose,
    /// Saying any of these.
    pub progress: Vec<Progress>,
    /// Naming any of these challenges.
    pub challenges: Vec<Challenge>,
    /// Effective on this day or later.
    pub effective_from: Option<NaiveDate>,
    /// Effective on this day or earlier.
    pub effective_to: Option<NaiveDate>,
    /// Corrected by another, or not.
    pub superseded: Option<bool>,
    /// Proved by evidence that is not withdrawn, or not.
    pub has_evidence: Option<bool>,
    /// Recorded, or public, since this instant.
    pub recorded_since: Option<DateTime<Utc>>,
}

/// Whether evidence that is not withdrawn is attached to an update itself.
macro_rules! has_evidence {
    () => {
        "EXISTS (SELECT FROM evidence_uses x JOIN evidence e ON e.id = x.evidence_id \
         WHERE x.progress_update_id = progress_updates.id AND e.withdrawn_at IS NULL)"
    };
}
/// When an update could be read first: it may have been recorded before its plan was published.
const RECORDED_AT: &str = "greatest(progress_updates.recorded_at, (SELECT p.public_since FROM milestones m \
    JOIN commitments c ON c.id = m.commitment_id JOIN action_plans p ON p.id = c.plan_id \
    WHERE m.id = progress_updates.milestone_id))";

/// A page of updates.
///
/// # Errors
/// Where the database cannot answer.
pub async fn update_list<N: Nested>(
    conn: &Conn,
    viewer: &Viewer,
    filter: &UpdateFilter,
    ask: &PageAsk,
) -> Result<Page<(UpdateRow, N)>> {
    let page = PageRequest::new(UPDATE_SORTING, ask)?;
    let sight = viewer.sight();
    let filtered = || filtered(&sight, filter);
    let rows = filtered().filter(page.place()).order(page.order()).limit(page.fetch()).select((
        UpdateRow::as_select(),
        nested::<N>(&sight),
        page.keys(),
    ));
    let count = filtered().count();
    let (rows, count) = (in_record(&sight, filter, rows), in_record(&sight, filter, count));
    page.run(rows.load(&mut &*conn), count.get_result(&mut &*conn), |row: &UpdateRow| row.id).await
}

/// The query on the record that is asked for, in which only the plans matter that the filter leaves.
fn in_record<Q>(sight: &Sight, filter: &UpdateFilter, query: Q) -> AsOf<Q> {
    match filter.milestones[..] {
        [only] => as_of(sight, query).below_those(plans_of(only)),
        _ => as_of(sight, query).below(&filter.plans),
    }
}

/// That updates are about milestones of which this holds. As an array, which is looked up before anything else: told of
/// a subquery, PostgreSQL walks through all updates by date until a page is full.
fn of_milestones(condition: Condition) -> Condition {
    let mut sql = Condition::new(
        "progress_updates.milestone_id = ANY (ARRAY(SELECT milestones.id FROM milestones WHERE ",
    );
    sql.append(condition);
    sql.push("))");
    sql
}

fn filtered<'a>(sight: &Sight, filter: &UpdateFilter) -> progress_updates::BoxedQuery<'a, Pg> {
    let mut query = progress_updates::table.filter(seen_by(VISIBLE, sight)).into_boxed::<Pg>();
    // Nothing speaks of a day to come: this leaves all out that speaks of a later day than is asked about.
    if let Some(day) = sight.day {
        query = query.filter(progress_updates::effective_on.le(day));
    }
    if !filter.milestones.is_empty() {
        query = query.filter(progress_updates::milestone_id.eq_any(filter.milestones.clone()));
    }
    let commitments = is_any_of("milestones.commitment_id", &filter.commitments, "uuid");
    let plans =
        is_any_of("p.id", &filter.plans, "uuid").map(|plans| is_below("milestones.commitment_id", plans));
    for below in [commitments, plans].into_iter().flatten() {
        query = query.filter(of_milestones(below));
    }
    // Of a member or country there are many: the latest of all are soon enough of theirs.
    if let Some(theirs) = filter.whose.is_in("p.member_id") {
        let below =
            milestones::table.filter(is_below("milestones.commitment_id", theirs)).select(milestones::id);
        query = query.filter(progress_updates::milestone_id.eq_any(below));
    }
    if let Some(proved) = filter.has_evidence {
        let rule = if proved { has_evidence!() } else { concat!("NOT ", has_evidence!()) };
        query = query.filter(Condition::new(rule));
    }
    if let Some(since) = filter.recorded_since {
        query = query.filter(is_since(RECORDED_AT, since));
    }
    if !filter.progress.is_empty() {
        query = query.filter(progress_updates::progress.eq_any(words(&filter.progress)));
    }
    if !filter.challenges.is_empty() {
        query = query.filter(progress_updates::challenge.eq_any(words(&filter.challenges)).assume_not_null());
    }
    if let Some(day) = filter.effective_from {
        query = query.filter(progress_updates::effective_on.ge(day));
    }
    if let Some(day) = filter.effective_to {
        query = query.filter(progress_updates::effective_on.le(day));
    }
    if let Some(superseded) = filter.superseded {
        let negation = if superseded { "" } else { "NOT " };
        let corrected = "EXISTS (SELECT FROM progress_updates s WHERE s.supersedes = progress_updates.id)";
        query = query.filter(Condition::new(format!("{negation}{corrected}")));
    }
    query
}

/// One update, by id.
///
/// # Errors
/// Where the database cannot answer.
pub async fn update_find<N: Nested>(
    conn: &Conn,
    viewer: &Viewer,
    id: Uuid,
) -> Result<Option<(UpdateRow, N)>> {
    let query =
        progress_updates::table.find(id).select((UpdateRow::as_select(), nested::<N>(&viewer.sight())));
    let found = query.first::<(_, Json<N>)>(&mut &*conn).await;
    Ok(found.optional()?.map(|(row, nested)| (row, nested.0)))
}

/// What is read of a milestone before something is reported about it, after it was locked: who publishes the plan
/// waits for that lock.
///
/// # Errors
/// Where the database cannot answer.
pub async fn update_context_in_txn(conn: &Conn, milestone: Uuid) -> Result<Option<UpdateContext>> {
    let query = milestones::table.find(milestone).select(nested::<UpdateContext>(&Sight::default()));
    Ok(query.first::<Json<UpdateContext>>(&mut &*conn).await.optional()?.map(|context| context.0))
}

/// The milestone that an update speaks of, and the update that corrects it, if one does.
///
/// # Errors
/// Where the database cannot answer.
pub async fn update_corrected(conn: &Conn, id: Uuid) -> Result<Option<(Uuid, Option<Uuid>)>> {
    let corrected_by = Fragment::<sql_types::Nullable<sql_types::Uuid>>::new(
        "(SELECT s.id FROM progress_updates s WHERE s.supersedes = progress_updates.id)",
    );
    let query = progress_updates::table.find(id).select((progress_updates::milestone_id, corrected_by));
    Ok(query.first(&mut &*conn).await.optional()?)
}

/// What stores a report about a milestone. An update that is corrected twice is told as a conflict.
pub fn update_insert_in_txn<'a>(
    permit: &'a Permit,
    _milestone: &Locked<MilestoneRow>,
    (id, state): (Uuid, &'a UpdateState),
    now: DateTime<Utc>,
) -> impl Statement + 'a {
    UpdateInsert {
        id,
        milestone_id: state.milestone_id,
        progress: &state.progress,
        percent: state.percent,
        effective_on: state.effective_on,
        started_on: state.started_on,
        completed_on: state.completed_on,
        narrative: &state.narrative,
        challenge: &state.challenge,
        challenge_text: &state.challenge_text,
        supersedes: state.supersedes,
        reason: &state.reason,
        actor_id: permit.actor_id(),
        actor_role: permit.role().as_str(),
        actor_member_id: permit.member_id(),
        recorded_at: now,
    }
}

/// Everything that was reported about these milestones, by id, in the order in which it was.
///
/// # Errors
/// Where the database cannot answer.
pub async fn update_wholes(conn: &Conn, milestones: &[Uuid]) -> Result<Vec<(Uuid, UpdateWhole)>> {
    let evidence = Fragment::<sql_types::Array<sql_types::Uuid>>::new(
        "ARRAY(SELECT x.evidence_id FROM evidence_uses x WHERE x.progress_update_id = progress_updates.id \
         ORDER BY x.position)",
    );
    let query = progress_updates::table
        .filter(progress_updates::milestone_id.eq_any(milestones))
        .order((progress_updates::recorded_at, progress_updates::id))
        .select((progress_updates::id, UpdateState::as_select(), evidence));
    let rows: Vec<(Uuid, UpdateState, Vec<Uuid>)> = query.load(&mut &*conn).await?;
    Ok(rows.into_iter().map(|(id, state, evidence)| (id, UpdateWhole { state, evidence })).collect())
}

/// Deletes what was reported about a milestone that was never public.
///
/// # Errors
/// Where evidence is still attached to some of it, told as a conflict, or the database refuses it.
pub async fn updates_delete_in_txn(conn: &mut Conn, milestone: &Editable<MilestoneRow>) -> Result<()> {
    let reported = progress_updates::table.filter(progress_updates::milestone_id.eq(milestone.id()));
    diesel::delete(reported).execute(conn).await?;
    Ok(())
}

/// Whether a milestone is said to be one of these.
pub(super) fn is_said(said: &[ProgressSaid], sight: &Sight) -> Condition {
    // The words are the vocabulary's own.
    seen_by(&format!("{PROGRESS_SAID} IN ('{}')", words(said).join("', '")), sight)
}
