//! What open-data portals read about the lists of this tracker: a catalogue and a data package.

mod catalogue;
mod package;

pub use catalogue::catalogue;
pub use package::{ConstraintsOfField, DataPackage, DataResource, TableField, TableSchema};

/// What the data is about, in a sentence.
const ABOUT: &str = "What governments promised in Open Government Partnership action plans, what was done, what is \
    late, and who says so.";
