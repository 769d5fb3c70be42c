//! Rows and queries of people, sessions, tokens, and failed sign-ins.

pub mod calendars;
pub mod people;
pub mod sessions;
pub mod throttle;
pub mod tokens;
