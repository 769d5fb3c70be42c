//! Signing in, finding out who asks, and looking after people.

mod calendar;
mod familiar;
mod first;
mod gate;
mod hasher;
mod housekeeping;
mod jwt;
mod key_folder;
mod keys;
mod me;
mod oidc;
mod people;
mod roles;
mod secret;
mod sign_in;
mod tokens;
mod who;

pub use calendar::calendar_reader;
pub use first::Made;
pub use gate::{Gate, GateConfig};
pub use hasher::{Cost, Hasher};
pub use housekeeping::delete_expired;
pub use jwt::{ACCESS_LIFETIME, LEEWAY};
pub use key_folder::{KeyFile, KeyFolder, KeysFault};
pub use keys::{Keys, PublicKey};
pub use me::{MePatch, PasswordChange};
pub use oidc::IssuerConfig;
pub use people::{PersonCreate, PersonPatch};
pub use roles::{GrantCreate, Which};
pub use secret::random_password;
pub use sign_in::{Refresh, SESSION_LIFETIME, SignIn};
pub use tokens::ApiTokenCreate;
pub use who::Who;

use crate::db::Writes;
use crate::kernel::{Clock, Ids};
use std::fmt;
use std::sync::Arc;

/// What changes accounts.
#[derive(Clone)]
pub struct Accounts {
    /// Connections for transactions.
    pub writes: Writes,
    /// Hashes passwords.
    pub hasher: Arc<Hasher>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// New ids.
    pub ids: Arc<dyn Ids>,
}

impl fmt::Debug for Accounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Accounts").field("hasher", &self.hasher).finish_non_exhaustive()
    }
}
