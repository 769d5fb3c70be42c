//! Evidence as readers ask for it: by itself, in lists, and below what it is attached to.

use super::EvidenceRow;
use crate::accounts::model::Viewer;
use crate::commitments::model::CommitmentName;
use crate::db::page::{PageRequest, SortKey, Sorting};
use crate::db::schema::{evidence, evidence_uses};
use crate::db::sql::{Condition, Nested, is_since, nested, seen_by};
use crate::db::types::words;
use crate::db::{Conn, Json};
use crate::evidence::model::{EvidenceKind, EvidenceUse};
use crate::kernel::page::{Page, PageAsk};
use crate::kernel::{Result, Sight};
use crate::members::store::Whose;
use crate::plans::store::visible_plan;
use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde::Deserialize;
use uuid::Uuid;

/// What the list of evidence can be sorted by.
const EVIDENCE_SORTING: Sorting = Sorting {
    keys: &[
        SortKey { name: "created_at", sql: "evidence.created_at", sql_type: "timestamptz" },
        SortKey { name: "updated_at", sql: "evidence.updated_at", sql_type: "timestamptz" },
        SortKey { name: "kind", sql: "evidence.kind", sql_type: "text" },
    ],
    default: "-created_at",
    id: "evidence.id",
};

/// Where a row of `evidence` has its places: the commitment that an import brought it to, and what it
/// is attached to, each with the commitment above it; `open` where nothing on the way is withdrawn.
macro_rules! places {
    () => {
        "(SELECT evidence.id, evidence.commitment_id AS commitment, NULL::uuid AS milestone, \
            NULL::uuid AS progress_update, NULL::uuid AS assessment, evidence.created_at AS attached_at, true AS open \
         WHERE evidence.commitment_id IS NOT NULL \
         UNION ALL \
         SELECT u.id, coalesce(m.commitment_id, a.commitment_id), m.id, r.id, a.id, u.attached_at, \
            m.withdrawn_at IS NULL AND a.withdrawn_at IS NULL \
         FROM evidence_uses u LEFT JOIN progress_updates r ON r.id = u.progress_update_id \
         LEFT JOIN milestones m ON m.id = coalesce(u.milestone_id, r.milestone_id) \
         LEFT JOIN assessments a ON a.id = u.assessment_id WHERE u.evidence_id = evidence.id) \
         AS x JOIN commitments c ON c.id = x.commitment JOIN action_plans p ON p.id = c.plan_id"
    };
}
/// Which of those places a viewer sees.
macro_rules! open_places {
    () => {
        concat!(places!(), " WHERE x.open AND c.withdrawn_at IS NULL AND ", visible_plan!("p"))
    };
}
/// Whether a viewer looks after the member.
macro_rules! own {
    ($row:literal) => {
        concat!("(:viewer = '*' OR strpos(:viewer, ", $row, ".member_id::text) > 0)")
    };
}

/// Subquery of `evidence`: whether the viewer sees it, unless it is withdrawn.
pub const SHOWN: &str = concat!("SELECT ", own!("evidence"), " OR EXISTS (SELECT FROM ", open_places!(), ")");
/// Subquery of `evidence`: whether the viewer looks after its member.
pub const OWN: &str = concat!("SELECT ", own!("evidence"));
/// Subquery of `evidence`: its member, as `MemberName`.
pub const MEMBER_OF_EVIDENCE: &str = "SELECT json_build_object('id', m.id, 'code', m.code, 'kind', m.kind, \
    'name', m.name) FROM members m WHERE m.id = evidence.member_id";
/// Subquery of `evidence`: what it is attached to and the viewer sees, oldest first, as a list of
/// [`EvidencePlace`].
pub const PLACES_OF_EVIDENCE: &str = concat!(
    "SELECT coalesce(json_agg(json_build_object('commitment', json_build_object('id', c.id, 'code', c.code, ",
    "'title', c.title), 'milestone_id', x.milestone, 'progress_update_id', x.progress_update, ",
    "'assessment_id', x.assessment, 'attached_at', x.attached_at) ORDER BY x.attached_at, x.id), '[]') FROM ",
    open_places!()
);
/// Which evidence a viewer sees in lists.
const VISIBLE: &str = concat!(
    "evidence.withdrawn_at IS NULL AND (",
    own!("evidence"),
    " OR EXISTS (SELECT FROM ",
    open_places!(),
    "))"
);

