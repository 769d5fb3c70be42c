//! Reporting about milestones, and reading what was reported.

use super::{id_of, milestone_page, show_milestone};
use crate::accounts::model::{Appearance, Viewer};
use crate::accounts::service::Gate;
use crate::commitments::store::commitment_ids;
use crate::db::reads::Shared;
use crate::db::sql::{Field, Nested};
use crate::db::{Conn, Reads};
use crate::evidence::store::{EVIDENCE_OF_UPDATE, EvidenceRow};
use crate::evidence::view::Evidence;
use crate::http::Routes;
use crate::http::query::{Both, TimesParameters, calendar_day, calendar_instant, known};
use crate::http::reply::{self, PageInfo, Pages, Shows};
use crate::http::{
    Asking, ChangeParameters, CreateBelowProblems, IdempotencyParameters, Item, ListBelowProblems,
    ListProblems, PageProblems, Problem, ReportProblems, TimedList, Wanted,
};
use crate::kernel::ask::Representation;
use crate::kernel::error::both;
use crate::kernel::page::PageAsk;
use crate::kernel::{Error, Ref, Result, Shown, Times};
use crate::ledger::service::Office;
use crate::members::store::member_ids;
use crate::members::view::WhoseQuery;
use crate::milestones::model::{Challenge, Progress, ProgressUpdateInput};
use crate::milestones::service::{self, BulkReport};
use crate::milestones::store::{self, UpdateFilter, UpdateRow};
use crate::milestones::view::{ProgressUpdate, UPDATE_VERSION, UpdateOf};
use crate::plans::model::Standing;
use crate::plans::store::plan_ids;
use actix_web::{HttpRequest, HttpResponse, get, post, web};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

const UPDATE: &str = "progress update";

/// The operations on updates.
pub(super) fn routes(config: &mut Routes<'_, '_>) {
    config.service(create_progress_updates).service(create_progress_update).service(list_milestone_updates);
    config.service(list_progress_updates).service(get_progress_update);
}

/// Filters of the list of updates.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[into_params(parameter_in = Query)]
pub struct UpdateQuery {
    /// Only of these milestones, by id; repeat for any of several.
    #[serde(default)]
    #[param(value_type = Vec<Uuid>)]
    milestone: Vec<Ref>,
    /// Only of milestones of these commitments, by id or OGP code; repeat for any of several.
    #[serde(default)]
    #[param(value_type = Vec<String>, example = json!(["ROTMR0001"]))]
    commitment: Vec<Ref>,
    /// Only of milestones in these plans, by id or slug; repeat for any of several.
    #[serde(default)]
    #[param(value_type = Vec<String>, example = json!(["timisoara-2022-2024"]))]
    action_plan: Vec<Ref>,
    /// Only those that say one of these; repeat for any of several.
    #[serde(default)]
    progress: Vec<Progress>,
    /// Only those that name one of these challenges; repeat for any of several.
    #[serde(default)]
    challenge: Vec<Challenge>,
    /// Only those that speak of this day (`YYYY-MM-DD`) or a later one.
    #[validate(custom(function = calendar_day))]
    effective_from: Option<NaiveDate>,
    /// Only those that speak of this day (`YYYY-MM-DD`) or an earlier one.
    #[validate(custom(function = calendar_day))]
    effective_to: Option<NaiveDate>,
    /// Only those that were corrected (`true`), or only those that hold or held (`false`).
    superseded: Option<bool>,
    /// Only those that evidence proves which is not withdrawn (`true`), or only the others (`false`).
    has_evidence: Option<bool>,
    /// Only those that were recorded at this instant (RFC 3339) or later, or that are public since then.
    #[param(example = "2026-11-01T00:00:00Z")]
    #[validate(custom(function = calendar_instant))]
    recorded_since: Option<DateTime<Utc>>,
}

/// Filters of the list of one milestone's updates.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[into_params(parameter_in = Query)]
pub struct MilestoneUpdateQuery {
    /// Only those that were corrected (`true`), or only those that hold or held (`false`).
    superseded: Option<bool>,
}

