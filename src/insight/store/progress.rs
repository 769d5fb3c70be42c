//! What progress is rolled up from: plans with their commitments and milestones, each as it stands on the
//! day that the viewer asks about, in one statement.

use crate::accounts::model::Viewer;
use crate::commitments::model::Disposition;
use crate::db::as_of::as_of;
use crate::db::schema::action_plans;
use crate::db::sql::{Field, Fragment, Nested, seen, seen_by};
use crate::db::{Conn, Json, Word};
use crate::insight::model::{PlanFacts, PlanHead, PlanOutline, Rare, Steps};
use crate::kernel::Result;
use crate::members::store::Whose;
use crate::milestones::model::Progress;
use crate::milestones::store::updates::{present_update, progress_said, substantive_on};
use crate::plans::store::{STANDING_OF_PLAN, visible_plan};
use chrono::NaiveDate;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{
    Array, Bool, Date, Integer, Json as JsonSql, Nullable, Record, SmallInt, Text, Untyped,
};
use diesel_async::RunQueryDsl;
use serde::Deserialize;

/// The update `h` that holds of a milestone `m`, found once for all that is told of it.
macro_rules! held {
    () => {
        concat!(
            " LEFT JOIN LATERAL (",
            present_update!(
                "m",
                "u.id, u.progress, u.percent, u.effective_on, u.recorded_at, u.started_on, u.completed_on, u.challenge, u.has_narrative"
            ),
            ") h ON true "
        )
    };
}

/// A milestone `m` with the update `h` that holds, as `MilestoneFacts`; `$more` adds fields that only some answers show.
macro_rules! milestone_facts {
    ($more:literal) => {
        concat!(
            "json_build_object('id', m.id, 'label', m.label, 'title', m.title, 'starts', m.starts, 'due', m.due, ",
            "'actual_start', m.actual_start, 'actual_end', m.actual_end, 'reschedulings', m.reschedulings, ",
            "'disposition', m.disposition, 'weight', m.weight, 'progress', CASE WHEN h.id IS NOT NULL THEN ",
            progress_said!("h"),
            " END, 'evidence_count', (SELECT count(*) FROM evidence_uses x JOIN evidence e ON e.id = x.evidence_id ",
            "WHERE x.milestone_id = m.id AND e.withdrawn_at IS NULL), 'substantive_on', ",
            // What says something in words is substantive; else it is compared with what was said before.
            "CASE WHEN h.has_narrative THEN h.effective_on ELSE (",
            substantive_on!("m"),
            ") END",
            $more,
            ")"
        )
    };
}

/// A commitment under an alias, as `CommitmentFacts`.
macro_rules! commitment_facts {
    ($commitment:literal, $more:literal) => {
        concat!(
            "json_build_object('id', ",
            $commitment,
            ".id, 'code', ",
            $commitment,
            ".code, 'title', ",
            $commitment,
            ".title, 'starts', ",
            $commitment,
            ".starts, 'ends', ",
            $commitment,
            ".ends, 'disposition', ",
            $commitment,
            ".disposition, 'milestones', (SELECT coalesce(json_agg(",
            milestone_facts!($more),
            " ORDER BY m.position, m.id), '[]') FROM milestones m",
            held!(),
            "WHERE m.commitment_id = ",
            $commitment,
            ".id AND m.withdrawn_at IS NULL), 'assessed', (SELECT coalesce(json_agg(json_build_object(",
            "'scheme', s.code, 'assessed', a.assessed, 'report_year', a.report_year) ORDER BY a.position, a.id), '[]') ",
            "FROM assessments a JOIN assessment_schemes s ON s.id = a.scheme_id WHERE a.commitment_id = ",
            $commitment,
            ".id AND a.withdrawn_at IS NULL))"
        )
    };
}

/// Subquery of `commitments`: the commitment itself with its milestones, as `CommitmentFacts`.
pub const FACTS_OF_COMMITMENT: &str =
    concat!("SELECT ", commitment_facts!("commitments", ", 'responsible', m.responsible"));
