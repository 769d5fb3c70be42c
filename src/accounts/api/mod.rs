//! Signing in, one's own account, looking after people.

mod auth;

use utoipa_actix_web::service_config::ServiceConfig;

/// The operations of this room below `/api/v1`.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.configure(auth::routes);
}

/// Those that stand at places of their own.
pub fn well_known(config: &mut ServiceConfig<'_>) {
    auth::well_known(config);
}
