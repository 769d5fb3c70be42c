//! Signing in, one's own account, looking after people.

mod auth;
mod me;
mod people;

use crate::kernel::Ref;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

/// The operations of this room below `/api/v1`.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.configure(auth::routes).configure(me::routes).configure(people::routes);
}

/// Those that stand at places of their own.
pub fn well_known(config: &mut ServiceConfig<'_>) {
    auth::well_known(config);
}

/// The id that a path names. People, grants and tokens have no other names: whoever writes one gets
/// the answer for an id that nothing has, after the same checks.
fn id_or_none(name: &Ref) -> Uuid {
    name.id().unwrap_or(Uuid::nil())
}
