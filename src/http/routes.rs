//! Where handlers are announced: to whoever serves them, or to whoever describes them.

use actix_web::dev::HttpServiceFactory;
use actix_web::web;
use utoipa_actix_web::OpenApiFactory;
use utoipa_actix_web::service_config::ServiceConfig;

/// Takes the handlers of a room.
///
/// A description of all operations is large, and needed once; whoever serves them need not make it again for each of
/// its threads.
#[expect(missing_debug_implementations, reason = "neither of what it wraps can be shown")]
pub enum Routes<'a, 's> {
    /// To be served.
    Served(&'a mut web::ServiceConfig),
    /// To be described in the OpenAPI document.
    Described(&'a mut ServiceConfig<'s>),
}

impl Routes<'_, '_> {
    /// Announces a handler.
    pub fn service<F: HttpServiceFactory + OpenApiFactory + 'static>(&mut self, handler: F) -> &mut Self {
        match self {
            Self::Served(config) => {
                config.service(handler);
            }
            Self::Described(config) => {
                config.service(handler);
            }
        }
        self
    }

    /// Announces several.
    pub fn configure(&mut self, announce: impl FnOnce(&mut Self)) -> &mut Self {
        announce(self);
        self
    }
}
