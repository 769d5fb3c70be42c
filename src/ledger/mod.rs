//! The record of every change: who, what, when, why. Appended in the change's own transaction,
//! never altered. Stands under the domain rooms and knows none of them.

pub mod model;
pub mod service;
pub mod store;
pub mod view;
