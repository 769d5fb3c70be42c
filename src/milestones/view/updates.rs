//! What was reported about milestones, as readers see it.

use crate::accounts::model::ReportedBy;
use crate::http::Wanted;
use crate::http::language::{Fallbacks, Translations};
use crate::milestones::model::{Challenge, MilestoneName, MilestoneRef, Progress, Supersession};
use crate::milestones::store::UpdateRow;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// The version of every update: it has no other.
pub const UPDATE_VERSION: i64 = 1;

/// What was reported about a milestone. Never changed: a correction supersedes it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProgressUpdate {
    /// Id (UUIDv7).
    pub id: Uuid,
    /// The milestone that it speaks of.
    pub milestone: MilestoneRef,
    /// How far that is.
    pub progress: Progress,
    /// The same in percent, 0 to 100.
    #[schema(required)]
    pub percent: Option<i16>,
    /// The day on which it was so.
    pub effective_on: NaiveDate,
    /// When we were told.
    pub recorded_at: DateTime<Utc>,
    /// When work on it really started.
    #[schema(required)]
    pub started_on: Option<NaiveDate>,
    /// When it was really completed.
    #[schema(required)]
    pub completed_on: Option<NaiveDate>,
    /// What was done.
    #[schema(required)]
    pub narrative: Option<String>,
    /// What stands in the way.
    #[schema(required)]
    pub challenge: Option<Challenge>,
    /// The same in words.
    #[schema(required)]
    pub challenge_text: Option<String>,
    /// The update that it corrects.
    #[schema(required)]
    pub supersedes: Option<Uuid>,
    /// Why it corrects that.
    #[schema(required)]
    pub reason: Option<String>,
    /// The update that corrects it; null where it holds.
    #[schema(required)]
    pub superseded_by: Option<Supersession>,
    /// Who reported it.
    pub reported_by: ReportedBy,
    /// Always 1: it never changes.
    #[schema(example = 1)]
    pub version: i64,
    /// Its texts in all their languages; only with `lang=*`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = std::collections::BTreeMap<String, crate::kernel::LocalizedText>, required = false)]
    pub translations: Option<Translations>,
    /// Texts that are not in the language asked for, with the language they are in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = std::collections::BTreeMap<String, String>, required = false)]
    pub fallbacks: Option<Fallbacks>,
}

/// What is read with an update to show it.
#[derive(Debug, Clone, Deserialize)]
pub struct UpdateOf {
    /// The milestone that it speaks of.
    pub milestone: MilestoneName,
    /// The code of the member for which it was reported.
    pub member: Option<String>,
    /// The update that corrects it.
    pub superseded_by: Option<Supersession>,
}

/// An update with what shows it, nested in what it belongs to.
#[derive(Debug, Clone, Deserialize)]
pub struct UpdateSeen {
    row: UpdateRow,
    of: UpdateOf,
}

impl UpdateSeen {
    /// In the language wanted.
    pub fn show(self, wanted: &Wanted) -> ProgressUpdate {
        ProgressUpdate::new(self.row, self.of, wanted)
    }
}

impl ProgressUpdate {
    /// In the language wanted.
    pub fn new(row: UpdateRow, of: UpdateOf, wanted: &Wanted) -> Self {
        let state = row.state;
        let mut texts = wanted.texts();
        let narrative = texts.pick("narrative", &state.narrative.0);
        let challenge_text = texts.pick("challenge_text", &state.challenge_text.0);
        let (translations, fallbacks) = texts.finish();
        Self {
            id: row.id,
            milestone: of.milestone.in_language(|text| wanted.text(text)),
            progress: state.progress.0,
            percent: state.percent,
            effective_on: state.effective_on,
            recorded_at: row.recorded_at,
            started_on: state.started_on,
            completed_on: state.completed_on,
            narrative,
            challenge: state.challenge.map(|word| word.0),
            challenge_text,
            supersedes: state.supersedes,
            reason: state.reason,
            superseded_by: of.superseded_by,
            reported_by: ReportedBy { role: row.actor_role.0, member: of.member, actor_id: row.actor_id },
            version: UPDATE_VERSION,
            translations,
            fallbacks,
        }
    }
}
