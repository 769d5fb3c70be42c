//! Reading and changing members and institutions.

use super::model::{InstitutionInput, MemberInput, MemberKind, MemberName, Sector};
use super::service;
use super::store::{self, InstitutionFilter, MemberFilter, MemberRow, Whose};
use super::view::{Institution, Member, upper_case};
use crate::accounts::model::Viewer;
use crate::accounts::service::Gate;
use crate::commitments::model::{CommitmentName, CommitmentRef, InstitutionRole};
use crate::commitments::store::{PARTICIPATIONS_OF_INSTITUTION, Participation};
use crate::db::sql::{Alone, Field, Nested};
use crate::db::{Conn, Reads};
use crate::http::Routes;
use crate::http::query::{Both, calendar_instant, country_codes, inclusion};
use crate::http::reply::{self, PageInfo, Shows};
use crate::http::{
    Asking, ChangeParameters, ChangeProblems, Create, CreateProblems, IdempotencyParameters,
    IfMatchParameters, Item, List, ListProblems, PageProblems, Patch, Problem, RemovalParameters,
    RemoveProblems, Wanted,
};
use crate::kernel::ask::Representation;
use crate::kernel::page::PageAsk;
use crate::kernel::{Error, Ref, Result, Shown};
use crate::ledger::service::Office;
use crate::members::model::MemberRef;
use crate::plans::model::{ActionPlanRef, PlanName};
use crate::plans::store::PLANS_OF_MEMBER;
use crate::search::model::{SearchKind, SearchText};
use crate::search::store::needle;
use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post, web};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

/// The operations of this room.
pub fn routes(config: &mut Routes<'_, '_>) {
    config.service(list_members).service(get_member).service(list_institutions).service(get_institution);
    config.service(create_member).service(update_member).service(delete_member);
    config.service(create_institution).service(update_institution).service(delete_institution);
}

/// Filters of the list of members.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[into_params(parameter_in = Query)]
pub struct MemberQuery {
    /// Only what has all of these words in its texts, in Romanian or English, whatever their case, diacritics and
    /// form; `GET /api/v1/search` says what is found, and shows where.
    #[param(value_type = Option<String>, example = "Timișoara", max_length = 500)]
    q: Option<SearchText>,
    /// Only these kinds; repeat for any of several.
    #[serde(default)]
    kind: Vec<MemberKind>,
    /// Only these countries (ISO 3166-1 alpha-2); repeat for any of several.
    #[serde(default)]
    #[param(example = json!(["RO"]))]
    #[validate(custom(function = country_codes))]
    country: Vec<String>,
    /// Only those that joined OGP Local with the intake of these years; repeat for any of several.
    #[serde(default)]
    #[param(example = json!([2020]))]
    cohort: Vec<i16>,
    /// Only those that joined OGP in these years; repeat for any of several.
    #[serde(default)]
    joined_year: Vec<i16>,
    /// Only those whose `updated_at` is this instant (RFC 3339) or later.
    #[param(example = "2026-11-01T00:00:00Z")]
    #[validate(custom(function = calendar_instant))]
    updated_since: Option<DateTime<Utc>>,
}

/// Filters of the list of institutions.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[into_params(parameter_in = Query)]
pub struct InstitutionQuery {
    /// Only what has all of these words in its texts, in Romanian or English, whatever their case, diacritics and
    /// form; `GET /api/v1/search` says what is found, and shows where.
    #[param(value_type = Option<String>, example = "primăria", max_length = 500)]
    q: Option<SearchText>,
    /// Only these sectors; repeat for any of several.
    #[serde(default)]
    sector: Vec<Sector>,
    /// Only in these countries (ISO 3166-1 alpha-2); repeat for any of several.
    #[serde(default)]
    #[param(example = json!(["RO"]))]
    #[validate(custom(function = country_codes))]
    country: Vec<String>,
    /// Only whole classes of bodies (`true`), or only single bodies (`false`).
    is_class: Option<bool>,
    /// Only those whose `updated_at` is this instant (RFC 3339) or later.
    #[param(example = "2026-11-01T00:00:00Z")]
    #[validate(custom(function = calendar_instant))]
    updated_since: Option<DateTime<Utc>>,
}

