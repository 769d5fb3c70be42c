//! Progress rolled up: of a plan, a commitment, a member, of all members compared.

use crate::accounts::model::Viewer;
use crate::accounts::service::Gate;
use crate::assessments::store::{ASSESSMENTS_OF_COMMITMENT, AssessmentSeen};
use crate::commitments::store::{STANDING_OF_COMMITMENT, commitment_find};
use crate::db::sql::{Alone, Field, Nested};
use crate::db::{Conn, Reads};
use crate::http::Routes;
use crate::http::query::{Both, TimesParameters};
use crate::http::reply::Shows;
use crate::http::{Item, ItemProblems, ListProblems, PageProblems, Problem, Timed, reply};
use crate::insight::model::{CommitmentFacts, PlanCounted, PlanFacts, ReportingRules};
use crate::insight::store::{
    FACTS_OF_COMMITMENT, PLAN_FACTS_OF_COMMITMENT, PlanSeen, plan_outlines, reporting_rules_list,
};
use crate::insight::view::{
    ActionPlanProgress, CommitmentProgress, CompletionCoding, MemberProgress, OverallProgress, Teller,
};
use crate::kernel::ask::Representation;
use crate::kernel::{Error, Ref, Result, Shown};
use crate::members::model::MemberName;
use crate::members::store::{Whose, member_find, member_ids};
use crate::members::view::WhoseQuery;
use crate::plans::model::Standing;
use crate::plans::store::plan_find;
use actix_web::{HttpRequest, HttpResponse, get, web};
use futures_util::try_join;
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;
use uuid::Uuid;
use validator::Validate;

pub(super) fn routes(config: &mut Routes<'_, '_>) {
    config.service(get_action_plan_progress).service(get_commitment_progress);
    config.service(get_member_progress).service(get_overall_progress);
}

fn teller<'a>(rules: &'a [ReportingRules], asked: &'a Item) -> Teller<'a> {
    Teller { rules, times: &asked.times, wanted: &asked.wanted }
}

/// What is computed has no version of its own: its entity tag is its fingerprint.
pub(super) fn shown(body: &impl Serialize, asked: &Item) -> Result<Representation> {
    Representation::of(1, body, asked.wanted.used())
}

/// Read the progress of an action plan
///
/// How far a plan is on a day: its milestones counted by progress and schedule; how far they are on average, on
/// OGP's scale and in percent, beside the percentage of its period that has passed; how much of what is said is
/// proved; how long ago something was last reported, against the rule for its member's kind; what is due next;
/// and the same of each commitment. The formulas stand with the fields. `on` and `as_of` ask about other days.
#[utoipa::path(
    tag = "progress",
    operation_id = "get_action_plan_progress",
    params(
        ("action_plan" = String, Path, description = "Id or slug.", example = "timisoara-2022-2024"),
        TimesParameters, crate::http::query::ItemParameters
    ),
    responses((status = 200, description = "Its progress.", body = ActionPlanProgress), PageProblems)
)]
#[get("/action-plans/{action_plan}/progress")]
async fn get_action_plan_progress(
    request: HttpRequest,
    reads: web::Data<Reads>,
    gate: web::Data<Gate>,
    name: web::Path<Ref>,
    asked: Timed,
) -> Result<HttpResponse, Problem> {
    let (conn, asked) = (reads.get().await?, &asked.item);
    let viewer = gate.viewer(&conn, asked.credential.as_ref()).await?.at(asked.times);
    let (body, standing) = plan_told(&conn, &name, &viewer, asked).await?;
    let shown = standing.appears(&viewer, false).of(shown(&body, asked)?, "action plan", &*name)?;
    Ok(reply::item(&request, asked, shown).shows(Shown::Plan(standing.plan_id)))
}

