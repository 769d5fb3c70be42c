//! Audit reports: what the public record said at the end of a day, with the entries that say it and what proves
//! them; and checking such a report without a database or a network.

pub mod api;
pub mod model;
pub mod service;