type MemberCreate = Create<MemberInput>;
type MemberPatch = Patch<MemberInput>;
type InstitutionCreate = Create<InstitutionInput>;
type InstitutionPatch = Patch<InstitutionInput>;

/// A page of members.
#[derive(Debug, Serialize, ToSchema)]
pub struct MemberList {
    /// The members.
    data: Vec<MemberListed>,
    /// Where the page stands.
    page: PageInfo,
}

/// A page of institutions.
#[derive(Debug, Serialize, ToSchema)]
pub struct InstitutionList {
    /// The institutions.
    data: Vec<Institution>,
    /// Where the page stands.
    page: PageInfo,
}

inclusion! {
    MemberInclusion, MemberPart:
    /// Its action plans, by name.
    ActionPlans = "action_plans",
    /// The local members of its country, for a national one.
    LocalMembers = "local_members",
}

/// A member in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct MemberListed {
    #[serde(flatten)]
    member: Member,
    /// Its action plans, oldest first; with `include=action_plans`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    action_plans: Option<Vec<ActionPlanRef>>,
    /// The local members of its country, for a national one; with `include=local_members`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    local_members: Option<Vec<MemberRef>>,
}

impl MemberListed {
    fn new(row: MemberRow, of: &OfMember, wanted: &Wanted) -> Self {
        let text = |text: &_| wanted.text(text);
        let plans = |all: &Vec<PlanName>| all.iter().map(|plan| plan.in_language(text)).collect();
        let locals = |all: &Vec<MemberName>| all.iter().map(|member| member.in_language(text)).collect();
        Self {
            member: Member::new(row, of.national.as_ref(), wanted),
            action_plans: of.below.action_plans.as_ref().map(plans),
            local_members: of.below.local_members.as_ref().map(locals),
        }
    }
}

/// A member with what belongs to it.
#[derive(Debug, Serialize, ToSchema)]
pub struct MemberPage {
    #[serde(flatten)]
    member: Member,
    /// Its action plans, oldest first.
    action_plans: Vec<ActionPlanRef>,
    /// The local members of its country, for a national one.
    local_members: Vec<MemberRef>,
}

/// An institution with the commitments that it has a part in.
#[derive(Debug, Serialize, ToSchema)]
pub struct InstitutionPage {
    #[serde(flatten)]
    institution: Institution,
    /// The commitments it leads.
    leads: Vec<CommitmentRef>,
    /// The commitments it supports.
    supports: Vec<CommitmentRef>,
}

#[derive(Debug, Deserialize)]
struct OfMember {
    national: Option<MemberName>,
    below: BelowMember,
}

#[derive(Debug, Deserialize)]
struct BelowMember {
    action_plans: Option<Vec<PlanName>>,
    local_members: Option<Vec<MemberName>>,
}

impl Nested for OfMember {
    const PARTS: &'static [Field] = &[("national", store::NATIONAL_OF_MEMBER)];
    const ON_DEMAND: &'static [Field] =
        &[("action_plans", PLANS_OF_MEMBER), ("local_members", store::LOCALS_OF_MEMBER)];
}

#[derive(Debug, Deserialize)]
struct OfMemberPage {
    national: Option<MemberName>,
    locals: Vec<MemberName>,
    plans: Vec<PlanName>,
}

impl Nested for OfMemberPage {
    const PARTS: &'static [Field] = &[
        ("national", store::NATIONAL_OF_MEMBER),
        ("locals", store::LOCALS_OF_MEMBER),
        ("plans", PLANS_OF_MEMBER),
    ];
}

#[derive(Debug, Deserialize)]
struct OfInstitutionPage {
    participations: Vec<Participation>,
}

impl Nested for OfInstitutionPage {
    const PARTS: &'static [Field] = &[("participations", PARTICIPATIONS_OF_INSTITUTION)];
}

