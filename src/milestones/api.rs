//! Reading and changing milestones.

pub mod updates;

use super::model::{MilestoneInput, MilestoneProgress, ProgressSaid, Reschedule, Schedule};
use super::service::{self, BulkChange};
use super::store::{self, MilestoneFilter, MilestoneSeen, PercentSeen};
use super::view::{Milestone, ReportedPercent};
use crate::accounts::model::Viewer;
use crate::accounts::service::Gate;
use crate::assessments::store::{CODINGS_OF_MILESTONE, CodingsOfMilestone};
use crate::assessments::view::MilestoneAssessment;
use crate::commitments::model::{CommitmentWithPlan, Disposition};
use crate::commitments::store::commitment_ids;
use crate::db::reads::Shared;
use crate::db::sql::{Field, Nested};
use crate::db::{Conn, Reads};
use crate::evidence::store::{EVIDENCE_OF_MILESTONE, EvidenceRow};
use crate::evidence::view::Evidence;
use crate::http::Routes;
use crate::http::query::{Both, TimesParameters, calendar_day, calendar_instant, inclusion, known};
use crate::http::reply::{self, PageInfo, Pages, Shows};
use crate::http::{
    ActProblems, Asking, BulkProblems, ChangeParameters, ChangeProblems, Create, CreateBelowProblems,
    IdempotencyParameters, IfMatchParameters, Item, ItemProblems, List, ListProblems, PageProblems, Patch,
    Problem, RemovalParameters, RemoveProblems, Timed, TimedList, Wanted,
};
use crate::kernel::ask::Representation;
use crate::kernel::error::both;
use crate::kernel::page::PageAsk;
use crate::kernel::{Between, Error, Ref, Result, Shown, Times};
use crate::ledger::service::{Office, history};
use crate::ledger::view::{Entry, History, HistoryQuery};
use crate::members::store::member_ids;
use crate::members::view::WhoseQuery;
use crate::plans::model::Standing;
use crate::plans::store::plan_ids;
use crate::search::model::{SearchKind, SearchText};
use crate::search::store::needle;
use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post, web};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

/// The operations of this room.
pub fn routes(config: &mut Routes<'_, '_>) {
    // Before the operations with an id in its place.
    config.service(update_milestones);
    config.service(list_milestones).service(get_milestone).service(list_milestone_history);
    config.service(create_milestone).service(update_milestone).service(delete_milestone);
    config.service(reschedule_milestone);
    updates::routes(config);
}

/// Filters of the list of milestones.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[into_params(parameter_in = Query)]
pub struct MilestoneQuery {
    /// Only what has all of these words in its texts, in Romanian or English, whatever their case, diacritics and
    /// form; `GET /api/v1/search` says what is found, and shows where. Not together with `as_of`.
    #[param(value_type = Option<String>, example = "curs", max_length = 500)]
    q: Option<SearchText>,
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
    /// Only those that are said to be one of these; repeat for any of several.
    #[serde(default)]
    progress: Vec<ProgressSaid>,
    /// Only due before this day (`YYYY-MM-DD`), not on it. What is due in a month or year counts as
    /// due on its last day.
    #[validate(custom(function = calendar_day))]
    due_before: Option<NaiveDate>,
    /// Only due after this day (`YYYY-MM-DD`), not on it.
    #[validate(custom(function = calendar_day))]
    due_after: Option<NaiveDate>,
    /// Only those planned to start before this day (`YYYY-MM-DD`), not on it. What starts in a month or year counts
    /// as starting on its first day.
    #[validate(custom(function = calendar_day))]
    starts_before: Option<NaiveDate>,
    /// Only those planned to start after this day (`YYYY-MM-DD`), not on it.
    #[validate(custom(function = calendar_day))]
    starts_after: Option<NaiveDate>,
    /// Only those whose due date moved since they were public (`true`), or only the others (`false`).
    rescheduled: Option<bool>,
    /// Only those that stand, were withdrawn, or carried over; repeat for any of several.
    #[serde(default)]
    disposition: Vec<Disposition>,
    /// Only those with evidence that is not withdrawn, of their own or of an update that holds (`true`), or only the
    /// others (`false`).
    has_evidence: Option<bool>,
    /// Only those whose `updated_at` is this instant (RFC 3339) or later, or that are public since then. What is
    /// reported about a milestone does not change it: `/progress-updates` has `recorded_since`, `/changes` everything.
    #[param(example = "2026-11-01T00:00:00Z")]
    #[validate(custom(function = calendar_instant))]
    updated_since: Option<DateTime<Utc>>,
}

