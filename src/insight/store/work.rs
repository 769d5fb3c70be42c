//! What is read to find out what somebody should report.

use crate::accounts::model::Viewer;
use crate::assessments::store::{AssessmentRow, COMMITMENT_OF_ASSESSMENT, SCHEME_OF_ASSESSMENT, SchemeName};
use crate::commitments::model::{CommitmentWithPlan, Disposition};
use crate::db::schema::{action_plans, assessment_answers, assessments, commitments, milestones};
use crate::db::sql::{Field, Nested, nested};
use crate::db::{Conn, Json, Word};
use crate::insight::model::{Step, begins_on};
use crate::kernel::{PartialDate, Result};
use crate::members::model::MemberName;
use crate::milestones::model::{MilestoneProgress, Reported};
use crate::milestones::store::{
    COMMITMENT_OF_MILESTONE, HAS_EVIDENCE_OF_MILESTONE, MilestoneRow, PRESENT_UPDATE_OF_MILESTONE,
    REPORTED_OF_MILESTONE, REPORTED_OF_PLAN,
};
use crate::plans::model::PlanStatus;
use crate::plans::store::{MEMBER_OF_PLAN, PlanRow};
use diesel::dsl::exists;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types;
use diesel_async::RunQueryDsl;
use serde::Deserialize;
use uuid::Uuid;

/// Whose work it is.
#[derive(Debug, Clone, Default)]
pub struct WorkFilter {
    /// Of these members; nothing where none is named.
    pub members: Vec<Uuid>,
    /// In any of these plans; in all where none is named.
    pub plans: Vec<Uuid>,
}

/// What is read with a milestone that its member should report about.
#[derive(Debug, Clone, Deserialize)]
pub struct OfStep {
    /// Its commitment, plan and member.
    pub commitment: CommitmentWithPlan,
    /// Its present progress.
    pub progress: Option<MilestoneProgress>,
    updates: Vec<Reported>,
    has_evidence: bool,
    commitment_starts: Option<PartialDate>,
    plan_starts: Option<PartialDate>,
    plan_ends: Option<PartialDate>,
}

impl Nested for OfStep {
    const PARTS: &'static [Field] = &[
        ("commitment", COMMITMENT_OF_MILESTONE),
        ("progress", PRESENT_UPDATE_OF_MILESTONE),
        ("updates", REPORTED_OF_MILESTONE),
        ("has_evidence", HAS_EVIDENCE_OF_MILESTONE),
        (
            "commitment_starts",
            "SELECT to_json(c.starts) FROM commitments c WHERE c.id = milestones.commitment_id",
        ),
        (
            "plan_ends",
            "SELECT to_json(p.ends) FROM commitments c JOIN action_plans p ON p.id = c.plan_id \
             WHERE c.id = milestones.commitment_id",
        ),
        (
            "plan_starts",
            "SELECT to_json(p.starts) FROM commitments c JOIN action_plans p ON p.id = c.plan_id \
             WHERE c.id = milestones.commitment_id",
        ),
    ];
}

/// A milestone that its member should report about.
#[derive(Debug, Clone)]
pub struct StepSeen {
    /// The milestone.
    pub row: MilestoneRow,
    /// What is read with it.
    pub of: OfStep,
}

impl StepSeen {
    /// What decides about what should be done.
    pub fn step(&self) -> Step {
        let (state, of) = (&self.row.state, &self.of);
        Step {
            id: self.row.id,
            kind: of.commitment.plan.member.kind,
            begins_on: begins_on([state.starts(), of.commitment_starts.as_ref(), of.plan_starts.as_ref()]),
            plan_ends_on: of.plan_ends.as_ref().and_then(PartialDate::last_day),
            due: state.due().cloned(),
            actual_end: state.actual_end.as_ref().map(|dated| dated.0.clone()),
            has_evidence: of.has_evidence,
            progress: of.progress.clone(),
            updates: of.updates.clone(),
        }
    }
}

