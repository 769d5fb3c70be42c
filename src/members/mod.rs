//! Participants of the Open Government Partnership, national and local, and the institutions that
//! lead or support commitments.

pub mod api;
pub mod model;
pub mod service;
pub mod store;
pub mod view;
