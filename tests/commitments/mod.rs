//! Reading commitments and their history.

mod history;
mod list;
mod read;