type MilestoneCreate = Create<MilestoneInput>;
type MilestonePatch = Patch<MilestoneInput>;

/// A page of milestones.
#[derive(Debug, Serialize, ToSchema)]
pub struct MilestoneList {
    /// The milestones.
    data: Vec<MilestoneListed>,
    /// Where the page stands.
    page: PageInfo,
}

inclusion! {
    MilestoneInclusion, MilestonePart:
    /// Percentages that were published about it.
    ReportedPercents = "reported_percents",
    /// Codings by others.
    Assessments = "assessments",
    /// What proves it.
    Evidence = "evidence",
}

/// A milestone in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct MilestoneListed {
    #[serde(flatten)]
    milestone: Milestone,
    /// Percentages that were published about it; with `include=reported_percents`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    reported_percents: Option<Vec<ReportedPercent>>,
    /// Codings by others than the implementer; with `include=assessments`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    assessments: Option<Vec<MilestoneAssessment>>,
    /// What proves it, besides the evidence of updates about it; with `include=evidence`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    evidence: Option<Vec<Evidence>>,
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
    /// What proves it, besides the evidence of updates about it.
    evidence: Vec<Evidence>,
}

macro_rules! below_parts {
    () => {
        [
            ("reported_percents", store::PERCENTS_OF_MILESTONE),
            ("assessments", CODINGS_OF_MILESTONE),
            ("evidence", EVIDENCE_OF_MILESTONE),
        ]
    };
}

#[derive(Debug, Deserialize)]
struct OfMilestone {
    commitment: CommitmentWithPlan,
    progress: Option<MilestoneProgress>,
    below: BelowMilestone,
}

/// What others say of a milestone, and what proves it, as far as it is read.
#[derive(Debug, Deserialize)]
struct BelowMilestone {
    reported_percents: Option<Vec<PercentSeen>>,
    assessments: Option<Vec<CodingsOfMilestone>>,
    evidence: Option<Vec<EvidenceRow>>,
}

impl BelowMilestone {
    /// Beside the milestone, as it was known at these times.
    fn show(mut self, milestone: Milestone, times: &Times, wanted: &Wanted) -> MilestoneListed {
        if let Some(day) = times.on {
            self.reported_percents.iter_mut().for_each(|seen| seen.retain(|seen| seen.report.known_on(day)));
            self.assessments.iter_mut().for_each(|seen| seen.retain(|seen| seen.known_on(day)));
        }
        let percents = |all: Vec<_>| all.iter().map(|seen| ReportedPercent::new(seen, wanted)).collect();
        let codings =
            |all: Vec<_>| all.into_iter().map(|seen| MilestoneAssessment::new(seen, wanted)).collect();
        let evidence = |all: Vec<_>| all.into_iter().map(|row| Evidence::new(row, wanted)).collect();
        MilestoneListed {
            milestone,
            reported_percents: self.reported_percents.map(percents),
            assessments: self.assessments.map(codings),
            evidence: self.evidence.map(evidence),
        }
    }
}

impl Nested for OfMilestone {
    const PARTS: &'static [Field] =
        &[("commitment", store::COMMITMENT_OF_MILESTONE), ("progress", store::PRESENT_UPDATE_OF_MILESTONE)];
    const ON_DEMAND: &'static [Field] = &below_parts!();
}

#[derive(Debug, Deserialize)]
struct OfMilestonePage {
    standing: Standing,
    commitment_withdrawn: bool,
    commitment: CommitmentWithPlan,
    progress: Option<MilestoneProgress>,
    below: BelowMilestone,
}

impl Nested for OfMilestonePage {
    const PARTS: &'static [Field] = &[
        ("standing", store::STANDING_OF_MILESTONE),
        ("commitment_withdrawn", store::COMMITMENT_OF_MILESTONE_WITHDRAWN),
        ("commitment", store::COMMITMENT_OF_MILESTONE),
        ("progress", store::PRESENT_UPDATE_OF_MILESTONE),
    ];
    const GROUPS: &'static [(&'static str, &'static [Field])] = &[("below", &below_parts!())];
}

