//! Whether the service runs, and whether it is ready.

use crate::db::{Reads, migrate};
use crate::http::{DatabaseProblems, Nothing, PlainProblems, Problem};
use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, get, web};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(get_health_live).service(get_health_ready);
}

/// The state of the service.
#[derive(Debug, Serialize, ToSchema)]
struct Health {
    /// `live` or `ready`.
    #[schema(value_type = String, example = "ready")]
    status: &'static str,
}

fn answer(status: &'static str) -> HttpResponse {
    HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(Health { status })
}

/// Is it running?
///
/// Answers as long as the process takes requests, whatever the database does: restart it when it
/// does not.
#[utoipa::path(
    tag = "health",
    operation_id = "get_health_live",
    responses((status = 200, description = "It is running.", body = Health), PlainProblems)
)]
#[get("/health/live")]
async fn get_health_live(_: Nothing) -> HttpResponse {
    answer("live")
}

/// Is it ready?
///
/// Ready means that the database answers and has the schema of this version. Send no traffic while
/// it is not.
#[utoipa::path(
    tag = "health",
    operation_id = "get_health_ready",
    responses((status = 200, description = "It is ready.", body = Health), PlainProblems, DatabaseProblems)
)]
#[get("/health/ready")]
async fn get_health_ready(reads: web::Data<Reads>, _: Nothing) -> Result<HttpResponse, Problem> {
    if migrate::is_current(&*reads.get().await?).await? {
        return Ok(answer("ready"));
    }
    Err(Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "database_not_migrated",
        "the database does not have the schema of this version; run `ogp-tracker migrate`",
    ))
}
