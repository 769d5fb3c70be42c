//! Rows, and what is written turned into them and back.

use crate::db::schema::{action_plan_events, action_plan_reports, action_plans};
use crate::db::types::place;
use crate::db::{Dated, Json, Word};
use crate::kernel::{Language, LocalizedText, Note, PartialDate, Source};
use crate::ledger::model::Place;
use crate::plans::model::{
    ActionPlanInput, DocumentLink, EventKind, EventStatus, Figure, PlanEventInput, PlanReportInput,
    PlanStatus,
};
use chrono::{DateTime, NaiveDate, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// An action plan, as stored.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = action_plans, check_for_backend(Pg))]
pub struct PlanRow {
    /// Id.
    pub id: Uuid,
    /// What it says.
    #[diesel(embed)]
    pub state: PlanState,
    /// Counts its changes, from 1.
    pub version: i64,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// When it was withdrawn, if it was.
    pub withdrawn_at: Option<DateTime<Utc>>,
    /// Why.
    pub withdrawn_reason: Option<String>,
}

/// What a plan says: all that an editor or an import can change.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable, AsChangeset, Serialize, Deserialize)]
#[diesel(table_name = action_plans, treat_none_as_null = true, check_for_backend(Pg))]
pub struct PlanState {
    /// Whose plan.
    pub member_id: Uuid,
    /// Name in addresses.
    pub slug: String,
    /// OGP's id.
    pub ogp_plan_id: Option<String>,
    /// Which of the member's plans.
    pub number: Option<i16>,
    /// Year in which its cycle begins.
    pub cycle_year: Option<i16>,
    /// Title.
    pub title: Json<LocalizedText>,
    /// When it starts.
    pub starts: Option<Dated>,
    /// When it ends.
    pub ends: Option<Dated>,
    /// Period in the words of the source.
    pub period_text: Option<String>,
    /// When it was submitted to OGP.
    pub submitted: Option<Dated>,
    /// When it was approved.
    pub approved: Option<Dated>,
    /// When it was published.
    pub published: Option<Dated>,
    /// The document itself.
    pub documents: Json<Vec<DocumentLink>>,
    /// Themes.
    pub themes: Json<Vec<LocalizedText>>,
    /// Commitments it is said to have.
    pub commitments_declared: Option<i16>,
    /// Milestones it is said to have.
    pub milestones_declared: Option<i16>,
    /// Counts that a report states.
    pub figures: Json<Vec<Figure>>,
    /// Remarks.
    pub notes: Json<Vec<Note>>,
    /// Sources.
    pub sources: Json<Vec<Source>>,
    /// Where it stands in its life.
    pub status: Word<PlanStatus>,
    /// When the tracker first showed it to the public.
    pub public_since: Option<DateTime<Utc>>,
}

impl PlanState {
    /// Where the plan and all below it belong: in the public record from its publication on.
    pub fn place(&self, id: Uuid) -> Place {
        Place { member_id: Some(self.member_id), plan_id: Some(id), public: self.public_since.is_some() }
    }
}

/// A plan's state with all that is part of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlanWhole {
    /// The plan itself.
    #[serde(flatten)]
    pub state: PlanState,
    /// The steps of its making, in order.
    pub events: Vec<PlanEventRow>,
    /// The reports about it, in order.
    pub reports: Vec<PlanReportRow>,
}

impl PlanWhole {
    /// What is written of a plan, with what it refers to; its life is not written but lived.
    pub fn of(
        input: &ActionPlanInput,
        id: Uuid,
        member_id: Uuid,
        (status, public_since): (PlanStatus, Option<DateTime<Utc>>),
    ) -> Self {
        let dated = |date: &Option<PartialDate>| date.clone().map(Dated);
        let state = PlanState {
            member_id,
            slug: input.slug.clone(),
            ogp_plan_id: input.ogp_plan_id.clone(),
            number: input.number,
            cycle_year: input.cycle_year,
            title: Json(input.title.clone()),
            starts: dated(&input.starts),
            ends: dated(&input.ends),
            period_text: input.period_text.clone(),
            submitted: dated(&input.submitted),
            approved: dated(&input.approved),
            published: dated(&input.published),
            documents: Json(input.documents.clone()),
            themes: Json(input.themes.clone()),
            commitments_declared: input.commitments_declared,
            milestones_declared: input.milestones_declared,
            figures: Json(input.figures.clone()),
            notes: Json(input.notes.clone()),
            sources: Json(input.sources.clone()),
            status: Word(status),
            public_since,
        };
        let events = input.events.iter().enumerate().map(|(at, event)| PlanEventRow {
            plan_id: id,
            position: place(at),
            kind: Word(event.kind),
            starts: dated(&event.starts),
            ends: dated(&event.ends),
            title: Json(event.title.clone()),
            place: event.place.clone(),
            status: event.status.map(Word),
            sources: Json(event.sources.clone()),
        });
        let reports = input.reports.iter().enumerate().map(|(at, report)| PlanReportRow {
            plan_id: id,
            position: place(at),
            kind: report.kind.clone(),
            published: dated(&report.published),
            language: report.language.as_ref().map(ToString::to_string),
            status: report.status.clone(),
            sources: Json(report.sources.clone()),
        });
        Self { events: events.collect(), reports: reports.collect(), state }
    }

