//! Reading what changed.

use super::service;
use super::view::{ActionPlanChanges, ChangeList, ChangePage, Teller};
use crate::accounts::service::Gate;
use crate::db::Reads;
use crate::db::sql::{Field, Nested};
use crate::http::Routes;
use crate::http::query::{calendar_day, known};
use crate::http::reply::{self, Form};
use crate::http::{ItemProblems, ListProblems, Localized, Problem};
use crate::kernel::ask::Representation;
use crate::kernel::error::both;
use crate::kernel::page::{Cursor, DEFAULT_LIMIT, MAX_LIMIT};
use crate::kernel::{Error, Ref, Result};
use crate::ledger::model::recorded::ChangeFilter;
use crate::ledger::model::{Action, Kind};
use crate::members::store::member_ids;
use crate::plans::model::{PlanName, Standing};
use crate::plans::store::{STANDING_OF_PLAN, plan_find, recorded_plan_ids};
use actix_web::{HttpRequest, HttpResponse, get, web};
use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;
use validator::Validate;

/// What the cursors of the record are bound to: not to filters, which may change on the way.
const SCOPE: &str = "/api/v1/changes";
/// Before the first place of the record.
const BEGINNING: i64 = -1;

/// The operations of this room.
pub fn routes(config: &mut Routes<'_, '_>) {
    config.service(get_action_plan_changes).service(list_changes);
}

/// Between which days.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[into_params(parameter_in = Query)]
struct PeriodQuery {
    /// What changed after the end of this day (`YYYY-MM-DD`, UTC); after the day on which the record began to
    /// tell of the plan where it is left out.
    #[param(example = "2022-12-31")]
    #[validate(custom(function = calendar_day))]
    from: Option<NaiveDate>,
    /// What changed by the end of this day (`YYYY-MM-DD`, UTC); by now where it is left out.
    #[param(example = "2023-06-30")]
    #[validate(custom(function = calendar_day))]
    to: Option<NaiveDate>,
}

#[derive(Debug, Deserialize)]
struct OfPlan {
    standing: Standing,
}

impl Nested for OfPlan {
    const PARTS: &'static [Field] = &[("standing", STANDING_OF_PLAN)];
}

/// Read what changed in a plan between two days
///
/// The difference between what the public record said of a plan at the end of one day and at the end of another:
/// each thing that was added, published, changed or withdrawn meanwhile, told in a sentence, with the fields that
/// differ and the single changes that it comes from. What was changed and changed back is not among them. Also of a
/// plan that was withdrawn; never of drafts. `Accept: text/plain` gets the sentences as text. Sentences are told in
/// English and Romanian.
#[utoipa::path(
    tag = "changes",
    operation_id = "get_action_plan_changes",
    params(
        ("action_plan" = String, Path, description = "Id or slug.", example = "timisoara-2022-2024"),
        PeriodQuery, crate::http::query::ItemParameters
    ),
    responses(
        (
            status = 200, description = "What changed.",
            content((ActionPlanChanges = "application/json"), (String = "text/plain"))
        ),
        ItemProblems
    )
)]
#[get("/action-plans/{action_plan}/changes")]
async fn get_action_plan_changes(
    request: HttpRequest,
    reads: web::Data<Reads>,
    gate: web::Data<Gate>,
    name: web::Path<Ref>,
    asked: Localized<PeriodQuery>,
) -> Result<HttpResponse, Problem> {
    let (conn, Localized { filter, item }) = (reads.get().await?, &asked);
    let viewer = gate.viewer(&conn, item.credential.as_ref()).await?;
    let found = plan_find::<OfPlan>(&conn, &viewer, &name).await?;
    let (row, of) = found.ok_or_else(|| Error::not_found("action plan", &*name))?;
    of.standing.appears(&viewer, false).known("action plan", &*name)?;
    let changes = service::plan_changes(&conn, row.id, (filter.from, filter.to), item.times.today).await?;
    let plan = PlanName { id: row.id, slug: row.state.slug, title: row.state.title.0 };
    let body = Teller { wanted: &item.wanted, names: &changes.names }.plan(&plan, &changes);
    let form = Form::wanted(&request);
    let shown = match form {
        Form::Json => Representation::of(1, &body, item.wanted.used())?,
        Form::Text => Representation::of_text(body.text(), item.wanted.used()),
    };
    Ok(reply::item_in_form(&request, item, form, shown))
}

