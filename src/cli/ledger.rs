//! What commands need to keep the public record.

use super::Failure;
use super::store::Store;
use crate::config::{AuthConfig, DatabaseConfig, LedgerConfig};
use crate::kernel::{SystemClock, SystemIds};
use crate::ledger::model::note::LogKey;
use crate::ledger::service::{Copies, CopyPlace, LogKeys, Sequencer, Watch, log_is_signed, log_origin};
use std::sync::Arc;
use tokio::task::JoinHandle;

/// The keys that sign checkpoints.
pub(super) fn keys(
    config: &LedgerConfig,
    auth: &AuthConfig,
    database: &DatabaseConfig,
) -> Result<LogKeys, Failure> {
    Ok(LogKeys::open(&config.log_keys_dir(auth, database), Arc::new(SystemClock))?)
}

/// Where checkpoints are copied.
pub(super) fn copies(config: &LedgerConfig) -> Result<Vec<Copies>, Failure> {
    let copies = config.checkpoint_copies().map(|place| CopyPlace::read(place).and_then(Copies::new));
    Ok(copies
        .collect::<Result<_, _>>()
        .map_err(|reason| format!("OGP_CHECKPOINT_COPIES cannot be used: {reason}"))?)
}

/// The keys of other logs that are watched here.
pub(super) fn witness_keys(config: &LedgerConfig) -> Result<Vec<LogKey>, Failure> {
    let read = |text: &str| {
        let told = || format!("OGP_WITNESS_KEYS has {text:?}, which is no verifier key: name+id+key");
        LogKey::read(text).ok_or_else(told)
    };
    Ok(config.witness_keys().map(read).collect::<Result<_, _>>()?)
}

/// The sequencer. A log that nobody has signed yet gets its first key.
pub(super) async fn sequencer(
    config: &LedgerConfig,
    keys: LogKeys,
    store: &Store,
) -> Result<Sequencer, Failure> {
    let writes = store.writes();
    let (origin, is_signed) = {
        let conn = writes.get().await?;
        let origin = log_origin(&conn, config.log_origin()).await;
        (origin.map_err(super::auth::told)?, log_is_signed(&conn).await?)
    };
    if keys.read()?.is_empty() {
        if is_signed {
            return Err("the key that signs the public record is not in the folder of its keys: bring it back, choose its \
                 folder with OGP_LOG_KEYS_DIR or --log-keys-dir, or, where it is lost, go on with another one \
                 (ogp-tracker keys log-init)"
                .into());
        }
        let key = keys.init()?;
        tracing::info!(key, "made a key that signs the public record");
    }
    Ok(Sequencer::new(writes, Arc::new(SystemClock), Arc::new(SystemIds), keys, origin))
}

/// Starts what keeps the record: each part on a connection of its own.
pub(super) fn keep(
    sequencer: Sequencer,
    watch: Watch,
    copies: Vec<Copies>,
    store: &Store,
) -> Vec<JoinHandle<()>> {
    let mut parts =
        vec![actix_web::rt::spawn(sequencer.run()), actix_web::rt::spawn(watch.run(store.writes()))];
    parts.extend(copies.into_iter().map(|copy| actix_web::rt::spawn(copy.run(store.writes()))));
    parts
}