/// A plan under an alias, as `PlanFacts` with the commitments that `$commitments` makes a list of.
macro_rules! plan_facts {
    ($plan:literal, $($commitments:expr),+) => {
        concat!(
            "json_build_object('id', ", $plan, ".id, 'slug', ", $plan, ".slug, 'title', ", $plan, ".title, ",
            "'starts', ", $plan, ".starts, 'ends', ", $plan, ".ends, 'submitted', ", $plan, ".submitted, ",
            "'member', (SELECT json_build_object('id', m.id, 'code', m.code, 'kind', m.kind, 'name', m.name) ",
            "FROM members m WHERE m.id = ", $plan, ".member_id), 'commitments', ", $($commitments,)+
            ", 'reports', (SELECT coalesce(json_agg(json_build_object('kind', r.kind, 'published', r.published) ",
            "ORDER BY r.position), '[]') FROM action_plan_reports r WHERE r.plan_id = ", $plan, ".id))"
        )
    };
}

/// Subquery of `commitments`: its plan without what is below it, as `PlanFacts`.
pub const PLAN_FACTS_OF_COMMITMENT: &str = concat!(
    "SELECT ",
    plan_facts!("p", "'[]'::json"),
    " FROM action_plans p WHERE p.id = commitments.plan_id"
);
/// Subquery of `action_plans`: the plan itself with all below it, as `PlanFacts`.
const FACTS_OF_PLAN: &str = concat!(
    "SELECT ",
    plan_facts!(
        "action_plans",
        "(SELECT coalesce(json_agg(",
        commitment_facts!("c", ""),
        " ORDER BY coalesce(c.code, '~' || c.key), c.id), '[]') ",
        "FROM commitments c WHERE c.plan_id = action_plans.id AND c.withdrawn_at IS NULL)"
    )
);
/// A plan, as its own progress needs it.
#[derive(Debug, Deserialize)]
pub struct PlanSeen {
    /// What decides who sees it.
    pub standing: crate::plans::model::Standing,
    /// The plan with all below it.
    pub facts: PlanFacts,
}

impl Nested for PlanSeen {
    const PARTS: &'static [Field] = &[("standing", STANDING_OF_PLAN), ("facts", FACTS_OF_PLAN)];
}

/// Subquery of `action_plans`: the plan itself with what is counted below it, as [`OutlineRow`]. Arrays, which
/// are read faster than JSON; PostgreSQL takes as long for either.
const OUTLINE_OF_PLAN: &str = concat!(
    "(WITH promises AS MATERIALIZED (SELECT c.id, c.disposition, row_number() OVER (ORDER BY c.id) - 1 AS place ",
    "FROM commitments c WHERE c.plan_id = action_plans.id AND c.withdrawn_at IS NULL) ",
    "SELECT ROW(json_build_object('id', action_plans.id, 'slug', action_plans.slug, 'title', action_plans.title, ",
    "'starts', action_plans.starts, 'ends', action_plans.ends, 'member', (SELECT json_build_object('id', m.id, ",
    "'code', m.code, 'kind', m.kind, 'name', m.name) FROM members m WHERE m.id = action_plans.member_id)), ",
    "(SELECT array_agg(p.disposition ORDER BY p.place) FROM promises p), array_agg(s.place::int4), ",
    "array_agg(s.progress), array_agg(s.percent), array_agg(s.completed_on), array_agg(s.due_on), ",
    "array_agg(s.proved), array_agg(s.substantive_on), array_agg(s.rare)) ",
    "FROM (SELECT p.place, h.progress, h.percent, h.completed_on, m.due_on, ",
    "CASE WHEN m.disposition <> 'active' OR m.weight IS NOT NULL OR NOT (m.actual_end IS NULL) OR m.due_on IS NULL ",
    "OR m.reschedulings <> '[]' THEN json_build_object('disposition', m.disposition, 'weight', m.weight, 'actual_end', ",
    "m.actual_end, 'due', m.due, 'reschedulings', m.reschedulings) END AS rare, ",
    "CASE WHEN h.progress <> 'not_started' THEN EXISTS (SELECT FROM evidence_uses x JOIN evidence e ",
    "ON e.id = x.evidence_id WHERE x.progress_update_id = h.id AND e.withdrawn_at IS NULL) OR EXISTS (SELECT ",
    "FROM evidence_uses x JOIN evidence e ON e.id = x.evidence_id WHERE x.milestone_id = m.id ",
    "AND e.withdrawn_at IS NULL) END AS proved, CASE WHEN h.has_narrative THEN h.effective_on ELSE (",
    substantive_on!("m"),
    ") END AS substantive_on FROM promises p JOIN milestones m ON m.commitment_id = p.id",
    held!(),
    "WHERE m.withdrawn_at IS NULL OFFSET 0) s)"
);

