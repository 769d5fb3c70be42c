//! Signing in, one's own account, looking after people.

mod auth;
mod me;
mod people;

use crate::http::Routes;
use crate::kernel::{Error, Ref};
use uuid::Uuid;

/// The operations of this room below `/api/v1`.
pub fn routes(config: &mut Routes<'_, '_>) {
    config.configure(auth::routes).configure(me::routes).configure(people::routes);
}

/// Those that stand at places of their own.
pub fn well_known(config: &mut Routes<'_, '_>) {
    auth::well_known(config);
}

/// The id that a path names. People, grants and tokens have no other names: whoever writes one is
/// answered as for an id that nothing has, after the same checks.
fn id_or_none(name: &Ref) -> Uuid {
    name.id().unwrap_or(Uuid::nil())
}

/// The same failure, in which what is missing is called as the caller wrote it.
fn as_written(error: Error, name: &Ref) -> Error {
    match error {
        Error::NotFound { kind, name: id } if id == Uuid::nil().to_string() => Error::not_found(kind, name),
        other => other,
    }
}

/// Refuses an `Idempotency-Key` instead of leaving it aside: answers are not kept here.
///
/// # Errors
/// `Malformed` where there is one.
fn without_key(ask: &crate::kernel::ask::Ask) -> crate::kernel::Result<()> {
    if ask.idempotency.is_none() {
        return Ok(());
    }
    Err(crate::kernel::Error::Malformed {
        code: "idempotency_key_unsupported",
        detail: "accounts take no `Idempotency-Key`: an answer that holds a secret is not kept to be told \
            again, and what must not happen twice is refused the second time; send the request without it"
            .to_owned(),
    })
}