/// A row `e` of `evidence`, as [`EvidenceRow`].
macro_rules! evidence_json {
    () => {
        $crate::db::versioned::versioned_json!("e", ", 'created_at', e.created_at")
    };
}
/// A subquery of whatever has an id: the evidence attached to it, in order, as a list of [`EvidenceRow`];
/// what is withdrawn is among it, where it was public or the viewer looks after its member.
macro_rules! attached {
    ($column:literal, $id:literal) => {
        concat!(
            "SELECT coalesce(json_agg(",
            evidence_json!(),
            " ORDER BY u.position, u.id), '[]') FROM evidence_uses u ",
            "JOIN evidence e ON e.id = u.evidence_id WHERE u.",
            $column,
            " = ",
            $id,
            " AND (e.withdrawn_at IS NULL OR e.public_since IS NOT NULL OR ",
            $crate::evidence::store::own!("e"),
            ")"
        )
    };
}
/// The ids of the evidence that is or was attached to some milestones or to updates about them, as more rows
/// of a query: its changes are part of their history.
macro_rules! evidence_about {
    ($milestones:literal) => {
        concat!(
            " UNION ALL SELECT x.evidence_id FROM evidence_uses x WHERE x.milestone_id ",
            $milestones,
            " UNION ALL SELECT x.evidence_id FROM evidence_uses x JOIN progress_updates u ",
            "ON u.id = x.progress_update_id WHERE u.milestone_id ",
            $milestones
        )
    };
}
/// The same of the evidence that imports brought to a commitment or that is attached to its assessments.
macro_rules! evidence_besides {
    () => {
        " UNION ALL SELECT e.id FROM evidence e WHERE e.commitment_id = commitments.id          UNION ALL SELECT x.evidence_id FROM evidence_uses x JOIN assessments a ON a.id = x.assessment_id          WHERE a.commitment_id = commitments.id"
    };
}
/// Whether evidence that is not withdrawn proves a milestone, or what is reported of it up to the day asked about and
/// holds, by the alias under which a query has it.
macro_rules! is_proved {
    ($milestone:literal) => {
        concat!(
            "EXISTS (SELECT FROM (SELECT x.evidence_id FROM evidence_uses x WHERE x.milestone_id = ",
            $milestone,
            ".id UNION ALL SELECT x.evidence_id FROM progress_updates u JOIN evidence_uses x ",
            "ON x.progress_update_id = u.id WHERE u.milestone_id = ",
            $milestone,
            ".id AND u.effective_on <= :day ",
            "AND NOT EXISTS (SELECT FROM progress_updates s WHERE s.supersedes = u.id)) x ",
            "JOIN evidence e ON e.id = x.evidence_id AND e.withdrawn_at IS NULL)"
        )
    };
}
pub(crate) use {evidence_about, evidence_besides, is_proved, own};

/// Subquery of `progress_updates`: its evidence, in order, as a list of [`EvidenceRow`].
pub const EVIDENCE_OF_UPDATE: &str = attached!("progress_update_id", "progress_updates.id");
/// Subquery of `milestones`: its evidence, in order, as a list of [`EvidenceRow`]; that of its updates
/// is theirs.
pub const EVIDENCE_OF_MILESTONE: &str = attached!("milestone_id", "milestones.id");
/// Subquery of `assessments`: its evidence, in order, as a list of [`EvidenceRow`].
pub const EVIDENCE_OF_ASSESSMENT: &str = attached!("assessment_id", "assessments.id");
/// Subquery of `commitments`: the evidence that imports brought, in order, as a list of [`EvidenceRow`].
pub const EVIDENCE_OF_COMMITMENT: &str = concat!(
    "SELECT coalesce(json_agg(",
    evidence_json!(),
    " ORDER BY e.position, e.id), '[]') FROM evidence e WHERE e.commitment_id = commitments.id"
);

/// A place where a piece of evidence proves something.
#[derive(Debug, Clone, Deserialize)]
pub struct EvidencePlace {
    /// The commitment above.
    pub commitment: CommitmentName,
    /// The milestone, where it is attached to one or to an update about it.
    pub milestone_id: Option<Uuid>,
    /// The progress update.
    pub progress_update_id: Option<Uuid>,
    /// The assessment.
    pub assessment_id: Option<Uuid>,
    /// When it was attached.
    pub attached_at: DateTime<Utc>,
}

/// Which evidence to list; each part narrows where it is not empty.
#[derive(Debug, Clone, Default)]
pub struct EvidenceFilter {
    /// Whose.
    pub whose: Whose,
    /// In any of these plans.
    pub plans: Vec<Uuid>,
    /// Of any of these commitments, or below.
    pub commitments: Vec<Uuid>,
    /// Of any of these milestones, or updates about them.
    pub milestones: Vec<Uuid>,
    /// Of any of these kinds.
    pub kinds: Vec<EvidenceKind>,
    /// Changed, or public, since this instant.
    pub updated_since: Option<DateTime<Utc>>,
}