/// Values that some things lack, one for each of many things; nothing where there are no things.
type Values<ST> = Nullable<Array<Nullable<ST>>>;
/// The SQL types of [`OUTLINE_OF_PLAN`].
type Outline = Record<(
    JsonSql,
    Nullable<Array<Text>>,
    Nullable<Array<Integer>>,
    Values<Text>,
    Values<SmallInt>,
    Values<Date>,
    Values<Date>,
    Values<Bool>,
    Values<Date>,
    Values<JsonSql>,
)>;
type Each<T> = Option<Vec<Option<T>>>;
/// The same in Rust: the plan, what its commitments are, and of each of their milestones its commitment, progress,
/// percent, completion, due date, proof, last substantive day, and what few have.
type OutlineRow = (
    Json<PlanHead>,
    Option<Vec<Word<Disposition>>>,
    Option<Vec<i32>>,
    Each<Word<Progress>>,
    Each<i16>,
    Each<NaiveDate>,
    Each<NaiveDate>,
    Each<bool>,
    Each<NaiveDate>,
    Each<Json<Rare>>,
);

fn outline(row: OutlineRow) -> PlanOutline {
    let (
        plan,
        commitments,
        commitment,
        progress,
        percent,
        completed_on,
        due_on,
        proved,
        substantive_on,
        rare,
    ) = row;
    let said = |word: Option<Word<Progress>>| word.map(|word| word.0);
    let told = |rare: Option<Json<Rare>>| rare.map(|rare| rare.0);
    PlanOutline {
        plan: plan.0,
        commitments: commitments.unwrap_or_default().into_iter().map(|word| word.0).collect(),
        steps: Steps {
            commitment: commitment.unwrap_or_default(),
            progress: progress.unwrap_or_default().into_iter().map(said).collect(),
            percent: percent.unwrap_or_default(),
            completed_on: completed_on.unwrap_or_default(),
            due_on: due_on.unwrap_or_default(),
            proved: proved.unwrap_or_default(),
            substantive_on: substantive_on.unwrap_or_default(),
            rare: rare.unwrap_or_default().into_iter().map(told).collect(),
        },
    }
}

/// All plans of some members that a viewer sees, by member and then oldest first, with what is counted below them.
///
/// # Errors
/// Where the database cannot answer.
pub async fn plan_outlines(conn: &Conn, viewer: &Viewer, whose: &Whose) -> Result<Vec<PlanOutline>> {
    let sight = viewer.sight();
    let mut query =
        action_plans::table.filter(seen_by(visible_plan!("action_plans"), &sight)).into_boxed::<Pg>();
    if let Some(theirs) = whose.is_in("action_plans.member_id") {
        query = query.filter(theirs);
    }
    let order = Fragment::<Untyped>::new(
        "(SELECT m.code FROM members m WHERE m.id = action_plans.member_id), \
         action_plans.starts_on NULLS LAST, action_plans.slug",
    );
    let query = query.order(order).select(seen::<Outline>(OUTLINE_OF_PLAN, &sight));
    let found: Vec<OutlineRow> = as_of(&sight, query).load(&mut &*conn).await?;
    Ok(found.into_iter().map(outline).collect())
}
