//! Evidence: links and files that prove a claim, and what they are attached to. Each belongs to a
//! member; it is public from its first attachment to something public, and is withdrawn, not deleted,
//! once it was used.

pub mod api;
pub mod model;
pub mod service;
pub mod store;
pub mod view;