/// List milestones
///
/// Steps of all commitments, each with its present progress, its schedule today, commitment, plan and member. Sorted by
/// `commitment,position` unless `sort` says otherwise; it can be sorted by `commitment`,
/// `position`, `starts`, `due`, `updated_at` (unknown dates come last). What `q` finds comes best first, by
/// `-relevance`, which is a key then.
#[utoipa::path(
    tag = "milestones",
    operation_id = "list_milestones",
    params(WhoseQuery, MilestoneQuery, MilestoneInclusion, TimesParameters, crate::http::query::ListParameters),
    responses((status = 200, description = "A page of milestones.", body = MilestoneList), ListProblems)
)]
#[get("/milestones")]
async fn list_milestones(
    request: HttpRequest,
    reads: web::Data<Reads>,
    gate: web::Data<Gate>,
    asked: TimedList<Both<Both<WhoseQuery, MilestoneQuery>, MilestoneInclusion>>,
) -> Result<HttpResponse, Problem> {
    let conn = reads.get().await?;
    let viewer = gate.viewer(&conn, asked.credential.as_ref()).await?.at(asked.times);
    let Both(Both(whose, query), inclusion) = &asked.filter;
    let (whose, (commitments, plans)) = both(
        whose.whose(member_ids(&conn, &whose.member).await?),
        both(
            known("commitment", &query.commitment, commitment_ids(&conn, &viewer, &query.commitment).await?),
            known("action_plan", &query.action_plan, plan_ids(&conn, &viewer, &query.action_plan).await?),
        ),
    )?;
    let needle = needle(&conn, &viewer, SearchKind::Milestone, query.q.as_ref()).await?;
    let filter = MilestoneFilter {
        needle,
        commitments,
        plans,
        schedules: query.schedule.clone(),
        progress: query.progress.clone(),
        on: asked.times.on,
        whose,
        starts: Between { after: query.starts_after, before: query.starts_before },
        due: Between { after: query.due_after, before: query.due_before },
        rescheduled: query.rescheduled,
        dispositions: query.disposition.clone(),
        has_evidence: query.has_evidence,
        updated_since: query.updated_since,
    };
    let pages = milestone_pages(conn, viewer, filter, inclusion.names(), asked.times);
    Ok(reply::list(&request, &asked, pages, |data, page| MilestoneList { data, page })
        .await?
        .shows(Shown::Everything))
}

/// The pages of the list of milestones, with the schedule of a day and what is included in each row.
pub(crate) fn milestone_pages(
    conn: Arc<Shared>,
    viewer: Viewer,
    filter: MilestoneFilter,
    included: Vec<String>,
    times: Times,
) -> impl Pages<MilestoneListed> {
    async move |ask: &PageAsk, wanted: &Wanted| {
        let page = store::milestone_list::<OfMilestone>(&conn, &viewer, &filter, &included, ask).await?;
        Ok(page.map(|(row, of)| {
            let seen = MilestoneSeen { row, progress: of.progress };
            of.below.show(Milestone::new(seen, &of.commitment, &times, wanted), &times, wanted)
        }))
    }
}

/// Read a milestone
///
/// One step, by id, with its schedule today, what was published about its progress, and how others coded it.
#[utoipa::path(
    tag = "milestones",
    operation_id = "get_milestone",
    params(
        ("milestone" = uuid::Uuid, Path, description = "Id."),
        TimesParameters, crate::http::query::ItemParameters
    ),
    responses((status = 200, description = "The milestone.", body = MilestonePage), PageProblems)
)]
#[get("/milestones/{milestone}")]
async fn get_milestone(
    request: HttpRequest,
    reads: web::Data<Reads>,
    gate: web::Data<Gate>,
    name: web::Path<Ref>,
    asked: Timed,
) -> Result<HttpResponse, Problem> {
    let conn = reads.get().await?;
    let asked = &asked.item;
    let viewer = gate.viewer(&conn, asked.credential.as_ref()).await?.at(asked.times);
    Ok(reply::item(&request, asked, show_milestone(&conn, id_of(&name)?, &viewer, asked).await?)
        .shows(Shown::Everything))
}

/// Milestones have no other name.
fn id_of(name: &Ref) -> Result<Uuid> {
    name.id().ok_or_else(|| Error::not_found("milestone", name))
}

async fn show_milestone(conn: &Conn, id: Uuid, viewer: &Viewer, asked: &Item) -> Result<Representation> {
    milestone_page(conn, id, viewer, (&asked.wanted, &asked.times)).await
}

