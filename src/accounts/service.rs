//! Finding out who asks.

use super::model::{Actor, Viewer};
use crate::db::Conn;
use crate::kernel::ask::Credential;
use crate::kernel::{Error, Result};

/// Knows whom to let in, and as whom.
#[derive(Debug)]
pub struct Gate {}

impl Gate {
    /// Who asks, as the database knows them at this moment: disabled people and ended sessions are
    /// nobody.
    ///
    /// # Errors
    /// `Unauthenticated` where the credential is missing or does not hold.
    pub async fn actor(&self, _conn: &Conn, _credential: Option<&Credential>) -> Result<Actor> {
        Err(Error::Unauthenticated { code: "credential_missing", detail: "sign in".to_owned() })
    }

    /// What the reader can see; who shows no credential sees what is public.
    ///
    /// # Errors
    /// `Unauthenticated` where a credential is shown that does not hold.
    pub async fn viewer(&self, conn: &Conn, credential: Option<&Credential>) -> Result<Viewer> {
        match credential {
            None => Ok(Viewer::Public),
            Some(_) => Ok(self.actor(conn, credential).await?.viewer()),
        }
    }
}