/// List members
///
/// National and local participants of the Open Government Partnership. Sorted by `code` unless
/// `sort` says otherwise; it can be sorted by `code`, `joined_year`, `updated_at`. What `q` finds comes best
/// first, by `-relevance`, which is a key then.
#[utoipa::path(
    tag = "members",
    operation_id = "list_members",
    params(MemberQuery, MemberInclusion, crate::http::query::ListParameters),
    responses((status = 200, description = "A page of members.", body = MemberList), ListProblems)
)]
#[get("/members")]
async fn list_members(
    request: HttpRequest,
    reads: web::Data<Reads>,
    gate: web::Data<Gate>,
    asked: List<Both<MemberQuery, MemberInclusion>>,
) -> Result<HttpResponse, Problem> {
    let conn = reads.get().await?;
    let viewer = gate.viewer(&conn, asked.credential.as_ref()).await?;
    let Both(query, inclusion) = &asked.filter;
    let included = inclusion.names();
    let filter = MemberFilter {
        needle: needle(&conn, &viewer, SearchKind::Member, query.q.as_ref()).await?,
        whose: Whose {
            members: Vec::new(),
            kinds: query.kind.clone(),
            countries: upper_case(&query.country),
            cohorts: query.cohort.clone(),
        },
        joined_years: query.joined_year.clone(),
        updated_since: query.updated_since,
    };
    let pages = async move |ask: &PageAsk, wanted: &Wanted| {
        let page = store::member_list::<OfMember>(&conn, &viewer, &filter, &included, ask).await?;
        Ok(page.map(|(row, of)| MemberListed::new(row, &of, wanted)))
    };
    Ok(reply::list(&request, &asked, pages, |data, page| MemberList { data, page })
        .await?
        .shows(Shown::Everything))
}

/// Read a member
///
/// One participant, by id or code (`ROU`, `IAS`), with its action plans and the members linked to it.
#[utoipa::path(
    tag = "members",
    operation_id = "get_member",
    params(("member" = String, Path, description = "Id or code.", example = "IAS"), crate::http::query::ItemParameters),
    responses((status = 200, description = "The member.", body = MemberPage), PageProblems)
)]
#[get("/members/{member}")]
async fn get_member(
    request: HttpRequest,
    reads: web::Data<Reads>,
    gate: web::Data<Gate>,
    name: web::Path<Ref>,
    asked: Item,
) -> Result<HttpResponse, Problem> {
    let conn = reads.get().await?;
    let viewer = gate.viewer(&conn, asked.credential.as_ref()).await?;
    Ok(reply::item(&request, &asked, show_member(&conn, &name, &viewer, &asked).await?)
        .shows(Shown::Everything))
}

async fn show_member(conn: &Conn, name: &Ref, viewer: &Viewer, asked: &Item) -> Result<Representation> {
    let found = store::member_find::<OfMemberPage>(conn, viewer, name).await?;
    let (row, of) = found.ok_or_else(|| Error::not_found("member", name))?;
    let text = |text: &_| asked.wanted.text(text);
    let (version, withdrawn) = (row.version, row.withdrawn_at.is_some());
    let body = MemberPage {
        member: Member::new(row, of.national.as_ref(), &asked.wanted),
        action_plans: of.plans.iter().map(|plan| plan.in_language(text)).collect(),
        local_members: of.locals.iter().map(|member| member.in_language(text)).collect(),
    };
    let shown = Representation::of(version, &body, asked.wanted.used())?;
    if withdrawn { Err(shown.gone("member", name)) } else { Ok(shown) }
}

/// Create a member
///
/// Makes a participant. Only admins can.
#[utoipa::path(
    tag = "members",
    operation_id = "create_member",
    params(IdempotencyParameters, ChangeParameters),
    request_body(content = MemberCreate, content_type = "application/json"),
    responses((status = 201, description = "The member, as made.", body = MemberPage), CreateProblems),
    security(("bearer" = ["admin"]))
)]
#[post("/members")]
async fn create_member(office: web::Data<Office>, asking: Asking) -> Result<HttpResponse, Problem> {
    let asked = &asking.item;
    let show = async |conn: &Conn, id, viewer: &_| show_member(conn, &Ref::Id(id), viewer, asked).await;
    Ok(reply::created(service::create_member(&office, &asking.ask, show).await?))
}

