//! Reading, uploading, attaching and withdrawing evidence.

mod content;
mod upload;

use super::model::{EvidenceGiven, EvidenceKind, EvidenceStanding, EvidenceUse};
use super::service;
use super::store::{self, EvidenceFilter, EvidencePlace};
use super::view::{Evidence, EvidenceAttachment};
use crate::accounts::model::Viewer;
use crate::accounts::service::Gate;
use crate::commitments::store::commitment_ids;
use crate::db::reads::Shared;
use crate::db::sql::{Field, Nested};
use crate::db::{Conn, Reads};
use crate::http::Routes;
use crate::http::query::{calendar_instant, country_codes, known};
use crate::http::reply::{self, PageInfo, Pages, Shows};
use crate::http::{
    Asking, ChangeParameters, IdempotencyParameters, IfMatchParameters, Item, List, ListProblems,
    PageProblems, Problem, RemovalParameters, RemoveProblems, ReportProblems, Wanted,
};
use crate::kernel::ask::Representation;
use crate::kernel::error::both;
use crate::kernel::page::PageAsk;
use crate::kernel::{Error, Ref, Result, Shown};
use crate::ledger::service::Office;
use crate::members::model::{MemberName, MemberRef};
use crate::members::store::{Whose, member_ids};
use crate::members::view::upper_case;
use crate::milestones::store::milestone_ids;
use crate::plans::store::plan_ids;
use actix_web::{HttpRequest, HttpResponse, delete, get, post, web};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

pub use upload::EvidenceUpload;

/// The operations of this room.
pub fn routes(config: &mut Routes<'_, '_>) {
    config.service(list_evidence).service(get_evidence).service(content::get_evidence_content);
    config.service(upload::create_evidence).service(delete_evidence);
    config.service(create_milestone_evidence).service(create_assessment_evidence);
}

/// Filters of the list of evidence.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[into_params(parameter_in = Query)]
pub struct EvidenceQuery {
    /// Only of these members, by id or code; repeat for any of several.
    #[serde(default)]
    #[param(value_type = Vec<String>, example = json!(["ROTMR"]))]
    member: Vec<Ref>,
    /// Only in these plans, by id or slug; repeat for any of several.
    #[serde(default)]
    #[param(value_type = Vec<String>, example = json!(["timisoara-2022-2024"]))]
    action_plan: Vec<Ref>,
    /// Only of these commitments or below, by id or OGP code; repeat for any of several.
    #[serde(default)]
    #[param(value_type = Vec<String>, example = json!(["ROTMR0001"]))]
    commitment: Vec<Ref>,
    /// Only of these milestones or of updates about them, by id; repeat for any of several.
    #[serde(default)]
    #[param(value_type = Vec<Uuid>)]
    milestone: Vec<Ref>,
    /// Only of these kinds; repeat for any of several.
    #[serde(default)]
    kind: Vec<EvidenceKind>,
    /// Only of members of these countries (ISO 3166-1 alpha-2); repeat for any of several.
    #[serde(default)]
    #[param(example = json!(["RO"]))]
    #[validate(custom(function = country_codes))]
    country: Vec<String>,
    /// Only what changed at this instant (RFC 3339) or later, by its `updated_at`, or is public since then.
    #[param(example = "2026-11-01T00:00:00Z")]
    #[validate(custom(function = calendar_instant))]
    updated_since: Option<DateTime<Utc>>,
}

/// A page of evidence.
#[derive(Debug, Serialize, ToSchema)]
pub struct EvidenceList {
    /// The evidence.
    data: Vec<EvidenceOfMember>,
    /// Where the page stands.
    page: PageInfo,
}

/// Evidence with its member.
#[derive(Debug, Serialize, ToSchema)]
pub struct EvidenceOfMember {
    #[serde(flatten)]
    evidence: Evidence,
    /// Whose it is.
    member: MemberRef,
    /// Counts its changes, from 1; part of its entity tag.
    version: i64,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// When it last changed.
    updated_at: DateTime<Utc>,
}

/// Evidence with what it is attached to.
#[derive(Debug, Serialize, ToSchema)]
pub struct EvidencePage {
    #[serde(flatten)]
    evidence: EvidenceOfMember,
    /// What it is attached to, oldest first.
    attached_to: Vec<EvidenceAttachment>,
    /// Since when the public can see something that it is attached to.
    #[schema(required)]
    public_since: Option<DateTime<Utc>>,
}

#[derive(Debug, Deserialize)]
struct OfEvidence {
    member: MemberName,
}

impl Nested for OfEvidence {
    const PARTS: &'static [Field] = &[("member", store::MEMBER_OF_EVIDENCE)];
}