async fn milestone_page(
    conn: &Conn,
    id: Uuid,
    viewer: &Viewer,
    (wanted, times): (&Wanted, &Times),
) -> Result<Representation> {
    let found = store::milestone_find::<OfMilestonePage>(conn, viewer, id).await?;
    let (row, of) = found.ok_or_else(|| Error::not_found("milestone", id))?;
    let withdrawn = row.withdrawn_at.is_some() || of.commitment_withdrawn;
    let appearance = of.standing.appears(viewer, withdrawn);
    let version = row.version;
    let seen = MilestoneSeen { row, progress: of.progress };
    let shown = of.below.show(Milestone::new(seen, &of.commitment, times, wanted), times, wanted);
    let body = MilestonePage {
        milestone: shown.milestone,
        reported_percents: shown.reported_percents.unwrap_or_default(),
        assessments: shown.assessments.unwrap_or_default(),
        evidence: shown.evidence.unwrap_or_default(),
    };
    let shown = Representation::of(version, &body, wanted.used())?;
    appearance.of(shown, "milestone", &id)
}

#[derive(Debug, Deserialize)]
struct OfMilestoneHistory {
    standing: Standing,
    commitment_withdrawn: bool,
    resources: Vec<Uuid>,
}

impl Nested for OfMilestoneHistory {
    const PARTS: &'static [Field] = &[
        ("standing", store::STANDING_OF_MILESTONE),
        ("commitment_withdrawn", store::COMMITMENT_OF_MILESTONE_WITHDRAWN),
        ("resources", store::RESOURCES_OF_MILESTONE),
    ];
}

/// List the history of a milestone
///
/// Every recorded change of a milestone, of its progress updates and of the evidence of both, with before, after, role, reason and time;
/// also of one that was withdrawn. Those with a role for its member also see what was recorded of it as a draft.
/// Sorted by `-recorded_at` (the latest first) unless `sort` says otherwise; it can be sorted by `recorded_at`,
/// `kind`. Texts come in all their languages.
#[utoipa::path(
    tag = "milestones",
    operation_id = "list_milestone_history",
    params(
        ("milestone" = uuid::Uuid, Path, description = "Id."),
        HistoryQuery, crate::http::query::ListParameters
    ),
    responses((status = 200, description = "A page of the history.", body = History), ItemProblems)
)]
#[get("/milestones/{milestone}/history")]
async fn list_milestone_history(
    request: HttpRequest,
    reads: web::Data<Reads>,
    gate: web::Data<Gate>,
    name: web::Path<Ref>,
    asked: List<HistoryQuery>,
) -> Result<HttpResponse, Problem> {
    let conn = reads.get().await?;
    let viewer = gate.viewer(&conn, asked.credential.as_ref()).await?;
    let found = store::milestone_find::<OfMilestoneHistory>(&conn, &viewer, id_of(&name)?).await?;
    let (row, of) = found.ok_or_else(|| Error::not_found("milestone", &*name))?;
    let withdrawn = row.withdrawn_at.is_some() || of.commitment_withdrawn;
    of.standing.appears(&viewer, withdrawn).known("milestone", &*name)?;
    let filter = asked.filter.about(of.resources);
    let pages = async move |ask: &PageAsk, _: &Wanted| {
        Ok(history(&conn, &viewer, &filter, ask).await?.map(Entry::new))
    };
    Ok(reply::list(&request, &asked, pages, History::new).await?)
}

/// Create a milestone
///
/// Makes a step of a commitment. In a plan that is public it is public at once.
#[utoipa::path(
    tag = "milestones",
    operation_id = "create_milestone",
    params(
        ("commitment" = String, Path, description = "Id or OGP code.", example = "ROTMR0001"),
        IdempotencyParameters, ChangeParameters
    ),
    request_body(content = MilestoneCreate, content_type = "application/json"),
    responses((status = 201, description = "The milestone, as made.", body = MilestonePage), CreateBelowProblems),
    security(("bearer" = ["edit"]))
)]
#[post("/commitments/{commitment}/milestones")]
async fn create_milestone(
    office: web::Data<Office>,
    name: web::Path<Ref>,
    asking: Asking,
) -> Result<HttpResponse, Problem> {
    let asked = &asking.item;
    let show = async |conn: &Conn, id, viewer: &_| show_milestone(conn, id, viewer, asked).await;
    Ok(reply::created(service::create_milestone(&office, &asking.ask, &name, show).await?))
}