/// What was reported about a milestone, with what proves it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProgressUpdatePage {
    #[serde(flatten)]
    update: ProgressUpdate,
    /// What proves it.
    evidence: Vec<Evidence>,
}

/// A page of updates.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProgressUpdateList {
    /// The updates.
    data: Vec<ProgressUpdatePage>,
    /// Where the page stands.
    page: PageInfo,
}

macro_rules! update_parts {
    () => {
        [
            ("milestone", store::MILESTONE_OF_UPDATE),
            ("member", store::MEMBER_OF_UPDATE),
            ("superseded_by", store::SUPERSESSION_OF_UPDATE),
        ]
    };
}

#[derive(Debug, Deserialize)]
struct OfUpdate {
    shown: UpdateOf,
    evidence: Vec<EvidenceRow>,
}

impl Nested for OfUpdate {
    const PARTS: &'static [Field] = &[("evidence", EVIDENCE_OF_UPDATE)];
    const GROUPS: &'static [(&'static str, &'static [Field])] = &[("shown", &update_parts!())];
}

#[derive(Debug, Deserialize)]
struct OfUpdatePage {
    shown: UpdateOf,
    evidence: Vec<EvidenceRow>,
    standing: Standing,
    withdrawn: bool,
}

impl Nested for OfUpdatePage {
    const PARTS: &'static [Field] = &[
        ("evidence", EVIDENCE_OF_UPDATE),
        ("standing", store::STANDING_OF_UPDATE),
        ("withdrawn", store::MILESTONE_OF_UPDATE_WITHDRAWN),
    ];
    const GROUPS: &'static [(&'static str, &'static [Field])] = &[("shown", &update_parts!())];
}

impl ProgressUpdatePage {
    fn new(row: UpdateRow, of: OfUpdate, wanted: &Wanted) -> Self {
        Self {
            update: ProgressUpdate::new(row, of.shown, wanted),
            evidence: of.evidence.into_iter().map(|row| Evidence::new(row, wanted)).collect(),
        }
    }
}

#[derive(Debug, Deserialize)]
struct OfMilestoneAlone {
    standing: Standing,
    commitment_withdrawn: bool,
}

impl Nested for OfMilestoneAlone {
    const PARTS: &'static [Field] = &[
        ("standing", store::STANDING_OF_MILESTONE),
        ("commitment_withdrawn", store::COMMITMENT_OF_MILESTONE_WITHDRAWN),
    ];
}

/// The pages of the list of updates.
pub(crate) fn update_pages(
    conn: Arc<Shared>,
    viewer: Viewer,
    filter: UpdateFilter,
) -> impl Pages<ProgressUpdatePage> {
    async move |ask: &PageAsk, wanted: &Wanted| {
        let page = store::update_list::<OfUpdate>(&conn, &viewer, &filter, ask).await?;
        Ok(page.map(|(row, of)| ProgressUpdatePage::new(row, of, wanted)))
    }
}

/// List progress updates
///
/// What was reported about all milestones, latest first, superseded updates marked. Sorted by
/// `-effective_on,-recorded_at` unless `sort` says otherwise; it can be sorted by `effective_on`,
/// `recorded_at`. On another day, what speaks of that day or an earlier one; in the record of a day, what was
/// recorded by then, with the marks of then.
#[utoipa::path(
    tag = "milestones",
    operation_id = "list_progress_updates",
    params(WhoseQuery, UpdateQuery, TimesParameters, crate::http::query::ListParameters),
    responses((status = 200, description = "A page of updates.", body = ProgressUpdateList), ListProblems)
)]
#[get("/progress-updates")]
async fn list_progress_updates(
    request: HttpRequest,
    reads: web::Data<Reads>,
    gate: web::Data<Gate>,
    asked: TimedList<Both<WhoseQuery, UpdateQuery>>,
) -> Result<HttpResponse, Problem> {
    let conn = reads.get().await?;
    let viewer = gate.viewer(&conn, asked.credential.as_ref()).await?.at(asked.times);
    let filter = filter(&conn, &viewer, &asked.filter).await?;
    let pages = update_pages(conn, viewer, filter);
    Ok(reply::list(&request, &asked, pages, |data, page| ProgressUpdateList { data, page })
        .await?
        .shows(Shown::Everything))
}

