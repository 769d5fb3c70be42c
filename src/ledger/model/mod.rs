//! What is recorded of a change, and what makes the record one that nobody can alter; without any I/O.

pub mod entry;
pub mod note;
pub mod recorded;
pub mod tree;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

/// The lock that keeps imports and all other changes apart: an import takes it alone, changes share it
/// ("OGPT", "IMPO"). Without it an import, which locks tables, and a change, which locks rows in another
/// order, could wait for each other.
pub const IMPORT_LOCK: i64 = 0x4F47_5054_494D_504F;
/// The lock under which one sequencer at a time numbers the record ("OGPT", "TREE").
pub const TREE_LOCK: i64 = 0x4F47_5054_5452_4545;

/// What kind of thing changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = EntryKind)]
pub enum Kind {
    /// A participant of OGP.
    Member,
    /// A body that leads or supports.
    Institution,
    /// An OGP policy area.
    PolicyArea,
    /// A vocabulary for assessments.
    AssessmentScheme,
    /// An action plan, with its events and reports.
    ActionPlan,
    /// A commitment, with who leads and supports.
    Commitment,
    /// A link between two commitments.
    CommitmentLink,
    /// A step of a commitment.
    Milestone,
    /// What staff reported about a milestone.
    ProgressUpdate,
    /// A document that proves or tells of progress.
    Evidence,
    /// Percentages published about a commitment.
    ProgressReport,
    /// A coding by someone other than the implementer.
    Assessment,
    /// What an implementer said to a coding.
    AssessmentAnswer,
    /// Rules about how often members report, from a day on.
    ReportingRules,
    /// A key that signs the checkpoints of this record, from the entry's own checkpoint on.
    LogKey,
}

/// What happened to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = EntryAction)]
pub enum Action {
    /// It was made.
    Created,
    /// It was changed.
    Changed,
    /// It became public, as its state says.
    Published,
    /// It was public and was withdrawn.
    Withdrawn,
    /// It was never public and was deleted.
    Deleted,
}

/// How the stored record compares with what was signed of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LedgerCheck {
    /// Nobody has looked since the start.
    Unchecked,
    /// All that was looked at so far is what was signed.
    Consistent,
    /// It is not: somebody has changed the database. The log says what was found.
    Diverged,
}

/// Where a changed thing belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Place {
    /// Whose it is; none for what belongs to nobody.
    pub member_id: Option<Uuid>,
    /// In which plan.
    pub plan_id: Option<Uuid>,
    /// Whether the public can see it, after the change.
    pub public: bool,
}

impl Place {
    /// What belongs to nobody and is public from the start, such as a member.
    pub const COMMON: Self = Self { member_id: None, plan_id: None, public: true };
}

/// A change of one thing.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// What happened.
    pub action: Action,
    /// To what kind of thing.
    pub kind: Kind,
    /// To which.
    pub id: Uuid,
    /// The name that people use for it.
    pub code: Option<String>,
    /// Its version after the change.
    pub version: i64,
    /// Where it belongs.
    pub place: Place,
    /// What it said before; null for what was made.
    pub before: Value,
    /// What it says now; null for what was deleted.
    pub after: Value,
    /// Why.
    pub reason: Option<String>,
}

/// The difference of two states: for every field that is not the same, what it was and is.
pub fn difference(before: &Value, after: &Value) -> Value {
    let (empty, mut changed) = (Map::new(), Map::new());
    let fields = |value: &'_ Value| value.as_object().cloned().unwrap_or_else(|| empty.clone());
    let (before, after) = (fields(before), fields(after));
    for name in before.keys().chain(after.keys().filter(|name| !before.contains_key(*name))) {
        let (old, new) = (before.get(name), after.get(name));
        if old != new {
            changed.insert(name.clone(), json!({ "before": old, "after": new }));
        }
    }
    Value::Object(changed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_names_what_is_not_the_same() {
        let before = json!({"title": {"en": "Portal"}, "due": null, "label": "1"});
        let after = json!({"title": {"en": "Portal"}, "due": "2024", "position": 3});
        assert_eq!(
            difference(&before, &after),
            json!({
                "due": {"before": null, "after": "2024"},
                "label": {"before": "1", "after": null},
                "position": {"before": null, "after": 3}
            })
        );
        assert_eq!(difference(&Value::Null, &json!({"a": 1})), json!({"a": {"before": null, "after": 1}}));
        assert_eq!(difference(&after, &after), json!({}));
    }
}
