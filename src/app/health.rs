//! Whether the service runs, and whether it is ready.

use crate::db::{Reads, migrate};
use crate::http::Routes;
use crate::http::{DatabaseProblems, Nothing, PlainProblems, Problem};
use crate::ledger::model::LedgerCheck;
use crate::ledger::service::Watch;
use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, get, web};
use serde::Serialize;
use utoipa::ToSchema;

pub(super) fn routes(config: &mut Routes<'_, '_>) {
    config.service(get_health_live).service(get_health_ready);
}

/// The state of the service.
#[derive(Debug, Serialize, ToSchema)]
struct Health {
    /// `live` or `ready`.
    #[schema(value_type = String, example = "ready")]
    status: &'static str,
    /// Whether the public record is still what was signed; only where it is ready.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    ledger: Option<LedgerCheck>,
}

fn answer(status: &'static str, ledger: Option<LedgerCheck>) -> HttpResponse {
    HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(Health { status, ledger })
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
    answer("live", None)
}

/// Is it ready?
///
/// Ready means that the database answers and has the schema of this version. Send no traffic while
/// it is not. A public record that is not what was signed any more is told in `ledger`, and does not make it
/// unready: nobody should be able to silence the record by changing it. Let it wake somebody.
#[utoipa::path(
    tag = "health",
    operation_id = "get_health_ready",
    responses((status = 200, description = "It is ready.", body = Health), PlainProblems, DatabaseProblems)
)]
#[get("/health/ready")]
async fn get_health_ready(
    reads: web::Data<Reads>,
    watch: web::Data<Watch>,
    _: Nothing,
) -> Result<HttpResponse, Problem> {
    if migrate::is_current(&*reads.get().await?).await? {
        return Ok(answer("ready", Some(watch.verdict().word())));
    }
    Err(Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "database_not_migrated",
        "the database does not have the schema of this version; run `ogp-tracker migrate`",
    ))
}