/// Change a milestone
///
/// A JSON merge patch of what is written of a milestone. Dates and texts of what is public are
/// changed for a `reason` only.
#[utoipa::path(
    tag = "milestones",
    operation_id = "update_milestone",
    params(
        ("milestone" = uuid::Uuid, Path, description = "Id."),
        IfMatchParameters, ChangeParameters
    ),
    request_body(content = MilestonePatch, content_type = "application/merge-patch+json"),
    responses((status = 200, description = "The milestone, as it is now.", body = MilestonePage), ChangeProblems),
    security(("bearer" = ["edit"]))
)]
#[patch("/milestones/{milestone}")]
async fn update_milestone(
    office: web::Data<Office>,
    name: web::Path<Ref>,
    asking: Asking,
) -> Result<HttpResponse, Problem> {
    let asked = &asking.item;
    let show = async |conn: &Conn, id, viewer: &_| show_milestone(conn, id, viewer, asked).await;
    Ok(reply::changed(service::update_milestone(&office, &asking.ask, id_of(&name)?, show).await?))
}

/// Move a milestone's due date
///
/// Records a decision, of today or of an earlier day, that a milestone which is public is due on another day.
/// The due dates before stay in `reschedulings`, with why and by whom. Changing `due` does the same, as of today.
/// A draft, and what has never had a due date, are not rescheduled but changed (409).
#[utoipa::path(
    tag = "milestones",
    operation_id = "reschedule_milestone",
    params(
        ("milestone" = uuid::Uuid, Path, description = "Id."),
        IdempotencyParameters, ChangeParameters
    ),
    request_body(content = Reschedule, content_type = "application/json"),
    responses((status = 200, description = "The milestone, as it is now.", body = MilestonePage), ActProblems),
    security(("bearer" = ["edit"]))
)]
#[post("/milestones/{milestone}/reschedule")]
async fn reschedule_milestone(
    office: web::Data<Office>,
    name: web::Path<Ref>,
    asking: Asking,
) -> Result<HttpResponse, Problem> {
    let asked = &asking.item;
    let show = async |conn: &Conn, id, viewer: &_| show_milestone(conn, id, viewer, asked).await;
    Ok(reply::changed(service::reschedule_milestone(&office, &asking.ask, id_of(&name)?, show).await?))
}

/// Delete a milestone
///
/// Withdraws a milestone that is public, for a `reason`: it leaves the lists and answers 410 with its
/// last state. Deletes one that never was.
#[utoipa::path(
    tag = "milestones",
    operation_id = "delete_milestone",
    params(
        ("milestone" = uuid::Uuid, Path, description = "Id."),
        IfMatchParameters, RemovalParameters
    ),
    responses((status = 204, description = "It is deleted or withdrawn."), RemoveProblems),
    security(("bearer" = ["publish"]))
)]
#[delete("/milestones/{milestone}")]
async fn delete_milestone(
    office: web::Data<Office>,
    name: web::Path<Ref>,
    asking: Asking,
) -> Result<HttpResponse, Problem> {
    let asked = &asking.item;
    let show = async |conn: &Conn, id, viewer: &_| show_milestone(conn, id, viewer, asked).await;
    service::delete_milestone(&office, &asking.ask, id_of(&name)?, show).await?;
    Ok(reply::removed())
}

/// The versions of milestones after a change.
#[derive(Debug, Serialize, ToSchema)]
pub struct MilestoneVersionList {
    /// One for every milestone, in the order of the request.
    data: Vec<MilestoneVersion>,
}

/// The version of a milestone after a change.
#[derive(Debug, Serialize, ToSchema)]
pub struct MilestoneVersion {
    /// Which milestone.
    id: Uuid,
    /// Its version now.
    version: i64,
}

/// Change many milestones
///
/// Up to 500 merge patches in one transaction: all of them, or none. Each names the version it is
/// meant for. Every fault of every item is told at once, with its place; where all items are refused
/// alike, the answer is that of a single one (403, 404, 412).
#[utoipa::path(
    tag = "milestones",
    operation_id = "update_milestones",
    params(IdempotencyParameters, ChangeParameters),
    request_body(content = BulkChange, content_type = "application/json"),
    responses(
        (status = 200, description = "All are changed.", body = MilestoneVersionList),
        BulkProblems
    ),
    security(("bearer" = ["edit"]))
)]
#[post("/milestones/bulk")]
async fn update_milestones(office: web::Data<Office>, asking: Asking) -> Result<HttpResponse, Problem> {
    Ok(reply::changed(service::update_milestones(&office, &asking.ask).await?))
}
