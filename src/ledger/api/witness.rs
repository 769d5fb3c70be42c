//! What is kept of other logs.

use crate::db::Reads;
use crate::http::Routes;
use crate::http::problem::{BodyProblems, ConflictProblems, DatabaseProblems, PlainProblems};
use crate::http::query::Own;
use crate::http::{Asking, ListProblems, Problem, private, reply};
use crate::kernel::Error;
use crate::kernel::page::MAX_LIMIT;
use crate::ledger::model::witness::CheckpointShown;
use crate::ledger::service::Witness;
use crate::ledger::store::witness::{self as store, WitnessedFilter};
use crate::ledger::view::log::{WitnessedCheckpoint, WitnessedCheckpointList};
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, get, post, web};
use serde::Deserialize;
use utoipa::IntoParams;
use validator::Validate;

pub(super) fn routes(config: &mut Routes<'_, '_>) {
    config.service(create_witnessed_checkpoint).service(list_witnessed_checkpoints);
}

/// Which checkpoints of other logs.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[into_params(parameter_in = Query)]
struct WitnessedQuery {
    /// Only of the log with this name.
    #[param(example = "ogp.example.org/ledger")]
    origin: Option<String>,
    /// Only the largest tree of each log.
    latest: Option<bool>,
    /// Only those that were seen after this one.
    #[param(minimum = 0)]
    #[validate(range(min = 0, message = "must be 0 or more"))]
    after: Option<i64>,
    /// Checkpoints per page, 1 to 200.
    #[param(minimum = 1, maximum = 200, default = 50)]
    #[validate(range(min = 1, max = MAX_LIMIT, message = "must be between 1 and 200"))]
    limit: Option<u16>,
}

/// Show a checkpoint of another log
///
/// For other trackers: keeps what they have signed, so that nobody can be told another history of them
/// unnoticed. Taken are logs whose keys this tracker is told (`OGP_WITNESS_KEYS`), and of each only what is proved
/// to continue the last checkpoint that was seen. Two trees of one size, each signed, are kept both: the log was
/// forked, which is answered with 409 and shown in the list.
#[utoipa::path(
    tag = "ledger",
    operation_id = "create_witnessed_checkpoint",
    request_body = CheckpointShown,
    responses(
        (status = 200, description = "It is kept.", body = WitnessedCheckpoint),
        BodyProblems, ConflictProblems, PlainProblems, DatabaseProblems
    )
)]
#[post("/ledger/witnessed")]
async fn create_witnessed_checkpoint(
    witness: web::Data<Witness>,
    asking: Asking,
) -> Result<HttpResponse, Problem> {
    let kept = witness.see(&asking.ask.body).await?;
    Ok(private::told(StatusCode::OK, &WitnessedCheckpoint::new(kept))?)
}

/// List checkpoints of other logs
///
/// What other trackers have signed and shown here, in the order in which it was seen. Whoever knows another tree of
/// the same size of one of these logs has found that it was forked.
#[utoipa::path(
    tag = "ledger",
    operation_id = "list_witnessed_checkpoints",
    params(WitnessedQuery),
    responses((status = 200, description = "A page of checkpoints.", body = WitnessedCheckpointList), ListProblems)
)]
#[get("/ledger/witnessed")]
async fn list_witnessed_checkpoints(
    request: HttpRequest,
    reads: web::Data<Reads>,
    witness: web::Data<Witness>,
    Own(asked): Own<WitnessedQuery>,
) -> Result<HttpResponse, Problem> {
    let (conn, limit) = (reads.get().await?, super::page_limit(asked.limit));
    let (latest, after) = (asked.latest.unwrap_or_default(), asked.after.unwrap_or_default());
    let filter = WitnessedFilter { origin: asked.origin, latest, after };
    let mut rows = store::witnessed_list(&conn, &filter, super::at_most(limit)).await?;
    let nothing = rows.is_empty() && after == 0;
    if let Some(origin) = filter.origin.filter(|origin| nothing && !witness.watches(origin)) {
        let origin: String = origin.chars().take(100).collect();
        let detail = format!("no log {origin:?} is watched here, and none was");
        return Err(Error::parameter("origin", "reference_unknown", detail).into());
    }
    let page = super::page_of(&mut rows, limit, |row| row.number);
    let data = rows.into_iter().map(WitnessedCheckpoint::new).collect();
    Ok(reply::public(&request, &WitnessedCheckpointList { data, page })?)
}