#[derive(Debug, Deserialize)]
struct OfEvidencePage {
    member: MemberName,
    places: Vec<EvidencePlace>,
    #[serde(flatten)]
    standing: EvidenceStanding,
}

impl Nested for OfEvidencePage {
    const PARTS: &'static [Field] = &[
        ("member", store::MEMBER_OF_EVIDENCE),
        ("places", store::PLACES_OF_EVIDENCE),
        ("shown", store::SHOWN),
        ("own", store::OWN),
    ];
}

fn of_member(row: store::EvidenceRow, member: &MemberName, asked: &crate::http::Wanted) -> EvidenceOfMember {
    EvidenceOfMember {
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
        member: member.in_language(|text| asked.text(text)),
        evidence: Evidence::new(row, asked),
    }
}

/// List evidence
///
/// Links and files of all members that prove something that you can see. Newest first unless `sort`
/// says otherwise; it can be sorted by `created_at`, `updated_at`, `kind`.
#[utoipa::path(
    tag = "evidence",
    operation_id = "list_evidence",
    params(EvidenceQuery, crate::http::query::ListParameters),
    responses((status = 200, description = "A page of evidence.", body = EvidenceList), ListProblems)
)]
#[get("/evidence")]
async fn list_evidence(
    request: HttpRequest,
    reads: web::Data<Reads>,
    gate: web::Data<Gate>,
    asked: List<EvidenceQuery>,
) -> Result<HttpResponse, Problem> {
    let conn = reads.get().await?;
    let viewer = gate.viewer(&conn, asked.credential.as_ref()).await?;
    let query = &asked.filter;
    let ((members, plans), (commitments, milestones)) = both(
        both(
            known("member", &query.member, member_ids(&conn, &query.member).await?),
            known("action_plan", &query.action_plan, plan_ids(&conn, &viewer, &query.action_plan).await?),
        ),
        both(
            known("commitment", &query.commitment, commitment_ids(&conn, &viewer, &query.commitment).await?),
            known("milestone", &query.milestone, milestone_ids(&conn, &viewer, &query.milestone).await?),
        ),
    )?;
    let whose = Whose { members, countries: upper_case(&query.country), ..Whose::default() };
    let (kinds, updated_since) = (query.kind.clone(), query.updated_since);
    let filter = EvidenceFilter { whose, plans, commitments, milestones, kinds, updated_since };
    let pages = evidence_pages(conn, viewer, filter);
    Ok(reply::list(&request, &asked, pages, |data, page| EvidenceList { data, page })
        .await?
        .shows(Shown::Everything))
}

/// The pages of the list of evidence.
pub(crate) fn evidence_pages(
    conn: Arc<Shared>,
    viewer: Viewer,
    filter: EvidenceFilter,
) -> impl Pages<EvidenceOfMember> {
    async move |ask: &PageAsk, wanted: &Wanted| {
        let page = store::evidence_list::<OfEvidence>(&conn, &viewer, &filter, ask).await?;
        Ok(page.map(|(row, of)| of_member(row, &of.member, wanted)))
    }
}

/// Read evidence
///
/// One link or file, by id, with what it is attached to. Of what was withdrawn, title and hash are left.
#[utoipa::path(
    tag = "evidence",
    operation_id = "get_evidence",
    params(
        ("evidence" = uuid::Uuid, Path, description = "Id."),
        crate::http::query::ItemParameters
    ),
    responses((status = 200, description = "The evidence.", body = EvidencePage), PageProblems)
)]
#[get("/evidence/{evidence}")]
async fn get_evidence(
    request: HttpRequest,
    reads: web::Data<Reads>,
    gate: web::Data<Gate>,
    name: web::Path<Ref>,
    asked: Item,
) -> Result<HttpResponse, Problem> {
    let conn = reads.get().await?;
    let viewer = gate.viewer(&conn, asked.credential.as_ref()).await?;
    let shown = show_evidence(&conn, id_of("evidence", &name)?, &viewer, &asked).await?;
    Ok(reply::item(&request, &asked, shown).shows(Shown::Everything))
}

/// It has no other name.
fn id_of(kind: &'static str, name: &Ref) -> Result<Uuid> {
    name.id().ok_or_else(|| Error::not_found(kind, name))
}

async fn show_evidence(conn: &Conn, id: Uuid, viewer: &Viewer, asked: &Item) -> Result<Representation> {
    let found = store::evidence_find::<OfEvidencePage>(conn, viewer, id).await?;
    let (row, of) = found.ok_or_else(|| Error::not_found("evidence", id))?;
    let public_since = row.state.public_since;
    let appearance = of.standing.appears(row.withdrawn_at.is_some(), public_since.is_some());
    let (wanted, version) = (&asked.wanted, row.version);
    let body = EvidencePage {
        evidence: of_member(row, &of.member, wanted),
        attached_to: of.places.iter().map(|place| EvidenceAttachment::new(place, wanted)).collect(),
        public_since,
    };
    appearance.of(Representation::of(version, &body, wanted.used())?, "evidence", &id)
}

