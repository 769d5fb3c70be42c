//! What is computed and never stored: progress rolled up, silence against the reporting rules, what
//! somebody has to do next.

pub mod api;
pub mod model;
pub mod service;
pub mod store;
pub mod view;
