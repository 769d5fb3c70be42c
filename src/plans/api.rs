//! Reading action plans, changing them, and taking them through their life.

use super::model::{ActionPlanInput, Figure, PlanStatus, Standing, Step};
use super::service;
use super::store::{self, PlanEventRow, PlanFilter, PlanReportRow, PlanRow};
use super::view::{ActionPlan, ActionPlanEvent, ActionPlanReport};
use crate::accounts::model::Viewer;
use crate::accounts::service::Gate;
use crate::commitments::model::{CommitmentName, CommitmentRef};
use crate::commitments::store::{COMMITMENT_COUNT_OF_PLAN, COMMITMENTS_OF_PLAN};
use crate::db::sql::{Field, Nested};
use crate::db::{Conn, Reads};
use crate::http::Routes;
use crate::http::query::{Both, TimesParameters, calendar_day, calendar_instant, inclusion};
use crate::http::reply::{self, PageInfo, Shows};
use crate::http::{
    Asking, ChangeParameters, ChangeProblems, Create, CreateProblems, IdempotencyParameters,
    IfMatchParameters, Item, ListProblems, PageProblems, Patch, Problem, RemovalParameters, RemoveProblems,
    StepProblems, Timed, TimedList, Wanted,
};
use crate::kernel::ask::{Reason, Representation};
use crate::kernel::page::PageAsk;
use crate::kernel::{Between, Error, Ref, Result, Shown};
use crate::ledger::service::Office;
use crate::members::model::MemberName;
use crate::members::store::member_ids;
use crate::members::view::WhoseQuery;
use crate::search::model::{SearchKind, SearchText};
use crate::search::store::needle;
use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post, web};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

/// The operations of this room.
pub fn routes(config: &mut Routes<'_, '_>) {
    config.service(list_action_plans).service(get_action_plan);
    config.service(create_action_plan).service(update_action_plan).service(delete_action_plan);
    config.service(consult_action_plan).service(adopt_action_plan).service(publish_action_plan);
    config.service(close_action_plan).service(return_action_plan).service(withdraw_action_plan);
}

/// Filters of the list of action plans.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[into_params(parameter_in = Query)]
pub struct ActionPlanQuery {
    /// Only what has all of these words in its texts, in Romanian or English, whatever their case, diacritics and
    /// form; `GET /api/v1/search` says what is found, and shows where. Not together with `as_of`.
    #[param(value_type = Option<String>, example = "plan Iași", max_length = 500)]
    q: Option<SearchText>,
    /// Only those that stand there in their life; repeat for any of several.
    #[serde(default)]
    status: Vec<PlanStatus>,
    /// Only of these cycles of OGP, each named by its year; repeat for any of several.
    #[serde(default)]
    #[param(example = json!([2018]))]
    cycle_year: Vec<i16>,
    /// Only those whose period has this day in it (`YYYY-MM-DD`). A period known only to the month
    /// or year counts as a whole; a plan without a known end counts as running on.
    #[validate(custom(function = calendar_day))]
    active_on: Option<NaiveDate>,
    /// Only those that start after this day (`YYYY-MM-DD`), not on it.
    #[validate(custom(function = calendar_day))]
    starts_after: Option<NaiveDate>,
    /// Only those that start before this day (`YYYY-MM-DD`), not on it. What starts in a month or year counts as
    /// starting on its first day.
    #[validate(custom(function = calendar_day))]
    starts_before: Option<NaiveDate>,
    /// Only those that end after this day (`YYYY-MM-DD`), not on it. What ends in a month or year counts as
    /// ending on its last day.
    #[validate(custom(function = calendar_day))]
    ends_after: Option<NaiveDate>,
    /// Only those that end before this day (`YYYY-MM-DD`), not on it.
    #[validate(custom(function = calendar_day))]
    ends_before: Option<NaiveDate>,
    /// Only those whose `updated_at` is this instant (RFC 3339) or later.
    #[param(example = "2026-11-01T00:00:00Z")]
    #[validate(custom(function = calendar_instant))]
    updated_since: Option<DateTime<Utc>>,
}

type ActionPlanCreate = Create<ActionPlanInput>;
type ActionPlanPatch = Patch<ActionPlanInput>;

/// A page of action plans.
#[derive(Debug, Serialize, ToSchema)]
pub struct ActionPlanList {
    /// The plans.
    data: Vec<ActionPlanListed>,
    /// Where the page stands.
    page: PageInfo,
}

inclusion! {
    ActionPlanInclusion, ActionPlanPart:
    /// Its commitments, by name.
    Commitments = "commitments",
    /// How it was made.
    Events = "events",
    /// Reports about it.
    Reports = "reports",
}

