//! Assessments: codings by the IRM, local monitoring bodies and civil society, beside the
//! government's own report and never mixed with it.

pub mod api;
pub mod model;
pub mod service;
pub mod store;
pub mod view;
