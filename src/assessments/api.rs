//! Reading assessments.

use super::model::{Assessor, Stage};
use super::store::{self, AssessmentFilter, AssessmentRow, AssessmentSeen, MilestoneCodingSeen, SchemeName};
use super::view::Assessment;
use crate::commitments::model::CommitmentWithPlan;
use crate::commitments::store::commitment_ids;
use crate::db::Reads;
use crate::db::sql::Nested;
use crate::http::query::known;
use crate::http::reply::{self, PageInfo};
use crate::http::{Item, ItemProblems, List, ListProblems, Problem, Wanted};
use crate::kernel::error::both;
use crate::kernel::{Error, Ref};
use crate::plans::store::plan_ids;
use actix_web::{HttpRequest, HttpResponse, get, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

/// The operations of this room.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list_assessments).service(get_assessment);
}

/// Filters of the list of assessments.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[into_params(parameter_in = Query)]
pub struct AssessmentQuery {
    /// Only of these commitments, by id or OGP code; repeat for any of several.
    #[serde(default)]
    #[param(value_type = Vec<String>, example = json!(["ROTMR0004"]))]
    commitment: Vec<Ref>,
    /// Only of these plans, by id or slug; repeat for any of several.
    #[serde(default)]
    #[param(value_type = Vec<String>, example = json!(["timisoara-2022-2024"]))]
    action_plan: Vec<Ref>,
    /// Only at these stages; repeat for any of several.
    #[serde(default)]
    stage: Vec<Stage>,
    /// Only by these assessors; repeat for any of several.
    #[serde(default)]
    assessor: Vec<Assessor>,
}

/// A page of assessments.
#[derive(Debug, Serialize, ToSchema)]
pub struct AssessmentList {
    /// The assessments.
    data: Vec<Assessment>,
    /// Where the page stands.
    page: PageInfo,
}

#[derive(Debug, Deserialize)]
struct OfAssessment {
    scheme: SchemeName,
    milestones: Vec<MilestoneCodingSeen>,
    commitment: CommitmentWithPlan,
}

impl Nested for OfAssessment {
    const PARTS: &'static [(&'static str, &'static str)] = &[
        ("scheme", store::SCHEME_OF_ASSESSMENT),
        ("milestones", store::MILESTONES_OF_ASSESSMENT),
        ("commitment", store::COMMITMENT_OF_ASSESSMENT),
    ];
}

fn show(row: AssessmentRow, of: OfAssessment, wanted: &Wanted) -> Assessment {
    let seen = AssessmentSeen { row, scheme: of.scheme, milestones: of.milestones };
    Assessment::new(seen, &of.commitment, wanted)
}

/// List assessments
///
/// Codings of commitments by the IRM, local monitoring bodies and civil society, each with the
/// scheme and version whose words it uses. Sorted by `commitment,position` unless `sort` says
/// otherwise; it can be sorted by `commitment`, `position`, `report_year`, `updated_at`.
#[utoipa::path(
    tag = "assessments",
    operation_id = "list_assessments",
    params(AssessmentQuery, crate::http::query::ListParameters),
    responses((status = 200, description = "A page of assessments.", body = AssessmentList), ListProblems)
)]
#[get("/assessments")]
async fn list_assessments(
    request: HttpRequest,
    reads: web::Data<Reads>,
    asked: List<AssessmentQuery>,
) -> Result<HttpResponse, Problem> {
    let conn = reads.get().await?;
    let query = &asked.filter;
    let (commitments, plans) = both(
        known("commitment", &query.commitment, commitment_ids(&conn, &query.commitment).await?),
        known("action_plan", &query.action_plan, plan_ids(&conn, &query.action_plan).await?),
    )?;
    let filter = AssessmentFilter {
        commitments,
        plans,
        stages: query.stage.clone(),
        assessors: query.assessor.clone(),
    };
    let page = store::assessment_list::<OfAssessment>(&conn, &filter, &asked.ask()?).await?;
    let info = PageInfo::of(&page, &asked);
    let data = page.rows.into_iter().map(|(row, of)| show(row, of, &asked.wanted)).collect();
    Ok(reply::list(&request, &asked, &info, &AssessmentList { data, page: info.clone() }))
}

/// Read an assessment
///
/// One coding of a commitment, by id, with its scheme and the codings of single milestones.
#[utoipa::path(
    tag = "assessments",
    operation_id = "get_assessment",
    params(
        ("assessment" = uuid::Uuid, Path, description = "Id."),
        crate::http::query::ItemParameters
    ),
    responses((status = 200, description = "The assessment.", body = Assessment), ItemProblems)
)]
#[get("/assessments/{assessment}")]
async fn get_assessment(
    request: HttpRequest,
    reads: web::Data<Reads>,
    name: web::Path<Ref>,
    asked: Item,
) -> Result<HttpResponse, Problem> {
    let found = match name.id() {
        Some(id) => store::assessment_find::<OfAssessment>(&*reads.get().await?, id).await?,
        None => None,
    };
    let Some((row, of)) = found else {
        return Err(Error::NotFound { kind: "assessment", name: name.to_string() }.into());
    };
    let version = row.version;
    Ok(reply::item(&request, &asked, version, &show(row, of, &asked.wanted)))
}
