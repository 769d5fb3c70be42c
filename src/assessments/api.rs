//! Reading and writing assessments.

pub mod schemes;

use super::model::{AssessmentAnswerInput, AssessmentInput, Assessor, Stage};
use super::service;
use super::store::{
    self, AnswerSeen, AssessmentFilter, AssessmentRow, AssessmentSeen, MilestoneCodingSeen, SchemeName,
};
use super::view::Assessment;
use crate::accounts::model::Viewer;
use crate::accounts::service::Gate;
use crate::commitments::model::CommitmentWithPlan;
use crate::commitments::store::commitment_ids;
use crate::db::reads::Shared;
use crate::db::sql::{Field, Nested};
use crate::db::{Conn, Reads};
use crate::evidence::store::{EVIDENCE_OF_ASSESSMENT, EvidenceRow};
use crate::evidence::view::Evidence;
use crate::http::Routes;
use crate::http::query::{Both, calendar_instant, known, listed};
use crate::http::reply::{self, PageInfo, Pages, Shows};
use crate::http::{
    Asking, ChangeParameters, ChangeProblems, Create, CreateBelowProblems, IdempotencyParameters,
    IfMatchParameters, Item, List, ListProblems, PageProblems, Patch, Problem, RemovalParameters,
    RemoveProblems, ReportProblems, Wanted,
};
use crate::kernel::ask::Representation;
use crate::kernel::error::both;
use crate::kernel::page::PageAsk;
use crate::kernel::{Error, Ref, Result, Shown};
use crate::ledger::service::Office;
use crate::members::store::member_ids;
use crate::members::view::WhoseQuery;
use crate::plans::model::Standing;
use crate::plans::store::plan_ids;
use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post, web};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

/// The operations of this room.
pub fn routes(config: &mut Routes<'_, '_>) {
    config.service(list_assessments).service(get_assessment);
    config.service(create_assessment).service(update_assessment).service(delete_assessment);
    config.service(create_assessment_answer);
    schemes::routes(config);
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
    /// Only by these schemes, by code; repeat for any of several.
    #[serde(default)]
    #[param(example = json!(["ogp_local_inception_report"]))]
    scheme: Vec<String>,
    /// Only of reports of these years; repeat for any of several.
    #[serde(default)]
    #[param(example = json!([2023]))]
    report_year: Vec<i16>,
    /// Only those whose `updated_at` is this instant (RFC 3339) or later, or that are public since then.
    #[param(example = "2026-11-01T00:00:00Z")]
    #[validate(custom(function = calendar_instant))]
    updated_since: Option<DateTime<Utc>>,
}

type AssessmentCreate = Create<AssessmentInput>;
type AssessmentPatch = Patch<AssessmentInput>;

/// A page of assessments.
#[derive(Debug, Serialize, ToSchema)]
pub struct AssessmentList {
    /// The assessments.
    data: Vec<Assessment>,
    /// Where the page stands.
    page: PageInfo,
}

/// An assessment with what proves it.
#[derive(Debug, Serialize, ToSchema)]
pub struct AssessmentPage {
    #[serde(flatten)]
    assessment: Assessment,
    /// Evidence attached to it.
    evidence: Vec<Evidence>,
}

#[derive(Debug, Deserialize)]
struct OfAssessment {
    scheme: SchemeName,
    milestones: Vec<MilestoneCodingSeen>,
    answers: Vec<AnswerSeen>,
    commitment: CommitmentWithPlan,
}

impl Nested for OfAssessment {
    const PARTS: &'static [Field] = &[
        ("scheme", store::SCHEME_OF_ASSESSMENT),
        ("milestones", store::MILESTONES_OF_ASSESSMENT),
        ("answers", store::ANSWERS_OF_ASSESSMENT),
        ("commitment", store::COMMITMENT_OF_ASSESSMENT),
    ];
}

#[derive(Debug, Deserialize)]
struct OfAssessmentPage {
    seen: OfAssessment,
    standing: Standing,
    commitment_withdrawn: bool,
    evidence: Vec<EvidenceRow>,
}

impl Nested for OfAssessmentPage {
    const PARTS: &'static [Field] = &[
        ("standing", store::STANDING_OF_ASSESSMENT),
        ("commitment_withdrawn", store::COMMITMENT_OF_ASSESSMENT_WITHDRAWN),
        ("evidence", EVIDENCE_OF_ASSESSMENT),
    ];
    const GROUPS: &'static [(&'static str, &'static [Field])] = &[("seen", OfAssessment::PARTS)];
}

