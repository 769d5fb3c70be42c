//! Reading commitments and their history.

mod filters;
mod history;
mod list;
mod read;
mod together;
