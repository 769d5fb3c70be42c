//! The `ogp-tracker` program: parses the command line, nothing else.

use std::process::ExitCode;

fn main() -> ExitCode {
    ogp_tracker::cli::main()
}
