//! Reading commitments.

mod list;
mod read;