async fn filter(
    conn: &Conn,
    viewer: &Viewer,
    Both(whose, query): &Both<WhoseQuery, UpdateQuery>,
) -> Result<UpdateFilter> {
    let ((milestones, commitments), (plans, whose)) = both(
        both(
            known("milestone", &query.milestone, store::milestone_ids(conn, viewer, &query.milestone).await?),
            known("commitment", &query.commitment, commitment_ids(conn, viewer, &query.commitment).await?),
        ),
        both(
            known("action_plan", &query.action_plan, plan_ids(conn, viewer, &query.action_plan).await?),
            whose.whose(member_ids(conn, &whose.member).await?),
        ),
    )?;
    Ok(UpdateFilter {
        milestones,
        commitments,
        plans,
        whose,
        progress: query.progress.clone(),
        challenges: query.challenge.clone(),
        effective_from: query.effective_from,
        effective_to: query.effective_to,
        superseded: query.superseded,
        has_evidence: query.has_evidence,
        recorded_since: query.recorded_since,
    })
}

/// List the progress updates of a milestone
///
/// What was reported about it, latest first, superseded updates marked. Sorted by
/// `-effective_on,-recorded_at` unless `sort` says otherwise; it can be sorted by `effective_on`,
/// `recorded_at`. On another day, what speaks of that day or an earlier one; in the record of a day, what was
/// recorded by then, with the marks of then.
#[utoipa::path(
    tag = "milestones",
    operation_id = "list_milestone_updates",
    params(
        ("milestone" = uuid::Uuid, Path, description = "Id."),
        MilestoneUpdateQuery, TimesParameters, crate::http::query::ListParameters
    ),
    responses((status = 200, description = "A page of updates.", body = ProgressUpdateList), ListBelowProblems)
)]
#[get("/milestones/{milestone}/updates")]
async fn list_milestone_updates(
    request: HttpRequest,
    reads: web::Data<Reads>,
    gate: web::Data<Gate>,
    name: web::Path<Ref>,
    asked: TimedList<MilestoneUpdateQuery>,
) -> Result<HttpResponse, Problem> {
    let conn = reads.get().await?;
    let viewer = gate.viewer(&conn, asked.credential.as_ref()).await?.at(asked.times);
    let id = id_of(&name)?;
    visible(&conn, id, &viewer, (&asked.wanted, &asked.times)).await?;
    let filter =
        UpdateFilter { milestones: vec![id], superseded: asked.filter.superseded, ..UpdateFilter::default() };
    let pages = update_pages(conn, viewer, filter);
    Ok(reply::list(&request, &asked, pages, |data, page| ProgressUpdateList { data, page })
        .await?
        .shows(Shown::Everything))
}

/// Makes sure that a viewer sees a milestone.
///
/// # Errors
/// What reading the milestone itself answers.
async fn visible(conn: &Conn, id: Uuid, viewer: &Viewer, shown: (&Wanted, &Times)) -> Result<()> {
    if let Some((row, of)) = store::milestone_find::<OfMilestoneAlone>(conn, viewer, id).await? {
        let withdrawn = row.withdrawn_at.is_some() || of.commitment_withdrawn;
        if of.standing.appears(viewer, withdrawn) == Appearance::Visible {
            return Ok(());
        }
    }
    milestone_page(conn, id, viewer, shown).await.map(drop)
}