/// A page of evidence.
///
/// # Errors
/// Where the database cannot answer.
pub async fn evidence_list<N: Nested>(
    conn: &Conn,
    viewer: &Viewer,
    filter: &EvidenceFilter,
    ask: &PageAsk,
) -> Result<Page<(EvidenceRow, N)>> {
    let page = PageRequest::new(EVIDENCE_SORTING, ask)?;
    let sight = viewer.sight();
    let filtered = || {
        let mut query = evidence::table.filter(seen_by(VISIBLE, &sight)).into_boxed::<Pg>();
        if let Some(theirs) = filter.whose.is_in("evidence.member_id") {
            query = query.filter(theirs);
        }
        if let Some(since) = filter.updated_since {
            query = query.filter(is_since("greatest(evidence.updated_at, evidence.public_since)", since));
        }
        if !filter.kinds.is_empty() {
            query = query.filter(evidence::kind.eq_any(words(&filter.kinds)));
        }
        let above =
            [("p.id", &filter.plans), ("c.id", &filter.commitments), ("x.milestone", &filter.milestones)];
        for (column, ids) in above.into_iter().filter(|(_, ids)| !ids.is_empty()) {
            query = query.filter(somewhere_in(column, ids, &sight));
        }
        query
    };
    let rows = filtered().filter(page.place()).order(page.order()).limit(page.fetch()).select((
        EvidenceRow::as_select(),
        nested::<N>(&sight),
        page.keys(),
    ));
    let count = filtered().count();
    page.run(rows.load(&mut &*conn), count.get_result(&mut &*conn), |row: &EvidenceRow| row.id).await
}

/// That one of the places that the viewer sees is below one of these.
fn somewhere_in(column: &'static str, ids: &[Uuid], sight: &Sight) -> Condition {
    let ids: Vec<_> = ids.iter().map(Uuid::to_string).collect();
    let mut sql = seen_by(concat!("EXISTS (SELECT FROM ", open_places!(), " AND "), sight);
    sql.push(format!("{column} = ANY (string_to_array("));
    sql.bind(ids.join(","));
    sql.push("::text, ',')::uuid[]))");
    sql
}

/// That evidence proves commitments, their milestones, or what is reported of these up to the day asked about, or
/// that none does. What proves an assessment is the assessor's.
pub fn commitment_has_evidence(proved: bool, sight: &Sight) -> Condition {
    let mut sql = Condition::new(if proved { "(" } else { "NOT (" });
    sql.append(seen_by(
        concat!(
            "EXISTS (SELECT FROM evidence e WHERE e.commitment_id = commitments.id AND e.withdrawn_at IS NULL) ",
            "OR EXISTS (SELECT FROM milestones m WHERE m.commitment_id = commitments.id ",
            "AND m.withdrawn_at IS NULL AND ",
            is_proved!("m"),
            ")"
        ),
        sight,
    ));
    sql.push(")");
    sql
}

/// One piece of evidence, by id.
///
/// # Errors
/// Where the database cannot answer.
pub async fn evidence_find<N: Nested>(
    conn: &Conn,
    viewer: &Viewer,
    id: Uuid,
) -> Result<Option<(EvidenceRow, N)>> {
    let query = evidence::table.find(id).select((EvidenceRow::as_select(), nested::<N>(&viewer.sight())));
    let found = query.first::<(_, Json<N>)>(&mut &*conn).await;
    Ok(found.optional()?.map(|(row, nested)| (row, nested.0)))
}

/// All evidence that is attached to something, in order; what was withdrawn is among it.
///
/// # Errors
/// Where the database cannot answer.
pub async fn evidence_of(conn: &Conn, to: EvidenceUse) -> Result<Vec<EvidenceRow>> {
    let mut query = evidence::table
        .inner_join(evidence_uses::table)
        .order((evidence_uses::position, evidence_uses::id))
        .select(EvidenceRow::as_select())
        .into_boxed::<Pg>();
    query = match to {
        EvidenceUse::ProgressUpdate(id) => query.filter(evidence_uses::progress_update_id.eq(id)),
        EvidenceUse::Milestone(id) => query.filter(evidence_uses::milestone_id.eq(id)),
        EvidenceUse::Assessment(id) => query.filter(evidence_uses::assessment_id.eq(id)),
    };
    Ok(query.load(&mut &*conn).await?)
}

/// The plan of the first thing that a piece of evidence is attached to: of the first public one, where
/// there is one.
///
/// # Errors
/// Where the database cannot answer.
pub async fn evidence_plan(conn: &Conn, id: Uuid) -> Result<Option<Uuid>> {
    let first =
        crate::db::sql::Fragment::<diesel::sql_types::Nullable<diesel::sql_types::Uuid>>::new(concat!(
            "(SELECT p.id FROM ",
            places!(),
            " ORDER BY p.public_since IS NULL, x.attached_at, x.id LIMIT 1)"
        ));
    Ok(evidence::table.find(id).select(first).first(&mut &*conn).await.optional()?.flatten())
}
