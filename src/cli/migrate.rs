//! `migrate`: bring the schema up to date, or take migrations back.

use super::store::Store;
use super::{Outcome, print};
use crate::config::DatabaseConfig;
use crate::db::migrate;
use clap::Args;

/// Options of `migrate`.
#[derive(Debug, Args)]
pub(super) struct Migrate {
    /// List what has not run yet, and change nothing
    #[arg(long, conflicts_with = "revert")]
    pending: bool,
    /// Take the newest N migrations back; what their tables held is lost
    #[arg(long, value_name = "N")]
    revert: Option<usize>,
}

impl Migrate {
    pub(super) async fn run(&self, database: &DatabaseConfig) -> Outcome {
        let store = Store::open(database).await?;
        let (names, verb, nothing) = if self.pending {
            (migrate::pending(store.owner()).await?, "pending", "the schema is up to date")
        } else if let Some(count) = self.revert {
            (migrate::revert(store.owner(), count).await?, "reverted", "there was nothing to revert")
        } else {
            (store.migrate().await?, "applied", "the schema is up to date already")
        };
        if names.is_empty() {
            return print(&format!("{nothing}\n"));
        }
        let lines: String = names.iter().map(|name| format!("{verb} {name}\n")).collect();
        print(&lines)
    }
}
