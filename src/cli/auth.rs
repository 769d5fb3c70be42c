//! What commands need to know people and their tokens.

use super::{Failure, Outcome};
use crate::accounts::service::{Accounts, Cost, Gate, GateConfig, Hasher, IssuerConfig, Keys, Made};
use crate::config::{AuthConfig, DatabaseConfig};
use crate::db::Writes;
use crate::kernel::{Clock, Error, SystemClock, SystemIds};
use std::io::Write;
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
    let external = config.oidc_issuer().map(|issuer| IssuerConfig {
        issuer: issuer.to_owned(),
        audience: config.oidc_audience().to_owned(),
    });
    let names = GateConfig {
        issuer: config.token_issuer().to_owned(),
        audience: config.token_audience().to_owned(),
        external,
    };
    let gate = Gate::new(names, keys(config, database)?, clock);
    Ok(gate.map_err(|reason| format!("OGP_OIDC_ISSUER cannot be used: {reason}"))?)
}

/// What changes accounts.
pub(super) fn accounts(writes: Writes, hasher: Arc<Hasher>) -> Accounts {
    Accounts { writes, hasher, clock: Arc::new(SystemClock), ids: Arc::new(SystemIds) }
}

/// Why something about people cannot be done, in one line.
pub(super) fn told(error: Error) -> Failure {
    match error {
        Error::Invalid(faults) => {
            let details: Vec<_> = faults.into_iter().map(|fault| fault.detail).collect();
            Failure::from(details.join("; "))
        }
        other => Failure::from(other),
    }
}

/// Tells who was made. A password that was made up is told once, to people: the log is kept, and
/// sent elsewhere.
pub(super) fn announce(what: &str, made: &Made) -> Outcome {
    let emails = made.emails.join(", ");
    match &made.password {
        Some(password) => Ok(writeln!(
            std::io::stderr(),
            "ogp-tracker: {what}: {emails}; password (told this once): {}",
            password.expose()
        )?),
        None => {
            tracing::info!("{what}: {emails}");
            Ok(())
        }
    }
}