/// An action plan in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct ActionPlanListed {
    #[serde(flatten)]
    plan: ActionPlan,
    /// Its commitments; with `include=commitments`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    commitments: Option<Vec<CommitmentRef>>,
    /// How it was made: meetings, consultations, decisions; with `include=events`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    events: Option<Vec<ActionPlanEvent>>,
    /// Reports about it; with `include=reports`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    reports: Option<Vec<ActionPlanReport>>,
}

impl ActionPlanListed {
    fn new(row: PlanRow, of: OfPlan, wanted: &Wanted) -> Self {
        let named = |names: Vec<CommitmentName>| -> Vec<_> {
            names.iter().map(|name| name.in_language(|text| wanted.text(text))).collect()
        };
        let events = |rows: Vec<_>| rows.into_iter().map(|row| ActionPlanEvent::new(row, wanted)).collect();
        let reports = |rows: Vec<_>| rows.into_iter().map(ActionPlanReport::from).collect();
        Self {
            commitments: of.below.commitments.map(named),
            events: of.below.events.map(events),
            reports: of.below.reports.map(reports),
            plan: ActionPlan::new(row, &of.member, of.commitments_known, wanted).0,
        }
    }
}

/// An action plan with what belongs to it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ActionPlanPage {
    #[serde(flatten)]
    plan: ActionPlan,
    /// Counts that reports state about the whole plan, as stated.
    figures: Vec<Figure>,
    /// How it was made: meetings, consultations, decisions.
    events: Vec<ActionPlanEvent>,
    /// Reports about it.
    reports: Vec<ActionPlanReport>,
    /// Its commitments.
    commitments: Vec<CommitmentRef>,
}

#[derive(Debug, Deserialize)]
struct OfPlan {
    member: MemberName,
    commitments_known: i64,
    below: BelowPlan,
}

#[derive(Debug, Deserialize)]
struct BelowPlan {
    commitments: Option<Vec<CommitmentName>>,
    events: Option<Vec<PlanEventRow>>,
    reports: Option<Vec<PlanReportRow>>,
}

impl Nested for OfPlan {
    const PARTS: &'static [Field] =
        &[("member", store::MEMBER_OF_PLAN), ("commitments_known", COMMITMENT_COUNT_OF_PLAN)];
    const ON_DEMAND: &'static [Field] = &[
        ("commitments", COMMITMENTS_OF_PLAN),
        ("events", store::EVENTS_OF_PLAN),
        ("reports", store::REPORTS_OF_PLAN),
    ];
}

#[derive(Debug, Deserialize)]
struct OfPlanPage {
    standing: Standing,
    member: MemberName,
    events: Vec<PlanEventRow>,
    reports: Vec<PlanReportRow>,
    commitments: Vec<CommitmentName>,
}

impl Nested for OfPlanPage {
    const PARTS: &'static [Field] = &[
        ("standing", store::STANDING_OF_PLAN),
        ("member", store::MEMBER_OF_PLAN),
        ("events", store::EVENTS_OF_PLAN),
        ("reports", store::REPORTS_OF_PLAN),
        ("commitments", COMMITMENTS_OF_PLAN),
    ];
}

/// List action plans
///
/// Plans of all members, with their periods as exactly as they are known. Sorted by `slug` unless
/// `sort` says otherwise; it can be sorted by `slug`, `starts`, `ends`, `cycle_year`, `updated_at`
/// (unknown dates come last, an unknown cycle year first). What `q` finds comes best first, by `-relevance`,
/// which is a key then.
#[utoipa::path(
    tag = "action-plans",
    operation_id = "list_action_plans",
    params(WhoseQuery, ActionPlanQuery, ActionPlanInclusion, TimesParameters, crate::http::query::ListParameters),
    responses((status = 200, description = "A page of action plans.", body = ActionPlanList), ListProblems)
)]
#[get("/action-plans")]
async fn list_action_plans(
    request: HttpRequest,
    reads: web::Data<Reads>,
    gate: web::Data<Gate>,
    asked: TimedList<Both<Both<WhoseQuery, ActionPlanQuery>, ActionPlanInclusion>>,
) -> Result<HttpResponse, Problem> {
    let conn = reads.get().await?;
    let viewer = gate.viewer(&conn, asked.credential.as_ref()).await?.at(asked.times);
    let Both(Both(whose, query), inclusion) = &asked.filter;
    let included = inclusion.names();
    let filter = PlanFilter {
        needle: needle(&conn, &viewer, SearchKind::ActionPlan, query.q.as_ref()).await?,
        whose: whose.whose(member_ids(&conn, &whose.member).await?)?,
        statuses: query.status.clone(),
        cycle_years: query.cycle_year.clone(),
        active_on: query.active_on,
        starts: Between { after: query.starts_after, before: query.starts_before },
        ends: Between { after: query.ends_after, before: query.ends_before },
        updated_since: query.updated_since,
    };
    let pages = async move |ask: &PageAsk, wanted: &Wanted| {
        let page = store::plan_list::<OfPlan>(&conn, &viewer, &filter, &included, ask).await?;
        Ok(page.map(|(row, of)| ActionPlanListed::new(row, of, wanted)))
    };
    Ok(reply::list(&request, &asked, pages, |data, page| ActionPlanList { data, page })
        .await?
        .shows(Shown::Everything))
}

