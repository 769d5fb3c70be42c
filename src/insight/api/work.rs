//! One's own work: what to report now.

use crate::accounts::model::{Right, Scope, Viewer};
use crate::accounts::service::Gate;
use crate::db::{Conn, Reads};
use crate::http::Routes;
use crate::http::query::{ListParameters, known};
use crate::http::reply::PageInfo;
use crate::http::{List, ListProblems, Problem, Wanted, private, problem::ScopeProblems};
use crate::insight::model::{Call, WorkCounts, WorkReason, Worklist};
use crate::insight::store::{self, WorkFilter};
use crate::insight::view::{WorkItem, WorkSeen};
use crate::kernel::error::both;
use crate::kernel::page::PageAsk;
use crate::kernel::{Error, Ref, Result};
use crate::members::store::member_ids;
use crate::plans::store::plan_ids;
use actix_web::{HttpRequest, HttpResponse, get, web};
use chrono::NaiveDate;
use futures_util::try_join;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

/// The only order that there is.
const URGENCY: &str = "urgency";

/// The operations on one's own work.
pub(super) fn routes(config: &mut Routes<'_, '_>) {
    config.service(list_my_work);
}

/// Filters of one's own work.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[into_params(parameter_in = Query)]
pub(super) struct WorkQuery {
    /// Only what has one of these reasons; repeat for any of several. The counts stay those of all reasons.
    #[serde(default)]
    reason: Vec<WorkReason>,
    /// Only of these members, by id or code; repeat for any of several.
    #[serde(default)]
    #[param(value_type = Vec<String>, example = json!(["ROTMR"]))]
    member: Vec<Ref>,
    /// Only in these plans, by id or slug; repeat for any of several.
    #[serde(default)]
    #[param(value_type = Vec<String>, example = json!(["timisoara-2022-2024"]))]
    action_plan: Vec<Ref>,
}

/// What the signed-in person should report now.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct WorkItemList {
    /// The day (UTC) for which this is so.
    today: NaiveDate,
    /// How much there is, whatever the page and the reasons asked for.
    counts: WorkCounts,
    /// The items of this page.
    data: Vec<WorkItem>,
    /// Where the page stands.
    page: PageInfo,
}

/// List one's own work
///
/// What the person whom the token belongs to should report now, for the members where they are editor or publisher:
/// milestones of published plans that are active, as their commitments are, and assessments there that nobody has
/// answered. Everybody else gets an empty list.
///
/// Sorted by `urgency`, and by nothing else: first what is `overdue` (the longest first), then what is `due_soon` (the
/// nearest first), `silent` (the longest first), `evidence_missing` (the longest first) and `assessment_unanswered`.
/// What has several reasons stands where the most urgent one puts it.
///
/// A milestone is `silent` where it has begun (the last day that its planned start can mean has come; that of its
/// commitment or plan where it names none), is not complete, and its last substantive update speaks of a day longer ago
/// than the update interval of the reporting rules in force today. A substantive update tells another progress or
/// percentage than the one before, has words on what was done, or evidence.
#[utoipa::path(
    tag = "my-work",
    operation_id = "list_my_work",
    params(WorkQuery, ListParameters),
    responses(
        (status = 200, description = "A page of what is to be reported.", body = WorkItemList),
        ScopeProblems, ListProblems
    ),
    security(("bearer" = ["read"]))
)]
#[get("/me/worklist")]
async fn list_my_work(
    request: HttpRequest,
    reads: web::Data<Reads>,
    gate: web::Data<Gate>,
    asked: List<WorkQuery>,
) -> Result<HttpResponse, Problem> {
    let conn = reads.get().await?;
    let actor = gate.actor(&conn, asked.credential.as_ref()).await?;
    actor.reach(Scope::Read)?;
    let (today, viewer) = (asked.times.today, actor.viewer().at(asked.times));
    only_by_urgency(&asked.ask()?)?;
    let filter = filter(&conn, &viewer, &asked.filter, actor.members(Right::Edit)).await?;
    let list = worklist(&conn, &viewer, &filter, today).await?;
    let counts = list.counts();
    let reasons = asked.filter.reason.clone();
    let pages = async move |ask: &PageAsk, wanted: &Wanted| {
        let page = list.clone().page(&reasons, ask.after.as_ref(), ask.limit, ask.total)?;
        Ok(page.map(|(call, seen)| WorkItem::new(call, seen, wanted)))
    };
    let body = |data, page| WorkItemList { today, counts, data, page };
    Ok(private::list(&request, &asked, pages, body).await?)
}

fn only_by_urgency(ask: &PageAsk) -> Result<()> {
    match ask.sort.as_deref() {
        None | Some(URGENCY) => Ok(()),
        Some(other) => {
            let detail = format!("cannot sort by {other:?}; known: {URGENCY}");
            Err(Error::parameter("sort", "parameter_invalid", detail))
        }
    }
}

/// What is asked for of the members whose work it is.
async fn filter(conn: &Conn, viewer: &Viewer, query: &WorkQuery, own: Vec<uuid::Uuid>) -> Result<WorkFilter> {
    let (members, plans) = both(
        known("member", &query.member, member_ids(conn, &query.member).await?),
        known("action_plan", &query.action_plan, plan_ids(conn, viewer, &query.action_plan).await?),
    )?;
    let asked = |member: &uuid::Uuid| members.is_empty() || members.contains(member);
    Ok(WorkFilter { members: own.into_iter().filter(asked).collect(), plans })
}

async fn worklist(
    conn: &Conn,
    viewer: &Viewer,
    filter: &WorkFilter,
    today: NaiveDate,
) -> Result<Worklist<WorkSeen>> {
    if filter.members.is_empty() {
        return Ok(Worklist::new(Vec::new()));
    }
    let (steps, unanswered, rules) = try_join!(
        store::work_steps(conn, viewer, filter),
        store::work_assessments(conn, viewer, filter),
        store::reporting_rules_list(conn, viewer)
    )?;
    let steps = steps.into_iter().filter_map(|seen| {
        Some((Call::of_step(&seen.step(), &rules, today)?, WorkSeen::Step(Box::new(seen))))
    });
    let unanswered = unanswered
        .into_iter()
        .map(|seen| (Call::of_assessment(seen.row.id), WorkSeen::Unanswered(Box::new(seen))));
    Ok(Worklist::new(steps.chain(unanswered).collect()))
}
