//! Who may do what: the words and the rules, without any I/O.

mod permit;
mod role;

pub use permit::{Actor, Appearance, Editable, Grant, Locked, Permit, Versioned, Viewer};
pub use role::{Right, Role, Scope};
