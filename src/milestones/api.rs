//! Reading milestones.

use super::model::Schedule;
use super::store::{self, MilestoneFilter, PercentSeen};
use super::view::{Milestone, ReportedPercent};
use crate::assessments::store::{CODINGS_OF_MILESTONE, CodingsOfMilestone};
use crate::assessments::view::MilestoneAssessment;
use crate::commitments::model::CommitmentWithPlan;
use crate::commitments::store::commitment_ids;
use crate::db::Reads;
use crate::db::sql::Nested;
use crate::http::query::{calendar_day, known};
use crate::http::reply::{self, PageInfo};
use crate::http::{Item, ItemProblems, List, ListProblems, Problem};
use crate::kernel::error::both;
use crate::kernel::{Error, Ref};
use crate::plans::store::plan_ids;
use actix_web::{HttpRequest, HttpResponse, get, web};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

/// The operations of this room.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list_milestones).service(get_milestone);
}

/// Filters of the list of milestones.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[into_params(parameter_in = Query)]
pub struct MilestoneQuery {
    /// Only of these commitments, by id or OGP code; repeat for any of several.
    #[serde(default)]
    #[param(value_type = Vec<String>, example = json!(["ROTMR0001"]))]
    commitment: Vec<Ref>,
    /// Only of these plans, by id or slug; repeat for any of several.
    #[serde(default)]
    #[param(value_type = Vec<String>, example = json!(["timisoara-2022-2024"]))]
    action_plan: Vec<Ref>,
    /// Only with one of these schedules today (UTC); repeat for any of several.
    #[serde(default)]
    schedule: Vec<Schedule>,
    /// Only due before this day (`YYYY-MM-DD`), not on it. What is due in a month or year counts as
    /// due on its last day.
    #[validate(custom(function = calendar_day))]
    due_before: Option<NaiveDate>,
    /// Only due after this day (`YYYY-MM-DD`), not on it.
    #[validate(custom(function = calendar_day))]
    due_after: Option<NaiveDate>,
}

/// A page of milestones.
#[derive(Debug, Serialize, ToSchema)]
pub struct MilestoneList {
    /// The milestones.
    data: Vec<Milestone>,
    /// Where the page stands.
    page: PageInfo,
}

/// A milestone with what others say of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct MilestonePage {
    #[serde(flatten)]
    milestone: Milestone,
    /// Percentages that were published about it.
    reported_percents: Vec<ReportedPercent>,
    /// Codings by others than the implementer.
    assessments: Vec<MilestoneAssessment>,
}

#[derive(Debug, Deserialize)]
struct OfMilestone {
    commitment: CommitmentWithPlan,
}

impl Nested for OfMilestone {
    const PARTS: &'static [(&'static str, &'static str)] = &[("commitment", store::COMMITMENT_OF_MILESTONE)];
}

#[derive(Debug, Deserialize)]
struct OfMilestonePage {
    commitment: CommitmentWithPlan,
    percents: Vec<PercentSeen>,
    assessments: Vec<CodingsOfMilestone>,
}

impl Nested for OfMilestonePage {
    const PARTS: &'static [(&'static str, &'static str)] = &[
        ("commitment", store::COMMITMENT_OF_MILESTONE),
        ("percents", store::PERCENTS_OF_MILESTONE),
        ("assessments", CODINGS_OF_MILESTONE),
    ];
}

/// List milestones
///
/// Steps of all commitments, each with its schedule today, commitment, plan and member. Sorted by
/// `commitment,position` unless `sort` says otherwise; it can be sorted by `commitment`,
/// `position`, `starts`, `due`, `updated_at` (unknown dates come last).
#[utoipa::path(
    tag = "milestones",
    operation_id = "list_milestones",
    params(MilestoneQuery, crate::http::query::ListParameters),
    responses((status = 200, description = "A page of milestones.", body = MilestoneList), ListProblems)
)]
#[get("/milestones")]
async fn list_milestones(
    request: HttpRequest,
    reads: web::Data<Reads>,
    asked: List<MilestoneQuery>,
) -> Result<HttpResponse, Problem> {
    let conn = reads.get().await?;
    let query = &asked.filter;
    let (commitments, plans) = both(
        known("commitment", &query.commitment, commitment_ids(&conn, &query.commitment).await?),
        known("action_plan", &query.action_plan, plan_ids(&conn, &query.action_plan).await?),
    )?;
    let filter = MilestoneFilter {
        commitments,
        plans,
        schedules: query.schedule.clone(),
        day: asked.today,
        due_before: query.due_before,
        due_after: query.due_after,
    };
    let page = store::milestone_list::<OfMilestone>(&conn, &filter, &asked.ask()?).await?;
    let info = PageInfo::of(&page, &asked);
    let show = |(row, of): (_, OfMilestone)| Milestone::new(row, &of.commitment, asked.today, &asked.wanted);
    let body = MilestoneList { data: page.rows.into_iter().map(show).collect(), page: info.clone() };
    Ok(reply::list(&request, &asked, &info, &body))
}

/// Read a milestone
///
/// One step, by id, with its schedule today, what was published about its progress, and how others coded it.
#[utoipa::path(
    tag = "milestones",
    operation_id = "get_milestone",
    params(
        ("milestone" = uuid::Uuid, Path, description = "Id."),
        crate::http::query::ItemParameters
    ),
    responses((status = 200, description = "The milestone.", body = MilestonePage), ItemProblems)
)]
#[get("/milestones/{milestone}")]
async fn get_milestone(
    request: HttpRequest,
    reads: web::Data<Reads>,
    name: web::Path<Ref>,
    asked: Item,
) -> Result<HttpResponse, Problem> {
    let found = match name.id() {
        Some(id) => store::milestone_find::<OfMilestonePage>(&*reads.get().await?, id).await?,
        None => None,
    };
    let Some((row, of)) = found else {
        return Err(Error::NotFound { kind: "milestone", name: name.to_string() }.into());
    };
    let (wanted, version) = (&asked.wanted, row.version);
    let body = MilestonePage {
        milestone: Milestone::new(row, &of.commitment, asked.today, wanted),
        reported_percents: of.percents.iter().map(|seen| ReportedPercent::new(seen, wanted)).collect(),
        assessments: of.assessments.into_iter().map(|seen| MilestoneAssessment::new(seen, wanted)).collect(),
    };
    Ok(reply::item(&request, &asked, version, &body))
}
