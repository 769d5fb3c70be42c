//! Reading the reporting rules and adding to them; progress rolled up; one's own work.

mod badge;
mod calendar;
pub mod progress;
mod statistics;
mod work;

use super::model::ReportingRulesInput;
use super::service;
use super::store::{self, RulesFilter};
use super::view::ReportingRules;
use crate::db::{Conn, Reads};
use crate::http::Routes;
use crate::http::query::calendar_day;
use crate::http::reply::{self, PageInfo, Shows};
use crate::http::{
    Asking, ChangeParameters, Create, CreateProblems, IdempotencyParameters, Item, List, ListProblems,
    Problem, Wanted,
};
use crate::kernel::ask::Representation;
use crate::kernel::page::PageAsk;
use crate::kernel::{Error, Result, Shown};
use crate::ledger::service::Office;
use crate::members::model::MemberKind;
use actix_web::{HttpRequest, HttpResponse, get, post, web};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

/// The operations of this room.
pub fn routes(config: &mut Routes<'_, '_>) {
    config.service(list_reporting_rules).service(create_reporting_rules);
    progress::routes(config);
    statistics::routes(config);
    config.configure(badge::routes).configure(work::routes).configure(calendar::routes);
}

/// Filters of the list of reporting rules.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[into_params(parameter_in = Query)]
pub struct ReportingRulesQuery {
    /// Only for members of these kinds; repeat for any of several.
    #[serde(default)]
    kind: Vec<MemberKind>,
    /// Only those in force on this day (`YYYY-MM-DD`): at most one of each kind.
    #[validate(custom(function = calendar_day))]
    on: Option<NaiveDate>,
}

type ReportingRulesCreate = Create<ReportingRulesInput>;

/// A page of reporting rules.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReportingRulesList {
    /// The sets of rules.
    data: Vec<ReportingRules>,
    /// Where the page stands.
    page: PageInfo,
}

/// List reporting rules
///
/// How often members of a kind must update their public repository and when their reports are due. A set holds
/// from a day on until the next one of its kind. Sorted by `kind,-valid_from` unless `sort` says otherwise; it
/// can be sorted by `kind`, `valid_from`.
#[utoipa::path(
    tag = "reporting-rules",
    operation_id = "list_reporting_rules",
    params(ReportingRulesQuery, crate::http::query::ListParameters),
    responses((status = 200, description = "A page of reporting rules.", body = ReportingRulesList), ListProblems)
)]
#[get("/reporting-rules")]
async fn list_reporting_rules(
    request: HttpRequest,
    reads: web::Data<Reads>,
    asked: List<ReportingRulesQuery>,
) -> Result<HttpResponse, Problem> {
    let conn = reads.get().await?;
    let filter = RulesFilter { kinds: asked.filter.kind.clone(), on: asked.filter.on };
    let pages = async move |ask: &PageAsk, wanted: &Wanted| {
        let page = store::reporting_rules_page(&conn, &filter, ask).await?;
        Ok(page.map(|row| ReportingRules::new(row, wanted)))
    };
    Ok(reply::list(&request, &asked, pages, |data, page| ReportingRulesList { data, page })
        .await?
        .shows(Shown::Everything))
}

async fn show_reporting_rules(conn: &Conn, id: Uuid, asked: &Item) -> Result<Representation> {
    let found = store::reporting_rules_find(conn, id).await?;
    let row = found.ok_or_else(|| Error::not_found("set of reporting rules", id))?;
    // A set never changes: it stays in its first version.
    Representation::of(1, &ReportingRules::new(row, &asked.wanted), asked.wanted.used())
}

/// Add reporting rules
///
/// A set of rules that holds from a day on, today or later: what was said of the past stays true. Only admins can.
#[utoipa::path(
    tag = "reporting-rules",
    operation_id = "create_reporting_rules",
    params(IdempotencyParameters, ChangeParameters),
    request_body(content = ReportingRulesCreate, content_type = "application/json"),
    responses((status = 201, description = "The set, as made.", body = ReportingRules), CreateProblems),
    security(("bearer" = ["admin"]))
)]
#[post("/reporting-rules")]
async fn create_reporting_rules(office: web::Data<Office>, asking: Asking) -> Result<HttpResponse, Problem> {
    let asked = &asking.item;
    let show = async |conn: &Conn, id, _: &_| show_reporting_rules(conn, id, asked).await;
    Ok(reply::created(service::create_reporting_rules(&office, &asking.ask, show).await?))
}
