//! Changes, and how they are told; without any I/O.

mod names;
mod net;
mod order;
mod period;
mod words;

pub use names::{Names, refers, speaks_of};
pub use net::{FieldChange, NetChange, fields_of, net_changes};
pub use order::{CommitmentChanges, by_commitment};
pub use period::Period;
pub use words::{Count, Counts, Told, field_name, group_name, heading};

/// What changed in a plan between two days.
#[derive(Debug)]
pub struct PlanChanges {
    /// Between which days.
    pub period: Period,
    /// What changed, in the plan's own order.
    pub groups: Vec<CommitmentChanges>,
    /// How many single changes left nothing behind: they were taken back, or what they made is gone.
    pub without_effect: usize,
    /// What the things are called.
    pub names: Names,
}
