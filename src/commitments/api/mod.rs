//! Reading and changing commitments and the links between them.

mod listed;
mod query;

pub use listed::{CommitmentBelow, CommitmentInclusion, CommitmentListed, CommitmentPart};
pub(crate) use query::commitment_filter;
pub use query::{CommitmentAsk, CommitmentQuery};

use listed::{BelowSeen, OfCommitment, below_parts, context_parts};

use crate::accounts::model::Viewer;
use crate::accounts::service::Gate;
use crate::assessments::store::ASSESSMENT_RESOURCES_OF_COMMITMENT;
use crate::assessments::view::CommitmentAssessment;
use crate::commitments::model::{CommitmentInput, LinkInput};
use crate::commitments::service;
use crate::commitments::store::{self, CommitmentFilter, CommitmentRow, CommitmentsNow};
use crate::commitments::view::{Commitment, CommitmentContext, CommitmentLink};
use crate::db::reads::Shared;
use crate::db::sql::{Field, Nested};
use crate::db::{Conn, Reads, Together};
use crate::evidence::view::Evidence;
use crate::http::Routes;
use crate::http::query::{Both, TimesParameters};
use crate::http::reply::{self, PageInfo, Pages, Shows};
use crate::http::{
    Asking, ChangeParameters, ChangeProblems, Create, CreateBelowProblems, CreateProblems,
    IdempotencyParameters, IfMatchParameters, Item, ItemProblems, List, ListProblems, PageProblems, Patch,
    Problem, RemovalParameters, RemoveProblems, Timed, TimedList, Wanted,
};
use crate::kernel::ask::Representation;
use crate::kernel::page::PageAsk;
use crate::kernel::{Error, Ref, Result, Shown, Times};
use crate::ledger::service::{Office, history};
use crate::ledger::view::{Entry, History, HistoryQuery};
use crate::members::view::WhoseQuery;
use crate::milestones::store::RESOURCES_BELOW_COMMITMENT;
use crate::milestones::view::{CommitmentMilestone, ProgressReport};
use crate::plans::model::Standing;
use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post, web};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;
use uuid::Uuid;

/// The operations of this room.
pub fn routes(config: &mut Routes<'_, '_>) {
    config.service(list_commitments).service(get_commitment).service(list_commitment_history);
    config.service(create_commitment).service(update_commitment).service(delete_commitment);
    config.service(create_commitment_link).service(update_commitment_link).service(delete_commitment_link);
}

type CommitmentCreate = Create<CommitmentInput>;
type CommitmentPatch = Patch<CommitmentInput>;
type LinkCreate = Create<LinkInput>;
type LinkPatch = Patch<LinkInput>;

/// A page of commitments.
#[derive(Debug, Serialize, ToSchema)]
pub struct CommitmentList {
    /// The commitments.
    data: Vec<CommitmentListed>,
    /// Where the page stands.
    page: PageInfo,
}

/// A commitment with all that belongs to it.
#[derive(Debug, Serialize, ToSchema)]
pub struct CommitmentPage {
    #[serde(flatten)]
    commitment: Commitment,
    /// Its steps, each with its present progress and its schedule today.
    milestones: Vec<CommitmentMilestone>,
    /// Documents that prove or tell of its progress.
    evidence: Vec<Evidence>,
    /// Percentages that were published about it.
    progress_reports: Vec<ProgressReport>,
    /// Codings by others than the implementer.
    assessments: Vec<CommitmentAssessment>,
    /// Links with other commitments, from both ends.
    links: Vec<CommitmentLink>,
}

/// What is read of a commitment besides itself to show its page.
#[derive(Debug, Clone, Deserialize)]
pub struct OfCommitmentPage {
    standing: Standing,
    context: CommitmentContext,
    below: BelowSeen,
}

/// Those who read commitments' pages at the same time.
pub type CommitmentPages = Together<CommitmentsNow<OfCommitmentPage>>;

impl Nested for OfCommitmentPage {
    const PARTS: &'static [Field] = &[("standing", store::STANDING_OF_COMMITMENT)];
    const GROUPS: &'static [(&'static str, &'static [Field])] =
        &[("context", &context_parts!()), ("below", &below_parts!())];
}

