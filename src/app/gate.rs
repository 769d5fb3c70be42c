//! What happens around every request that shows who asks.

use crate::accounts::service::Gate;
use crate::db::Reads;
use crate::http::Problem;
use crate::http::ask::credential;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{Error, web};

/// Gets ready whatever checking a token needs besides the database, so that no transaction waits for
/// it; notes the use of API tokens when the request is done, so that no transaction holds them.
pub(super) async fn prepare(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let gate = request.app_data::<web::Data<Gate>>().cloned();
    let reads = request.app_data::<web::Data<Reads>>().cloned();
    // A credential that makes no sense is told by whoever needs one.
    let shown = credential(request.headers()).ok().flatten();
    let (Some(gate), Some(reads), Some(shown)) = (gate, reads, shown) else {
        return next.call(request).await;
    };
    gate.prepare(&shown).await.map_err(Problem::from)?;
    let answered = next.call(request).await;
    if gate.has_uses() {
        let noted = match reads.get().await {
            Ok(conn) => gate.record_uses(&conn).await,
            Err(error) => Err(error),
        };
        if let Err(error) = noted {
            tracing::warn!(%error, "the use of an API token could not be noted");
        }
    }
    answered
}