    /// The same as somebody would write it, with ids for what it refers to.
    pub fn input(&self) -> ActionPlanInput {
        let date = |dated: &Option<Dated>| dated.as_ref().map(|dated| dated.0.clone());
        let state = &self.state;
        let events = self.events.iter().map(|event| PlanEventInput {
            kind: event.kind.0,
            starts: date(&event.starts),
            ends: date(&event.ends),
            title: event.title.0.clone(),
            place: event.place.clone(),
            status: event.status.map(|word| word.0),
            sources: event.sources.0.clone(),
        });
        let reports = self.reports.iter().map(|report| PlanReportInput {
            kind: report.kind.clone(),
            published: date(&report.published),
            language: report.language.as_deref().and_then(Language::parse),
            status: report.status.clone(),
            sources: report.sources.0.clone(),
        });
        ActionPlanInput {
            slug: state.slug.clone(),
            member: state.member_id.to_string(),
            ogp_plan_id: state.ogp_plan_id.clone(),
            number: state.number,
            cycle_year: state.cycle_year,
            title: state.title.0.clone(),
            starts: date(&state.starts),
            ends: date(&state.ends),
            period_text: state.period_text.clone(),
            submitted: date(&state.submitted),
            approved: date(&state.approved),
            published: date(&state.published),
            documents: state.documents.0.clone(),
            themes: state.themes.0.clone(),
            commitments_declared: state.commitments_declared,
            milestones_declared: state.milestones_declared,
            figures: state.figures.0.clone(),
            events: events.collect(),
            reports: reports.collect(),
            notes: state.notes.0.clone(),
            sources: state.sources.0.clone(),
        }
    }
}

/// One step in the making of a plan, in its place.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable, Serialize, Deserialize)]
#[diesel(table_name = action_plan_events, check_for_backend(Pg))]
pub struct PlanEventRow {
    /// Which plan.
    pub plan_id: Uuid,
    /// Which place, from 0.
    pub position: i16,
    /// What kind of step.
    pub kind: Word<EventKind>,
    /// When, or when it began.
    pub starts: Option<Dated>,
    /// When it ended.
    pub ends: Option<Dated>,
    /// What happened.
    pub title: Json<LocalizedText>,
    /// Where.
    pub place: Option<String>,
    /// Whether it was held.
    pub status: Option<Word<EventStatus>>,
    /// Sources.
    pub sources: Json<Vec<Source>>,
}

impl PlanEventRow {
    /// Whether it had begun on a day; one without a date is told always, in its place among the others.
    pub fn begun_on(&self, day: NaiveDate) -> bool {
        self.starts.as_ref().and_then(|dated| dated.0.first_day()).is_none_or(|first| first <= day)
    }
}

impl PlanReportRow {
    /// Whether it was known on a day; of one without a date nobody can say so.
    pub fn known_on(&self, day: NaiveDate) -> bool {
        self.published.as_ref().and_then(|dated| dated.0.last_day()).is_some_and(|known| known <= day)
    }
}

/// A report about a plan, in its place.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable, Serialize, Deserialize)]
#[diesel(table_name = action_plan_reports, check_for_backend(Pg))]
pub struct PlanReportRow {
    /// Which plan.
    pub plan_id: Uuid,
    /// Which place, from 0.
    pub position: i16,
    /// What kind of report.
    pub kind: String,
    /// When it was published.
    pub published: Option<Dated>,
    /// Its language.
    pub language: Option<String>,
    /// Its state in the words of the source.
    pub status: Option<String>,
    /// Sources.
    pub sources: Json<Vec<Source>>,
}
