//! What numbers are made of: commitments with all that was ever reported about them, in one statement.

use crate::accounts::model::Viewer;
use crate::commitments::model::OgpValue;
use crate::commitments::store::{CommitmentFilter, commitments_left};
use crate::db::as_of::as_of;
use crate::db::schema::commitments;
use crate::db::search::finding;
use crate::db::{Conn, Json};
use crate::insight::model::{
    AreaName, Belonging, CommitmentFacts, CommitmentHistory, CompletionSaid, Lead, MilestoneHistory,
    PlanDated,
};
use crate::kernel::Result;
use crate::members::model::MemberName;
use diesel::QueryResult;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::Json as JsonSql;
use diesel_async::RunQueryDsl;
use futures_util::TryStreamExt;
use serde::Deserialize;

/// What is gathered about the commitments `asked`: everything below all of them at once. A subquery for each would
/// look through all rows of the record of another day each time, which has no indexes.
const GATHERED: &str = "), steps AS MATERIALIZED (SELECT m.id, m.commitment_id, m.position, m.due, m.actual_end, \
     m.reschedulings, m.disposition, m.weight FROM asked a JOIN milestones m ON m.commitment_id = a.id \
     WHERE m.withdrawn_at IS NULL), \
     proved AS (SELECT u.id, count(*) AS pieces FROM steps s JOIN progress_updates u ON u.milestone_id = s.id \
     JOIN evidence_uses x ON x.progress_update_id = u.id JOIN evidence e ON e.id = x.evidence_id \
     WHERE e.withdrawn_at IS NULL GROUP BY u.id), \
     attached AS (SELECT s.id, count(*) AS pieces FROM steps s JOIN evidence_uses x ON x.milestone_id = s.id \
     JOIN evidence e ON e.id = x.evidence_id WHERE e.withdrawn_at IS NULL GROUP BY s.id), \
     told AS (SELECT u.milestone_id, json_agg(json_build_object('id', u.id, 'progress', u.progress, \
     'percent', u.percent, 'effective_on', u.effective_on, 'completed_on', u.completed_on, \
     'recorded_at', u.recorded_at, 'supersedes', u.supersedes, 'has_narrative', u.has_narrative, \
     'evidence_count', coalesce(p.pieces, 0))) AS told FROM steps s \
     JOIN progress_updates u ON u.milestone_id = s.id LEFT JOIN proved p ON p.id = u.id GROUP BY u.milestone_id), \
     stepped AS (SELECT s.commitment_id, json_agg(json_build_object('facts', json_build_object('id', s.id, \
     'title', json_build_object(), 'due', s.due, 'actual_end', s.actual_end, 'reschedulings', s.reschedulings, \
     'disposition', s.disposition, 'weight', s.weight, 'evidence_count', coalesce(p.pieces, 0)), \
     'told', coalesce(t.told, '[]')) ORDER BY s.position, s.id) AS steps FROM steps s \
     LEFT JOIN told t ON t.milestone_id = s.id LEFT JOIN attached p ON p.id = s.id GROUP BY s.commitment_id), \
     led AS (SELECT k.commitment_id, json_agg(json_build_object('id', i.id, 'slug', i.slug, 'name', i.name, \
     'sector', i.sector)) AS leads FROM asked a JOIN commitment_institutions k ON k.commitment_id = a.id \
     JOIN institutions i ON i.id = k.institution_id WHERE k.role = 'lead' GROUP BY k.commitment_id), \
     coded AS (SELECT s.commitment_id, json_agg(json_build_object('id', s.id, 'stage', s.stage, \
     'assessed', s.assessed, 'report_year', s.report_year, 'value', c ->> 'value', 'absence', c ->> 'absence')) \
     AS completions FROM asked a JOIN assessments s ON s.commitment_id = a.id \
     CROSS JOIN jsonb_array_elements(s.codings) c \
     WHERE s.withdrawn_at IS NULL AND c ->> 'indicator' = 'completion' GROUP BY s.commitment_id) \
     SELECT json_build_object(\
     'member', json_build_object('id', m.id, 'code', m.code, 'kind', m.kind, 'name', m.name), 'cohort', m.cohort, \
     'plan', json_build_object('id', p.id, 'slug', p.slug, 'title', p.title, 'cycle_year', p.cycle_year, \
     'starts', p.starts, 'ends', p.ends), \
     'policy_areas', (SELECT coalesce(json_agg(json_build_object('code', n.code, 'name', coalesce(n.name, '{}'))), \
     '[]') FROM (SELECT c.code, y.name FROM unnest(a.policy_areas) AS c(code) \
     LEFT JOIN policy_areas y ON y.code = c.code) n), \
     'ogp_values', a.ogp_values, 'leads', coalesce(led.leads, '[]'), \
     'completions', coalesce(coded.completions, '[]'), \
     'facts', json_build_object('id', a.id, 'title', json_build_object(), 'ends', a.ends, \
     'disposition', a.disposition, 'milestones', json_build_array()), \
     'steps', coalesce(stepped.steps, '[]')) AS history \
     FROM asked a JOIN action_plans p ON p.id = a.plan_id JOIN members m ON m.id = p.member_id \
     LEFT JOIN led ON led.commitment_id = a.id LEFT JOIN coded ON coded.commitment_id = a.id \
     LEFT JOIN stepped ON stepped.commitment_id = a.id) gathered";

