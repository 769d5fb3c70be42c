//! The command line: one file per command.

mod auth;
mod import;
mod keys;
mod ledger;
mod migrate;
mod openapi;
mod serve;
mod store;
mod user;
mod verify;

use crate::config::{AuthConfig, DatabaseConfig, FilesConfig, LedgerConfig, LogConfig, ServerConfig};
use clap::{Parser, Subcommand};
use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

/// What cannot be done, in one line for whoever typed the command.
#[derive(Debug)]
pub struct Failure(String);

impl<T: std::fmt::Display> From<T> for Failure {
    fn from(reason: T) -> Self {
        Self(reason.to_string())
    }
}

type Outcome = Result<(), Failure>;

/// A public record of Open Government Partnership commitments: what was promised, done, late, and
/// changed afterwards.
///
/// Without a command it serves. With nothing configured it runs a PostgreSQL of its own in a data
/// folder and loads the demo data.
#[derive(Debug, Parser)]
#[command(name = "ogp-tracker", version, after_help = EXAMPLES, arg_required_else_help = false)]
struct Cli {
    #[command(flatten)]
    server: ServerConfig,
    #[command(flatten)]
    database: DatabaseConfig,
    #[command(flatten)]
    auth: AuthConfig,
    #[command(flatten)]
    files: FilesConfig,
    #[command(flatten)]
    ledger: LedgerConfig,
    #[command(flatten)]
    log: LogConfig,
    #[command(subcommand)]
    command: Option<Command>,
}

const EXAMPLES: &str = "Examples:
  ogp-tracker                                       serve on http://127.0.0.1:8080, own database, demo data
  ogp-tracker --listen 0.0.0.0:80 --demo off        serve everybody, begin empty
  DATABASE_URL=postgres://ogp@db/ogp ogp-tracker    serve from a database of yours

Exit codes: 0 done, 1 it could not be done (stderr says why), 2 wrong usage.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Answer requests; the default
    #[command(after_help = "Examples:
  ogp-tracker serve
  ogp-tracker serve --listen 127.0.0.1:9000 --workers 4
  OGP_DATA_DIR=/srv/ogp OGP_LOG=debug ogp-tracker serve")]
    Serve,
    /// Bring the database's schema up to date (serve does it too), or take migrations back
    #[command(after_help = "Examples:
  ogp-tracker migrate
  ogp-tracker migrate --pending          list what has not run yet, change nothing
  ogp-tracker migrate --revert 1         take the newest back; what its tables held is lost")]
    Migrate(migrate::Migrate),
    /// Bring data in: all of a document, or nothing
    #[command(
        after_help = "The format is described by openapi/import.schema.json (ogp-tracker openapi --import-schema);
demo/romania.json is an example. Every fault is told at once, each with its JSON pointer.

Examples:
  ogp-tracker import plan.json --dry-run
  DATABASE_URL=postgres://ogp@db/ogp ogp-tracker import plan.json
  ogp-tracker import - < plan.json"
    )]
    Import(import::Import),
    /// Look after people: accounts, roles, passwords
    #[command(after_help = "Examples:
  ogp-tracker user add ana.pop@primarie.example --name 'Ana Pop' --role editor@IAS
  ogp-tracker user list
  ogp-tracker user reset-password ana.pop@primarie.example

The tracker's own database is used by one tracker at a time: stop the server first, or use the API.")]
    User(user::User),
    /// Look after the keys that sign access tokens, and those that sign the public record
    #[command(after_help = "Examples:
  ogp-tracker keys list
  ogp-tracker keys rotate
  ogp-tracker keys log-rotate")]
    Keys(keys::Keys),
    /// Check an audit report, or that the public record only grew, without a database; reports need no network either
    #[command(
        after_help = "Exit codes: 0 all that was checked holds, 1 it does not (or cannot be read), 2 wrong usage.

Examples:
  ogp-tracker verify report.json --key 'ogp.example.org/ledger+c74f20a3+ARpc2QcU...'
  ogp-tracker verify report.json --key log.vkey --evidence files/ --as-of 2026-06-30 --about timisoara-2022-2024
  ogp-tracker verify new.json --continues old.json --json
  ogp-tracker verify --consistency old.checkpoint new.checkpoint --url https://ogp.example.org"
    )]
    Verify(verify::Verify),
    /// Print the OpenAPI document, or the schema of import documents or reports
    #[command(after_help = "Examples:
  ogp-tracker openapi > openapi/openapi.json
  ogp-tracker openapi --import-schema > openapi/import.schema.json
  ogp-tracker openapi --report-schema > openapi/report.schema.json")]
    Openapi(openapi::Openapi),
}

/// Runs the command that the arguments name.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    if let Err(Failure(reason)) = start_log(&cli.log) {
        return complain(&reason);
    }
    let outcome = actix_web::rt::System::new().block_on(async {
        match &cli.command {
            None | Some(Command::Serve) => {
                serve::run(&cli.server, &cli.database, &cli.auth, &cli.files, &cli.ledger).await
            }
            Some(Command::Migrate(command)) => command.run(&cli.database).await,
            Some(Command::Import(command)) => command.run(&cli.database).await,
            Some(Command::User(command)) => command.run(&cli.auth, &cli.database).await,
            Some(Command::Keys(command)) => command.run(&cli.auth, &cli.database, &cli.ledger),
            Some(Command::Verify(command)) => command.run().await,
            Some(Command::Openapi(command)) => command.run(),
        }
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure(reason)) => complain(&reason),
    }
}

fn complain(reason: &str) -> ExitCode {
    // Nothing is left to do where stderr is closed.
    let _ = writeln!(std::io::stderr(), "ogp-tracker: {reason}");
    ExitCode::FAILURE
}

/// What a command is asked to print.
fn print(text: &str) -> Outcome {
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        // `ogp-tracker openapi | head` has read enough.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other?),
    }
}

fn start_log(config: &LogConfig) -> Outcome {
    let refuse =
        |reason: String| format!("OGP_LOG is {:?}: {reason}; use a level such as info or debug", config.log);
    // A lone word that is no level would be taken for a module, and all else would go silent.
    let words = config.log.split(',').map(str::trim).filter(|word| !word.is_empty());
    if let Some(word) = words
        .filter(|word| !word.contains(['=', '[', ']', '{', '}']))
        .find(|word| word.parse::<LevelFilter>().is_err())
    {
        return Err(refuse(format!("{word:?} is not a level")).into());
    }
    // What actix says of its own start and stop, the tracker says itself; it can still be asked for.
    // Compose files and units like to pass on what is not set as an empty text.
    let log = if config.log.trim().is_empty() { "info" } else { &config.log };
    let filter =
        EnvFilter::try_new(format!("actix_server=warn,{log}")).map_err(|error| refuse(error.to_string()))?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = if std::io::stderr().is_terminal() {
        builder.with_target(false).try_init()
    } else {
        builder.json().flatten_event(true).with_current_span(true).with_span_list(false).try_init()
    };
    started.map_err(|error| Failure(error.to_string()))
}
