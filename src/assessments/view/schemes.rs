//! Schemes, as readers see them.

use crate::assessments::model::{Assessor, Indicator};
use crate::assessments::store::SchemeRow;
use crate::http::Wanted;
use crate::http::language::Remark;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A vocabulary for assessments with all its words.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AssessmentSchemePage {
    /// Id (UUIDv7).
    pub id: Uuid,
    /// Its name.
    #[schema(example = "irm_results_report")]
    pub code: String,
    /// Its version.
    #[schema(example = "2021")]
    pub version: String,
    /// Who assesses by it.
    pub assessor: Assessor,
    /// Its title.
    #[schema(required)]
    pub title: Option<String>,
    /// What it codes, with which values.
    pub indicators: Vec<Indicator>,
    /// Remarks.
    pub notes: Vec<Remark>,
}

impl AssessmentSchemePage {
    /// In the language wanted.
    pub fn new(row: SchemeRow, wanted: &Wanted) -> Self {
        Self {
            id: row.id,
            title: wanted.text(&row.title.0),
            code: row.code,
            version: row.version,
            assessor: row.assessor.0,
            indicators: row.indicators.0,
            notes: wanted.remarks(&row.notes.0),
        }
    }
}