fn show(row: AssessmentRow, of: OfAssessment, wanted: &Wanted) -> Assessment {
    let seen = AssessmentSeen { row, scheme: of.scheme, milestones: of.milestones, answers: of.answers };
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
    params(WhoseQuery, AssessmentQuery, crate::http::query::ListParameters),
    responses((status = 200, description = "A page of assessments.", body = AssessmentList), ListProblems)
)]
#[get("/assessments")]
async fn list_assessments(
    request: HttpRequest,
    reads: web::Data<Reads>,
    gate: web::Data<Gate>,
    asked: List<Both<WhoseQuery, AssessmentQuery>>,
) -> Result<HttpResponse, Problem> {
    let conn = reads.get().await?;
    let viewer = gate.viewer(&conn, asked.credential.as_ref()).await?;
    let Both(whose, query) = &asked.filter;
    let ((whose, schemes), (commitments, plans)) = both(
        both(whose.whose(member_ids(&conn, &whose.member).await?), schemes(&conn, &query.scheme).await),
        both(
            known("commitment", &query.commitment, commitment_ids(&conn, &viewer, &query.commitment).await?),
            known("action_plan", &query.action_plan, plan_ids(&conn, &viewer, &query.action_plan).await?),
        ),
    )?;
    let filter = AssessmentFilter {
        commitments,
        plans,
        whose,
        schemes,
        report_years: query.report_year.clone(),
        updated_since: query.updated_since,
        stages: query.stage.clone(),
        assessors: query.assessor.clone(),
    };
    let pages = assessment_pages(conn, viewer, filter);
    Ok(reply::list(&request, &asked, pages, |data, page| AssessmentList { data, page })
        .await?
        .shows(Shown::Everything))
}

/// Codes of schemes that callers named.
async fn schemes(conn: &Conn, named: &[String]) -> Result<Vec<String>> {
    if named.is_empty() {
        return Ok(Vec::new());
    }
    listed("scheme", named.to_vec(), &store::scheme_codes(conn).await?)
}

/// The pages of the list of assessments.
pub(crate) fn assessment_pages(
    conn: Arc<Shared>,
    viewer: Viewer,
    filter: AssessmentFilter,
) -> impl Pages<Assessment> {
    async move |ask: &PageAsk, wanted: &Wanted| {
        let page = store::assessment_list::<OfAssessment>(&conn, &viewer, &filter, ask).await?;
        Ok(page.map(|(row, of)| show(row, of, wanted)))
    }
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
    responses((status = 200, description = "The assessment.", body = AssessmentPage), PageProblems)
)]
#[get("/assessments/{assessment}")]
async fn get_assessment(
    request: HttpRequest,
    reads: web::Data<Reads>,
    gate: web::Data<Gate>,
    name: web::Path<Ref>,
    asked: Item,
) -> Result<HttpResponse, Problem> {
    let conn = reads.get().await?;
    let viewer = gate.viewer(&conn, asked.credential.as_ref()).await?;
    Ok(reply::item(&request, &asked, show_assessment(&conn, id_of(&name)?, &viewer, &asked).await?)
        .shows(Shown::Everything))
}

/// Assessments have no other name.
fn id_of(name: &Ref) -> Result<Uuid> {
    name.id().ok_or_else(|| Error::not_found("assessment", name))
}

async fn show_assessment(conn: &Conn, id: Uuid, viewer: &Viewer, asked: &Item) -> Result<Representation> {
    let found = store::assessment_find::<OfAssessmentPage>(conn, viewer, id).await?;
    let (row, of) = found.ok_or_else(|| Error::not_found("assessment", id))?;
    let withdrawn = row.withdrawn_at.is_some() || of.commitment_withdrawn;
    let appearance = of.standing.appears(viewer, withdrawn);
    let version = row.version;
    let body = AssessmentPage {
        assessment: show(row, of.seen, &asked.wanted),
        evidence: of.evidence.into_iter().map(|row| Evidence::new(row, &asked.wanted)).collect(),
    };
    let shown = Representation::of(version, &body, asked.wanted.used())?;
    appearance.of(shown, "assessment", &id)
}

