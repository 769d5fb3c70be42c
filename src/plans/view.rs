//! Action plans, as readers see them.

use super::model::{DocumentLink, EventKind, EventStatus, Figure, PlanStatus};
use super::store::{PlanEventRow, PlanReportRow, PlanRow};
use crate::http::Wanted;
use crate::http::language::{Fallbacks, Remark, Said, Translations};
use crate::kernel::{PartialDate, Source};
use crate::members::model::{MemberName, MemberRef};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A member's plan for one cycle.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ActionPlan {
    /// Id (UUIDv7).
    pub id: Uuid,
    /// Its name in addresses.
    #[schema(example = "timisoara-2022-2024")]
    pub slug: String,
    /// Whose plan it is.
    pub member: MemberRef,
    /// Where it stands in its life.
    pub status: PlanStatus,
    /// OGP's id, where known.
    #[schema(required, example = "AP_ROU04")]
    pub ogp_plan_id: Option<String>,
    /// Which of the member's plans it is, from 1.
    #[schema(required)]
    pub number: Option<i16>,
    /// The year in which its cycle begins.
    #[schema(required)]
    pub cycle_year: Option<i16>,
    /// Its title.
    #[schema(required)]
    pub title: Option<String>,
    /// When it starts.
    #[schema(required)]
    pub starts: Option<PartialDate>,
    /// When it ends.
    #[schema(required)]
    pub ends: Option<PartialDate>,
    /// Its period in the words of the source.
    #[schema(required)]
    pub period_text: Option<String>,
    /// When it was submitted to OGP.
    #[schema(required)]
    pub submitted: Option<PartialDate>,
    /// When it was approved.
    #[schema(required)]
    pub approved: Option<PartialDate>,
    /// When it was published.
    #[schema(required)]
    pub published: Option<PartialDate>,
    /// The document itself.
    pub documents: Vec<DocumentLink>,
    /// Its themes.
    pub themes: Vec<Said>,
    /// How many commitments it is said to have.
    #[schema(required)]
    pub commitments_declared: Option<i16>,
    /// How many of its commitments are known here.
    pub commitments_known: i64,
    /// How many milestones it is said to have.
    #[schema(required)]
    pub milestones_declared: Option<i16>,
    /// Remarks on the data.
    pub notes: Vec<Remark>,
    /// Where the facts come from.
    pub sources: Vec<Source>,
    /// Counts its changes, from 1.
    pub version: i64,
    /// When it last changed here.
    pub updated_at: DateTime<Utc>,
    /// Its texts in all their languages; only with `lang=*`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = std::collections::BTreeMap<String, crate::kernel::LocalizedText>, required = false)]
    pub translations: Option<Translations>,
    /// Texts that are not in the language asked for, with the language they are in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = std::collections::BTreeMap<String, String>, required = false)]
    pub fallbacks: Option<Fallbacks>,
}

impl ActionPlan {
    /// In the language wanted; the figures come beside it.
    pub fn new(
        row: PlanRow,
        member: &MemberName,
        commitments_known: i64,
        wanted: &Wanted,
    ) -> (Self, Vec<Figure>) {
        let mut texts = wanted.texts();
        let title = texts.pick("title", &row.state.title.0);
        let (translations, fallbacks) = texts.finish();
        let plan = Self {
            id: row.id,
            slug: row.state.slug,
            member: member.in_language(|text| wanted.text(text)),
            status: row.state.status.0,
            ogp_plan_id: row.state.ogp_plan_id,
            number: row.state.number,
            cycle_year: row.state.cycle_year,
            title,
            starts: row.state.starts.map(|dated| dated.0),
            ends: row.state.ends.map(|dated| dated.0),
            period_text: row.state.period_text,
            submitted: row.state.submitted.map(|dated| dated.0),
            approved: row.state.approved.map(|dated| dated.0),
            published: row.state.published.map(|dated| dated.0),
            documents: row.state.documents.0,
            themes: wanted.all_said(&row.state.themes.0),
            commitments_declared: row.state.commitments_declared,
            commitments_known,
            milestones_declared: row.state.milestones_declared,
            notes: wanted.remarks(&row.state.notes.0),
            sources: row.state.sources.0,
            version: row.version,
            updated_at: row.updated_at,
            translations,
            fallbacks,
        };
        (plan, row.state.figures.0)
    }
}

/// One step in the making of a plan.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ActionPlanEvent {
    /// What kind of step.
    pub kind: EventKind,
    /// When, or when it began.
    #[schema(required)]
    pub starts: Option<PartialDate>,
    /// When it ended, if not on the same day.
    #[schema(required)]
    pub ends: Option<PartialDate>,
    /// What happened.
    #[schema(required)]
    pub title: Option<Said>,
    /// Where.
    #[schema(required)]
    pub place: Option<String>,
    /// Whether it was held or only announced, where the source says.
    #[schema(required)]
    pub status: Option<EventStatus>,
    /// Where the facts come from.
    pub sources: Vec<Source>,
}

impl ActionPlanEvent {
    /// In the language wanted.
    pub fn new(row: PlanEventRow, wanted: &Wanted) -> Self {
        Self {
            kind: row.kind.0,
            starts: row.starts.map(|dated| dated.0),
            ends: row.ends.map(|dated| dated.0),
            title: wanted.said(&row.title.0),
            place: row.place,
            status: row.status.map(|word| word.0),
            sources: row.sources.0,
        }
    }
}

/// A report about a plan.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ActionPlanReport {
    /// What kind of report.
    #[schema(example = "irm_end_of_term")]
    pub kind: String,
    /// When it was published.
    #[schema(required)]
    pub published: Option<PartialDate>,
    /// Its language.
    #[schema(required)]
    pub language: Option<String>,
    /// Its state in the words of the source.
    #[schema(required)]
    pub status: Option<String>,
    /// Where the facts come from.
    pub sources: Vec<Source>,
}

impl From<PlanReportRow> for ActionPlanReport {
    fn from(row: PlanReportRow) -> Self {
        Self {
            kind: row.kind,
            published: row.published.map(|dated| dated.0),
            language: row.language,
            status: row.status,
            sources: row.sources.0,
        }
    }
}
