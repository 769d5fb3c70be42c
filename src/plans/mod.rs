//! Action plans: a member's plan for one cycle, how it was made, and the reports about it.

pub mod api;
pub mod model;
pub mod service;
pub mod store;
pub mod view;