/// Delete evidence
///
/// Deletes evidence that was never used. What was used is withdrawn, for a `reason`: it is marked where
/// it is attached, keeps title and hash, answers 410, and its content is not given out any more. That
/// takes it out of the pages of today only: the public record of earlier days (`as_of`, histories) keeps
/// its title, address and hash. What was withdrawn before its plan was published never becomes public.
/// What is attached to an assessment takes an assessor (scope `assess`), whatever else it is attached to;
/// what else is public takes a publisher; the rest, whoever may upload.
#[utoipa::path(
    tag = "evidence",
    operation_id = "delete_evidence",
    params(
        ("evidence" = uuid::Uuid, Path, description = "Id."),
        IfMatchParameters, RemovalParameters
    ),
    responses((status = 204, description = "It is deleted or withdrawn."), RemoveProblems),
    security(("bearer" = ["publish"]))
)]
#[delete("/evidence/{evidence}")]
async fn delete_evidence(
    office: web::Data<Office>,
    name: web::Path<Ref>,
    asking: Asking,
) -> Result<HttpResponse, Problem> {
    let asked = &asking.item;
    let show = async |conn: &Conn, id, viewer: &_| show_evidence(conn, id, viewer, asked).await;
    service::delete_evidence(&office, &asking.ask, id_of("evidence", &name)?, show).await?;
    Ok(reply::removed())
}

/// All evidence that is attached to something.
#[derive(Debug, Serialize, ToSchema)]
pub struct AttachedEvidenceList {
    /// The evidence, in order; what was withdrawn is among it and says so.
    data: Vec<Evidence>,
}

async fn show_attached(conn: &Conn, of: EvidenceUse, asked: &Item) -> Result<Representation> {
    let rows = store::evidence_of(conn, of).await?;
    let body = AttachedEvidenceList {
        data: rows.into_iter().map(|row| Evidence::new(row, &asked.wanted)).collect(),
    };
    // What it is attached to has a version, this list has none.
    let shown = Representation::of(0, &body, asked.wanted.used())?;
    Ok(Representation { etag: String::new(), ..shown })
}

/// Attach evidence to a milestone
///
/// Attaches evidence of the same member, and links that become evidence, to the milestone itself. What a
/// progress update claims is proved by evidence of the update.
#[utoipa::path(
    tag = "evidence",
    operation_id = "create_milestone_evidence",
    params(
        ("milestone" = uuid::Uuid, Path, description = "Id."),
        IdempotencyParameters, ChangeParameters
    ),
    request_body(content = EvidenceGiven, content_type = "application/json"),
    responses(
        (status = 201, description = "All evidence of the milestone now.", body = AttachedEvidenceList),
        ReportProblems
    ),
    security(("bearer" = ["edit"]))
)]
#[post("/milestones/{milestone}/evidence")]
async fn create_milestone_evidence(
    office: web::Data<Office>,
    name: web::Path<Ref>,
    asking: Asking,
) -> Result<HttpResponse, Problem> {
    let (id, asked) = (id_of("milestone", &name)?, &asking.item);
    let show =
        async |conn: &Conn, id, _: &Viewer| show_attached(conn, EvidenceUse::Milestone(id), asked).await;
    Ok(reply::created(service::attach_to_milestone(&office, &asking.ask, id, show).await?))
}

/// Attach evidence to an assessment
///
/// Attaches evidence of the same member, and links that become evidence. Only assessors of the member
/// can.
#[utoipa::path(
    tag = "evidence",
    operation_id = "create_assessment_evidence",
    params(
        ("assessment" = uuid::Uuid, Path, description = "Id."),
        IdempotencyParameters, ChangeParameters
    ),
    request_body(content = EvidenceGiven, content_type = "application/json"),
    responses(
        (status = 201, description = "All evidence of the assessment now.", body = AttachedEvidenceList),
        ReportProblems
    ),
    security(("bearer" = ["assess"]))
)]
#[post("/assessments/{assessment}/evidence")]
async fn create_assessment_evidence(
    office: web::Data<Office>,
    name: web::Path<Ref>,
    asking: Asking,
) -> Result<HttpResponse, Problem> {
    let (id, asked) = (id_of("assessment", &name)?, &asking.item);
    let show =
        async |conn: &Conn, id, _: &Viewer| show_attached(conn, EvidenceUse::Assessment(id), asked).await;
    Ok(reply::created(service::attach_to_assessment(&office, &asking.ask, id, show).await?))
}
