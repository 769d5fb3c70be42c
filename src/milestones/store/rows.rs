//! Rows, and what is written turned into them and back.

use crate::commitments::model::Disposition;
use crate::db::schema::{milestones, progress_report_milestones, progress_reports};
use crate::db::{Dated, Json, Word};
use crate::kernel::{LocalizedText, Note, PartialDate, Source, Times};
use crate::milestones::model::{
    MilestoneEvent, MilestoneInput, MilestoneProgress, Reporter, Rescheduling, Schedule, completion,
    due_on_day,
};
use chrono::{DateTime, NaiveDate, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A milestone, as stored.
#[derive(Debug, Clone, Queryable, Selectable, Deserialize)]
#[diesel(table_name = milestones, check_for_backend(Pg))]
pub struct MilestoneRow {
    /// Id.
    pub id: Uuid,
    /// What it says.
    #[diesel(embed)]
    pub state: MilestoneState,
    /// Counts its changes, from 1.
    pub version: i64,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// When it was withdrawn, if it was.
    pub withdrawn_at: Option<DateTime<Utc>>,
    /// Why.
    pub withdrawn_reason: Option<String>,
}

/// What a milestone says: all that an editor or an import can change.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable, AsChangeset, Serialize, Deserialize)]
#[diesel(table_name = milestones, treat_none_as_null = true, check_for_backend(Pg))]
pub struct MilestoneState {
    /// Which commitment it is a step of.
    pub commitment_id: Uuid,
    /// Its name inside the commitment for imports.
    pub key: String,
    /// Its place among the commitment's milestones, from 0.
    pub position: i16,
    /// Label as printed.
    pub label: Option<String>,
    /// Title.
    pub title: Json<LocalizedText>,
    /// What is to be done.
    pub description: Json<LocalizedText>,
    /// What it is to produce.
    pub expected_output: Json<LocalizedText>,
    /// Who is responsible.
    pub responsible: Json<LocalizedText>,
    /// Planned start.
    pub starts: Option<Dated>,
    /// Planned end.
    pub due: Option<Dated>,
    /// Period in the words of the source.
    pub period_text: Option<String>,
    /// When it really started.
    pub actual_start: Option<Dated>,
    /// When it was really completed.
    pub actual_end: Option<Dated>,
    /// Active, withdrawn, carried over.
    pub disposition: Word<Disposition>,
    /// Why it is not active.
    pub disposition_reason: Json<LocalizedText>,
    /// Sessions it consists of.
    pub events: Json<Vec<MilestoneEvent>>,
    /// Remarks.
    pub notes: Json<Vec<Note>>,
    /// Sources.
    pub sources: Json<Vec<Source>>,
    /// How much it counts among the milestones of its commitment.
    #[serde(default)]
    pub weight: Option<i16>,
    /// How its due date moved since it was public.
    #[serde(default)]
    pub reschedulings: Json<Vec<Rescheduling>>,
}

impl MilestoneState {
    /// What is written of a milestone, with what it belongs to and how its due date moved before.
    pub fn of(
        input: &MilestoneInput,
        commitment_id: Uuid,
        (key, position): (String, i16),
        reschedulings: Vec<Rescheduling>,
    ) -> Self {
        let dated = |date: &Option<PartialDate>| date.clone().map(Dated);
        Self {
            commitment_id,
            key,
            position,
            label: input.label.clone(),
            title: Json(input.title.clone()),
            description: Json(input.description.clone()),
            expected_output: Json(input.expected_output.clone()),
            responsible: Json(input.responsible.clone()),
            starts: dated(&input.starts),
            due: dated(&input.due),
            period_text: input.period_text.clone(),
            actual_start: dated(&input.actual_start),
            actual_end: dated(&input.actual_end),
            disposition: Word(input.disposition),
            disposition_reason: Json(input.disposition_reason.clone()),
            events: Json(input.events.clone()),
            notes: Json(input.notes.clone()),
            sources: Json(input.sources.clone()),
            weight: input.weight,
            reschedulings: Json(reschedulings),
        }
    }

    /// Its planned start.
    pub fn starts(&self) -> Option<&PartialDate> {
        self.starts.as_ref().map(|dated| &dated.0)
    }

    /// Its planned end.
    pub fn due(&self) -> Option<&PartialDate> {
        self.due.as_ref().map(|dated| &dated.0)
    }

    /// How it stood on a day, as far as is known now: the due date in force then, and what had happened.
    #[must_use]
    pub fn on_day(self, day: NaiveDate) -> Self {
        let due = due_on_day(&self.reschedulings.0, self.due(), day).cloned().map(Dated);
        let happened = |date: &Dated| date.0.first_day().is_none_or(|first| first <= day);
        let mut reschedulings = self.reschedulings;
        reschedulings.0.retain(|change| change.decided_on <= day);
        Self {
            due,
            reschedulings,
            actual_start: self.actual_start.filter(happened),
            actual_end: self.actual_end.filter(happened),
            ..self
        }
    }

    /// The same as somebody would write it.
    pub fn input(&self) -> MilestoneInput {
        let date = |dated: &Option<Dated>| dated.as_ref().map(|dated| dated.0.clone());
        MilestoneInput {
            key: Some(self.key.clone()),
            position: Some(self.position),
            label: self.label.clone(),
            title: self.title.0.clone(),
            description: self.description.0.clone(),
            expected_output: self.expected_output.0.clone(),
            responsible: self.responsible.0.clone(),
            starts: date(&self.starts),
            due: date(&self.due),
            period_text: self.period_text.clone(),
            weight: self.weight,
            actual_start: date(&self.actual_start),
            actual_end: date(&self.actual_end),
            disposition: self.disposition.0,
            disposition_reason: self.disposition_reason.0.clone(),
            events: self.events.0.clone(),
            notes: self.notes.0.clone(),
            sources: self.sources.0.clone(),
        }
    }
}

impl MilestoneRow {
    /// The milestone at the times that a read asks about.
    #[must_use]
    pub fn at(self, times: &Times) -> Self {
        match times.on {
            Some(day) => Self { state: self.state.on_day(day), ..self },
            None => self,
        }
    }

    /// Its schedule on a day, beside its progress on that day.
    pub fn schedule(&self, day: NaiveDate, progress: Option<&MilestoneProgress>) -> Schedule {
        let actual_end = self.state.actual_end.as_ref().map(|dated| &dated.0);
        Schedule::on(day, self.state.due(), completion(progress, actual_end).as_ref())
    }
}

/// A milestone with its present progress.
#[derive(Debug, Clone, Deserialize)]
pub struct MilestoneSeen {
    /// The milestone.
    pub row: MilestoneRow,
    /// Its present progress, if anybody reported any.
    pub progress: Option<MilestoneProgress>,
}

/// Published percentages, as stored.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable, AsChangeset, Serialize, Deserialize)]
#[diesel(table_name = progress_reports, treat_none_as_null = true, check_for_backend(Pg))]
pub struct ProgressReportState {
    /// Which commitment.
    pub commitment_id: Uuid,
    /// Its name inside the commitment for imports.
    pub key: String,
    /// Who published it.
    pub reported_by: Word<Reporter>,
    /// The date it speaks of.
    pub reported: Option<Dated>,
    /// The day it most likely speaks of.
    pub estimated_on: Option<NaiveDate>,
    /// The earliest such day.
    pub estimated_from: Option<NaiveDate>,
    /// The latest such day.
    pub estimated_to: Option<NaiveDate>,
    /// How the day was concluded.
    pub estimate_basis: Json<LocalizedText>,
    /// Progress of the commitment.
    pub percent: Option<i16>,
    /// Time elapsed of its period.
    pub time_elapsed_percent: Option<i16>,
    /// First day of the period, as reported.
    pub period_start_on: Option<NaiveDate>,
    /// Last day of the period, as reported.
    pub period_end_on: Option<NaiveDate>,
    /// Remarks.
    pub notes: Json<Vec<Note>>,
    /// Sources.
    pub sources: Json<Vec<Source>>,
}

impl ProgressReportState {
    /// Whether it was known on a day; of a report without any date nobody can say so.
    pub fn known_on(&self, day: NaiveDate) -> bool {
        let reported = self.reported.as_ref().and_then(|dated| dated.0.last_day());
        reported.or(self.estimated_on).is_some_and(|known| known <= day)
    }
}

/// The published percentage of one milestone.
#[derive(Debug, Clone, Copy, PartialEq, Queryable, Selectable, Insertable, Serialize, Deserialize)]
#[diesel(table_name = progress_report_milestones, check_for_backend(Pg))]
pub struct MilestonePercentRow {
    /// In which report.
    pub progress_report_id: Uuid,
    /// Of which milestone.
    pub milestone_id: Uuid,
    /// 0 to 100.
    pub percent: i16,
}

/// A progress report's state with all that is part of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProgressReportWhole {
    /// The report itself.
    #[serde(flatten)]
    pub state: ProgressReportState,
    /// Of single milestones, by milestone.
    pub milestones: Vec<MilestonePercentRow>,
}

/// Published percentages with those of single milestones.
#[derive(Debug, Clone, Deserialize)]
pub struct ProgressReportSeen {
    /// Id.
    pub id: Uuid,
    /// What it says.
    pub state: ProgressReportState,
    /// Of single milestones.
    pub milestones: Vec<MilestonePercentRow>,
}

/// The percentage that a report states for one milestone.
#[derive(Debug, Clone, Deserialize)]
pub struct PercentSeen {
    /// 0 to 100.
    pub percent: i16,
    /// The report.
    pub report: ProgressReportState,
}