/// A plan's progress, and what decides whether the viewer sees it.
pub(super) async fn plan_told(
    conn: &Conn,
    name: &Ref,
    viewer: &Viewer,
    asked: &Item,
) -> Result<(ActionPlanProgress, Standing)> {
    let (rules, found) =
        try_join!(reporting_rules_list(conn, viewer), plan_find::<PlanSeen>(conn, viewer, name))?;
    let (_, seen) = found.ok_or_else(|| Error::not_found("action plan", name))?;
    let body = teller(&rules, asked).plan(&seen.facts.at(&asked.times));
    Ok((body, seen.standing))
}

#[derive(Debug, Deserialize)]
struct OfCommitment {
    standing: Standing,
    plan: PlanFacts,
    facts: CommitmentFacts,
    assessments: Vec<AssessmentSeen>,
}

impl Nested for OfCommitment {
    const PARTS: &'static [Field] = &[
        ("standing", STANDING_OF_COMMITMENT),
        ("plan", PLAN_FACTS_OF_COMMITMENT),
        ("facts", FACTS_OF_COMMITMENT),
        ("assessments", ASSESSMENTS_OF_COMMITMENT),
    ];
}

/// The coding of a commitment's completion, where an assessment has one.
fn completion(seen: &AssessmentSeen) -> Option<CompletionCoding> {
    let state = &seen.row.state;
    let coding = state.codings.0.iter().find(|coding| coding.indicator == "completion")?;
    Some(CompletionCoding {
        assessment_id: seen.row.id,
        assessor: seen.scheme.assessor,
        scheme: seen.scheme.code.clone(),
        scheme_version: seen.scheme.version.clone(),
        stage: state.stage.0,
        report_year: state.report_year,
        value: coding.value.clone(),
        absence: coding.absence,
    })
}

/// Read the progress of a commitment
///
/// How far a commitment is on a day, and each of its milestones: percentage, dates, who is responsible, what was
/// reported last, with how much evidence; beside it, never mixed with it, how others coded its completion. The
/// formulas stand with the fields. `on` and `as_of` ask about other days.
#[utoipa::path(
    tag = "progress",
    operation_id = "get_commitment_progress",
    params(
        ("commitment" = String, Path, description = "Id or OGP code.", example = "ROTMR0004"),
        TimesParameters, crate::http::query::ItemParameters
    ),
    responses((status = 200, description = "Its progress.", body = CommitmentProgress), PageProblems)
)]
#[get("/commitments/{commitment}/progress")]
async fn get_commitment_progress(
    request: HttpRequest,
    reads: web::Data<Reads>,
    gate: web::Data<Gate>,
    name: web::Path<Ref>,
    asked: Timed,
) -> Result<HttpResponse, Problem> {
    let (conn, asked) = (reads.get().await?, &asked.item);
    let viewer = gate.viewer(&conn, asked.credential.as_ref()).await?.at(asked.times);
    let (plan, shown) = commitment_progress(&conn, &name, &viewer, asked).await?;
    Ok(reply::item(&request, asked, shown).shows(Shown::Plan(plan)))
}

async fn commitment_progress(
    conn: &Conn,
    name: &Ref,
    viewer: &Viewer,
    asked: &Item,
) -> Result<(Uuid, Representation)> {
    let (rules, found) =
        try_join!(reporting_rules_list(conn, viewer), commitment_find::<OfCommitment>(conn, viewer, name))?;
    let (row, mut of) = found.ok_or_else(|| Error::not_found("commitment", name))?;
    if let Some(day) = asked.times.on {
        of.assessments.retain(|seen| seen.row.state.known_on(day));
    }
    let codings = of.assessments.iter().filter_map(completion).collect();
    let (plan, facts) = (of.plan.at(&asked.times), of.facts.at(&asked.times));
    let body = teller(&rules, asked).commitment(&plan, &facts, codings);
    let appearance = of.standing.appears(viewer, row.withdrawn_at.is_some());
    Ok((of.standing.plan_id, appearance.of(shown(&body, asked)?, "commitment", name)?))
}

