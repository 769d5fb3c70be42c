//! Evidence, as readers see it.

use super::model::{EvidenceKind, EvidenceRelation};
use super::store::{EvidencePlace, EvidenceRow, EvidenceState};
use crate::commitments::model::CommitmentRef;
use crate::http::Wanted;
use crate::http::language::{Remark, Said};
use crate::kernel::PartialDate;
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A link or a file that proves or tells of something. Of what is withdrawn only the title and the
/// hash are left.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Evidence {
    /// Id (UUIDv7).
    pub id: Uuid,
    /// Its title.
    #[schema(required)]
    pub title: Option<Said>,
    /// What kind of document it is.
    pub kind: EvidenceKind,
    /// The language it is in (BCP 47).
    #[schema(required, example = "ro")]
    pub language: Option<String>,
    /// What it shows.
    #[schema(required)]
    pub shows: Option<Said>,
    /// Where it is; null for a file.
    #[schema(required)]
    pub url: Option<String>,
    /// The file; null for a link.
    #[schema(required)]
    pub file: Option<EvidenceFile>,
    /// Whether it speaks of its commitment itself; null where no import says so.
    #[schema(required)]
    pub relation: Option<EvidenceRelation>,
    /// Its date.
    #[schema(required)]
    pub dated: Option<PartialDate>,
    /// When somebody read it there, or got it.
    #[schema(required)]
    pub retrieved_on: Option<NaiveDate>,
    /// Remarks.
    pub notes: Vec<Remark>,
    /// That it was withdrawn, and why; null where it was not.
    #[schema(required)]
    pub withdrawn: Option<EvidenceWithdrawal>,
}

/// A file that was uploaded.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EvidenceFile {
    /// SHA-256 of its content, in hexadecimal digits.
    #[schema(example = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    pub sha256: String,
    /// The name that it came with; null once it is withdrawn.
    #[schema(required, example = "raport.pdf")]
    pub name: Option<String>,
    /// What type it is of, found out from its content.
    #[schema(required, example = "application/pdf")]
    pub media_type: Option<String>,
    /// Its size in bytes.
    #[schema(required)]
    pub size: Option<i64>,
    /// Where its content is; null once it is withdrawn.
    #[schema(required, example = "/api/v1/evidence/0193a5a0-7c1e-7d6a-9a3e-3f6b8f0f2a12/content")]
    pub content: Option<String>,
}

/// Why a piece of evidence is not shown any more.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EvidenceWithdrawal {
    /// When it was withdrawn.
    pub at: DateTime<Utc>,
    /// Why.
    #[schema(required)]
    pub reason: Option<String>,
}

impl Evidence {
    /// In the language wanted.
    pub fn new(row: EvidenceRow, wanted: &Wanted) -> Self {
        let withdrawn = row.withdrawn_at.map(|at| EvidenceWithdrawal { at, reason: row.withdrawn_reason });
        let state = row.state;
        let left = withdrawn.is_none();
        Self {
            id: row.id,
            title: wanted.said(&state.title.0),
            kind: state.kind.0,
            language: state.language.clone(),
            shows: left.then(|| wanted.said(&state.shows.0)).flatten(),
            url: state.url.clone().filter(|_| left),
            file: EvidenceFile::new(row.id, &state, left),
            relation: state.relation.map(|relation| relation.0),
            dated: state.dated.map(|dated| dated.0),
            retrieved_on: state.retrieved_on,
            notes: if left { wanted.remarks(&state.notes.0) } else { Vec::new() },
            withdrawn,
        }
    }
}

impl EvidenceFile {
    fn new(id: Uuid, state: &EvidenceState, left: bool) -> Option<Self> {
        Some(Self {
            sha256: state.sha256.clone()?,
            name: state.file_name.clone().filter(|_| left),
            media_type: state.media_type.clone(),
            size: state.size,
            content: left.then(|| format!("/api/v1/evidence/{id}/content")),
        })
    }
}

/// A place where a piece of evidence proves something.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EvidenceAttachment {
    /// The commitment above.
    pub commitment: CommitmentRef,
    /// The milestone, where it is attached to one or to an update about it.
    #[schema(required)]
    pub milestone_id: Option<Uuid>,
    /// The progress update, where it is attached to one.
    #[schema(required)]
    pub progress_update_id: Option<Uuid>,
    /// The assessment, where it is attached to one.
    #[schema(required)]
    pub assessment_id: Option<Uuid>,
    /// When it was attached.
    pub attached_at: DateTime<Utc>,
}

impl EvidenceAttachment {
    /// In the language wanted.
    pub fn new(place: &EvidencePlace, wanted: &Wanted) -> Self {
        Self {
            commitment: place.commitment.in_language(|text| wanted.text(text)),
            milestone_id: place.milestone_id,
            progress_update_id: place.progress_update_id,
            assessment_id: place.assessment_id,
            attached_at: place.attached_at,
        }
    }
}
