//! How a due date moved: the first one, all in between, why and by whom.

use crate::accounts::model::Role;
use crate::kernel::PartialDate;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A change of the due date of a milestone that was public. Kept with the milestone, oldest first by
/// when it was recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rescheduling {
    /// The due date before.
    pub from: Option<PartialDate>,
    /// The due date after.
    pub to: Option<PartialDate>,
    /// The day from which the new date held (UTC).
    pub decided_on: NaiveDate,
    /// Why; imports carry no reason.
    pub reason: Option<String>,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// In which role it was changed.
    pub role: Role,
    /// Held for which member; none for roles of the whole system.
    pub member_id: Option<Uuid>,
}
