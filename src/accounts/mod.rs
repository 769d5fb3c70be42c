//! People, their roles per member, and how they prove who they are. Stands under the domain rooms
//! and knows none of them.

pub mod model;
pub mod service;