/// List commitments
///
/// Promises of all plans, each with its plan, member, leads and supporters. Filters combine;
/// several values of one filter mean "any of". Sorted by `code` (drafts without a code last)
/// unless `sort` says otherwise; it can be sorted by `code`, `starts`, `ends`, `updated_at`
/// (unknown dates come last). What `q` finds comes best first, by `-relevance`, which is a key then.
#[utoipa::path(
    tag = "commitments",
    operation_id = "list_commitments",
    params(WhoseQuery, CommitmentQuery, CommitmentInclusion, TimesParameters, crate::http::query::ListParameters),
    responses((status = 200, description = "A page of commitments.", body = CommitmentList), ListProblems)
)]
#[get("/commitments")]
async fn list_commitments(
    request: HttpRequest,
    reads: web::Data<Reads>,
    gate: web::Data<Gate>,
    asked: TimedList<Both<CommitmentAsk, CommitmentInclusion>>,
) -> Result<HttpResponse, Problem> {
    let conn = reads.get().await?;
    let viewer = gate.viewer(&conn, asked.credential.as_ref()).await?.at(asked.times);
    let Both(query, inclusion) = &asked.filter;
    let filter = commitment_filter(&conn, &viewer, query, &asked.times).await?;
    let shown = Shown::of_plans(&filter.plans);
    let pages = commitment_pages(conn, viewer, filter, inclusion.names(), asked.times);
    Ok(reply::list(&request, &asked, pages, |data, page| CommitmentList { data, page }).await?.shows(shown))
}

/// The pages of the list of commitments, with what is included in each row.
pub(crate) fn commitment_pages(
    conn: Arc<Shared>,
    viewer: Viewer,
    filter: CommitmentFilter,
    included: Vec<String>,
    times: Times,
) -> impl Pages<CommitmentListed> {
    async move |ask: &PageAsk, wanted: &Wanted| {
        let page = store::commitment_list::<OfCommitment>(&conn, &viewer, &filter, &included, ask).await?;
        Ok(page.map(|(row, of)| CommitmentListed::new(row, of, &times, wanted)))
    }
}

/// Read a commitment
///
/// One promise, by id or OGP code, with its plan, leads, supporters, milestones and their schedule
/// today, evidence, published progress, assessments, and links with other commitments.
#[utoipa::path(
    tag = "commitments",
    operation_id = "get_commitment",
    params(
        ("commitment" = String, Path, description = "Id or OGP code.", example = "ROTMR0001"),
        TimesParameters, crate::http::query::ItemParameters
    ),
    responses((status = 200, description = "The commitment.", body = CommitmentPage), PageProblems)
)]
#[get("/commitments/{commitment}")]
async fn get_commitment(
    request: HttpRequest,
    reads: web::Data<Reads>,
    together: web::Data<CommitmentPages>,
    gate: web::Data<Gate>,
    name: web::Path<Ref>,
    asked: Timed,
) -> Result<HttpResponse, Problem> {
    let conn = reads.get().await?;
    let asked = &asked.item;
    let viewer = gate.viewer(&conn, asked.credential.as_ref()).await?.at(asked.times);
    let sight = viewer.sight();
    let found = match sight.until {
        None => together.find(&reads, &sight, &name).await?,
        // What the record said is put together for each thing.
        Some(_) => store::commitment_find(&conn, &viewer, &name).await?,
    };
    let (plan, shown) = commitment_page(found, &name, &viewer, asked)?;
    Ok(reply::item(&request, asked, shown).shows(Shown::Plan(plan)))
}

async fn show_commitment(conn: &Conn, name: &Ref, viewer: &Viewer, asked: &Item) -> Result<Representation> {
    let found = store::commitment_find(conn, viewer, name).await?;
    Ok(commitment_page(found, name, viewer, asked)?.1)
}

/// The id of its plan, and what is shown.
fn commitment_page(
    found: Option<(CommitmentRow, OfCommitmentPage)>,
    name: &Ref,
    viewer: &Viewer,
    asked: &Item,
) -> Result<(Uuid, Representation)> {
    let (row, of) = found.ok_or_else(|| Error::not_found("commitment", name))?;
    let appearance = of.standing.appears(viewer, row.withdrawn_at.is_some());
    let (wanted, version, plan) = (&asked.wanted, row.version, of.standing.plan_id);
    let below = of.below.show(&asked.times, wanted);
    let body = CommitmentPage {
        commitment: Commitment::new(row, of.context, &asked.times, wanted),
        milestones: below.milestones.unwrap_or_default(),
        evidence: below.evidence.unwrap_or_default(),
        progress_reports: below.progress_reports.unwrap_or_default(),
        assessments: below.assessments.unwrap_or_default(),
        links: below.links.unwrap_or_default(),
    };
    let shown = Representation::of(version, &body, wanted.used())?;
    Ok((plan, appearance.of(shown, "commitment", name)?))
}

