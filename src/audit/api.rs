//! Audit reports over HTTP.

use super::model::{About, Asked, Scope};
use super::service::{Export, Form, Reports};
use crate::accounts::model::Viewer;
use crate::db::Reads;
use crate::db::sql::Alone;
use crate::http::Routes;
use crate::http::format::Format;
use crate::http::problem::AcceptProblems;
use crate::http::query::{Own, calendar_day, has_a_record};
use crate::http::{ItemProblems, Problem, Surroundings, reply};
use crate::kernel::{Error, Ref, Result};
use crate::members::store::member_find;
use crate::plans::store::plan_find;
use actix_web::http::header::{self, HeaderName};
use actix_web::{HttpRequest, HttpResponse, get, web};
use chrono::NaiveDate;
use serde::Deserialize;
use std::collections::BTreeMap;
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::header::Header as ResponseHeader;
use utoipa::openapi::schema::{Object, Type};
use utoipa::openapi::{RefOr, Response, ResponseBuilder};
use utoipa::{IntoParams, IntoResponses, ToSchema};
use validator::Validate;

/// The detached signature of a report.
pub const SIGNATURE: HeaderName = HeaderName::from_static("x-jws-signature");

/// The operations of this room.
pub fn routes(config: &mut Routes<'_, '_>) {
    config.service(get_action_plan_report).service(get_member_report).service(get_report);
}

/// The forms that reports come in.
const FORMATS: [Format; 2] = [Format::Json, Format::Ndjson];

/// In which form a report is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ReportFormat {
    /// One document.
    Json,
    /// The same record by record, each a line.
    Ndjson,
}

/// What is answered where a report is asked for.
struct ReportAnswers;

impl IntoResponses for ReportAnswers {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let content = |schema: Object| ContentBuilder::new().schema(Some(schema)).build();
        let mut signature = ResponseHeader::new(Object::with_type(Type::String));
        signature.description =
            Some("The detached signature of the report (RFC 7515, appendix F).".to_owned());
        let report = ResponseBuilder::new()
            .description("The report.")
            .content(Format::Json.essence(), content(Object::with_type(Type::Object)))
            .content(Format::Ndjson.essence(), content(Object::with_type(Type::String)))
            .header("X-JWS-Signature", signature)
            .build();
        let mut responses = ItemProblems::responses();
        responses.extend(AcceptProblems::responses());
        responses.insert("200".to_owned(), report.into());
        responses
    }
}

/// Which report.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[into_params(parameter_in = Query)]
struct ReportQuery {
    /// What the public record said at the end of this day (UTC); today where it is left out: then the report is
    /// provisional, since the record of today is still being written.
    #[param(example = "2026-11-23")]
    #[validate(custom(function = calendar_day))]
    as_of: Option<NaiveDate>,
    /// Schedules and progress are computed for this day, as that record knows it; for the day of the record where it is
    /// left out.
    #[param(example = "2023-06-30")]
    #[validate(custom(function = calendar_day))]
    on: Option<NaiveDate>,
    /// The form, before `Accept`.
    #[param(inline)]
    format: Option<ReportFormat>,
}

impl ReportQuery {
    fn asked(&self, today: NaiveDate) -> Result<Asked> {
        has_a_record(self.as_of, today)?;
        Ok(Asked::new(self.as_of.unwrap_or(today), self.on))
    }

    fn format(&self, request: &HttpRequest) -> Result<Format> {
        match self.format {
            Some(ReportFormat::Json) => Ok(Format::Json),
            Some(ReportFormat::Ndjson) => Ok(Format::Ndjson),
            None => Format::accepted(request, &FORMATS),
        }
    }
}

