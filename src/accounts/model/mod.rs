//! Who may do what: the words and the rules, without any I/O.

mod password;
mod permit;
mod person;
mod role;
pub mod throttle;

pub use password::{Passphrase, check_password};
pub use permit::{Actor, Appearance, Editable, Grant, Locked, Permit, Versioned, Viewer, members_with};
pub use person::{CalendarReader, Email, MayChange, PersonState, RoleAt, SessionEnd};
pub use role::{ReportedBy, Right, Role, Scope};
