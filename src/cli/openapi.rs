//! `openapi`: print what the API promises.

use super::{Outcome, print};
use crate::app;
use crate::audit::model::report_schema;
use crate::exchange::parse;
use clap::Args;

/// Options of `openapi`.
#[derive(Debug, Args)]
pub(super) struct Openapi {
    /// Print the JSON Schema of import documents instead
    #[arg(long)]
    import_schema: bool,
    /// Print the JSON Schema of audit reports instead
    #[arg(long, conflicts_with = "import_schema")]
    report_schema: bool,
}

impl Openapi {
    pub(super) fn run(&self) -> Outcome {
        let json = if self.import_schema {
            serde_json::to_string_pretty(&parse::schema())?
        } else if self.report_schema {
            serde_json::to_string_pretty(&report_schema())?
        } else {
            serde_json::to_string_pretty(&app::openapi())?
        };
        print(&format!("{json}\n"))
    }
}
