//! What numbers are made of: commitments with all that was ever reported about them, in one statement.

use crate::accounts::model::Viewer;
use crate::commitments::model::OgpValue;
use crate::commitments::store::{
    CommitmentFilter, LEADS_OF_COMMITMENT, POLICY_AREAS_OF_COMMITMENT, commitments_left,
};
use crate::db::as_of::as_of;
use crate::db::search::finding;
use crate::db::sql::{Nested, nested};
use crate::db::{Conn, Json};
use crate::insight::model::{
    AreaName, Belonging, CommitmentFacts, CommitmentHistory, CompletionSaid, Lead, MilestoneHistory,
    PlanDated,
};
use crate::kernel::Result;
use crate::members::model::MemberName;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde::Deserialize;

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

impl Nested for OfCommitment {
    const PARTS: &'static [(&'static str, &'static str)] = &[
        (
            "member",
            "SELECT json_build_object('id', m.id, 'code', m.code, 'kind', m.kind, 'name', m.name) \
             FROM action_plans p JOIN members m ON m.id = p.member_id WHERE p.id = commitments.plan_id",
        ),
        (
            "cohort",
            "SELECT m.cohort FROM action_plans p JOIN members m ON m.id = p.member_id \
             WHERE p.id = commitments.plan_id",
        ),
        (
            "plan",
            "SELECT json_build_object('id', p.id, 'slug', p.slug, 'title', p.title, 'starts', p.starts, \
             'ends', p.ends) FROM action_plans p WHERE p.id = commitments.plan_id",
        ),
        ("policy_areas", POLICY_AREAS_OF_COMMITMENT),
        ("ogp_values", "SELECT to_json(commitments.ogp_values)"),
        ("leads", LEADS_OF_COMMITMENT),
        (
            "completions",
            "SELECT coalesce(json_agg(json_build_object('id', a.id, 'stage', a.stage, 'assessed', a.assessed, \
             'report_year', a.report_year, 'value', k ->> 'value', 'absence', k ->> 'absence')), '[]') \
             FROM assessments a CROSS JOIN jsonb_array_elements(a.codings) k \
             WHERE a.commitment_id = commitments.id AND a.withdrawn_at IS NULL \
             AND k ->> 'indicator' = 'completion'",
        ),
        (
            "facts",
            "SELECT json_build_object('id', commitments.id, 'title', json_build_object(), \
             'ends', commitments.ends, 'disposition', commitments.disposition, 'milestones', json_build_array())",
        ),
        (
            "steps",
            "SELECT coalesce(json_agg(json_build_object('facts', json_build_object('id', m.id, \
             'title', json_build_object(), 'due', m.due, 'actual_end', m.actual_end, \
             'reschedulings', m.reschedulings, 'disposition', m.disposition, 'weight', m.weight, \
             'evidence_count', (SELECT count(*) FROM evidence_uses x JOIN evidence e ON e.id = x.evidence_id \
             WHERE x.milestone_id = m.id AND e.withdrawn_at IS NULL)), \
             'told', (SELECT coalesce(json_agg(json_build_object('id', u.id, 'progress', u.progress, \
             'percent', u.percent, 'effective_on', u.effective_on, 'completed_on', u.completed_on, \
             'recorded_at', u.recorded_at, 'supersedes', u.supersedes, 'has_narrative', u.narrative <> '{}', \
             'evidence_count', (SELECT count(*) FROM evidence_uses x JOIN evidence e ON e.id = x.evidence_id \
             WHERE x.progress_update_id = u.id AND e.withdrawn_at IS NULL))), '[]') \
             FROM progress_updates u WHERE u.milestone_id = m.id)) ORDER BY m.position, m.id), '[]') \
             FROM milestones m WHERE m.commitment_id = commitments.id AND m.withdrawn_at IS NULL",
        ),
    ];
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
    let query = commitments_left(&sight, filter).select(nested::<OfCommitment>(&sight));
    let query = as_of(&sight, query).below(&filter.plans);
    let found: Vec<Json<OfCommitment>> = finding(filter.needle.as_ref(), query).load(&mut &*conn).await?;
    Ok(found.into_iter().map(|row| row.0.into()).collect())
}
