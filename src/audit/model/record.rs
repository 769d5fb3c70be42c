//! Entries folded into the last public state of each thing.

use super::Asked;
use crate::ledger::model::entry::LoggedEntry;
use crate::ledger::model::{Action, Kind};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use uuid::Uuid;

/// An entry with what proves that it is in the tree of the report's checkpoint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Proved {
    /// The entry, as the log has it: its canonical JSON (RFC 8785) is what was hashed.
    pub entry: LoggedEntry,
    /// The hashes beside the way from its leaf to the root, in base64 (RFC 9162, section 2.1.3).
    pub inclusion: Vec<String>,
}

/// That something was withdrawn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Withdrawn {
    /// When.
    pub at: DateTime<Utc>,
    /// The place of the entry that says so.
    pub entry: i64,
    /// Why.
    pub reason: Option<String>,
}

/// Something as the record has it: its last public state, and where the record says so.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Shown {
    /// Who changed it last, by pseudonym; nil for the tracker itself and for commands on its machine.
    pub actor_id: Uuid,
    /// The name that people use for it; null for what has none.
    pub code: Option<String>,
    /// The places of all entries about it, in order.
    pub entries: Vec<i64>,
    /// The place of the entry whose state this is.
    pub entry: i64,
    /// Id.
    pub id: Uuid,
    /// When that was recorded.
    pub recorded_at: DateTime<Utc>,
    /// In which role it was changed last.
    pub role: String,
    /// For which member that role was held; null for roles of the whole system.
    pub role_member_id: Option<Uuid>,
    /// What it says, as recorded.
    pub state: Value,
    /// Its version.
    pub version: i64,
    /// That it was withdrawn; null where it was not.
    pub withdrawn: Option<Withdrawn>,
}

/// What entries say of one thing.
#[derive(Debug, Clone)]
pub struct Thing<'a> {
    last: &'a LoggedEntry,
    entries: Vec<i64>,
    withdrawn: Option<Withdrawn>,
}

impl Thing<'_> {
    /// Which thing it is.
    pub fn thing(&self) -> Uuid {
        self.last.resource_id
    }

    /// Whether it is still there.
    pub fn stands(&self) -> bool {
        self.withdrawn.is_none()
    }

    /// When its last state was recorded.
    pub fn recorded_at(&self) -> DateTime<Utc> {
        self.last.recorded_at
    }

    /// The place of the entry whose state it has.
    pub fn entry(&self) -> i64 {
        self.last.index
    }

    /// The name that people use for it.
    pub fn code(&self) -> Option<&str> {
        self.last.code.as_deref()
    }

    /// Its state.
    pub fn state(&self) -> &Value {
        &self.last.state
    }

    /// Its state as a type that reads some of it. None where the state is of a form that this type does not know:
    /// then nothing is computed of it.
    pub fn read<T: DeserializeOwned>(&self) -> Option<T> {
        T::deserialize(&self.last.state).ok()
    }

    /// The same for readers of reports.
    pub fn shown(&self) -> Shown {
        Shown {
            actor_id: self.last.actor_id,
            code: self.last.code.clone(),
            entries: self.entries.clone(),
            entry: self.last.index,
            id: self.last.resource_id,
            recorded_at: self.last.recorded_at,
            role: self.last.role.clone(),
            role_member_id: self.last.role_member_id,
            state: self.last.state.clone(),
            version: self.last.version,
            withdrawn: self.withdrawn.clone(),
        }
    }
}

/// What some entries say, each thing once.
#[derive(Debug, Clone, Default)]
pub struct Record<'a> {
    things: BTreeMap<Uuid, Thing<'a>>,
}

impl<'a> Record<'a> {
    /// Of the entries that were recorded in time. The last state of a thing is that of its highest version; what
    /// was withdrawn once stays withdrawn, even if an import changes what it says.
    pub fn of(entries: impl IntoIterator<Item = &'a Proved>, asked: &Asked) -> Self {
        let mut things: BTreeMap<Uuid, Thing<'a>> = BTreeMap::new();
        for Proved { entry, .. } in entries {
            if entry.recorded_at >= asked.until {
                continue;
            }
            let thing = things.entry(entry.resource_id).or_insert_with(|| Thing {
                last: entry,
                entries: Vec::new(),
                withdrawn: None,
            });
            thing.entries.push(entry.index);
            if (entry.version, entry.id) > (thing.last.version, thing.last.id) {
                thing.last = entry;
            }
            if entry.action == Action::Withdrawn {
                let (at, reason) = (entry.recorded_at, entry.reason.clone());
                thing.withdrawn = Some(Withdrawn { at, entry: entry.index, reason });
            }
        }
        things.retain(|_, thing| thing.last.action != Action::Deleted);
        Self { things }
    }

    /// One thing.
    pub fn get(&self, id: Uuid) -> Option<&Thing<'a>> {
        self.things.get(&id)
    }

    /// All things of a kind, by id.
    pub fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &Thing<'a>> {
        self.things.values().filter(move |thing| thing.last.kind == kind)
    }

    /// The same, for readers of reports.
    pub fn shown(&self, kind: Kind) -> Vec<Shown> {
        self.of_kind(kind).map(Thing::shown).collect()
    }
}
