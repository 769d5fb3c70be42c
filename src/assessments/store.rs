//! Rows and queries of assessments and their schemes.

mod answers;
mod rows;
mod schemes;

use super::model::{Assessor, SchemeRef, Stage};
use crate::accounts::model::{Editable, Permit, Viewer};
use crate::db::page::{PageRequest, SortKey, Sorting};
use crate::db::schema::{assessment_milestones, assessment_schemes, assessments, commitments};
use crate::db::sql::{Condition, Nested, is_since, nested, seen_by};
use crate::db::types::words;
use crate::db::versioned::versioned_json;
use crate::db::{Conn, Json};
use crate::kernel::page::{Page, PageAsk};
use crate::kernel::{Result, Sight};
use crate::members::store::Whose;
use crate::plans::store::{is_below, standing, visible_plan};
use chrono::{DateTime, NaiveDate, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use answers::answers_of;
pub use answers::{ANSWERS_OF_ASSESSMENT, answer_insert_in_txn, answer_states, answers_delete_in_txn};
pub use rows::{
    AnswerSeen, AnswerState, AssessmentRow, AssessmentSeen, AssessmentState, AssessmentWhole,
    CodingsOfMilestone, MilestoneCodingRow, MilestoneCodingSeen, SchemeName, SchemeRow,
};
pub use schemes::{SchemeFilter, scheme_codes, scheme_insert_in_txn, scheme_page};

/// What the list of assessments can be sorted by.
const ASSESSMENT_SORTING: Sorting = Sorting {
    keys: &[
        SortKey {
            name: "commitment",
            sql: "(SELECT coalesce(c.code, '~' || c.key) FROM commitments c WHERE c.id = assessments.commitment_id)",
            sql_type: "text",
        },
        SortKey { name: "position", sql: "assessments.position", sql_type: "int" },
        SortKey { name: "report_year", sql: "coalesce(assessments.report_year, 0)", sql_type: "int" },
        SortKey { name: "updated_at", sql: "assessments.updated_at", sql_type: "timestamptz" },
    ],
    default: "commitment,position",
    id: "assessments.id",
};

macro_rules! scheme {
    () => {
        "json_build_object('code', s.code, 'version', s.version, 'assessor', s.assessor, 'title', s.title)"
    };
}
macro_rules! milestones_of {
    ($assessment:literal) => {
        concat!(
            "SELECT coalesce(json_agg(json_build_object('milestone_id', m.id, 'label', m.label, 'title', m.title, ",
            "'codings', k.codings) ORDER BY m.position, m.id), '[]') FROM assessment_milestones k ",
            "JOIN milestones m ON m.id = k.milestone_id WHERE k.assessment_id = ",
            $assessment
        )
    };
}

/// Subquery of `assessments`: its scheme, as [`SchemeName`].
pub const SCHEME_OF_ASSESSMENT: &str =
    concat!("SELECT ", scheme!(), " FROM assessment_schemes s WHERE s.id = assessments.scheme_id");
/// Subquery of `assessments`: codings of milestones, as a list of [`MilestoneCodingSeen`].
pub const MILESTONES_OF_ASSESSMENT: &str = milestones_of!("assessments.id");
/// Subquery of `assessments`: its commitment, as `CommitmentWithPlan`.
pub const COMMITMENT_OF_ASSESSMENT: &str = "SELECT json_build_object('id', c.id, 'code', c.code, 'title', c.title, \
    'plan', json_build_object('id', p.id, 'slug', p.slug, 'title', p.title, \
        'member', json_build_object('id', m.id, 'code', m.code, 'kind', m.kind, 'name', m.name))) \
    FROM commitments c JOIN action_plans p ON p.id = c.plan_id JOIN members m ON m.id = p.member_id \
    WHERE c.id = assessments.commitment_id";
/// Subquery of `assessments`: what decides who sees it, as `Standing`.
pub const STANDING_OF_ASSESSMENT: &str = concat!(
    "SELECT ",
    standing!("p"),
    " FROM commitments c JOIN action_plans p ON p.id = c.plan_id ",
    "WHERE c.id = assessments.commitment_id"
);
/// Subquery of `assessments`: whether its commitment is withdrawn.
pub const COMMITMENT_OF_ASSESSMENT_WITHDRAWN: &str =
    "SELECT c.withdrawn_at IS NOT NULL FROM commitments c WHERE c.id = assessments.commitment_id";
/// Which assessments a viewer sees.
const VISIBLE: &str = concat!(
    "assessments.withdrawn_at IS NULL AND assessments.commitment_id IN (SELECT c.id FROM commitments c ",
    "JOIN action_plans p ON p.id = c.plan_id WHERE c.withdrawn_at IS NULL AND ",
    visible_plan!("p"),
    ")"
);
/// Subquery of `commitments`: its assessments, in order, as a list of [`AssessmentSeen`].
pub const ASSESSMENTS_OF_COMMITMENT: &str = concat!(
    "SELECT coalesce(json_agg(json_build_object('row', ",
    versioned_json!("a"),
    ", 'scheme', ",
    scheme!(),
    ", 'milestones', (",
    milestones_of!("a.id"),
    "), 'answers', (",
    answers_of!("a.id"),
    ")) ORDER BY a.position, a.id), '[]') FROM assessments a JOIN assessment_schemes s ON s.id = a.scheme_id ",
    "WHERE a.commitment_id = commitments.id AND a.withdrawn_at IS NULL"
);
/// Subquery of `milestones`: what assessments code about it, as a list of [`CodingsOfMilestone`].
pub const CODINGS_OF_MILESTONE: &str = concat!(
    "SELECT coalesce(json_agg(json_build_object('assessment_id', a.id, 'scheme', ",
    scheme!(),
    ", 'stage', a.stage, 'report', a.report, 'report_year', a.report_year, 'assessed', a.assessed, 'codings', k.codings) ",
    "ORDER BY a.position, a.id), '[]') FROM assessment_milestones k JOIN assessments a ON a.id = k.assessment_id ",
    "JOIN assessment_schemes s ON s.id = a.scheme_id WHERE k.milestone_id = milestones.id AND a.withdrawn_at IS NULL"
);

/// Subquery of `commitments`: the ids of all its assessments, withdrawn ones among them, and of the answers to them:
/// their changes are part of its history.
pub const ASSESSMENT_RESOURCES_OF_COMMITMENT: &str = "SELECT coalesce(json_agg(r.id), '[]') FROM (\
    SELECT a.id FROM assessments a WHERE a.commitment_id = commitments.id UNION ALL \
    SELECT n.id FROM assessment_answers n JOIN assessments a ON a.id = n.assessment_id \
    WHERE a.commitment_id = commitments.id) r";

/// Which assessments to list; each part narrows where it is not empty.
#[derive(Debug, Clone, Default)]
pub struct AssessmentFilter {
    /// Of any of these commitments.
    pub commitments: Vec<Uuid>,
    /// Of any of these plans.
    pub plans: Vec<Uuid>,
    /// At any of these stages.
    pub stages: Vec<Stage>,
    /// By any of these assessors.
    pub assessors: Vec<Assessor>,
    /// Whose.
    pub whose: Whose,
    /// By any of these schemes.
    pub schemes: Vec<String>,
    /// Of reports of any of these years.
    pub report_years: Vec<i16>,
    /// Changed, or public, since this instant.
    pub updated_since: Option<DateTime<Utc>>,
}

/// When what a reader sees of an assessment changed last: it may have been written long before its plan was
/// published.
const UPDATED_AT: &str = "greatest(assessments.updated_at, (SELECT p.public_since FROM commitments c \
    JOIN action_plans p ON p.id = c.plan_id WHERE c.id = assessments.commitment_id))";

/// That commitments are starred by any assessment that is known on the day asked about, or by none.
pub fn commitment_is_starred(starred: bool, on: Option<NaiveDate>, sight: &Sight) -> Condition {
    // When it was assessed, else the end of its report's year: `known_on`.
    let known = match on {
        Some(_) => {
            " AND coalesce(partial_date_last_day(a.assessed), make_date(a.report_year, 12, 31)) <= :day"
        }
        None => "",
    };
    let not = if starred { "" } else { "NOT " };
    let rule = format!(
        "{not}EXISTS (SELECT FROM assessments a WHERE a.commitment_id = commitments.id AND a.withdrawn_at IS NULL \
         AND a.codings @> '[{{\"indicator\": \"starred\", \"value\": \"yes\"}}]'{known})"
    );
    seen_by(&rule, sight)
}

/// A page of assessments.
///
/// # Errors
/// Where the database cannot answer.
pub async fn assessment_list<N: Nested>(
    conn: &Conn,
    viewer: &Viewer,
    filter: &AssessmentFilter,
    ask: &PageAsk,
) -> Result<Page<(AssessmentRow, N)>> {
    let page = PageRequest::new(ASSESSMENT_SORTING, ask)?;
    let filtered = || {
        let mut query = assessments::table.filter(seen_by(VISIBLE, &viewer.sight())).into_boxed::<Pg>();
        if !filter.commitments.is_empty() {
            query = query.filter(assessments::commitment_id.eq_any(filter.commitments.clone()));
        }
        if !filter.plans.is_empty() {
            let of_plans = commitments::table
                .filter(commitments::plan_id.eq_any(filter.plans.clone()))
                .select(commitments::id);
            query = query.filter(assessments::commitment_id.eq_any(of_plans));
        }
        if !filter.stages.is_empty() {
            query = query.filter(assessments::stage.eq_any(words(&filter.stages)));
        }
        if let Some(theirs) = filter.whose.is_in("p.member_id") {
            query = query.filter(is_below("assessments.commitment_id", theirs));
        }
        if !filter.schemes.is_empty() {
            let schemes = assessment_schemes::table
                .filter(assessment_schemes::code.eq_any(filter.schemes.clone()))
                .select(assessment_schemes::id);
            query = query.filter(assessments::scheme_id.eq_any(schemes));
        }
        if !filter.report_years.is_empty() {
            query =
                query.filter(assessments::report_year.eq_any(filter.report_years.clone()).assume_not_null());
        }
        if let Some(since) = filter.updated_since {
            query = query.filter(is_since(UPDATED_AT, since));
        }
        if !filter.assessors.is_empty() {
            let schemes = assessment_schemes::table
                .filter(assessment_schemes::assessor.eq_any(words(&filter.assessors)))
                .select(assessment_schemes::id);
            query = query.filter(assessments::scheme_id.eq_any(schemes));
        }
        query
    };
    let rows = filtered().filter(page.place()).order(page.order()).limit(page.fetch()).select((
        AssessmentRow::as_select(),
        nested::<N>(&viewer.sight()),
        page.keys(),
    ));
    let count = filtered().count();
    page.run(rows.load(&mut &*conn), count.get_result(&mut &*conn), |row: &AssessmentRow| row.id).await
}

/// One assessment, by id.
///
/// # Errors
/// Where the database cannot answer.
pub async fn assessment_find<N: Nested>(
    conn: &Conn,
    viewer: &Viewer,
    id: Uuid,
) -> Result<Option<(AssessmentRow, N)>> {
    let query =
        assessments::table.find(id).select((AssessmentRow::as_select(), nested::<N>(&viewer.sight())));
    let found = query.first::<(_, Json<N>)>(&mut &*conn).await;
    Ok(found.optional()?.map(|(row, nested)| (row, nested.0)))
}

crate::db::versioned::versioned_writes!(
    assessments,
    AssessmentRow,
    AssessmentState,
    "assessment's own state",
    assessment_state_insert_in_txn,
    assessment_state_update_in_txn
);
crate::db::versioned::versioned_rows!(
    assessments,
    AssessmentRow,
    "assessment",
    assessment_lock_in_txn,
    assessment_delete_in_txn
);
crate::db::versioned::versioned_withdrawal!(
    assessments,
    AssessmentRow,
    "assessment",
    assessment_withdraw_in_txn
);

/// All schemes.
///
/// # Errors
/// Where the database cannot answer.
pub async fn scheme_list(conn: &Conn) -> Result<Vec<SchemeRow>> {
    let query = assessment_schemes::table
        .order((assessment_schemes::code, assessment_schemes::version))
        .select(SchemeRow::as_select());
    Ok(query.load(&mut &*conn).await?)
}

/// Stores a scheme, or replaces what a known one says.
///
/// # Errors
/// Where the database refuses it.
pub async fn scheme_put_in_txn(conn: &mut Conn, scheme: &SchemeRow) -> Result<()> {
    diesel::insert_into(assessment_schemes::table)
        .values(scheme)
        .on_conflict(assessment_schemes::id)
        .do_update()
        .set(scheme)
        .execute(conn)
        .await?;
    Ok(())
}

/// The states of the assessments of these commitments.
///
/// # Errors
/// Where the database cannot answer.
pub async fn assessment_states(conn: &Conn, commitments: &[Uuid]) -> Result<Vec<(Uuid, AssessmentState)>> {
    let query = assessments::table
        .filter(assessments::commitment_id.eq_any(commitments))
        .select((assessments::id, AssessmentState::as_select()));
    Ok(query.load(&mut &*conn).await?)
}

/// The codings of single milestones in these assessments, by assessment and milestone.
///
/// # Errors
/// Where the database cannot answer.
pub async fn milestone_codings(conn: &Conn, of: &[Uuid]) -> Result<Vec<MilestoneCodingRow>> {
    let query = assessment_milestones::table
        .filter(assessment_milestones::assessment_id.eq_any(of))
        .order((assessment_milestones::assessment_id, assessment_milestones::milestone_id))
        .select(MilestoneCodingRow::as_select());
    Ok(query.load(&mut &*conn).await?)
}

/// Stores a new assessment with all that is part of it.
///
/// # Errors
/// Where the database refuses it; broken constraints are told as conflicts.
pub async fn assessment_insert_in_txn(
    conn: &mut Conn,
    permit: &Permit,
    id: Uuid,
    assessment: &AssessmentWhole,
    now: DateTime<Utc>,
) -> Result<()> {
    assessment_state_insert_in_txn(conn, permit, id, &assessment.state, now).await?;
    milestone_codings_replace_in_txn(conn, id, &assessment.milestones).await
}

/// Replaces what an assessment says, with all that is part of it; returns the new version.
///
/// # Errors
/// Where the database refuses it; broken constraints are told as conflicts.
pub async fn assessment_update_in_txn(
    conn: &mut Conn,
    row: &Editable<AssessmentRow>,
    assessment: &AssessmentWhole,
    now: DateTime<Utc>,
) -> Result<i64> {
    let version = assessment_state_update_in_txn(conn, row, &assessment.state, now).await?;
    milestone_codings_replace_in_txn(conn, row.id(), &assessment.milestones).await?;
    Ok(version)
}

async fn milestone_codings_replace_in_txn(
    conn: &mut Conn,
    assessment: Uuid,
    codings: &[MilestoneCodingRow],
) -> Result<()> {
    let old = assessment_milestones::table.filter(assessment_milestones::assessment_id.eq(assessment));
    diesel::delete(old).execute(conn).await?;
    diesel::insert_into(assessment_milestones::table).values(codings).execute(conn).await?;
    Ok(())
}

/// An assessment with all that is part of it, as its locked row has it.
///
/// # Errors
/// Where the database cannot answer.
pub async fn assessment_whole(conn: &Conn, row: &AssessmentRow) -> Result<AssessmentWhole> {
    let milestones = milestone_codings(conn, &[row.id]).await?;
    Ok(AssessmentWhole { state: row.state.clone(), milestones })
}

/// The assessments of these commitments that are not withdrawn, locked.
///
/// # Errors
/// Where the database cannot answer.
pub async fn assessments_lock_in_txn(conn: &mut Conn, commitments: &[Uuid]) -> Result<Vec<AssessmentRow>> {
    let query = assessments::table
        .filter(assessments::commitment_id.eq_any(commitments).and(assessments::withdrawn_at.is_null()))
        .order(assessments::id)
        .select(AssessmentRow::as_select())
        .for_no_key_update();
    Ok(query.load(conn).await?)
}

/// The place after the last assessment of a commitment.
///
/// # Errors
/// Where the database cannot answer.
pub async fn assessment_next_position(conn: &Conn, commitment: Uuid) -> Result<i16> {
    let query = assessments::table
        .filter(assessments::commitment_id.eq(commitment))
        .select(diesel::dsl::max(assessments::position));
    let last: Option<i16> = query.first(&mut &*conn).await?;
    Ok(last.map_or(0, |last| last.saturating_add(1)))
}

/// A scheme, by id.
///
/// # Errors
/// Where the database cannot answer.
pub async fn scheme_by_id(conn: &Conn, id: Uuid) -> Result<Option<SchemeRow>> {
    let query = assessment_schemes::table.find(id).select(SchemeRow::as_select());
    Ok(query.first(&mut &*conn).await.optional()?)
}

/// A scheme, by code and version.
///
/// # Errors
/// Where the database cannot answer.
pub async fn scheme_by_name(conn: &Conn, name: &SchemeRef) -> Result<Option<SchemeRow>> {
    let query = assessment_schemes::table
        .filter(assessment_schemes::code.eq(&name.code).and(assessment_schemes::version.eq(&name.version)))
        .select(SchemeRow::as_select());
    Ok(query.first(&mut &*conn).await.optional()?)
}