/// The milestones that are to be reported about: active ones of commitments that go on, in plans that are published.
///
/// # Errors
/// Where the database cannot answer.
pub async fn work_steps(conn: &Conn, viewer: &Viewer, filter: &WorkFilter) -> Result<Vec<StepSeen>> {
    let going_on = ongoing(filter).filter(commitments::disposition.eq(Word(Disposition::Active)));
    let query = milestones::table
        .filter(milestones::withdrawn_at.is_null())
        .filter(milestones::disposition.eq(Word(Disposition::Active)))
        .filter(milestones::commitment_id.eq_any(going_on))
        .select((MilestoneRow::as_select(), nested::<OfStep>(&viewer.sight())));
    let found: Vec<(MilestoneRow, Json<OfStep>)> = query.load(&mut &*conn).await?;
    Ok(found.into_iter().map(|(row, of)| StepSeen { row, of: of.0 }).collect())
}

/// What is read with an assessment that waits for an answer.
#[derive(Debug, Clone, Deserialize)]
pub struct OfUnanswered {
    /// The vocabulary it follows.
    pub scheme: SchemeName,
    /// Its commitment, plan and member.
    pub commitment: CommitmentWithPlan,
}

impl Nested for OfUnanswered {
    const PARTS: &'static [Field] =
        &[("scheme", SCHEME_OF_ASSESSMENT), ("commitment", COMMITMENT_OF_ASSESSMENT)];
}

/// An assessment that waits for an answer.
#[derive(Debug, Clone)]
pub struct UnansweredSeen {
    /// The assessment.
    pub row: AssessmentRow,
    /// What is read with it.
    pub of: OfUnanswered,
}

/// The assessments in plans that are published which nobody has answered.
///
/// # Errors
/// Where the database cannot answer.
pub async fn work_assessments(
    conn: &Conn,
    viewer: &Viewer,
    filter: &WorkFilter,
) -> Result<Vec<UnansweredSeen>> {
    let answers = assessment_answers::table.filter(assessment_answers::assessment_id.eq(assessments::id));
    let query = assessments::table
        .filter(assessments::withdrawn_at.is_null())
        .filter(assessments::commitment_id.eq_any(ongoing(filter)))
        .filter(diesel::dsl::not(exists(answers.select(assessment_answers::id))))
        .select((AssessmentRow::as_select(), nested::<OfUnanswered>(&viewer.sight())));
    let found: Vec<(AssessmentRow, Json<OfUnanswered>)> = query.load(&mut &*conn).await?;
    Ok(found.into_iter().map(|(row, of)| UnansweredSeen { row, of: of.0 }).collect())
}

/// The commitments in plans that are published.
fn ongoing<'a>(filter: &WorkFilter) -> commitments::BoxedQuery<'a, Pg, sql_types::Uuid> {
    commitments::table
        .filter(commitments::withdrawn_at.is_null())
        .filter(commitments::plan_id.eq_any(published(filter).select(action_plans::id)))
        .select(commitments::id)
        .into_boxed()
}

/// The plans that are published.
fn published<'a>(filter: &WorkFilter) -> action_plans::BoxedQuery<'a, Pg> {
    let query = action_plans::table
        .filter(action_plans::status.eq(Word(PlanStatus::Published)))
        .filter(action_plans::member_id.eq_any(filter.members.clone()))
        .into_boxed();
    if filter.plans.is_empty() {
        return query;
    }
    query.filter(action_plans::id.eq_any(filter.plans.clone()))
}

/// What is read with a plan to tell when its repository is to be updated next.
#[derive(Debug, Clone, Deserialize)]
pub struct OfPlanDue {
    /// Whose plan it is.
    pub member: MemberName,
    /// All that was reported in it, by milestone.
    pub updates: Vec<Vec<Reported>>,
}

impl Nested for OfPlanDue {
    const PARTS: &'static [Field] = &[("member", MEMBER_OF_PLAN), ("updates", REPORTED_OF_PLAN)];
}

/// A plan whose repository is to be updated.
#[derive(Debug, Clone)]
pub struct PlanDueSeen {
    /// The plan.
    pub row: PlanRow,
    /// What is read with it.
    pub of: OfPlanDue,
}

/// The published plans of these members.
///
/// # Errors
/// Where the database cannot answer.
pub async fn work_plans(conn: &Conn, viewer: &Viewer, filter: &WorkFilter) -> Result<Vec<PlanDueSeen>> {
    let query = published(filter).select((PlanRow::as_select(), nested::<OfPlanDue>(&viewer.sight())));
    let found: Vec<(PlanRow, Json<OfPlanDue>)> = query.load(&mut &*conn).await?;
    Ok(found.into_iter().map(|(row, of)| PlanDueSeen { row, of: of.0 }).collect())
}
