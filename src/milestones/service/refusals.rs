//! Why many things at once are refused: everything is told together.

use crate::kernel::document::{Fault, arrange};
use crate::kernel::{Error, Result};

/// What was refused of several items so far, each with its place.
#[derive(Debug)]
pub(super) struct Refusals {
    kind: &'static str,
    items: usize,
    refused: Vec<(String, Error)>,
}

impl Refusals {
    /// Nothing yet, of so many items that are or speak of something of a kind.
    pub(super) fn of(kind: &'static str, items: usize) -> Self {
        Self { kind, items, refused: Vec::new() }
    }

    /// Notes the faults of an item that cannot even be tried.
    pub(super) fn faulty(&mut self, pointer: String, faults: Vec<Fault>) {
        self.refused.push((pointer, Error::Invalid(faults)));
    }

    /// What became of an item, if anything did.
    ///
    /// # Errors
    /// All refusals as one where the database has given the transaction up: nothing more can be found
    /// out about the others.
    pub(super) fn take<T>(&mut self, pointer: String, came: Result<T>) -> Result<Option<T>> {
        let error = match came {
            Ok(done) => return Ok(Some(done)),
            Err(error) => error,
        };
        let over = matches!(error, Error::Conflict { .. } | Error::Internal(_) | Error::Unavailable(_));
        self.refused.push((pointer, error));
        if over {
            return Err(self.together());
        }
        Ok(None)
    }

    /// Ends well where nothing was refused.
    ///
    /// # Errors
    /// All refusals as one.
    pub(super) fn end(mut self) -> Result<()> {
        if self.refused.is_empty() { Ok(()) } else { Err(self.together()) }
    }

    /// All refusals as one: what is wrong with the service comes first, what all items share next.
    fn together(&mut self) -> Error {
        let (kind, items) = (self.kind, self.items);
        let mut faults = Vec::new();
        let (mut stale, mut forbidden, mut unknown, mut missing) = (0, 0, 0, String::new());
        for (pointer, error) in self.refused.drain(..) {
            let mut tell = |code, detail: String| faults.push(Fault::new(pointer.clone(), code, detail));
            match error {
                Error::Invalid(own) => faults.extend(own.into_iter().map(|fault| fault.below(&pointer))),
                Error::Stale { .. } => {
                    stale += 1;
                    tell("version_stale", "it has changed since you read it: read it again".to_owned());
                }
                Error::Forbidden { code, detail } => {
                    forbidden += 1;
                    tell(code, detail);
                }
                Error::NotFound { name, .. } => {
                    unknown += 1;
                    missing = name;
                    tell("not_found", format!("there is no such {kind}"));
                }
                Error::Conflict { code, detail, .. } => tell(code, detail),
                other => return other,
            }
        }
        arrange(&mut faults);
        match faults.first() {
            Some(first) if forbidden == items => {
                Error::Forbidden { code: first.code, detail: first.detail.clone() }
            }
            Some(_) if unknown == items => Error::not_found(kind, missing),
            _ if stale == items => Error::Stale { etag: None },
            _ => Error::Invalid(faults),
        }
    }
}
