//! What is computed, and the rules it is computed by.

mod rules;
mod story;