#[derive(Debug, Deserialize)]
struct OfCommitmentHistory {
    standing: Standing,
    own: Vec<Uuid>,
    below: Vec<Uuid>,
    assessments: Vec<Uuid>,
}

impl Nested for OfCommitmentHistory {
    const PARTS: &'static [Field] = &[
        ("standing", store::STANDING_OF_COMMITMENT),
        ("own", store::RESOURCES_OF_COMMITMENT),
        ("below", RESOURCES_BELOW_COMMITMENT),
        ("assessments", ASSESSMENT_RESOURCES_OF_COMMITMENT),
    ];
}

/// List the history of a commitment
///
/// Every recorded change of a commitment and of what stands below it (milestones, progress updates, evidence,
/// progress reports, assessments, links from it), with before, after, role, reason and time; also of one that was
/// withdrawn. Those with a role for its member also see what was recorded of it as a draft. Sorted by
/// `-recorded_at` (the latest first) unless `sort` says otherwise; it can be sorted by `recorded_at`, `kind`.
/// Texts come in all their languages.
#[utoipa::path(
    tag = "commitments",
    operation_id = "list_commitment_history",
    params(
        ("commitment" = String, Path, description = "Id or OGP code.", example = "ROTMR0001"),
        HistoryQuery, crate::http::query::ListParameters
    ),
    responses((status = 200, description = "A page of the history.", body = History), ItemProblems)
)]
#[get("/commitments/{commitment}/history")]
async fn list_commitment_history(
    request: HttpRequest,
    reads: web::Data<Reads>,
    gate: web::Data<Gate>,
    name: web::Path<Ref>,
    asked: List<HistoryQuery>,
) -> Result<HttpResponse, Problem> {
    let conn = reads.get().await?;
    let viewer = gate.viewer(&conn, asked.credential.as_ref()).await?;
    let found = store::commitment_find::<OfCommitmentHistory>(&conn, &viewer, &name).await?;
    let (row, of) = found.ok_or_else(|| Error::not_found("commitment", &*name))?;
    of.standing.appears(&viewer, row.withdrawn_at.is_some()).known("commitment", &*name)?;
    let resources = [of.own, of.below, of.assessments].concat();
    let filter = asked.filter.about(resources);
    let pages = async move |ask: &PageAsk, _: &Wanted| {
        Ok(history(&conn, &viewer, &filter, ask).await?.map(Entry::new))
    };
    Ok(reply::list(&request, &asked, pages, History::new).await?)
}

/// Create a commitment
///
/// Makes a promise of a plan. In a plan that is public it is public at once.
#[utoipa::path(
    tag = "commitments",
    operation_id = "create_commitment",
    params(IdempotencyParameters, ChangeParameters),
    request_body(content = CommitmentCreate, content_type = "application/json"),
    responses((status = 201, description = "The commitment, as made.", body = CommitmentPage), CreateProblems),
    security(("bearer" = ["edit"]))
)]
#[post("/commitments")]
async fn create_commitment(office: web::Data<Office>, asking: Asking) -> Result<HttpResponse, Problem> {
    let asked = &asking.item;
    let show = async |conn: &Conn, id, viewer: &_| show_commitment(conn, &Ref::Id(id), viewer, asked).await;
    Ok(reply::created(service::create_commitment(&office, &asking.ask, show).await?))
}

/// Change a commitment
///
/// A JSON merge patch of what is written of a commitment. Dates and texts of what is public are
/// changed for a `reason` only. `code` is given once; after that only an admin changes it.
#[utoipa::path(
    tag = "commitments",
    operation_id = "update_commitment",
    params(
        ("commitment" = String, Path, description = "Id or OGP code.", example = "ROTMR0001"),
        IfMatchParameters, ChangeParameters
    ),
    request_body(content = CommitmentPatch, content_type = "application/merge-patch+json"),
    responses((status = 200, description = "The commitment, as it is now.", body = CommitmentPage), ChangeProblems),
    security(("bearer" = ["edit"]))
)]
#[patch("/commitments/{commitment}")]
async fn update_commitment(
    office: web::Data<Office>,
    name: web::Path<Ref>,
    asking: Asking,
) -> Result<HttpResponse, Problem> {
    let asked = &asking.item;
    let show = async |conn: &Conn, id, viewer: &_| show_commitment(conn, &Ref::Id(id), viewer, asked).await;
    Ok(reply::changed(service::update_commitment(&office, &asking.ask, &name, show).await?))
}

