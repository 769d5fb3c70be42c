//! Reading assessments.

mod list;
mod read;
