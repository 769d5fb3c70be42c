//! What became of a field, in words.

use super::fields::{self, Show};
use super::tongue::Tongue;
use super::{Telling, values};
use crate::changes::model::names::{id, localized};
use crate::changes::model::net::{FieldChange, says_nothing};
use serde_json::Value;
use std::collections::BTreeSet;
use uuid::Uuid;

/// A field by its name in a sentence.
#[derive(Debug)]
struct Called {
    name: String,
    plural: bool,
}

impl Telling<'_> {
    /// What became of a field; nothing where nobody needs to know.
    pub(super) fn phrase(self, change: &FieldChange) -> Option<String> {
        let known = fields::field(self.told.kind, &change.field);
        let called = match known {
            Some(field) => Called { name: field.called(self.tongue).to_owned(), plural: field.is_plural() },
            // Nobody thought of it; its own name says more than nothing.
            None => {
                let name = change.field.replace('_', " ");
                let romanian = format!("câmpul {}", self.tongue.quote(&name));
                Called { name: self.tongue.pick(&name, &romanian).to_owned(), plural: false }
            }
        };
        match known.map_or(Show::Values, |field| field.show) {
            Show::Never => None,
            Show::Only => Some(self.only(&called, change)),
            Show::Values => Some(self.with_values(&called, change, None)),
            Show::Moved => {
                let days = values::days_between(&change.before, &change.after);
                Some(self.with_values(&called, change, days))
            }
            Show::Parties => Some(self.parties(&called, change)),
            Show::Uses => self.uses(change),
        }
    }

    /// The field and what happened to it: `title changed`.
    fn clause(self, called: &Called, english: &str, romanian: &str) -> String {
        let Called { name, plural } = called;
        match self.tongue {
            Tongue::English => format!("{name} {english}"),
            Tongue::Romanian => format!("{name} {} {romanian}", if *plural { "s-au" } else { "s-a" }),
        }
    }

    fn only(self, called: &Called, change: &FieldChange) -> String {
        match (says_nothing(&change.before), says_nothing(&change.after)) {
            (true, false) => self.clause(called, "added", "adăugat"),
            (false, true) => self.clause(called, "removed", "eliminat"),
            _ => self.clause(called, "changed", "modificat"),
        }
    }

    fn with_values(self, called: &Called, change: &FieldChange, days: Option<i64>) -> String {
        let value = |value| values::value(self.tongue, &change.field, value);
        match (value(&change.before), value(&change.after)) {
            (Some(before), Some(after)) if before != after => {
                let moved = days.filter(|days| *days != 0);
                let what = match moved {
                    Some(_) => self.clause(called, "moved", "mutat"),
                    None => self.clause(called, "changed", "modificat"),
                };
                let moved = moved.map(|days| format!(" ({})", self.tongue.moved(days))).unwrap_or_default();
                let (from, to) = (self.tongue.pick("from", "din"), self.tongue.pick("to", "în"));
                format!("{what} {from} {before} {to} {after}{moved}")
            }
            (None, Some(after)) => {
                let what = self.clause(called, "set to", "stabilit:");
                format!("{what} {after}")
            }
            (Some(before), None) => {
                let was = self.tongue.pick("was", if called.plural { "erau" } else { "era" });
                format!("{} ({was} {before})", self.clause(called, "removed", "eliminat"))
            }
            // Told alike in this language: another one changed, or what is too much to tell.
            _ => self.only(called, change),
        }
    }

    fn parties(self, called: &Called, change: &FieldChange) -> String {
        let (before, after) = (institutions(&change.before), institutions(&change.after));
        let named = |ids: Vec<&Uuid>| -> Option<String> {
            let names: Vec<_> = ids.into_iter().filter_map(|id| self.institution(*id)).collect();
            (!names.is_empty()).then(|| names.join(", "))
        };
        let came = named(after.difference(&before).collect());
        let left = named(before.difference(&after).collect());
        let came = came.map(|names| format!("{} {names}", self.tongue.pick("added", "adăugări:")));
        let left = left.map(|names| format!("{} {names}", self.tongue.pick("removed", "eliminări:")));
        let parts: Vec<_> = came.into_iter().chain(left).collect();
        let what = self.clause(called, "changed", "modificat");
        if parts.is_empty() { what } else { format!("{what}: {}", parts.join(", ")) }
    }

    fn institution(self, id: Uuid) -> Option<String> {
        self.tongue.best(&localized(&self.names.thing(id)?.state, "name")?)
    }

    fn uses(self, change: &FieldChange) -> Option<String> {
        let of = |value: &'_ Value| value.as_array().cloned().unwrap_or_default();
        let (before, after) = (of(&change.before), of(&change.after));
        let came: Vec<_> = after
            .iter()
            .filter(|one| !before.contains(one))
            .filter_map(|one| self.attached_to(one))
            .collect();
        let what = self.tongue.pick("attached to", "s-a atașat la");
        (!came.is_empty()).then(|| format!("{what} {}", came.join(", ")))
    }
}

/// The institutions that a list of participants names.
fn institutions(participants: &Value) -> BTreeSet<Uuid> {
    participants.as_array().into_iter().flatten().filter_map(|one| id(one, "institution_id")).collect()
}
