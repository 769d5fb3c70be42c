//! What the public record says has changed, told in words and in JSON: between two days of a plan, and
//! everywhere from a place in the record on.

pub mod api;
pub mod model;
pub mod service;
pub mod view;
