//! Changing things through HTTP: who may, in which version, and what is left behind.

mod milestone;