/// Read a progress update
///
/// What was reported, by whom, and whether it was corrected. An update never changes; only the mark
/// that another supersedes it is added.
#[utoipa::path(
    tag = "milestones",
    operation_id = "get_progress_update",
    params(
        ("update" = uuid::Uuid, Path, description = "Id."),
        crate::http::query::ItemParameters
    ),
    responses((status = 200, description = "The update.", body = ProgressUpdatePage), PageProblems)
)]
#[get("/progress-updates/{update}")]
async fn get_progress_update(
    request: HttpRequest,
    reads: web::Data<Reads>,
    gate: web::Data<Gate>,
    name: web::Path<Ref>,
    asked: Item,
) -> Result<HttpResponse, Problem> {
    let conn = reads.get().await?;
    let viewer = gate.viewer(&conn, asked.credential.as_ref()).await?;
    let id = name.id().ok_or_else(|| Error::not_found(UPDATE, &name))?;
    Ok(reply::item(&request, &asked, show_update(&conn, id, &viewer, &asked).await?).shows(Shown::Everything))
}

async fn show_update(conn: &Conn, id: Uuid, viewer: &Viewer, asked: &Item) -> Result<Representation> {
    let found = store::update_find::<OfUpdatePage>(conn, viewer, id).await?;
    let (row, of) = found.ok_or_else(|| Error::not_found(UPDATE, id))?;
    let appearance = of.standing.appears(viewer, of.withdrawn);
    let of = OfUpdate { shown: of.shown, evidence: of.evidence };
    let body = ProgressUpdatePage::new(row, of, &asked.wanted);
    appearance.of(Representation::of(UPDATE_VERSION, &body, asked.wanted.used())?, UPDATE, &id)
}

/// Report progress on a milestone
///
/// Says how far the milestone is on OGP's scale, since when, and what proves it. Nothing that was
/// reported is ever changed: a correction names the update that it `supersedes`, and why. What
/// speaks of an earlier day takes its place in time and does not displace a later one.
///
/// `complete` needs `completed_on` and evidence. `not_started` and `limited` need a `challenge` where
/// the milestone has started or is past its due date.
#[utoipa::path(
    tag = "milestones",
    operation_id = "create_progress_update",
    params(
        ("milestone" = uuid::Uuid, Path, description = "Id."),
        IdempotencyParameters, ChangeParameters
    ),
    request_body(content = ProgressUpdateInput, content_type = "application/json"),
    responses((status = 201, description = "The update, as recorded.", body = ProgressUpdatePage), ReportProblems),
    security(("bearer" = ["edit"]))
)]
#[post("/milestones/{milestone}/updates")]
async fn create_progress_update(
    office: web::Data<Office>,
    name: web::Path<Ref>,
    asking: Asking,
) -> Result<HttpResponse, Problem> {
    let asked = &asking.item;
    let milestone = async |conn: &Conn, id, viewer: &_| show_milestone(conn, id, viewer, asked).await;
    let update = async |conn: &Conn, id, viewer: &_| show_update(conn, id, viewer, asked).await;
    Ok(reply::created(
        service::create_update(&office, &asking.ask, id_of(&name)?, (milestone, update)).await?,
    ))
}

/// The updates that were made.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProgressUpdateIdList {
    /// One for every update, in the order of the request.
    data: Vec<ProgressUpdateId>,
}

/// An update that was made.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProgressUpdateId {
    /// Its id.
    id: Uuid,
    /// The milestone that it speaks of.
    milestone_id: Uuid,
}

/// Report progress on many milestones
///
/// Up to 500 updates in one transaction: all of them, or none. Several of one milestone are taken in
/// the order of the days of which they speak. Every fault of every item is told at once, with its
/// place; where all items are refused alike, the answer is that of a single one (403, 404).
#[utoipa::path(
    tag = "milestones",
    operation_id = "create_progress_updates",
    params(IdempotencyParameters, ChangeParameters),
    request_body(content = BulkReport, content_type = "application/json"),
    responses(
        (status = 201, description = "All are recorded.", body = ProgressUpdateIdList),
        CreateBelowProblems
    ),
    security(("bearer" = ["edit"]))
)]
#[post("/milestones/updates/bulk")]
async fn create_progress_updates(office: web::Data<Office>, asking: Asking) -> Result<HttpResponse, Problem> {
    Ok(reply::created(service::create_updates(&office, &asking.ask).await?))
}
