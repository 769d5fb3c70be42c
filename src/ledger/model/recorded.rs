//! Entries of the public record as other rooms read them: taken apart, without what only proofs need.

use super::{Action, Kind};
use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

/// An entry that everybody may read.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// Id.
    pub id: Uuid,
    /// When.
    pub recorded_at: DateTime<Utc>,
    /// What happened.
    pub action: Action,
    /// To what kind of thing.
    pub kind: Kind,
    /// To which.
    pub resource_id: Uuid,
    /// The name that people used for it then.
    pub code: Option<String>,
    /// Its version after the change.
    pub version: i64,
    /// Whose it is.
    pub member_id: Option<Uuid>,
    /// In which plan.
    pub plan_id: Option<Uuid>,
    /// In which role it was changed.
    pub role: String,
    /// For which member that role was held.
    pub role_member_id: Option<Uuid>,
    /// Why.
    pub reason: Option<String>,
    /// What it says after the change; null where it was deleted.
    pub state: Value,
    /// For each field that changed, what it said `before` and says `after`.
    pub difference: Value,
}

/// Which changes of the numbered record to read; each part narrows where it is not empty.
#[derive(Debug, Clone, Default)]
pub struct ChangeFilter {
    /// Of what belongs to any of these members.
    pub members: Vec<Uuid>,
    /// Of what is in any of these plans.
    pub plans: Vec<Uuid>,
    /// Of things of any of these kinds.
    pub kinds: Vec<Kind>,
    /// Any of these.
    pub actions: Vec<Action>,
}
