//! Reading assessments.

mod list;
mod read;
mod schemes;