/// The commitments that a query finds, each as `OfCommitment`.
#[derive(Debug)]
struct Gathered<Q> {
    asked: Q,
}

impl<Q> Query for Gathered<Q> {
    type SqlType = JsonSql;
}

impl<Q> QueryId for Gathered<Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q: QueryFragment<Pg>> QueryFragment<Pg> for Gathered<Q> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        // In parentheses: other tables may stand before the whole.
        out.push_sql("SELECT gathered.history FROM (WITH asked AS MATERIALIZED (");
        self.asked.walk_ast(out.reborrow())?;
        out.push_sql(GATHERED);
        Ok(())
    }
}

/// A commitment with its history; texts that no number needs stay where they are.
#[derive(Debug, Deserialize)]
struct OfCommitment {
    member: MemberName,
    cohort: Option<i16>,
    plan: PlanDated,
    policy_areas: Vec<AreaName>,
    ogp_values: Vec<OgpValue>,
    leads: Vec<Lead>,
    completions: Vec<CompletionSaid>,
    facts: CommitmentFacts,
    steps: Vec<MilestoneHistory>,
}

impl From<OfCommitment> for CommitmentHistory {
    fn from(of: OfCommitment) -> Self {
        let belongs = Belonging {
            member: of.member,
            cohort: of.cohort,
            plan: of.plan,
            policy_areas: of.policy_areas,
            ogp_values: of.ogp_values,
            leads: of.leads,
            completions: of.completions,
        };
        Self { belongs, facts: of.facts, steps: of.steps }
    }
}

/// The commitments that a list with this filter has, each with its history.
///
/// # Errors
/// Where the database cannot answer.
pub async fn commitments_with_history(
    conn: &Conn,
    viewer: &Viewer,
    filter: &CommitmentFilter,
) -> Result<Vec<CommitmentHistory>> {
    let sight = viewer.sight();
    let asked = commitments_left(&sight, filter).select((
        commitments::id,
        commitments::plan_id,
        commitments::policy_areas,
        commitments::ogp_values,
        commitments::ends,
        commitments::disposition,
    ));
    let query = as_of(&sight, Gathered { asked }).below(&filter.plans);
    // As they come: all at once, their JSON would take more memory than what is made of it.
    let found = finding(filter.needle.as_ref(), query).load_stream::<Json<OfCommitment>>(&mut &*conn).await?;
    Ok(found.map_ok(|row| row.0.into()).try_collect().await?)
}
