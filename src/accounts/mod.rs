//! People, their roles per member, and how they prove who they are. Stands under the domain rooms
//! and knows none of them.
//!
//! [`service::Gate`] says who asks; [`model`] has the proofs that writing functions take. A person
//! signs in for a *session*: a short-lived access token, and refresh tokens that replace each other.
//! Scripts use *API tokens*, which are made by a person and reach less far.

pub mod api;
pub mod model;
pub mod service;
pub mod store;
pub mod view;
