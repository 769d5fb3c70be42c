//! Black-box tests: through HTTP or the command line, on a real PostgreSQL. One binary, a folder
//! per room. The server is started by the tests themselves, or is the one of `TEST_DATABASE_URL`.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    unreachable_pub,
    reason = "a test that meets what it does not expect should stop there; helpers are shared by all rooms"
)]

mod harness;

mod accounts;
mod architecture;
mod assessments;
mod audit;
mod changes;
mod commitments;
mod db;
mod editing;
mod evidence;
mod exchange;
mod http;
mod insight;
mod ledger;
mod lifecycle;
mod members;
mod milestones;
mod openapi;
mod plans;
mod search;
