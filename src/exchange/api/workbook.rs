//! A plan as a workbook.

use crate::accounts::service::Gate;
use crate::assessments::api::assessment_pages;
use crate::assessments::store::AssessmentFilter;
use crate::commitments::api::commitment_pages;
use crate::commitments::store::CommitmentFilter;
use crate::db::Reads;
use crate::evidence::api::evidence_pages;
use crate::evidence::store::EvidenceFilter;
use crate::http::table::Tables;
use crate::http::{ChangeParameters, PageProblems, Plain, Problem, Sheets};
use crate::kernel::{Error, Ref, Result};
use crate::milestones::api::milestone_pages;
use crate::milestones::api::updates::update_pages;
use crate::milestones::store::{MilestoneFilter, UpdateFilter};
use crate::plans::api::show_plan;
use actix_web::{HttpRequest, HttpResponse, get, web};
use serde_json::Value;
use std::sync::Arc;
use uuid::Uuid;

/// Read an action plan as a workbook
///
/// A plan with all that belongs to it, for spreadsheet programs: a sheet each for the plan, its commitments,
/// milestones, progress updates, evidence and assessments, with the columns that those lists have.
#[utoipa::path(
    tag = "action-plans",
    operation_id = "get_action_plan_workbook",
    params(
        ("action_plan" = String, Path, description = "Id or slug.", example = "timisoara-2022-2024"),
        ChangeParameters
    ),
    responses(
        (
            status = 200, description = "The workbook.", body = String,
            content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            headers(("Content-Disposition" = String, description = "What the file is called."))
        ),
        PageProblems
    )
)]
#[get("/action-plans/{action_plan}/workbook")]
pub(super) async fn get_action_plan_workbook(
    request: HttpRequest,
    reads: web::Data<Reads>,
    gate: web::Data<Gate>,
    tables: web::Data<Tables>,
    name: web::Path<Ref>,
    asked: Plain,
) -> Result<HttpResponse, Problem> {
    let (conn, asked) = (reads.get().await?, asked.0);
    let viewer = gate.viewer(&conn, asked.credential.as_ref()).await?.at(asked.times);
    let plan = show_plan(&conn, &name, &viewer, &asked).await?.body()?;
    let plans = vec![id(&plan)?];
    let table = |list: &str| {
        let found = tables.of(&format!("/api/v1/{list}")).map(Arc::clone);
        found.ok_or_else(|| Error::Internal(format!("no table describes {list}")))
    };
    let slug = plan.get("slug").and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut sheets = Sheets::new(&asked);
    sheets.one(table("action-plans")?, plan)?;
    let filter = CommitmentFilter { plans: plans.clone(), ..CommitmentFilter::default() };
    let pages = commitment_pages(Arc::clone(&conn), viewer.clone(), filter, Vec::new(), asked.times);
    sheets.list(table("commitments")?, pages).await?;
    let filter = MilestoneFilter { plans: plans.clone(), ..MilestoneFilter::default() };
    let pages = milestone_pages(Arc::clone(&conn), viewer.clone(), filter, Vec::new(), asked.times);
    sheets.list(table("milestones")?, pages).await?;
    let filter = UpdateFilter { plans: plans.clone(), ..UpdateFilter::default() };
    sheets.list(table("progress-updates")?, update_pages(Arc::clone(&conn), viewer.clone(), filter)).await?;
    let filter = EvidenceFilter { plans: plans.clone(), ..EvidenceFilter::default() };
    sheets.list(table("evidence")?, evidence_pages(Arc::clone(&conn), viewer.clone(), filter)).await?;
    let filter = AssessmentFilter { plans, ..AssessmentFilter::default() };
    sheets.list(table("assessments")?, assessment_pages(conn, viewer, filter)).await?;
    Ok(sheets.send(&request, &slug).await?)
}

fn id(plan: &Value) -> Result<Uuid> {
    let id = plan.get("id").and_then(|id| id.as_str()?.parse().ok());
    id.ok_or_else(|| Error::Internal("a plan has no id".to_owned()))
}