/// Change a member
///
/// A JSON merge patch of what is written of a member. Only admins can.
#[utoipa::path(
    tag = "members",
    operation_id = "update_member",
    params(
        ("member" = String, Path, description = "Id or code.", example = "IAS"),
        IfMatchParameters, ChangeParameters
    ),
    request_body(content = MemberPatch, content_type = "application/merge-patch+json"),
    responses((status = 200, description = "The member, as it is now.", body = MemberPage), ChangeProblems),
    security(("bearer" = ["admin"]))
)]
#[patch("/members/{member}")]
async fn update_member(
    office: web::Data<Office>,
    name: web::Path<Ref>,
    asking: Asking,
) -> Result<HttpResponse, Problem> {
    let asked = &asking.item;
    let show = async |conn: &Conn, id, viewer: &_| show_member(conn, &Ref::Id(id), viewer, asked).await;
    Ok(reply::changed(service::update_member(&office, &asking.ask, &name, show).await?))
}

/// Withdraw a member
///
/// It leaves the lists and stays readable as what it last said. Only admins can, and only while no
/// action plan or local member belongs to it.
#[utoipa::path(
    tag = "members",
    operation_id = "delete_member",
    params(
        ("member" = String, Path, description = "Id or code.", example = "IAS"),
        IfMatchParameters, RemovalParameters
    ),
    responses((status = 204, description = "It is withdrawn."), RemoveProblems),
    security(("bearer" = ["admin"]))
)]
#[delete("/members/{member}")]
async fn delete_member(
    office: web::Data<Office>,
    name: web::Path<Ref>,
    asking: Asking,
) -> Result<HttpResponse, Problem> {
    let asked = &asking.item;
    let show = async |conn: &Conn, id, viewer: &_| show_member(conn, &Ref::Id(id), viewer, asked).await;
    service::delete_member(&office, &asking.ask, &name, show).await?;
    Ok(reply::removed())
}

/// List institutions
///
/// Bodies, and classes of bodies, that lead or support commitments. Sorted by `slug` unless `sort`
/// says otherwise; it can be sorted by `slug`, `updated_at`. What `q` finds comes best first, by
/// `-relevance`, which is a key then.
#[utoipa::path(
    tag = "institutions",
    operation_id = "list_institutions",
    params(InstitutionQuery, crate::http::query::ListParameters),
    responses((status = 200, description = "A page of institutions.", body = InstitutionList), ListProblems)
)]
#[get("/institutions")]
async fn list_institutions(
    request: HttpRequest,
    reads: web::Data<Reads>,
    gate: web::Data<Gate>,
    asked: List<InstitutionQuery>,
) -> Result<HttpResponse, Problem> {
    let conn = reads.get().await?;
    let viewer = gate.viewer(&conn, asked.credential.as_ref()).await?;
    let filter = InstitutionFilter {
        needle: needle(&conn, &viewer, SearchKind::Institution, asked.filter.q.as_ref()).await?,
        sectors: asked.filter.sector.clone(),
        countries: upper_case(&asked.filter.country),
        is_class: asked.filter.is_class,
        updated_since: asked.filter.updated_since,
    };
    let pages = async move |ask: &PageAsk, wanted: &Wanted| {
        let page = store::institution_list::<Alone>(&conn, &viewer, &filter, ask).await?;
        Ok(page.map(|(row, _)| Institution::new(row, wanted)))
    };
    Ok(reply::list(&request, &asked, pages, |data, page| InstitutionList { data, page })
        .await?
        .shows(Shown::Everything))
}

/// Read an institution
///
/// One body, by id or slug, with the commitments that it leads and supports.
#[utoipa::path(
    tag = "institutions",
    operation_id = "get_institution",
    params(
        ("institution" = String, Path, description = "Id or slug.", example = "municipality-of-timisoara"),
        crate::http::query::ItemParameters
    ),
    responses((status = 200, description = "The institution.", body = InstitutionPage), PageProblems)
)]
#[get("/institutions/{institution}")]
async fn get_institution(
    request: HttpRequest,
    reads: web::Data<Reads>,
    gate: web::Data<Gate>,
    name: web::Path<Ref>,
    asked: Item,
) -> Result<HttpResponse, Problem> {
    let conn = reads.get().await?;
    let viewer = gate.viewer(&conn, asked.credential.as_ref()).await?;
    Ok(reply::item(&request, &asked, show_institution(&conn, &name, &viewer, &asked).await?)
        .shows(Shown::Everything))
}

