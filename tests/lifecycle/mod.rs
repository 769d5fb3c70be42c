//! The program's life, seen from outside: the real binary starts, serves, is stopped, killed,
//! started again, and told things that cannot work.

mod caller;
mod commands;
mod database;
mod failures;
mod killed;
mod metrics;
mod outage;
mod restart;
mod roles;
mod serve;
mod stop;
pub mod tracker;
mod users;
