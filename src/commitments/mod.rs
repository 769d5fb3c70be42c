//! Commitments: the promises of a plan, who leads and supports them, and how they are linked.

pub mod api;
pub mod model;
pub mod service;
pub mod store;
pub mod view;
