//! An entry of the public record as everybody sees it, and the bytes that stand for it in the tree.
//!
//! The bytes are the canonical JSON (RFC 8785) of [`LoggedEntry`]: all of its fields, also those that are
//! null (`previous` is there or not, and never null). Its leaf is SHA-256 of a zero byte and these bytes (RFC 6962). The API returns the same JSON, so
//! whoever reads an entry can make them again: sort the members of every object by name, leave out what is
//! no data between them, write numbers and texts as RFC 8785 says.
//!
//! [`EntryFormat`] names what is written here. Another form of document gets another name, and entries that
//! are in the tree keep theirs.
//!
//! **Strands.** Entries of one plan hang together, those of a member outside of its plans, and those that
//! belong to nobody: each names the place of the one `previous` to it in its [`strand`]. Whoever has some
//! entries of a strand sees from them alone whether one between the first and the last is missing.

use super::tree::{self, Hash};
use super::{Action, Kind};
use crate::kernel::{Error, Result};
use chrono::{DateTime, SecondsFormat, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

/// The form of the document, with its version.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema, ToSchema,
)]
pub enum EntryFormat {
    /// The first form, which does not name the entry before it in its strand.
    #[serde(rename = "ogp-tracker/ledger-entry/1")]
    V1,
    /// The present form.
    #[serde(rename = "ogp-tracker/ledger-entry/2")]
    V2,
}

impl EntryFormat {
    /// Its version.
    pub fn number(self) -> i16 {
        match self {
            Self::V1 => 1,
            Self::V2 => 2,
        }
    }

    /// The form of a version.
    pub fn of(number: i16) -> Option<Self> {
        [Self::V1, Self::V2].into_iter().find(|format| format.number() == number)
    }
}

/// What an entry hangs together with: its plan; where it has none, its member; else nil.
pub fn strand(plan_id: Option<Uuid>, member_id: Option<Uuid>) -> Uuid {
    plan_id.or(member_id).unwrap_or_default()
}

/// An entry of the public record, in its place. The canonical JSON (RFC 8785) of exactly these fields is
/// what the tree holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LoggedEntry {
    /// The form of this document.
    #[schema(example = "ogp-tracker/ledger-entry/2")]
    pub format: EntryFormat,
    /// Its place in the record; the first is 0.
    #[schema(minimum = 0)]
    #[schemars(range(min = 0))]
    pub index: i64,
    /// The place of the entry before it of the same plan (of the same member, where it is part of no plan; of
    /// nobody, where it belongs to none). Not there in the first one, and in entries of the first form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "i64", range(min = 0))]
    #[schema(nullable = false, minimum = 0)]
    pub previous: Option<i64>,
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
    /// What it hangs together with.
    pub fn strand(&self) -> Uuid {
        strand(self.plan_id, self.member_id)
    }

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
            format: EntryFormat::V2,
            index: 7,
            previous: Some(5),
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
        let read: LoggedEntry = serde_json::from_str(&text).expect("an entry");
        assert_eq!(read.canonical().expect("JSON"), text.as_bytes());
        let first = LoggedEntry { format: EntryFormat::V1, previous: None, ..entry };
        let first = String::from_utf8(first.canonical().expect("JSON")).expect("UTF-8");
        assert_eq!(first, text.replace("entry/2", "entry/1").replace(r#""previous":5,"#, ""));
        assert_eq!(
            text,
            concat!(
                r#"{"action":"changed","actor_id":"00000000-0000-0000-0000-000000000000","code":null,"#,
                r#""difference":{},"format":"ogp-tracker/ledger-entry/2","#,
                r#""id":"00000000-0000-0000-0000-000000000001","index":7,"kind":"milestone","#,
                r#""member_id":"00000000-0000-0000-0000-000000000004","plan_id":null,"previous":5,"#,
                r#""reason":"A \"typo\".","recorded_at":"2023-11-14T22:13:20.120000Z","request_id":null,"#,
                r#""resource_id":"00000000-0000-0000-0000-000000000002","role":"admin","#,
                r#""role_member_id":null,"state":{"title":{"en":"News","ro":"Știri"},"weight":1},"version":3}"#
            )
        );
    }
}