/// Which changes.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[into_params(parameter_in = Query)]
struct ChangesQuery {
    /// Where to go on: `page.next` of the page before, at any later time and with other filters, too; the
    /// beginning of the record where it is left out.
    after: Option<String>,
    /// Changes per page, 1 to 200.
    #[param(minimum = 1, maximum = 200, default = 50)]
    #[validate(range(min = 1, max = MAX_LIMIT, message = "must be between 1 and 200"))]
    limit: Option<u16>,
    /// Only of what belongs to these members, by id or code; repeat for any of several.
    #[serde(default)]
    #[param(value_type = Vec<String>, example = json!(["ROTMR"]))]
    member: Vec<Ref>,
    /// Only in these plans, by id or slug; repeat for any of several.
    #[serde(default)]
    #[param(value_type = Vec<String>, example = json!(["timisoara-2022-2024"]))]
    action_plan: Vec<Ref>,
    /// Only of these kinds of things; repeat for any of several.
    #[serde(default)]
    kind: Vec<Kind>,
    /// Only these changes; repeat for any of several.
    #[serde(default)]
    action: Vec<Action>,
}

/// List what changed
///
/// Every change of public data in the order of the record, which never changes: each with what it said before and
/// says after, and in a sentence. `page.next` is there on every page; whoever keeps it and comes back with it as
/// `after`, in a minute or in a year, gets each later change exactly once. A change is here as soon as it is
/// numbered, within about a second. Filters combine; several values of one filter mean "any of".
#[utoipa::path(
    tag = "changes",
    operation_id = "list_changes",
    params(ChangesQuery, crate::http::query::ItemParameters),
    responses((status = 200, description = "A page of changes, the earliest first.", body = ChangeList), ListProblems)
)]
#[get("/changes")]
async fn list_changes(
    request: HttpRequest,
    reads: web::Data<Reads>,
    gate: web::Data<Gate>,
    asked: Localized<ChangesQuery>,
) -> Result<HttpResponse, Problem> {
    let (conn, Localized { filter: query, item }) = (reads.get().await?, &asked);
    // Everybody sees the same; but a token that does not hold is told here as elsewhere.
    gate.viewer(&conn, item.credential.as_ref()).await?;
    let after = query.after.as_deref().map_or(Ok(BEGINNING), place);
    let references = both(
        known("member", &query.member, member_ids(&conn, &query.member).await?),
        known("action_plan", &query.action_plan, recorded_plan_ids(&conn, &query.action_plan).await?),
    );
    let ((members, plans), after) = both(references, after)?;
    let filter = ChangeFilter { members, plans, kinds: query.kind.clone(), actions: query.action.clone() };
    let limit = usize::from(query.limit.unwrap_or(DEFAULT_LIMIT));
    let (stretch, names) = service::feed(&conn, &filter, after, limit).await?;
    let teller = Teller { wanted: &item.wanted, names: &names };
    let data = stretch.changes.iter().map(|(index, entry)| teller.recorded(*index, entry)).collect();
    let page = ChangePage { next: cursor(stretch.reached), more: stretch.more };
    let body = ChangeList { data, page };
    Ok(reply::item(&request, item, Representation::of(1, &body, item.wanted.used())?))
}

/// A place in the record as callers keep it.
fn cursor(index: i64) -> String {
    Cursor { keys: vec![index.to_string()], id: Uuid::nil() }.encode(SCOPE)
}

fn place(text: &str) -> Result<i64> {
    let read = Cursor::decode(text, SCOPE).ok().and_then(|cursor| cursor.keys.first()?.parse().ok());
    read.filter(|index| *index >= BEGINNING).ok_or_else(|| {
        let detail = "it is no place in the record; take it from `page.next`";
        Error::parameter("after", "parameter_invalid", detail)
    })
}
