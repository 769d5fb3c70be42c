//! Progress as pictures that other pages embed.

use super::progress::{member_told, plan_told, shown};
use crate::accounts::service::Gate;
use crate::db::Reads;
use crate::http::Routes;
use crate::http::reply::Shows;
use crate::http::{ChangeParameters, ItemProblems, PageProblems, Plain, Problem, reply};
use crate::insight::view::Badge;
use crate::kernel::{Ref, Shown};
use actix_web::{HttpRequest, HttpResponse, get, web};

/// The media type of pictures.
const SVG: &str = "image/svg+xml";

pub(super) fn routes(config: &mut Routes<'_, '_>) {
    config.service(get_action_plan_badge).service(get_member_badge);
}

/// Read the progress of an action plan as a picture
///
/// A small picture (SVG) for other pages: the plan's name and how much of it is reported done today, with a text
/// that says the same to whoever does not see it.
#[utoipa::path(
    tag = "progress",
    operation_id = "get_action_plan_badge",
    params(
        ("action_plan" = String, Path, description = "Id or slug.", example = "timisoara-2022-2024"),
        ChangeParameters
    ),
    responses((status = 200, description = "The picture.", body = String, content_type = "image/svg+xml"), PageProblems)
)]
#[get("/action-plans/{action_plan}/badge.svg")]
async fn get_action_plan_badge(
    request: HttpRequest,
    reads: web::Data<Reads>,
    gate: web::Data<Gate>,
    name: web::Path<Ref>,
    asked: Plain,
) -> Result<HttpResponse, Problem> {
    let (conn, asked) = (reads.get().await?, asked.0);
    let viewer = gate.viewer(&conn, asked.credential.as_ref()).await?.at(asked.times);
    let (told, standing) = plan_told(&conn, &name, &viewer, &asked).await?;
    standing.appears(&viewer, false).of(shown(&told, &asked)?, "action plan", &*name)?;
    let picture = Badge::of_plan(&told, &asked.wanted).svg();
    Ok(reply::picture(&request, &asked, SVG, picture).shows(Shown::Plan(standing.plan_id)))
}

/// Read the progress of a member as a picture
///
/// The same of all plans of a member together.
#[utoipa::path(
    tag = "progress",
    operation_id = "get_member_badge",
    params(
        ("member" = String, Path, description = "Id or code.", example = "ROTMR"),
        ChangeParameters
    ),
    responses((status = 200, description = "The picture.", body = String, content_type = "image/svg+xml"), ItemProblems)
)]
#[get("/members/{member}/badge.svg")]
async fn get_member_badge(
    request: HttpRequest,
    reads: web::Data<Reads>,
    gate: web::Data<Gate>,
    name: web::Path<Ref>,
    asked: Plain,
) -> Result<HttpResponse, Problem> {
    let (conn, asked) = (reads.get().await?, asked.0);
    let viewer = gate.viewer(&conn, asked.credential.as_ref()).await?.at(asked.times);
    let told = member_told(&conn, &name, &viewer, &asked).await?;
    let picture = Badge::of_member(&told, &asked.wanted).svg();
    Ok(reply::picture(&request, &asked, SVG, picture).shows(Shown::Member(told.member.id)))
}
