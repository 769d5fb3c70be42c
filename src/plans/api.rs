//! Reading action plans.

use super::model::Figure;
use super::store::{self, PlanEventRow, PlanFilter, PlanReportRow};
use super::view::{ActionPlan, ActionPlanEvent, ActionPlanReport};
use crate::commitments::model::{CommitmentName, CommitmentRef};
use crate::commitments::store::{COMMITMENT_COUNT_OF_PLAN, COMMITMENTS_OF_PLAN};
use crate::db::Reads;
use crate::db::sql::Nested;
use crate::http::query::{calendar_day, known};
use crate::http::reply::{self, PageInfo};
use crate::http::{Item, ItemProblems, List, ListProblems, Problem};
use crate::kernel::{Error, Ref};
use crate::members::model::{MemberKind, MemberName};
use crate::members::store::member_ids;
use actix_web::{HttpRequest, HttpResponse, get, web};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

/// The operations of this room.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list_action_plans).service(get_action_plan);
}

/// Filters of the list of action plans.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[into_params(parameter_in = Query)]
pub struct ActionPlanQuery {
    /// Only of these members, by id or code; repeat for any of several.
    #[serde(default)]
    #[param(value_type = Vec<String>, example = json!(["ROU"]))]
    member: Vec<Ref>,
    /// Only of members of these kinds; repeat for any of several.
    #[serde(default)]
    kind: Vec<MemberKind>,
    /// Only those whose period has this day in it (`YYYY-MM-DD`). A period known only to the month
    /// or year counts as a whole; a plan without a known end counts as running on.
    #[validate(custom(function = calendar_day))]
    active_on: Option<NaiveDate>,
}

/// A page of action plans.
#[derive(Debug, Serialize, ToSchema)]
pub struct ActionPlanList {
    /// The plans.
    data: Vec<ActionPlan>,
    /// Where the page stands.
    page: PageInfo,
}

/// An action plan with what belongs to it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ActionPlanPage {
    #[serde(flatten)]
    plan: ActionPlan,
    /// Counts that reports state about the whole plan, as stated.
    figures: Vec<Figure>,
    /// How it was made: meetings, consultations, decisions.
    events: Vec<ActionPlanEvent>,
    /// Reports about it.
    reports: Vec<ActionPlanReport>,
    /// Its commitments.
    commitments: Vec<CommitmentRef>,
}

#[derive(Debug, Deserialize)]
struct OfPlan {
    member: MemberName,
    commitments_known: i64,
}

impl Nested for OfPlan {
    const PARTS: &'static [(&'static str, &'static str)] =
        &[("member", store::MEMBER_OF_PLAN), ("commitments_known", COMMITMENT_COUNT_OF_PLAN)];
}

#[derive(Debug, Deserialize)]
struct OfPlanPage {
    member: MemberName,
    events: Vec<PlanEventRow>,
    reports: Vec<PlanReportRow>,
    commitments: Vec<CommitmentName>,
}

impl Nested for OfPlanPage {
    const PARTS: &'static [(&'static str, &'static str)] = &[
        ("member", store::MEMBER_OF_PLAN),
        ("events", store::EVENTS_OF_PLAN),
        ("reports", store::REPORTS_OF_PLAN),
        ("commitments", COMMITMENTS_OF_PLAN),
    ];
}

/// List action plans
///
/// Plans of all members, with their periods as exactly as they are known. Sorted by `slug` unless
/// `sort` says otherwise; it can be sorted by `slug`, `starts`, `ends`, `cycle_year`, `updated_at`
/// (unknown dates come last, an unknown cycle year first).
#[utoipa::path(
    tag = "action-plans",
    operation_id = "list_action_plans",
    params(ActionPlanQuery, crate::http::query::ListParameters),
    responses((status = 200, description = "A page of action plans.", body = ActionPlanList), ListProblems)
)]
#[get("/action-plans")]
async fn list_action_plans(
    request: HttpRequest,
    reads: web::Data<Reads>,
    asked: List<ActionPlanQuery>,
) -> Result<HttpResponse, Problem> {
    let conn = reads.get().await?;
    let members = &asked.filter.member;
    let filter = PlanFilter {
        members: known("member", members, member_ids(&conn, members).await?)?,
        kinds: asked.filter.kind.clone(),
        active_on: asked.filter.active_on,
    };
    let page = store::plan_list::<OfPlan>(&conn, &filter, &asked.ask()?).await?;
    let info = PageInfo::of(&page, &asked);
    let show =
        |(row, of): (_, OfPlan)| ActionPlan::new(row, &of.member, of.commitments_known, &asked.wanted).0;
    let body = ActionPlanList { data: page.rows.into_iter().map(show).collect(), page: info.clone() };
    Ok(reply::list(&request, &asked, &info, &body))
}

/// Read an action plan
///
/// One plan, by id or slug, with how it was made, reports about it, and its commitments.
#[utoipa::path(
    tag = "action-plans",
    operation_id = "get_action_plan",
    params(
        ("action_plan" = String, Path, description = "Id or slug.", example = "iasi-2019-2021"),
        crate::http::query::ItemParameters
    ),
    responses((status = 200, description = "The action plan.", body = ActionPlanPage), ItemProblems)
)]
#[get("/action-plans/{action_plan}")]
async fn get_action_plan(
    request: HttpRequest,
    reads: web::Data<Reads>,
    name: web::Path<Ref>,
    asked: Item,
) -> Result<HttpResponse, Problem> {
    let found = store::plan_find::<OfPlanPage>(&*reads.get().await?, &name).await?;
    let Some((row, of)) = found else {
        return Err(Error::NotFound { kind: "action plan", name: name.to_string() }.into());
    };
    let version = row.version;
    let count = i64::try_from(of.commitments.len()).unwrap_or(i64::MAX);
    let (plan, figures) = ActionPlan::new(row, &of.member, count, &asked.wanted);
    let body = ActionPlanPage {
        plan,
        figures,
        events: of.events.into_iter().map(|event| ActionPlanEvent::new(event, &asked.wanted)).collect(),
        reports: of.reports.into_iter().map(ActionPlanReport::from).collect(),
        commitments: of
            .commitments
            .iter()
            .map(|name| name.in_language(|text| asked.wanted.text(text)))
            .collect(),
    };
    Ok(reply::item(&request, &asked, version, &body))
}
