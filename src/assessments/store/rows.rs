//! Rows, and what is written turned into them and back.

use crate::accounts::model::Role;
use crate::assessments::model::{
    AssessmentInput, AssessmentSchemeInput, Assessor, Coding, Indicator, MilestoneCodingInput, SchemeRef,
    Stage, known_on,
};
use crate::db::schema::{assessment_answers, assessment_milestones, assessment_schemes, assessments};
use crate::db::{Dated, Json, Word};
use crate::kernel::{LocalizedText, Note, PartialDate, Source};
use chrono::{DateTime, NaiveDate, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// An assessment, as stored.
#[derive(Debug, Clone, Queryable, Selectable, Deserialize)]
#[diesel(table_name = assessments, check_for_backend(Pg))]
pub struct AssessmentRow {
    /// Id.
    pub id: Uuid,
    /// What it says.
    #[diesel(embed)]
    pub state: AssessmentState,
    /// Counts its changes, from 1.
    pub version: i64,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// When it was withdrawn, if it was.
    pub withdrawn_at: Option<DateTime<Utc>>,
    /// Why.
    pub withdrawn_reason: Option<String>,
}

/// What an assessment says: all that an assessor or an import can change.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable, AsChangeset, Serialize, Deserialize)]
#[diesel(table_name = assessments, treat_none_as_null = true, check_for_backend(Pg))]
pub struct AssessmentState {
    /// Which commitment it assesses.
    pub commitment_id: Uuid,
    /// By which scheme.
    pub scheme_id: Uuid,
    /// Its name inside the commitment for imports.
    pub key: String,
    /// Its place, from 0.
    pub position: i16,
    /// At which stage.
    pub stage: Word<Stage>,
    /// Title of the report.
    pub report: Json<LocalizedText>,
    /// Year of the report.
    pub report_year: Option<i16>,
    /// When it was assessed.
    pub assessed: Option<Dated>,
    /// The codings.
    pub codings: Json<Vec<Coding>>,
    /// Remarks.
    pub notes: Json<Vec<Note>>,
    /// Sources.
    pub sources: Json<Vec<Source>>,
}

impl AssessmentState {
    /// Whether it was known on a day.
    pub fn known_on(&self, day: NaiveDate) -> bool {
        known_on(self.assessed.as_ref().map(|dated| &dated.0), self.report_year, day)
    }
}

/// An assessment's state with all that is part of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AssessmentWhole {
    /// The assessment itself.
    #[serde(flatten)]
    pub state: AssessmentState,
    /// Codings of single milestones, by milestone.
    pub milestones: Vec<MilestoneCodingRow>,
}

impl AssessmentWhole {
    /// What is written of an assessment, with what it refers to: `milestones` are those that it
    /// codes, in its order.
    pub fn of(
        input: &AssessmentInput,
        (id, commitment_id, scheme_id): (Uuid, Uuid, Uuid),
        (key, position): (String, i16),
        milestones: &[Uuid],
    ) -> Self {
        let codings =
            input.milestones.iter().zip(milestones).map(|(coding, milestone_id)| MilestoneCodingRow {
                assessment_id: id,
                milestone_id: *milestone_id,
                codings: Json(coding.codings.clone()),
            });
        let mut codings: Vec<_> = codings.collect();
        codings.sort_by_key(|row| row.milestone_id);
        let state = AssessmentState {
            commitment_id,
            scheme_id,
            key,
            position,
            stage: Word(input.stage),
            report: Json(input.report.clone()),
            report_year: input.report_year,
            assessed: input.assessed.clone().map(Dated),
            codings: Json(input.codings.clone()),
            notes: Json(input.notes.clone()),
            sources: Json(input.sources.clone()),
        };
        Self { state, milestones: codings }
    }

    /// The same as somebody would write it, by this scheme.
    pub fn input(&self, scheme: SchemeRef) -> AssessmentInput {
        let state = &self.state;
        let milestones = self.milestones.iter().map(|row| MilestoneCodingInput {
            milestone: row.milestone_id.to_string(),
            codings: row.codings.0.clone(),
        });
        AssessmentInput {
            key: Some(state.key.clone()),
            scheme,
            stage: state.stage.0,
            report: state.report.0.clone(),
            report_year: state.report_year,
            assessed: state.assessed.as_ref().map(|dated| dated.0.clone()),
            codings: state.codings.0.clone(),
            milestones: milestones.collect(),
            notes: state.notes.0.clone(),
            sources: state.sources.0.clone(),
        }
    }
}

