//! Finding things by their words: members, institutions, plans, commitments and milestones, in Romanian and
//! English, with and without diacritics, mistyped or not yet typed to the end.

pub mod api;
pub mod model;
pub mod store;
pub mod view;