async fn show_institution(conn: &Conn, name: &Ref, viewer: &Viewer, asked: &Item) -> Result<Representation> {
    let found = store::institution_find::<OfInstitutionPage>(conn, viewer, name).await?;
    let (row, of) = found.ok_or_else(|| Error::not_found("institution", name))?;
    let text = |text: &_| asked.wanted.text(text);
    let with = |role: InstitutionRole| -> Vec<CommitmentRef> {
        let in_role = of.participations.iter().filter(|part| part.role == role);
        in_role.map(|part| CommitmentName::in_language(&part.commitment, text)).collect()
    };
    let (version, withdrawn) = (row.version, row.withdrawn_at.is_some());
    let body = InstitutionPage {
        institution: Institution::new(row, &asked.wanted),
        leads: with(InstitutionRole::Lead),
        supports: with(InstitutionRole::Support),
    };
    let shown = Representation::of(version, &body, asked.wanted.used())?;
    if withdrawn { Err(shown.gone("institution", name)) } else { Ok(shown) }
}

/// Create an institution
///
/// Makes a body, or a class of bodies, that commitments can name. Whoever edits a member's plans
/// can, and so can admins.
#[utoipa::path(
    tag = "institutions",
    operation_id = "create_institution",
    params(IdempotencyParameters, ChangeParameters),
    request_body(content = InstitutionCreate, content_type = "application/json"),
    responses((status = 201, description = "The institution, as made.", body = InstitutionPage), CreateProblems),
    security(("bearer" = ["edit"]))
)]
#[post("/institutions")]
async fn create_institution(office: web::Data<Office>, asking: Asking) -> Result<HttpResponse, Problem> {
    let asked = &asking.item;
    let show = async |conn: &Conn, id, viewer: &_| show_institution(conn, &Ref::Id(id), viewer, asked).await;
    Ok(reply::created(service::create_institution(&office, &asking.ask, show).await?))
}

/// Change an institution
///
/// A JSON merge patch of what is written of an institution. Only admins can: it is everybody's.
#[utoipa::path(
    tag = "institutions",
    operation_id = "update_institution",
    params(
        ("institution" = String, Path, description = "Id or slug.", example = "municipality-of-timisoara"),
        IfMatchParameters, ChangeParameters
    ),
    request_body(content = InstitutionPatch, content_type = "application/merge-patch+json"),
    responses((status = 200, description = "The institution, as it is now.", body = InstitutionPage), ChangeProblems),
    security(("bearer" = ["admin"]))
)]
#[patch("/institutions/{institution}")]
async fn update_institution(
    office: web::Data<Office>,
    name: web::Path<Ref>,
    asking: Asking,
) -> Result<HttpResponse, Problem> {
    let asked = &asking.item;
    let show = async |conn: &Conn, id, viewer: &_| show_institution(conn, &Ref::Id(id), viewer, asked).await;
    Ok(reply::changed(service::update_institution(&office, &asking.ask, &name, show).await?))
}

/// Withdraw an institution
///
/// It leaves the lists and stays readable as what it last said. Only admins can, and only while it
/// has no part in a commitment.
#[utoipa::path(
    tag = "institutions",
    operation_id = "delete_institution",
    params(
        ("institution" = String, Path, description = "Id or slug.", example = "municipality-of-timisoara"),
        IfMatchParameters, RemovalParameters
    ),
    responses((status = 204, description = "It is withdrawn."), RemoveProblems),
    security(("bearer" = ["admin"]))
)]
#[delete("/institutions/{institution}")]
async fn delete_institution(
    office: web::Data<Office>,
    name: web::Path<Ref>,
    asking: Asking,
) -> Result<HttpResponse, Problem> {
    let asked = &asking.item;
    let show = async |conn: &Conn, id, viewer: &_| show_institution(conn, &Ref::Id(id), viewer, asked).await;
    service::delete_institution(&office, &asking.ask, &name, show).await?;
    Ok(reply::removed())
}
