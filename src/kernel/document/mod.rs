//! JSON that comes from outside: read strictly, held against a schema, every fault told at once
//! with its JSON pointer (RFC 6901). Import documents and request bodies are read by the same code.

mod faults;
mod patch;
mod read;
mod schema;
mod wording;

use serde::Serialize;
use std::fmt;

pub use faults::Faults;
pub use patch::merge;
pub use read::read_json;
pub use schema::{bounded_schema, check, item_schema, read, typed};
pub use wording::clip;

/// The most elements that a list inside an item has: the database counts places in 16 bits, and
/// all rows of a list are written by one statement.
pub const MAX_LIST: usize = 1_000;
/// How much of a pointer is shown, in characters: keys may be long.
const MAX_POINTER: usize = 500;

/// One thing wrong with a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// Where: a JSON pointer (RFC 6901); empty for the document as a whole.
    pub pointer: String,
    /// A stable name for the kind of fault.
    pub code: &'static str,
    /// What is wrong, and what would be right.
    pub detail: String,
}

impl Fault {
    /// A fault at a place.
    pub fn new(pointer: impl Into<String>, code: &'static str, detail: impl Into<String>) -> Self {
        Self { pointer: clip(&pointer.into(), MAX_POINTER), code, detail: detail.into() }
    }

    /// The same fault, in a document that stands at a place of a larger one.
    #[must_use]
    pub fn below(self, pointer: &str) -> Self {
        Self::new(format!("{pointer}{}", self.pointer), self.code, self.detail)
    }
}

/// Sorts faults by place, items in the order of their lists, and leaves each out that is there twice.
pub fn arrange(faults: &mut Vec<Fault>) {
    faults.sort_by_cached_key(|fault| {
        // The tenth item comes after the second.
        let place =
            fault.pointer.split('/').map(|segment| (segment.parse::<usize>().ok(), segment.to_owned()));
        (place.collect::<Vec<_>>(), fault.code, fault.detail.clone())
    });
    faults.dedup();
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = if self.pointer.is_empty() { "(document)" } else { &self.pointer };
        // What the document brings along must not steer a terminal.
        let line = format!("{place}: {} [{}]", self.detail, self.code);
        f.write_str(&line.replace(char::is_control, "\u{FFFD}"))
    }
}

/// A key in a JSON pointer.
pub fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}
