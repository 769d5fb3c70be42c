//! Keyset pages: a cursor names the last row that was shown, so that pages stay right while rows
//! come and go.

use super::error::{Error, Result};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The most rows that one page has.
pub const MAX_LIMIT: u16 = 200;
/// The rows of a page where the caller does not say.
pub const DEFAULT_LIMIT: u16 = 50;

/// The rows that are read at once where all pages are asked for, one after another.
pub const WALK_LIMIT: u16 = 500;

/// The place after a row, in one order of one list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// The row's sort keys, as text.
    #[serde(rename = "k")]
    pub keys: Vec<String>,
    /// The row's id, which decides between equal keys.
    #[serde(rename = "i")]
    pub id: Uuid,
}

impl Cursor {
    /// The cursor as callers see it: opaque, and bound to the list, filters and order (`scope`).
    pub fn encode(&self, scope: &str) -> String {
        let json = serde_json::to_vec(self).unwrap_or_default();
        let mut bytes = check(scope, &json).to_vec();
        bytes.extend(json);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads a cursor back.
    ///
    /// # Errors
    /// `BadParameters` where it was altered, or made for other filters or another order.
    pub fn decode(text: &str, scope: &str) -> Result<Self> {
        let refused = || {
            Error::parameter(
                "cursor",
                "parameter_invalid",
                "it is not a cursor of this list with these filters and this order; take it from `page.next`",
            )
        };
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| refused())?;
        let (sum, json) = bytes.split_at_checked(CHECK_BYTES).ok_or_else(refused)?;
        if sum != check(scope, json) {
            return Err(refused());
        }
        serde_json::from_slice(json).map_err(|_| refused())
    }
}

const CHECK_BYTES: usize = 6;

/// Not a secret: it only notices cursors that were cut, changed, or taken elsewhere. A forged one
/// reads nothing that the same filters would not show.
fn check(scope: &str, json: &[u8]) -> [u8; CHECK_BYTES] {
    let digest: [u8; 32] =
        Sha256::new().chain_update(scope).chain_update([0]).chain_update(json).finalize().into();
    let mut sum = [0; CHECK_BYTES];
    sum.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
    sum
}

/// A page that a caller asks for; the list itself knows what it can be sorted by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageAsk {
    /// Keys to sort by (`code`, `-ends,code`); the list's default where absent.
    pub sort: Option<String>,
    /// The place to go on from.
    pub after: Option<Cursor>,
    /// Rows per page.
    pub limit: u16,
    /// Whether to count all rows.
    pub total: bool,
}

impl Default for PageAsk {
    fn default() -> Self {
        Self { sort: None, after: None, limit: DEFAULT_LIMIT, total: false }
    }
}

/// One page of a list.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// Where the next page begins; absent on the last.
    pub next: Option<Cursor>,
    /// How many rows all pages have together, where asked for.
    pub total: Option<i64>,
}

impl<T> Page<T> {
    /// The same page of other rows made of these.
    pub fn map<U>(self, make: impl FnMut(T) -> U) -> Page<U> {
        Page { rows: self.rows.into_iter().map(make).collect(), next: self.next, total: self.total }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_cursor_reads_back_and_notices_changes(
            keys in proptest::collection::vec(".{0,20}", 0..3),
            id in any::<u128>(),
            flip in any::<proptest::sample::Index>(),
        ) {
            let cursor = Cursor { keys, id: Uuid::from_u128(id) };
            let text = cursor.encode("scope");
            prop_assert_eq!(Cursor::decode(&text, "scope").unwrap(), cursor);
            prop_assert!(Cursor::decode(&text, "other scope").is_err());
            let mut bytes = text.into_bytes();
            let at = flip.index(bytes.len());
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            prop_assert!(Cursor::decode(std::str::from_utf8(&bytes).unwrap(), "scope").is_err());
        }

        #[test]
        fn rubbish_is_refused(text in ".{0,60}") {
            prop_assert!(Cursor::decode(&text, "scope").is_err());
        }
    }
}