/// Delete a commitment
///
/// Withdraws a commitment that is public, for a `reason`: it leaves the lists and answers 410 with
/// its last state. Deletes one that never was, with all below it.
#[utoipa::path(
    tag = "commitments",
    operation_id = "delete_commitment",
    params(
        ("commitment" = String, Path, description = "Id or OGP code.", example = "ROTMR0001"),
        IfMatchParameters, RemovalParameters
    ),
    responses((status = 204, description = "It is deleted or withdrawn."), RemoveProblems),
    security(("bearer" = ["publish"]))
)]
#[delete("/commitments/{commitment}")]
async fn delete_commitment(
    office: web::Data<Office>,
    name: web::Path<Ref>,
    asking: Asking,
) -> Result<HttpResponse, Problem> {
    let asked = &asking.item;
    let show = async |conn: &Conn, id, viewer: &_| show_commitment(conn, &Ref::Id(id), viewer, asked).await;
    service::delete_commitment(&office, &asking.ask, &name, show).await?;
    Ok(reply::removed())
}

/// Link a commitment to another
///
/// Says that a commitment continues one of an earlier plan, serves a national one, or treats the
/// same matter. Answers with the commitment that the link starts at.
#[utoipa::path(
    tag = "commitments",
    operation_id = "create_commitment_link",
    params(
        ("commitment" = String, Path, description = "Id or OGP code.", example = "ROTMR0001"),
        IdempotencyParameters, ChangeParameters
    ),
    request_body(content = LinkCreate, content_type = "application/json"),
    responses((status = 201, description = "The commitment with its links.", body = CommitmentPage), CreateBelowProblems),
    security(("bearer" = ["edit"]))
)]
#[post("/commitments/{commitment}/links")]
async fn create_commitment_link(
    office: web::Data<Office>,
    name: web::Path<Ref>,
    asking: Asking,
) -> Result<HttpResponse, Problem> {
    let asked = &asking.item;
    let show = async |conn: &Conn, id, viewer: &_| show_commitment(conn, &Ref::Id(id), viewer, asked).await;
    Ok(reply::created(service::create_link(&office, &asking.ask, &name, show).await?))
}

/// Change a link between commitments
///
/// A JSON merge patch of what is written of a link; where it leads stays. Its version, for `If-Match`, is
/// `version` of the link in the commitment's `links`. Answers with the commitment that it starts at.
#[utoipa::path(
    tag = "commitments",
    operation_id = "update_commitment_link",
    params(
        ("link" = uuid::Uuid, Path, description = "Id of the link."),
        IfMatchParameters, ChangeParameters
    ),
    request_body(content = LinkPatch, content_type = "application/merge-patch+json"),
    responses((status = 200, description = "The commitment with its links.", body = CommitmentPage), ChangeProblems),
    security(("bearer" = ["edit"]))
)]
#[patch("/commitment-links/{link}")]
async fn update_commitment_link(
    office: web::Data<Office>,
    name: web::Path<Ref>,
    asking: Asking,
) -> Result<HttpResponse, Problem> {
    let id = name.id().ok_or_else(|| Error::not_found("link", &name))?;
    let asked = &asking.item;
    let show = async |conn: &Conn, id, viewer: &_| show_commitment(conn, &Ref::Id(id), viewer, asked).await;
    Ok(reply::changed(service::update_link(&office, &asking.ask, id, show).await?))
}

/// Delete a link between commitments
///
/// Withdraws a link between public commitments, for a `reason`; deletes one that was never public. Its
/// version, for `If-Match`, is `version` of the link in the commitment's `links`.
#[utoipa::path(
    tag = "commitments",
    operation_id = "delete_commitment_link",
    params(
        ("link" = uuid::Uuid, Path, description = "Id of the link."),
        IfMatchParameters, RemovalParameters
    ),
    responses((status = 204, description = "It is deleted or withdrawn."), RemoveProblems),
    security(("bearer" = ["publish"]))
)]
#[delete("/commitment-links/{link}")]
async fn delete_commitment_link(
    office: web::Data<Office>,
    name: web::Path<Ref>,
    asking: Asking,
) -> Result<HttpResponse, Problem> {
    let id = name.id().ok_or_else(|| Error::not_found("link", &name))?;
    service::delete_link(&office, &asking.ask, id).await?;
    Ok(reply::removed())
}
