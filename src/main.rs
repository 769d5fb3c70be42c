//! The `ogp-tracker` program: parses the command line, nothing else.

use std::process::ExitCode;

/// Gives back to the system what is free: what the OpenAPI document is made of at start, and large answers.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    ogp_tracker::cli::main()
}
