//! `import`: bring a document in.

use super::store::Store;
use super::{Failure, Outcome, print};
use crate::config::DatabaseConfig;
use crate::exchange::parse::{MAX_DOCUMENT, MAX_FAULTS};
use crate::exchange::service::{Refusal, import};
use crate::kernel::{SystemClock, SystemIds};
use clap::Args;
use std::io::Read;
use std::path::PathBuf;

/// Options of `import`.
#[derive(Debug, Args)]
pub(super) struct Import {
    /// The document; `-` reads standard input
    file: PathBuf,
    /// Check everything and say what would change, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Print what changed, or the faults, as JSON
    #[arg(long)]
    json: bool,
}

impl Import {
    pub(super) async fn run(&self, database: &DatabaseConfig) -> Outcome {
        let bytes = self.read()?;
        let store = Store::open_migrated(database).await?;
        let writes = store.writes();
        let mut conn = writes.get().await?;
        match import(&mut conn, &bytes, self.dry_run, &SystemClock, &SystemIds).await {
            Ok(changes) if self.json => print(&format!("{}\n", serde_json::to_string_pretty(&changes)?)),
            Ok(changes) => {
                let verdict = match (changes.is_nothing(), self.dry_run) {
                    (true, _) => "nothing changed: everything is already as the document says",
                    (false, true) => "dry run: nothing was changed; the import would do the above",
                    (false, false) => "imported",
                };
                print(&format!("{changes}{verdict}\n"))
            }
            Err(Refusal::Faulty(faults)) => {
                if self.json {
                    print(&format!("{}\n", serde_json::to_string_pretty(&faults)?))?;
                } else {
                    let lines: String =
                        faults.iter().take(MAX_FAULTS).map(|fault| format!("{fault}\n")).collect();
                    print(&lines)?;
                }
                let shown = if faults.len() > MAX_FAULTS && !self.json {
                    format!("the first {MAX_FAULTS} are listed above")
                } else {
                    "all are listed above".to_owned()
                };
                let name = self.name();
                Err(Failure::from(format!(
                    "{name} has {} fault(s), {shown}; nothing was imported",
                    faults.len()
                )))
            }
            Err(other) => Err(Failure::from(format!("the import failed, nothing was changed: {other}"))),
        }
    }

    /// The document's name, for messages.
    fn name(&self) -> String {
        if self.file.as_os_str() == "-" {
            "standard input".to_owned()
        } else {
            self.file.display().to_string()
        }
    }

    fn read(&self) -> Result<Vec<u8>, Failure> {
        let mut bytes = Vec::new();
        let limit = MAX_DOCUMENT as u64 + 1;
        let read = if self.file.as_os_str() == "-" {
            std::io::stdin().lock().take(limit).read_to_end(&mut bytes)
        } else {
            std::fs::File::open(&self.file).and_then(|file| file.take(limit).read_to_end(&mut bytes))
        };
        read.map_err(|error| format!("cannot read {}: {error}", self.name()))?;
        Ok(bytes)
    }
}
