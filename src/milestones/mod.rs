//! Milestones: the verifiable steps of a commitment, and what governments published about their
//! progress.

pub mod api;
pub mod model;
pub mod service;
pub mod store;
pub mod view;