/// Read an action plan
///
/// One plan, by id or slug, with how it was made, reports about it, and its commitments.
#[utoipa::path(
    tag = "action-plans",
    operation_id = "get_action_plan",
    params(
        ("action_plan" = String, Path, description = "Id or slug.", example = "iasi-2019-2021"),
        TimesParameters, crate::http::query::ItemParameters
    ),
    responses((status = 200, description = "The action plan.", body = ActionPlanPage), PageProblems)
)]
#[get("/action-plans/{action_plan}")]
async fn get_action_plan(
    request: HttpRequest,
    reads: web::Data<Reads>,
    gate: web::Data<Gate>,
    name: web::Path<Ref>,
    asked: Timed,
) -> Result<HttpResponse, Problem> {
    let conn = reads.get().await?;
    let asked = &asked.item;
    let viewer = gate.viewer(&conn, asked.credential.as_ref()).await?.at(asked.times);
    let (plan, shown) = plan_page(&conn, &name, &viewer, asked).await?;
    Ok(reply::item(&request, asked, shown).shows(Shown::Plan(plan)))
}

/// A plan as a reader sees it.
///
/// # Errors
/// `NotFound` and `Gone` where they do not.
pub(crate) async fn show_plan(
    conn: &Conn,
    name: &Ref,
    viewer: &Viewer,
    asked: &Item,
) -> Result<Representation> {
    Ok(plan_page(conn, name, viewer, asked).await?.1)
}

/// Its id, and what is shown.
async fn plan_page(conn: &Conn, name: &Ref, viewer: &Viewer, asked: &Item) -> Result<(Uuid, Representation)> {
    let found = store::plan_find::<OfPlanPage>(conn, viewer, name).await?;
    let (row, mut of) = found.ok_or_else(|| Error::not_found("action plan", name))?;
    if let Some(day) = asked.times.on {
        of.events.retain(|event| event.begun_on(day));
        of.reports.retain(|report| report.known_on(day));
    }
    let version = row.version;
    let count = i64::try_from(of.commitments.len()).unwrap_or(i64::MAX);
    let (plan, figures) = ActionPlan::new(row, &of.member, count, &asked.wanted);
    let body = ActionPlanPage {
        plan,
        figures,
        events: of.events.into_iter().map(|event| ActionPlanEvent::new(event, &asked.wanted)).collect(),
        reports: of.reports.into_iter().map(ActionPlanReport::from).collect(),
        commitments: of
            .commitments
            .iter()
            .map(|name| name.in_language(|text| asked.wanted.text(text)))
            .collect(),
    };
    let shown = Representation::of(version, &body, asked.wanted.used())?;
    Ok((of.standing.plan_id, of.standing.appears(viewer, false).of(shown, "action plan", name)?))
}

/// Create an action plan
///
/// Makes a plan as a draft, which only those with a role for its member see until it is published.
#[utoipa::path(
    tag = "action-plans",
    operation_id = "create_action_plan",
    params(IdempotencyParameters, ChangeParameters),
    request_body(content = ActionPlanCreate, content_type = "application/json"),
    responses((status = 201, description = "The plan, as made.", body = ActionPlanPage), CreateProblems),
    security(("bearer" = ["edit"]))
)]
#[post("/action-plans")]
async fn create_action_plan(office: web::Data<Office>, asking: Asking) -> Result<HttpResponse, Problem> {
    let asked = &asking.item;
    let show = async |conn: &Conn, id, viewer: &_| show_plan(conn, &Ref::Id(id), viewer, asked).await;
    Ok(reply::created(service::create_action_plan(&office, &asking.ask, show).await?))
}

