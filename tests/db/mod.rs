//! The schema and the way to it.

mod dates;
mod migrations;
mod rights;
mod schema;
mod together;
