//! `keys`: the keys that sign access tokens, and those that sign checkpoints of the public record.

use super::{Outcome, auth, ledger, print};
use crate::config::{AuthConfig, DatabaseConfig, LedgerConfig};
use clap::{Args, Subcommand};

/// Options of `keys`.
#[derive(Debug, Args)]
pub(super) struct Keys {
    #[command(subcommand)]
    command: KeysCommand,
}

#[derive(Debug, Subcommand)]
enum KeysCommand {
    /// Make a new key, which signs from now on; the old one verifies until its tokens have expired
    #[command(after_help = "A running server notices within a minute and need not be restarted.

Examples:
  ogp-tracker keys rotate
  ogp-tracker keys rotate --keys-dir /srv/ogp/keys")]
    Rotate,
    /// List the keys, oldest first
    #[command(after_help = "Examples:
  ogp-tracker keys list")]
    List,
    /// Make the first key that signs checkpoints of the public record (serve does it at the first start)
    #[command(after_help = "Examples:
  ogp-tracker keys log-init
  ogp-tracker keys log-init --log-keys-dir /srv/ogp/log-keys")]
    LogInit,
    /// Make a new key for checkpoints; the log itself records it, signed by the old one, too
    #[command(after_help = "A running server notices within a second. Keep the old key until it has.

Examples:
  ogp-tracker keys log-rotate")]
    LogRotate,
}

impl Keys {
    pub(super) fn run(
        &self,
        config: &AuthConfig,
        database: &DatabaseConfig,
        ledger: &LedgerConfig,
    ) -> Outcome {
        let log_keys = || ledger::keys(ledger, config, database);
        match self.command {
            KeysCommand::Rotate => {
                let kid = auth::keys(config, database)?.rotate()?;
                print(&format!("{kid} signs from now on\n"))
            }
            KeysCommand::LogInit => print(&format!("{} signs checkpoints\n", log_keys()?.init()?)),
            KeysCommand::LogRotate => {
                print(&format!("{} signs checkpoints from now on\n", log_keys()?.rotate()?))
            }
            KeysCommand::List => {
                let keys = auth::keys(config, database)?;
                let line =
                    |(kid, made_at, until): (String, chrono::DateTime<_>, Option<chrono::DateTime<_>>)| {
                        let until = until.map_or_else(
                            || "signs".to_owned(),
                            |until| format!("verifies until {}", until.format("%Y-%m-%d %H:%M:%S UTC")),
                        );
                        format!("{kid}  made {}  {until}\n", made_at.format("%Y-%m-%d %H:%M:%S UTC"))
                    };
                print(&keys.list().into_iter().map(line).collect::<String>())
            }
        }
    }
}
