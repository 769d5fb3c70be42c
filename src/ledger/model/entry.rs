//! An entry of the public record as everybody sees it, and the bytes that stand for it in the tree.
//!
//! The bytes are the canonical JSON (RFC 8785) of [`LoggedEntry`]: all of its fields, also those that are
//! null. Its leaf is SHA-256 of a zero byte and these bytes (RFC 6962). The API returns the same JSON, so
//! whoever reads an entry can make them again: sort the members of every object by name, leave out what is
//! no data between them, write numbers and texts as RFC 8785 says.
//!
//! [`FORMAT`] names what is written here. Another form of document gets another name, and entries that are
//! in the tree keep theirs.

use super::tree::{self, Hash};
use super::{Action, Kind};
use crate::kernel::{Error, Result};
use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Serialize, Serializer};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

/// The form of the document, with its version.
pub const FORMAT: &str = "ogp-tracker/ledger-entry/1";

/// An entry of the public record, in its place. The canonical JSON (RFC 8785) of exactly these fields is
/// what the tree holds.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct LoggedEntry {
    /// The form of this document: `ogp-tracker/ledger-entry/1`.
    #[schema(value_type = String, example = "ogp-tracker/ledger-entry/1")]
    pub format: &'static str,
    /// Its place in the record; the first is 0.
    #[schema(minimum = 0)]
    pub index: i64,
    /// Id (UUIDv7).
    pub id: Uuid,
    /// When it was recorded (RFC 3339, UTC, always with six digits of a second's fraction).
    #[serde(serialize_with = "microseconds")]
    pub recorded_at: DateTime<Utc>,
    /// What happened.
    pub action: Action,
    /// To what kind of thing.
    pub kind: Kind,
    /// To which.
    pub resource_id: Uuid,
    /// The name that people used for it then; null for what has none.
    #[schema(required, example = "ROTMR0001")]
    pub code: Option<String>,
    /// Its version after the change.
    pub version: i64,
    /// The member whose it is; null for what belongs to nobody.
    #[schema(required)]
    pub member_id: Option<Uuid>,
    /// The action plan that it is part of; null where it is part of none.
    #[schema(required)]
    pub plan_id: Option<Uuid>,
    /// What it says after the change; null where it was deleted.
    #[schema(value_type = Value)]
    pub state: Value,
    /// For each field that changed, what it said `before` and says `after`.
    #[schema(value_type = Value)]
    pub difference: Value,
    /// Who, by pseudonym; nil for the tracker itself and for commands on its machine, such as imports.
    pub actor_id: Uuid,
    /// In which role.
    #[schema(example = "editor")]
    pub role: String,
    /// For which member that role was held; null for roles of the whole system.
    #[schema(required)]
    pub role_member_id: Option<Uuid>,
    /// Why, where it was said.
    #[schema(required)]
    pub reason: Option<String>,
    /// By which request; null for what came by none.
    #[schema(required)]
    pub request_id: Option<Uuid>,
}

impl LoggedEntry {
    /// The bytes that stand for it in the tree.
    ///
    /// # Errors
    /// `Internal` where it is no JSON that can be made canonical.
    pub fn canonical(&self) -> Result<Vec<u8>> {
        serde_json_canonicalizer::to_vec(self).map_err(|error| Error::Internal(error.to_string()))
    }

    /// The hash of its leaf.
    ///
    /// # Errors
    /// Those of [`Self::canonical`].
    pub fn leaf_hash(&self) -> Result<Hash> {
        Ok(tree::leaf_hash(&self.canonical()?))
    }
}

/// One instant has one text: the database keeps microseconds.
fn microseconds<S: Serializer>(instant: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&instant.to_rfc3339_opts(SecondsFormat::Micros, true))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// What is in a tree stays as it is: this text changes only together with the name of the format.
    #[test]
    fn the_document_of_an_entry_is_this_text() {
        let entry = LoggedEntry {
            format: FORMAT,
            index: 7,
            id: Uuid::from_u128(1),
            recorded_at: DateTime::from_timestamp(1_700_000_000, 120_000_000).expect("an instant"),
            action: Action::Changed,
            kind: Kind::Milestone,
            resource_id: Uuid::from_u128(2),
            code: None,
            version: 3,
            member_id: Some(Uuid::from_u128(4)),
            plan_id: None,
            state: json!({"title": {"ro": "Știri", "en": "News"}, "weight": 1.0}),
            difference: json!({}),
            actor_id: Uuid::nil(),
            role: "admin".to_owned(),
            role_member_id: None,
            reason: Some("A \"typo\".".to_owned()),
            request_id: None,
        };
        let text = String::from_utf8(entry.canonical().expect("JSON")).expect("UTF-8");
        assert_eq!(
            text,
            concat!(
                r#"{"action":"changed","actor_id":"00000000-0000-0000-0000-000000000000","code":null,"#,
                r#""difference":{},"format":"ogp-tracker/ledger-entry/1","#,
                r#""id":"00000000-0000-0000-0000-000000000001","index":7,"kind":"milestone","#,
                r#""member_id":"00000000-0000-0000-0000-000000000004","plan_id":null,"#,
                r#""reason":"A \"typo\".","recorded_at":"2023-11-14T22:13:20.120000Z","request_id":null,"#,
                r#""resource_id":"00000000-0000-0000-0000-000000000002","role":"admin","#,
                r#""role_member_id":null,"state":{"title":{"en":"News","ro":"Știri"},"weight":1},"version":3}"#
            )
        );
    }
}