/// Read the progress of a member
///
/// How far all plans of a member are together on a day, and each of them. `on` and `as_of` ask about other days.
#[utoipa::path(
    tag = "progress",
    operation_id = "get_member_progress",
    params(
        ("member" = String, Path, description = "Id or code.", example = "ROTMR"),
        TimesParameters, crate::http::query::ItemParameters
    ),
    responses((status = 200, description = "Its progress.", body = MemberProgress), ItemProblems)
)]
#[get("/members/{member}/progress")]
async fn get_member_progress(
    request: HttpRequest,
    reads: web::Data<Reads>,
    gate: web::Data<Gate>,
    name: web::Path<Ref>,
    asked: Timed,
) -> Result<HttpResponse, Problem> {
    let (conn, asked) = (reads.get().await?, &asked.item);
    let viewer = gate.viewer(&conn, asked.credential.as_ref()).await?.at(asked.times);
    let body = member_told(&conn, &name, &viewer, asked).await?;
    let member = Shown::Member(body.member.id);
    Ok(reply::item(&request, asked, shown(&body, asked)?).shows(member))
}

/// A member's progress.
pub(super) async fn member_told(
    conn: &Conn,
    name: &Ref,
    viewer: &Viewer,
    asked: &Item,
) -> Result<MemberProgress> {
    let found = member_find::<Alone>(conn, viewer, name).await?;
    let (row, _) = found.ok_or_else(|| Error::not_found("member", name))?;
    let member =
        MemberName { id: row.id, code: row.state.code, kind: row.state.kind.0, name: row.state.name.0 };
    let whose = Whose { members: vec![row.id], ..Whose::default() };
    let (rules, plans) = counted(conn, viewer, &whose, asked).await?;
    let member = member.in_language(|text| asked.wanted.text(text));
    Ok(teller(&rules, asked).member(member, &plans))
}

/// The rules, and the plans of some members with what counted below them at the times asked about.
async fn counted(
    conn: &Conn,
    viewer: &Viewer,
    whose: &Whose,
    asked: &Item,
) -> Result<(Vec<ReportingRules>, Vec<PlanCounted>)> {
    let (rules, plans) = try_join!(reporting_rules_list(conn, viewer), plan_outlines(conn, viewer, whose))?;
    Ok((rules, plans.into_iter().map(|plan| plan.counted(&asked.times)).collect()))
}

/// Which plans to compare.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[into_params(parameter_in = Query)]
pub struct OverallQuery {
    /// Only plans whose period has the day in it (`true`), or does not (`false`).
    running: Option<bool>,
}

/// Compare the progress of members
///
/// How far the plans of all members are on a day, together and member by member: a whole country with
/// `country=RO`, all its local members compared with `kind=local`. `on` and `as_of` ask about other days.
#[utoipa::path(
    tag = "progress",
    operation_id = "get_overall_progress",
    params(WhoseQuery, OverallQuery, TimesParameters, crate::http::query::ItemParameters),
    responses((status = 200, description = "Their progress.", body = OverallProgress), ListProblems)
)]
#[get("/progress")]
async fn get_overall_progress(
    request: HttpRequest,
    reads: web::Data<Reads>,
    gate: web::Data<Gate>,
    asked: Timed<Both<WhoseQuery, OverallQuery>>,
) -> Result<HttpResponse, Problem> {
    let Timed { filter: Both(whose, query), item: asked } = &asked;
    let conn = reads.get().await?;
    let viewer = gate.viewer(&conn, asked.credential.as_ref()).await?.at(asked.times);
    let whose = whose.whose(member_ids(&conn, &whose.member).await?)?;
    let (rules, mut plans) = counted(&conn, &viewer, &whose, asked).await?;
    let day = asked.times.day();
    plans.retain(|plan| query.running.is_none_or(|running| plan.runs_on(day) == running));
    let body = teller(&rules, asked).overall(&plans);
    Ok(reply::item(&request, asked, shown(&body, asked)?).shows(Shown::Everything))
}