/// Export the audit report of an action plan
///
/// What the public record said of a plan at the end of a day, with everything that proves it: each entry from the
/// plan's first one on, with its inclusion proof against a signed checkpoint; what is computed, and by which formulas
/// and rules; what is missing. Check it offline with `ogp-tracker verify`, or with tools of others: the README says
/// how. The same question gives the same bytes, but for the generation block at the end. A detached JWS over the whole
/// is in it, and in the header field `X-JWS-Signature`. Its JSON Schema is `openapi/report.schema.json`. A plan that
/// was withdrawn has its report still.
#[utoipa::path(
    tag = "audit",
    operation_id = "get_action_plan_report",
    params(
        ("action_plan" = String, Path, description = "Id or slug.", example = "timisoara-2022-2024"),
        ReportQuery
    ),
    responses(ReportAnswers)
)]
#[get("/action-plans/{action_plan}/report")]
async fn get_action_plan_report(
    request: HttpRequest,
    reads: web::Data<Reads>,
    reports: web::Data<Reports>,
    surroundings: web::Data<Surroundings>,
    name: web::Path<Ref>,
    Own(query): Own<ReportQuery>,
) -> Result<HttpResponse, Problem> {
    let asked = query.asked(surroundings.clock.today())?;
    let found = plan_find::<Alone>(&*reads.get().await?, &Viewer::public(), &name).await?;
    let (plan, _) = found
        .filter(|(plan, _)| plan.state.public_since.is_some())
        .ok_or_else(|| Error::not_found("action plan", &*name))?;
    give(&request, &reports, About::new(Scope::ActionPlan, Some(plan.id)), asked, &query).await
}

/// Export the audit report of a member
///
/// The same as the report of an action plan, for all plans of a member, with every entry about the member.
#[utoipa::path(
    tag = "audit",
    operation_id = "get_member_report",
    params(("member" = String, Path, description = "Id or code.", example = "ROTMR"), ReportQuery),
    responses(ReportAnswers)
)]
#[get("/members/{member}/report")]
async fn get_member_report(
    request: HttpRequest,
    reads: web::Data<Reads>,
    reports: web::Data<Reports>,
    surroundings: web::Data<Surroundings>,
    name: web::Path<Ref>,
    Own(query): Own<ReportQuery>,
) -> Result<HttpResponse, Problem> {
    let asked = query.asked(surroundings.clock.today())?;
    let found = member_find::<Alone>(&*reads.get().await?, &Viewer::public(), &name).await?;
    let (member, _) = found.ok_or_else(|| Error::not_found("member", &*name))?;
    give(&request, &reports, About::new(Scope::Member, Some(member.id)), asked, &query).await
}

/// Export the audit report of everything
///
/// The same as the report of an action plan, for all plans of all members. It can be large: it is made plan by plan,
/// and sent when it is signed.
#[utoipa::path(tag = "audit", operation_id = "get_report", params(ReportQuery), responses(ReportAnswers))]
#[get("/report")]
async fn get_report(
    request: HttpRequest,
    reports: web::Data<Reports>,
    surroundings: web::Data<Surroundings>,
    Own(query): Own<ReportQuery>,
) -> Result<HttpResponse, Problem> {
    let asked = query.asked(surroundings.clock.today())?;
    give(&request, &reports, About::new(Scope::Everything, None), asked, &query).await
}

async fn give(
    request: &HttpRequest,
    reports: &Reports,
    about: About,
    asked: Asked,
    query: &ReportQuery,
) -> Result<HttpResponse, Problem> {
    let format = query.format(request)?;
    let form = if format == Format::Ndjson { Form::Lines } else { Form::Json };
    let export = reports.export(about, asked, form).await?;
    Ok(answer(request, export, format))
}

fn answer(request: &HttpRequest, export: Export, format: Format) -> HttpResponse {
    let (media_type, name) = (format.media_type(), format!("{}.{}", export.name, format.extension()));
    let file = reply::Download { media_type, name, fingerprint: &export.digest, length: export.length };
    let mut response = reply::download(request, &file, export.file);
    if let Ok(signature) = header::HeaderValue::from_str(&export.signature) {
        response.headers_mut().insert(SIGNATURE, signature);
    }
    response
}
