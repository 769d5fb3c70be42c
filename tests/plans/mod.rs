//! Reading action plans.

mod list;
mod read;
