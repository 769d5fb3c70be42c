//! Reading schemes, and adding to them.

use crate::assessments::model::{AssessmentSchemeInput, Assessor};
use crate::assessments::service;
use crate::assessments::store::{self, SchemeFilter};
use crate::assessments::view::AssessmentSchemePage;
use crate::db::{Conn, Reads};
use crate::http::Routes;
use crate::http::reply::{self, PageInfo, Shows};
use crate::http::{
    Asking, ChangeParameters, Create, CreateProblems, IdempotencyParameters, Item, ItemProblems, List,
    ListProblems, Problem, Wanted,
};
use crate::kernel::ask::Representation;
use crate::kernel::page::PageAsk;
use crate::kernel::{Error, ParameterError, Ref, Result, Shown};
use crate::ledger::service::Office;
use actix_web::{HttpRequest, HttpResponse, get, post, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

const SCHEME: &str = "assessment scheme";

/// The operations on schemes.
pub(super) fn routes(config: &mut Routes<'_, '_>) {
    config.service(list_assessment_schemes).service(get_assessment_scheme).service(create_assessment_scheme);
}

/// Filters of the list of schemes.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[into_params(parameter_in = Query)]
pub struct AssessmentSchemeQuery {
    /// Only by these assessors; repeat for any of several.
    #[serde(default)]
    assessor: Vec<Assessor>,
    /// Only of these names, in all their versions; repeat for any of several.
    #[serde(default)]
    #[param(example = json!(["irm_results_report"]))]
    code: Vec<String>,
}

type AssessmentSchemeCreate = Create<AssessmentSchemeInput>;

/// A page of schemes.
#[derive(Debug, Serialize, ToSchema)]
pub struct AssessmentSchemeList {
    /// The schemes.
    data: Vec<AssessmentSchemePage>,
    /// Where the page stands.
    page: PageInfo,
}

/// List assessment schemes
///
/// The vocabularies that assessments follow, each as one assessor used it in one era, with the words that
/// it knows. Sorted by `code,version` unless `sort` says otherwise; it can be sorted by `code`, `version`.
#[utoipa::path(
    tag = "assessments",
    operation_id = "list_assessment_schemes",
    params(AssessmentSchemeQuery, crate::http::query::ListParameters),
    responses((status = 200, description = "A page of schemes.", body = AssessmentSchemeList), ListProblems)
)]
#[get("/assessment-schemes")]
async fn list_assessment_schemes(
    request: HttpRequest,
    reads: web::Data<Reads>,
    asked: List<AssessmentSchemeQuery>,
) -> Result<HttpResponse, Problem> {
    let conn = reads.get().await?;
    let codes = codes(&conn, &asked.filter.code).await?;
    let filter = SchemeFilter { assessors: asked.filter.assessor.clone(), codes };
    let pages = async move |ask: &PageAsk, wanted: &Wanted| {
        Ok(store::scheme_page(&conn, &filter, ask).await?.map(|row| AssessmentSchemePage::new(row, wanted)))
    };
    Ok(reply::list(&request, &asked, pages, |data, page| AssessmentSchemeList { data, page })
        .await?
        .shows(Shown::Everything))
}

/// The names that callers gave, where there are schemes of these names.
async fn codes(conn: &Conn, named: &[String]) -> Result<Vec<String>> {
    if named.is_empty() {
        return Ok(Vec::new());
    }
    let known = store::scheme_codes(conn).await?;
    let unknown = named.iter().filter(|code| !known.contains(code)).map(|code| {
        let detail = format!("there is no scheme {code:?}; there are: {}", known.join(", "));
        ParameterError::new("code", "reference_unknown", detail)
    });
    let unknown: Vec<_> = unknown.collect();
    if unknown.is_empty() { Ok(named.to_vec()) } else { Err(Error::BadParameters(unknown)) }
}

/// Read an assessment scheme
///
/// One vocabulary, by id, with the words that it knows.
#[utoipa::path(
    tag = "assessments",
    operation_id = "get_assessment_scheme",
    params(
        ("scheme" = uuid::Uuid, Path, description = "Id."),
        crate::http::query::ItemParameters
    ),
    responses((status = 200, description = "The scheme.", body = AssessmentSchemePage), ItemProblems)
)]
#[get("/assessment-schemes/{scheme}")]
async fn get_assessment_scheme(
    request: HttpRequest,
    reads: web::Data<Reads>,
    name: web::Path<Ref>,
    asked: Item,
) -> Result<HttpResponse, Problem> {
    let conn = reads.get().await?;
    Ok(reply::item(&request, &asked, show_scheme(&conn, &name, &asked).await?).shows(Shown::Everything))
}

async fn show_scheme(conn: &Conn, name: &Ref, asked: &Item) -> Result<Representation> {
    // Schemes of one code differ by version: the id alone names one.
    let not_found = || Error::not_found(SCHEME, name);
    let id = name.id().ok_or_else(not_found)?;
    let row = store::scheme_by_id(conn, id).await?.ok_or_else(not_found)?;
    // It is never changed here and stays in its first version.
    Representation::of(1, &AssessmentSchemePage::new(row, &asked.wanted), asked.wanted.used())
}

/// Add an assessment scheme
///
/// A vocabulary that assessments can follow at once. What exists is never changed here, so that every coding
/// keeps the words it was made with: for new words make a new version, which is a new scheme. Only admins
/// can.
#[utoipa::path(
    tag = "assessments",
    operation_id = "create_assessment_scheme",
    params(IdempotencyParameters, ChangeParameters),
    request_body(content = AssessmentSchemeCreate, content_type = "application/json"),
    responses((status = 201, description = "The scheme, as made.", body = AssessmentSchemePage), CreateProblems),
    security(("bearer" = ["admin"]))
)]
#[post("/assessment-schemes")]
async fn create_assessment_scheme(
    office: web::Data<Office>,
    asking: Asking,
) -> Result<HttpResponse, Problem> {
    let asked = &asking.item;
    let show = async |conn: &Conn, id, _: &_| show_scheme(conn, &Ref::Id(id), asked).await;
    Ok(reply::created(service::create_scheme(&office, &asking.ask, show).await?))
}
