//! On whose behalf something is done.

use super::Gate;
use crate::accounts::model::{Actor, MayChange};
use crate::db::Conn;
use crate::kernel::ask::{Ask, Expected, Representation};
use crate::kernel::{Error, Result};

/// On whose behalf something is done: whoever a request shows, or whoever runs commands on the
/// machine. Found out inside the transaction that does it.
#[derive(Debug, Clone, Copy)]
pub enum Who<'a> {
    /// A request.
    Request(&'a Gate, &'a Ask),
    /// A command on the machine.
    Operator,
}

impl Who<'_> {
    /// The actor, as the database knows them at this moment.
    ///
    /// # Errors
    /// `Unauthenticated` where a request shows nothing that holds.
    pub(super) async fn actor(&self, conn: &Conn) -> Result<Actor> {
        match self {
            Self::Request(gate, ask) => gate.actor(conn, ask.credential.as_ref()).await,
            Self::Operator => Ok(Actor::operator()),
        }
    }
}

/// Leaves a trace of a change that is kept: who, whom, what; no address and no secret.
pub(super) fn trace(proof: &MayChange, action: &'static str) {
    let by = proof.by().map_or_else(|| "operator".to_owned(), |id| id.to_string());
    tracing::info!(by, person = %proof.person_id(), action, "an account was changed");
}

/// Makes sure that a change is meant for the version that a thing is in.
///
/// # Errors
/// `PreconditionMissing` where none is said; `Stale`, with the present entity tag, where it is another.
pub(super) fn expect(
    expected: Option<&Expected>,
    version: i64,
    shown: impl FnOnce() -> Result<Representation>,
) -> Result<()> {
    match expected {
        None => Err(Error::PreconditionMissing),
        Some(expected) if expected.is(version) => Ok(()),
        Some(_) => Err(Error::Stale { etag: Some(shown()?.etag) }),
    }
}