/// Create an assessment
///
/// Codes a commitment by a scheme. Only assessors of the member can; the government's own report
/// stands beside it, untouched.
#[utoipa::path(
    tag = "assessments",
    operation_id = "create_assessment",
    params(
        ("commitment" = String, Path, description = "Id or OGP code.", example = "ROTMR0001"),
        IdempotencyParameters, ChangeParameters
    ),
    request_body(content = AssessmentCreate, content_type = "application/json"),
    responses((status = 201, description = "The assessment, as made.", body = AssessmentPage), CreateBelowProblems),
    security(("bearer" = ["assess"]))
)]
#[post("/commitments/{commitment}/assessments")]
async fn create_assessment(
    office: web::Data<Office>,
    name: web::Path<Ref>,
    asking: Asking,
) -> Result<HttpResponse, Problem> {
    let asked = &asking.item;
    let show = async |conn: &Conn, id, viewer: &_| show_assessment(conn, id, viewer, asked).await;
    Ok(reply::created(service::create_assessment(&office, &asking.ask, &name, show).await?))
}

/// Change an assessment
///
/// A JSON merge patch of what is written of an assessment. Only assessors of the member can.
#[utoipa::path(
    tag = "assessments",
    operation_id = "update_assessment",
    params(
        ("assessment" = uuid::Uuid, Path, description = "Id."),
        IfMatchParameters, ChangeParameters
    ),
    request_body(content = AssessmentPatch, content_type = "application/merge-patch+json"),
    responses((status = 200, description = "The assessment, as it is now.", body = AssessmentPage), ChangeProblems),
    security(("bearer" = ["assess"]))
)]
#[patch("/assessments/{assessment}")]
async fn update_assessment(
    office: web::Data<Office>,
    name: web::Path<Ref>,
    asking: Asking,
) -> Result<HttpResponse, Problem> {
    let asked = &asking.item;
    let show = async |conn: &Conn, id, viewer: &_| show_assessment(conn, id, viewer, asked).await;
    Ok(reply::changed(service::update_assessment(&office, &asking.ask, id_of(&name)?, show).await?))
}

/// Delete an assessment
///
/// Withdraws an assessment that is public, for a `reason`: it leaves the lists and answers 410 with
/// its last state. Deletes one that never was. Only assessors of the member can.
#[utoipa::path(
    tag = "assessments",
    operation_id = "delete_assessment",
    params(
        ("assessment" = uuid::Uuid, Path, description = "Id."),
        IfMatchParameters, RemovalParameters
    ),
    responses((status = 204, description = "It is deleted or withdrawn."), RemoveProblems),
    security(("bearer" = ["assess"]))
)]
#[delete("/assessments/{assessment}")]
async fn delete_assessment(
    office: web::Data<Office>,
    name: web::Path<Ref>,
    asking: Asking,
) -> Result<HttpResponse, Problem> {
    let asked = &asking.item;
    let show = async |conn: &Conn, id, viewer: &_| show_assessment(conn, id, viewer, asked).await;
    service::delete_assessment(&office, &asking.ask, id_of(&name)?, show).await?;
    Ok(reply::removed())
}

/// Answer an assessment
///
/// Adds what the implementer says to a coding. It stands beside the coding, says who answered, and is never changed:
/// whoever has more to say answers again. Only editors and publishers of the member can; assessors cannot.
#[utoipa::path(
    tag = "assessments",
    operation_id = "create_assessment_answer",
    params(
        ("assessment" = uuid::Uuid, Path, description = "Id."),
        IdempotencyParameters, ChangeParameters
    ),
    request_body(content = AssessmentAnswerInput, content_type = "application/json"),
    responses((status = 201, description = "The assessment, with the answer.", body = AssessmentPage), ReportProblems),
    security(("bearer" = ["edit"]))
)]
#[post("/assessments/{assessment}/answers")]
async fn create_assessment_answer(
    office: web::Data<Office>,
    name: web::Path<Ref>,
    asking: Asking,
) -> Result<HttpResponse, Problem> {
    let asked = &asking.item;
    let show = async |conn: &Conn, id, viewer: &_| show_assessment(conn, id, viewer, asked).await;
    Ok(reply::created(service::create_answer(&office, &asking.ask, id_of(&name)?, show).await?))
}
