//! The record of every change: who, what, when, why. Appended in the change's own transaction,
//! never altered: what is public is numbered and hashed into a tree whose states are signed. Stands under
//! the domain rooms and knows none of them.

pub mod api;
pub mod model;
pub mod service;
pub mod store;
pub mod view;
