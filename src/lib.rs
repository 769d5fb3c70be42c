//! ogp-tracker: a public record of Open Government Partnership commitments.
//!
//! The rooms of the house, each named by a noun of the domain:
//!
//! | room | what lives there |
//! |---|---|
//! | [`members`] | participants, national and local; institutions |
//! | [`plans`] | action plans, how they were made, reports about them |
//! | [`commitments`] | the promises, who leads and supports, links between them |
//! | [`evidence`] | links and files that prove something, and what they are attached to |
//! | [`milestones`] | the steps, published progress |
//! | [`assessments`] | codings by the IRM, monitoring bodies, civil society |
//! | [`search`] | finding things by their words |
//! | [`insight`] | what is computed, and the reporting rules it is computed by |
//! | [`changes`] | what the record says has changed, in words |
//! | [`exchange`] | files in and out |
//! | [`audit`] | reports with what proves them, and checking such reports |
//!
//! Each has the same furniture: `model` (words and rules, pure), `store` (rows and queries, the
//! only SQL), `view` (what readers see), `service` (use cases, one transaction each), `api`
//! (parameters and short handlers). Imports only point down that list, and from later rooms to
//! earlier ones; `tests/architecture.rs` holds the code to it.
//!
//! Around them: [`kernel`] (what every room speaks), [`db`] (the way to PostgreSQL), [`files`] (where
//! uploads are kept), [`http`] (what
//! handlers share), [`config`], [`cli`], and [`app`], the roof, which alone knows every room.

pub mod accounts;
pub mod app;
pub mod assessments;
pub mod audit;
pub mod changes;
pub mod cli;
pub mod commitments;
pub mod config;
pub mod db;
pub mod evidence;
pub mod exchange;
pub mod files;
pub mod http;
pub mod insight;
pub mod kernel;
pub mod ledger;
pub mod members;
pub mod milestones;
pub mod plans;
pub mod search;
