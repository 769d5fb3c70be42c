//! Reading members and institutions.

mod list;
mod read;
