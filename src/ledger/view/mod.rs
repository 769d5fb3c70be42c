//! The record as readers see it: the history of one thing and of what belongs to it.

pub mod log;

use super::model::{Action, Kind};
use super::store::{EntryFilter, EntrySeen};
use crate::http::query::calendar_day;
use crate::http::reply::PageInfo;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

/// Filters of a history.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[into_params(parameter_in = Query)]
pub struct HistoryQuery {
    /// Only changes of these kinds of things; repeat for any of several.
    #[serde(default)]
    kind: Vec<Kind>,
    /// Only these changes; repeat for any of several.
    #[serde(default)]
    action: Vec<Action>,
    /// Only what was recorded on this day (`YYYY-MM-DD`, UTC) or later.
    #[validate(custom(function = calendar_day))]
    from: Option<NaiveDate>,
    /// Only what was recorded on this day (`YYYY-MM-DD`, UTC) or earlier.
    #[validate(custom(function = calendar_day))]
    to: Option<NaiveDate>,
}

impl HistoryQuery {
    /// The same about these things.
    pub fn about(&self, resources: Vec<Uuid>) -> EntryFilter {
        let (kinds, actions) = (self.kind.clone(), self.action.clone());
        EntryFilter { resources, kinds, actions, from: self.from, to: self.to }
    }
}

/// A page of a history.
#[derive(Debug, Serialize, ToSchema)]
pub struct History {
    /// The changes.
    data: Vec<Entry>,
    /// Where the page stands.
    page: PageInfo,
}

impl History {
    /// Of the changes of a page, which stands there among the others.
    pub fn new(data: Vec<Entry>, page: PageInfo) -> Self {
        Self { data, page }
    }
}

/// A change of one thing, as it was recorded.
#[derive(Debug, Serialize, ToSchema)]
pub struct Entry {
    /// Id (UUIDv7).
    id: Uuid,
    /// When it was recorded.
    recorded_at: DateTime<Utc>,
    /// What happened.
    action: Action,
    /// To what kind of thing.
    kind: Kind,
    /// To which.
    resource_id: Uuid,
    /// The name that people used for it then; null for what has none.
    #[schema(required, example = "ROTMR0001")]
    code: Option<String>,
    /// Its version after the change.
    version: i64,
    /// In which role it was changed.
    #[schema(example = "editor")]
    role: String,
    /// For which member that role was held, by code; null for roles of the whole system.
    #[schema(required, example = "ROTMR")]
    member: Option<String>,
    /// Who, by pseudonym; nil for commands on the machine, such as imports.
    actor_id: Uuid,
    /// Why, where it was said.
    #[schema(required)]
    reason: Option<String>,
    /// What changed in it, by field; nothing where it was only withdrawn.
    changes: Vec<FieldChange>,
}

/// What a field said before a change and says after it, as it is recorded: texts in all their languages.
#[derive(Debug, Serialize, ToSchema)]
pub struct FieldChange {
    /// The field.
    #[schema(example = "due")]
    field: String,
    /// What it said; null for nothing.
    #[schema(value_type = Value)]
    before: Value,
    /// What it says; null for nothing.
    #[schema(value_type = Value)]
    after: Value,
}

impl Entry {
    /// As it is kept.
    pub fn new(EntrySeen { row, member }: EntrySeen) -> Self {
        Self {
            id: row.id,
            recorded_at: row.recorded_at,
            action: row.action.0,
            kind: row.kind.0,
            resource_id: row.resource_id,
            code: row.code,
            version: row.version,
            role: row.actor_role,
            member,
            actor_id: row.actor_id,
            reason: row.reason,
            changes: changes(&row.difference),
        }
    }
}

/// The fields of a recorded difference.
fn changes(difference: &str) -> Vec<FieldChange> {
    let fields: Map<String, Value> = serde_json::from_str(difference).unwrap_or_default();
    let change = |(field, mut of): (String, Value)| {
        let mut take = |side| of.get_mut(side).map(Value::take).unwrap_or_default();
        FieldChange { before: take("before"), after: take("after"), field }
    };
    fields.into_iter().map(change).collect()
}