/// Change an action plan
///
/// A JSON merge patch of what is written of a plan. Dates and texts of a plan that is public are
/// changed for a `reason` only.
#[utoipa::path(
    tag = "action-plans",
    operation_id = "update_action_plan",
    params(
        ("action_plan" = String, Path, description = "Id or slug.", example = "timisoara-2022-2024"),
        IfMatchParameters, ChangeParameters
    ),
    request_body(content = ActionPlanPatch, content_type = "application/merge-patch+json"),
    responses((status = 200, description = "The plan, as it is now.", body = ActionPlanPage), ChangeProblems),
    security(("bearer" = ["edit"]))
)]
#[patch("/action-plans/{action_plan}")]
async fn update_action_plan(
    office: web::Data<Office>,
    name: web::Path<Ref>,
    asking: Asking,
) -> Result<HttpResponse, Problem> {
    let asked = &asking.item;
    let show = async |conn: &Conn, id, viewer: &_| show_plan(conn, &Ref::Id(id), viewer, asked).await;
    Ok(reply::changed(service::update_action_plan(&office, &asking.ask, &name, show).await?))
}

/// Delete an action plan
///
/// Deletes a plan that was never public and has no commitments; withdraws one that was public, for
/// a `reason`.
#[utoipa::path(
    tag = "action-plans",
    operation_id = "delete_action_plan",
    params(
        ("action_plan" = String, Path, description = "Id or slug.", example = "timisoara-2022-2024"),
        IfMatchParameters, RemovalParameters
    ),
    responses((status = 204, description = "It is deleted or withdrawn."), RemoveProblems),
    security(("bearer" = ["publish"]))
)]
#[delete("/action-plans/{action_plan}")]
async fn delete_action_plan(
    office: web::Data<Office>,
    name: web::Path<Ref>,
    asking: Asking,
) -> Result<HttpResponse, Problem> {
    let asked = &asking.item;
    let show = async |conn: &Conn, id, viewer: &_| show_plan(conn, &Ref::Id(id), viewer, asked).await;
    service::delete_action_plan(&office, &asking.ask, &name, show).await?;
    Ok(reply::removed())
}

async fn step(office: &Office, name: &Ref, asking: &Asking, step: Step) -> Result<HttpResponse, Problem> {
    let asked = &asking.item;
    let show = async |conn: &Conn, id, viewer: &_| show_plan(conn, &Ref::Id(id), viewer, asked).await;
    Ok(reply::changed(service::step_action_plan(office, &asking.ask, name, step, show).await?))
}

/// Makes the operation that takes a plan through one step.
macro_rules! step {
    ($name:ident, $id:literal, $path:literal, $step:expr, $scope:literal, $(#[$doc:meta])+) => {
        $(#[$doc])+
        #[utoipa::path(
            tag = "action-plans",
            operation_id = $id,
            params(
                ("action_plan" = String, Path, description = "Id or slug.", example = "timisoara-2022-2024"),
                IdempotencyParameters, ChangeParameters
            ),
            request_body(content = Option<Reason>, content_type = "application/json"),
            responses(
                (status = 200, description = "The plan, as it is now.", body = ActionPlanPage),
                StepProblems
            ),
            security(("bearer" = [$scope]))
        )]
        #[post($path)]
        async fn $name(
            office: web::Data<Office>,
            name: web::Path<Ref>,
            asking: Asking,
        ) -> Result<HttpResponse, Problem> {
            step(&office, &name, &asking, $step).await
        }
    };
}

step!(
    consult_action_plan, "consult_action_plan", "/action-plans/{action_plan}/consult", Step::Consult, "edit",
    /// Begin the consultation on an action plan
    ///
    /// From `draft` to `in_consultation`. Only those with a role for the member see the plan here yet.
);
step!(
    adopt_action_plan, "adopt_action_plan", "/action-plans/{action_plan}/adopt", Step::Adopt, "publish",
    /// Adopt an action plan
    ///
    /// From `in_consultation` to `adopted`: it was decided on.
);
step!(
    publish_action_plan, "publish_action_plan", "/action-plans/{action_plan}/publish", Step::Publish, "publish",
    /// Publish an action plan
    ///
    /// From `adopted` to `published`: everybody sees it and all below it from now on, and it enters the
    /// public record as it is. There is no way back into a draft.
);
step!(
    close_action_plan, "close_action_plan", "/action-plans/{action_plan}/close", Step::Close, "publish",
    /// Close an action plan
    ///
    /// From `published` to `closed`: its term is over. Everybody goes on seeing it.
);
step!(
    return_action_plan, "return_action_plan", "/action-plans/{action_plan}/return", Step::Return, "publish",
    /// Take an action plan back by one step
    ///
    /// From `in_consultation` to `draft`, from `adopted` to `in_consultation`, or from `closed` to
    /// `published`; for a `reason`.
);
step!(
    withdraw_action_plan, "withdraw_action_plan", "/action-plans/{action_plan}/withdraw", Step::Withdraw, "publish",
    /// Withdraw an action plan
    ///
    /// Takes the plan out of the lists, with all below it, for a `reason`. What was public answers 410
    /// with its last state from now on.
);
