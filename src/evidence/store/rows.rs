//! Rows, and what is written turned into them.

use crate::db::schema::{evidence, evidence_uses};
use crate::db::{Dated, Json, Word};
use crate::evidence::model::{About, EvidenceKind, EvidenceRelation, EvidenceUse, StoredFile};
use crate::kernel::{LocalizedText, Note};
use chrono::{DateTime, NaiveDate, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A piece of evidence, as stored.
#[derive(Debug, Clone, Queryable, Selectable, Deserialize)]
#[diesel(table_name = evidence, check_for_backend(Pg))]
pub struct EvidenceRow {
    /// Id.
    pub id: Uuid,
    /// What it says.
    #[diesel(embed)]
    pub state: EvidenceState,
    /// Counts its changes, from 1.
    pub version: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// When it was withdrawn, if it was.
    pub withdrawn_at: Option<DateTime<Utc>>,
    /// Why.
    pub withdrawn_reason: Option<String>,
}

/// What a piece of evidence says.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable, AsChangeset, Serialize, Deserialize)]
#[diesel(table_name = evidence, treat_none_as_null = true, check_for_backend(Pg))]
pub struct EvidenceState {
    /// Whose it is.
    pub member_id: Uuid,
    /// Which commitment an import brought it to.
    pub commitment_id: Option<Uuid>,
    /// Its name inside that commitment.
    pub key: Option<String>,
    /// Its place there, from 0.
    pub position: Option<i16>,
    /// Its title.
    pub title: Json<LocalizedText>,
    /// What kind of document it is.
    pub kind: Word<EvidenceKind>,
    /// The language it is in.
    pub language: Option<String>,
    /// What it shows.
    pub shows: Json<LocalizedText>,
    /// Where it is; none for a file.
    pub url: Option<String>,
    /// SHA-256 of a file, in hexadecimal digits.
    pub sha256: Option<String>,
    /// The name that the file came with.
    pub file_name: Option<String>,
    /// What type the file is of.
    pub media_type: Option<String>,
    /// Its size in bytes.
    pub size: Option<i64>,
    /// Whether it speaks of the commitment itself.
    pub relation: Option<Word<EvidenceRelation>>,
    /// Its date.
    pub dated: Option<Dated>,
    /// When somebody read it there, or got it.
    pub retrieved_on: Option<NaiveDate>,
    /// Remarks.
    pub notes: Json<Vec<Note>>,
    /// Since when the public can see something that it is attached to.
    pub public_since: Option<DateTime<Utc>>,
}

impl EvidenceState {
    /// A link of a member, attached to nothing.
    pub fn link(member_id: Uuid, url: &str, about: About<'_>) -> Self {
        Self { url: Some(url.to_owned()), ..Self::of(member_id, about) }
    }

    /// A file of a member, attached to nothing.
    pub fn file(member_id: Uuid, file: &StoredFile, about: About<'_>) -> Self {
        Self {
            sha256: Some(file.sha256.clone()),
            file_name: Some(file.name.clone()),
            media_type: Some(file.media_type.to_owned()),
            size: Some(file.size),
            ..Self::of(member_id, about)
        }
    }

    fn of(member_id: Uuid, about: About<'_>) -> Self {
        Self {
            member_id,
            commitment_id: None,
            key: None,
            position: None,
            title: Json(about.title.clone()),
            kind: Word(about.kind),
            language: about.language.map(ToString::to_string),
            shows: Json(about.shows.clone()),
            url: None,
            sha256: None,
            file_name: None,
            media_type: None,
            size: None,
            relation: None,
            dated: None,
            retrieved_on: about.retrieved_on,
            notes: Json(Vec::new()),
            public_since: None,
        }
    }
}

/// What a piece of evidence is attached to, as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, Serialize)]
#[diesel(table_name = evidence_uses, check_for_backend(Pg))]
pub struct UseRow {
    /// Id.
    pub id: Uuid,
    /// Which piece.
    #[serde(skip)]
    pub evidence_id: Uuid,
    /// A progress update.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub progress_update_id: Option<Uuid>,
    /// Or a milestone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub milestone_id: Option<Uuid>,
    /// Or an assessment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assessment_id: Option<Uuid>,
    /// Its place there, from 0.
    pub position: i16,
    /// When it was attached.
    pub attached_at: DateTime<Utc>,
}

impl UseRow {
    /// A piece of evidence, attached to something at a place.
    pub fn of(id: Uuid, evidence_id: Uuid, to: EvidenceUse, position: i16, now: DateTime<Utc>) -> Self {
        let none = Self {
            id,
            evidence_id,
            progress_update_id: None,
            milestone_id: None,
            assessment_id: None,
            position,
            attached_at: now,
        };
        match to {
            EvidenceUse::ProgressUpdate(id) => Self { progress_update_id: Some(id), ..none },
            EvidenceUse::Milestone(id) => Self { milestone_id: Some(id), ..none },
            EvidenceUse::Assessment(id) => Self { assessment_id: Some(id), ..none },
        }
    }
}

/// What a piece of evidence is attached to, and in which plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Use {
    /// What.
    #[serde(flatten)]
    pub row: UseRow,
    /// Below which plan.
    #[serde(skip)]
    pub plan_id: Uuid,
    /// Whether that plan is or was public.
    #[serde(skip)]
    pub public: bool,
}

/// A piece of evidence with what it is attached to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EvidenceWhole {
    /// Itself.
    #[serde(flatten)]
    pub state: EvidenceState,
    /// What it is attached to, oldest first.
    pub uses: Vec<Use>,
}

impl EvidenceWhole {
    /// Attached to nothing.
    pub fn alone(state: EvidenceState) -> Self {
        Self { state, uses: Vec::new() }
    }

    /// Whether it is attached to an assessment.
    pub fn proves_assessment(&self) -> bool {
        self.uses.iter().any(|one| one.row.assessment_id.is_some())
    }

    /// The same for the record: what is public tells nothing of drafts that it is attached to as well.
    #[must_use]
    pub fn as_recorded(&self, public: bool) -> Self {
        let uses = self.uses.iter().filter(|one| one.public || !public).cloned().collect();
        Self { state: self.state.clone(), uses }
    }
}
