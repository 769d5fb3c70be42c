//! What things are called, by what the record said of them last.

use super::net::FieldChange;
use crate::kernel::LocalizedText;
use crate::ledger::model::Kind;
use crate::ledger::model::recorded::Recorded;
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

/// The fields of a state that say what it belongs to or stands beside.
const REFERENCES: [&str; 10] = [
    "assessment_id",
    "commitment_id",
    "from_id",
    "member_id",
    "milestone_id",
    "plan_id",
    "progress_update_id",
    "scheme_id",
    "supersedes",
    "to_id",
];

/// What a state refers to, itself or in what evidence is attached to.
pub fn refers(state: &Value) -> Vec<Uuid> {
    let uses = state.get("uses").and_then(Value::as_array).into_iter().flatten();
    let all = std::iter::once(state).chain(uses);
    all.flat_map(|part| REFERENCES.iter().filter_map(|field| id(part, field))).collect()
}

/// What changed fields speak of besides what their thing refers to: institutions that came or went.
pub fn speaks_of(fields: &[FieldChange]) -> Vec<Uuid> {
    let participants = fields.iter().filter(|change| change.field == "participants");
    let sides = participants.flat_map(|change| [&change.before, &change.after]);
    let each = sides.filter_map(Value::as_array).flatten();
    each.filter_map(|participant| id(participant, "institution_id")).collect()
}

/// An id in a field of a state.
pub(super) fn id(state: &Value, field: &str) -> Option<Uuid> {
    state.get(field)?.as_str()?.parse().ok()
}

/// A text in a field of a state.
pub(super) fn text<'a>(state: &'a Value, field: &str) -> Option<&'a str> {
    state.get(field)?.as_str()
}

/// A text in several languages in a field of a state; none where it has none.
pub(super) fn localized(state: &Value, field: &str) -> Option<LocalizedText> {
    let texts: LocalizedText = serde_json::from_value(state.get(field)?.clone()).ok()?;
    (!texts.is_empty()).then_some(texts)
}

/// A thing as the record said it last.
#[derive(Debug, Clone)]
pub(super) struct Thing {
    pub(super) kind: Kind,
    pub(super) code: Option<String>,
    pub(super) state: Value,
}

/// Things by their ids, for telling what belongs to what.
#[derive(Debug, Clone, Default)]
pub struct Names {
    /// None for what the public record does not know.
    known: HashMap<Uuid, Option<Thing>>,
}

impl Names {
    /// Learns what was found of all that was asked for, and says what to ask for next.
    pub fn learn(&mut self, asked: &[Uuid], found: Vec<Recorded>) -> Vec<Uuid> {
        self.known.extend(asked.iter().map(|id| (*id, None)));
        let mut next = BTreeSet::new();
        for Recorded { resource_id, kind, code, state, .. } in found {
            next.extend(refers(&state));
            self.known.insert(resource_id, Some(Thing { kind, code, state }));
        }
        next.into_iter().filter(|id| !self.known.contains_key(id)).collect()
    }

    pub(super) fn thing(&self, id: Uuid) -> Option<&Thing> {
        self.known.get(&id)?.as_ref()
    }

    /// The name that people use for a thing: a code or a slug.
    pub fn code(&self, id: Uuid) -> Option<&str> {
        self.thing(id)?.code.as_deref()
    }

    /// The title of a commitment.
    pub fn commitment_title(&self, id: Uuid) -> Option<LocalizedText> {
        localized(&self.thing(id)?.state, "title")
    }

    /// Follows a reference of a state.
    pub(super) fn follow<'a>(&'a self, state: &Value, field: &str) -> Option<&'a Thing> {
        self.thing(id(state, field)?)
    }
}
