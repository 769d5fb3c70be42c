//! What commands need to know people and their tokens.

use super::Failure;
use crate::accounts::service::{Cost, Gate, GateConfig, Hasher, Keys};
use crate::config::{AuthConfig, DatabaseConfig};
use crate::kernel::{Clock, SystemClock};
use std::sync::Arc;

/// The hasher of passwords.
pub(super) fn hasher(config: &AuthConfig) -> Result<Arc<Hasher>, Failure> {
    let cost = Cost {
        memory_kib: config.argon2_memory_kib,
        iterations: config.argon2_iterations,
        parallelism: config.argon2_parallelism,
    };
    let hasher = Hasher::new(cost).map_err(|reason| {
        format!("OGP_ARGON2_MEMORY_KIB, OGP_ARGON2_ITERATIONS and OGP_ARGON2_PARALLELISM do not go together: {reason}")
    })?;
    Ok(Arc::new(hasher))
}

/// The signing keys.
pub(super) fn keys(config: &AuthConfig, database: &DatabaseConfig) -> Result<Keys, Failure> {
    Ok(Keys::open(&config.keys_dir(database), Arc::new(SystemClock))?)
}

/// The gate.
pub(super) fn gate(config: &AuthConfig, database: &DatabaseConfig) -> Result<Gate, Failure> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let names = GateConfig { issuer: config.token_issuer.clone(), audience: config.token_audience.clone() };
    Ok(Gate::new(names, keys(config, database)?, clock))
}