/// Codings of one milestone.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable, Serialize, Deserialize)]
#[diesel(table_name = assessment_milestones, check_for_backend(Pg))]
pub struct MilestoneCodingRow {
    /// In which assessment.
    pub assessment_id: Uuid,
    /// Of which milestone.
    pub milestone_id: Uuid,
    /// The codings.
    pub codings: Json<Vec<Coding>>,
}

/// A scheme, as stored.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable, AsChangeset, Serialize)]
#[diesel(table_name = assessment_schemes, treat_none_as_null = true, check_for_backend(Pg))]
pub struct SchemeRow {
    /// Id.
    pub id: Uuid,
    /// Name.
    pub code: String,
    /// Version.
    pub version: String,
    /// Who assesses by it.
    pub assessor: Word<Assessor>,
    /// Title.
    pub title: Json<LocalizedText>,
    /// What it codes.
    pub indicators: Json<Vec<Indicator>>,
    /// Remarks.
    pub notes: Json<Vec<Note>>,
}

impl SchemeRow {
    /// What is written of a scheme.
    pub fn of(input: &AssessmentSchemeInput, id: Uuid) -> Self {
        Self {
            id,
            code: input.code.clone(),
            version: input.version.clone(),
            assessor: Word(input.assessor),
            title: Json(input.title.clone()),
            indicators: Json(input.indicators.clone()),
            notes: Json(input.notes.clone()),
        }
    }

    /// Its name, as assessments write it.
    pub fn name(&self) -> SchemeRef {
        SchemeRef { code: self.code.clone(), version: self.version.clone() }
    }
}

/// Enough of a scheme to read codings.
#[derive(Debug, Clone, Deserialize)]
pub struct SchemeName {
    /// Name.
    pub code: String,
    /// Version.
    pub version: String,
    /// Who assesses by it.
    pub assessor: Assessor,
    /// Title.
    pub title: LocalizedText,
}

/// Codings of one milestone, with its name.
#[derive(Debug, Clone, Deserialize)]
pub struct MilestoneCodingSeen {
    /// Which milestone.
    pub milestone_id: Uuid,
    /// Its label as printed.
    pub label: Option<String>,
    /// Its title.
    pub title: LocalizedText,
    /// The codings.
    pub codings: Vec<Coding>,
}

/// An assessment with its scheme and milestones, read below its commitment.
#[derive(Debug, Clone, Deserialize)]
pub struct AssessmentSeen {
    /// The assessment.
    pub row: AssessmentRow,
    /// Its scheme.
    pub scheme: SchemeName,
    /// Codings of single milestones.
    pub milestones: Vec<MilestoneCodingSeen>,
    /// What the implementer answered.
    pub answers: Vec<AnswerSeen>,
}

/// What an answer to an assessment says.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable, Serialize, Deserialize)]
#[diesel(table_name = assessment_answers, check_for_backend(Pg))]
pub struct AnswerState {
    /// Which assessment it answers.
    pub assessment_id: Uuid,
    /// The answer.
    pub text: Json<LocalizedText>,
}

/// An answer, read below its assessment.
#[derive(Debug, Clone, Deserialize)]
pub struct AnswerSeen {
    /// Id.
    pub id: Uuid,
    /// The answer.
    pub text: LocalizedText,
    /// When we were told.
    pub recorded_at: DateTime<Utc>,
    /// Who answered, by pseudonym.
    pub actor_id: Uuid,
    /// In which role.
    pub actor_role: Role,
    /// The code of the member for which it was answered.
    pub member: Option<String>,
}

/// An assessment's codings of one milestone, read below the milestone.
#[derive(Debug, Clone, Deserialize)]
pub struct CodingsOfMilestone {
    /// Which assessment.
    pub assessment_id: Uuid,
    /// Its scheme.
    pub scheme: SchemeName,
    /// At which stage.
    pub stage: Stage,
    /// Title of the report.
    pub report: LocalizedText,
    /// Year of the report.
    pub report_year: Option<i16>,
    /// When it was assessed.
    pub assessed: Option<PartialDate>,
    /// The codings.
    pub codings: Vec<Coding>,
}

impl CodingsOfMilestone {
    /// Whether they were known on a day.
    pub fn known_on(&self, day: NaiveDate) -> bool {
        known_on(self.assessed.as_ref(), self.report_year, day)
    }
}
