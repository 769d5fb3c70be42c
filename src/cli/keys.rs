//! `keys`: the keys that sign access tokens.

use super::{Outcome, auth, print};
use crate::config::{AuthConfig, DatabaseConfig};
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
}

impl Keys {
    pub(super) fn run(&self, config: &AuthConfig, database: &DatabaseConfig) -> Outcome {
        let keys = auth::keys(config, database)?;
        match self.command {
            KeysCommand::Rotate => {
                let kid = keys.rotate()?;
                print(&format!("{kid} signs from now on\n"))
            }
            KeysCommand::List => {
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
