//! Milestones: the words and the schedule, without any I/O.

mod present;
mod progress;
mod rescheduling;
mod update;

use crate::commitments::model::{Disposition, REASON_MISSING};
use crate::kernel::document::{Fault, Faults};
use crate::kernel::{LocalizedText, Note, PartialDate, Source};
use crate::plans::model::EventStatus;
use chrono::{Days, NaiveDate};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use present::{MilestoneProgress, Reported, completion, effective, present};
pub use progress::{Challenge, Progress, ProgressSaid};
pub use rescheduling::{Reschedule, Rescheduling, days_moved, due_on_day, original_due, with_change};
pub use update::{Background, MilestoneName, MilestoneRef, ProgressUpdateInput, ReportedStart, Supersession};

/// How many days before its end a milestone counts as due soon.
pub const DUE_SOON_DAYS: u64 = 30;

/// Where a milestone stands against its plan: computed from dates and today, never stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Schedule {
    /// No due date is known.
    Undated,
    /// It is planned to go on without an end.
    Ongoing,
    /// Its due date is more than 30 days ahead.
    Upcoming,
    /// Its due date is today or within 30 days.
    DueSoon,
    /// The last day that its due date can mean has passed, and no completion is known.
    Overdue,
    /// Completed no later than the last day that its due date can mean, or without any due date.
    CompletedOnTime,
    /// Completed after that day.
    CompletedLate,
}

impl Schedule {
    /// All of them, from what has no date to what is done.
    pub const ALL: [Self; 7] = [
        Self::Undated,
        Self::Ongoing,
        Self::Upcoming,
        Self::DueSoon,
        Self::Overdue,
        Self::CompletedOnTime,
        Self::CompletedLate,
    ];

    /// The word that JSON shows.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Undated => "undated",
            Self::Ongoing => "ongoing",
            Self::Upcoming => "upcoming",
            Self::DueSoon => "due_soon",
            Self::Overdue => "overdue",
            Self::CompletedOnTime => "completed_on_time",
            Self::CompletedLate => "completed_late",
        }
    }

    /// The schedule on a day. `due` is the planned end, `completed` the actual one; of partial
    /// dates the reading that is kinder to the implementer counts, so that what is called late
    /// or overdue is so for certain.
    pub fn on(day: NaiveDate, due: Option<&PartialDate>, completed: Option<&PartialDate>) -> Self {
        Self::of(day, due, completed.map(PartialDate::first_day))
    }

    /// The same for something that was completed no earlier than on a day, where it names one.
    fn of(day: NaiveDate, due: Option<&PartialDate>, completed: Option<Option<NaiveDate>>) -> Self {
        let due = (due.and_then(PartialDate::last_day), due.is_some_and(|due| due.ongoing));
        Self::between(day, due, completed)
    }

    /// The same for something that is due on a day, where one is known, and else may be planned to go on.
    pub fn between(
        day: NaiveDate,
        (due_on, ongoing): (Option<NaiveDate>, bool),
        completed: Option<Option<NaiveDate>>,
    ) -> Self {
        // What is to be completed on a day to come is not completed yet.
        if let Some(first) = completed.filter(|first| first.is_none_or(|first| first <= day)) {
            let late = first.zip(due_on).is_some_and(|(first, due_on)| first > due_on);
            return if late { Self::CompletedLate } else { Self::CompletedOnTime };
        }
        match due_on {
            // "Quarter 4 2016, then continuous" has both: the date is what can be missed.
            None if ongoing => Self::Ongoing,
            None => Self::Undated,
            Some(due_on) if due_on < day => Self::Overdue,
            Some(due_on) if due_on <= due_soon_until(day) => Self::DueSoon,
            Some(_) => Self::Upcoming,
        }
    }
}

/// How far a commitment is by its milestones that stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Delivery {
    /// Its place on OGP's scale; none where nothing is reported.
    pub progress: Option<Progress>,
    /// Whether all of them are completed.
    pub completed: bool,
    /// The first day on which the last of them can have been.
    pub completed_on: Option<NaiveDate>,
}

impl Delivery {
    /// The schedule of a commitment that is to end then.
    pub fn schedule(&self, day: NaiveDate, ends: Option<&PartialDate>) -> Schedule {
        Schedule::of(day, ends, self.completed.then_some(self.completed_on))
    }
}

/// The last due date that counts as due soon on a day.
pub fn due_soon_until(day: NaiveDate) -> NaiveDate {
    day.checked_add_days(Days::new(DUE_SOON_DAYS)).unwrap_or(NaiveDate::MAX)
}

/// Who published percentages of progress.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reporter {
    /// The government.
    Government,
    /// Civil society.
    CivilSociety,
    /// The Independent Reporting Mechanism.
    Irm,
}

/// A session, training or launch that a milestone consists of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MilestoneEvent {
    /// When, or when it began.
    #[serde(default)]
    #[schema(required)]
    pub starts: Option<PartialDate>,
    /// When it ended, if not on the same day.
    #[serde(default)]
    #[schema(required)]
    pub ends: Option<PartialDate>,
    /// What it is, where it has a name of its own.
    #[serde(default, skip_serializing_if = "LocalizedText::is_empty")]
    pub title: LocalizedText,
    /// Where.
    #[serde(default)]
    #[schema(required)]
    #[schemars(length(min = 1, max = 200))]
    pub place: Option<String>,
    /// Whether it was held or only announced.
    #[serde(default)]
    #[schema(required)]
    pub status: Option<EventStatus>,
    /// Sources.
    #[serde(default)]
    #[schema(required)]
    pub sources: Vec<Source>,
}

/// One verifiable step, as it is written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MilestoneInput {
    /// Its name inside the commitment for imports, which need it; made up elsewhere.
    #[serde(default)]
    #[schemars(length(min = 1, max = 120))]
    pub key: Option<String>,
    /// Its place among the commitment's milestones, from 0; where absent, that in the list of an
    /// import, or else the next one.
    #[serde(default)]
    #[schemars(range(min = 0, max = 10000))]
    pub position: Option<i16>,
    /// Its label as printed: `1.2.1`.
    #[serde(default)]
    #[schemars(length(min = 1, max = 60))]
    pub label: Option<String>,
    /// Its title.
    #[serde(default)]
    #[schema(required)]
    pub title: LocalizedText,
    /// What is to be done.
    #[serde(default)]
    pub description: LocalizedText,
    /// What it is to produce.
    #[serde(default)]
    pub expected_output: LocalizedText,
    /// Who is responsible, in the words of the source.
    #[serde(default)]
    pub responsible: LocalizedText,
    /// Planned start.
    #[serde(default)]
    pub starts: Option<PartialDate>,
    /// Planned end.
    #[serde(default)]
    pub due: Option<PartialDate>,
    /// Its period in the words of the source.
    #[serde(default)]
    #[schemars(length(min = 1, max = 200))]
    pub period_text: Option<String>,
    /// When it really started.
    #[serde(default)]
    pub actual_start: Option<PartialDate>,
    /// When it was really completed.
    #[serde(default)]
    pub actual_end: Option<PartialDate>,
    /// How much it counts among the milestones of its commitment, 1 to 1,000. Where none has a weight
    /// all count alike; where some have, the others count as 1.
    #[serde(default)]
    #[schemars(range(min = 1, max = 1000))]
    pub weight: Option<i16>,
    /// Active, withdrawn, or carried over; `active` where absent.
    #[serde(default)]
    pub disposition: Disposition,
    /// Why it was withdrawn or carried over.
    #[serde(default)]
    pub disposition_reason: LocalizedText,
    /// Sessions, trainings, launches it consists of.
    #[serde(default)]
    pub events: Vec<MilestoneEvent>,
    /// Remarks.
    #[serde(default)]
    pub notes: Vec<Note>,
    /// Sources.
    #[serde(default)]
    pub sources: Vec<Source>,
}

impl MilestoneInput {
    /// What is wrong with it by itself.
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults = Faults::default();
        faults.period("", ("starts", self.starts.as_ref()), ("due", self.due.as_ref()));
        let actual = (("actual_start", self.actual_start.as_ref()), ("actual_end", self.actual_end.as_ref()));
        faults.period("", actual.0, actual.1);
        if self.disposition != Disposition::Active && self.disposition_reason.is_empty() {
            faults.add("/disposition_reason", "reason_missing", REASON_MISSING);
        }
        for (at, event) in self.events.iter().enumerate() {
            let pointer = format!("/events/{at}");
            faults.period(&pointer, ("starts", event.starts.as_ref()), ("ends", event.ends.as_ref()));
        }
        faults.into_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Precision;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn known(text: &str) -> PartialDate {
        PartialDate::day(day(text))
    }

    #[test]
    fn schedule_by_due_date() {
        let today = day("2023-03-31");
        let table = [
            (None, Schedule::Undated),
            (Some(known("2023-03-30")), Schedule::Overdue),
            (Some(known("2023-03-31")), Schedule::DueSoon),
            (Some(known("2023-04-30")), Schedule::DueSoon),
            (Some(known("2023-05-01")), Schedule::Upcoming),
            (
                Some(PartialDate { precision: Some(Precision::Month), ..known("2023-03-01") }),
                Schedule::DueSoon,
            ),
            (
                Some(PartialDate { precision: Some(Precision::Year), ..known("2022-01-01") }),
                Schedule::Overdue,
            ),
            (
                Some(PartialDate {
                    date: None,
                    precision: None,
                    text: Some("permanent".into()),
                    ongoing: true,
                }),
                Schedule::Ongoing,
            ),
            (
                Some(PartialDate { date: None, precision: None, text: Some("later".into()), ongoing: false }),
                Schedule::Undated,
            ),
        ];
        for (due, expected) in table {
            assert_eq!(Schedule::on(today, due.as_ref(), None), expected, "{due:?}");
        }
    }

    #[test]
    fn completion_is_late_only_for_certain() {
        let today = day("2023-03-31");
        let due = known("2022-06-30");
        let month = |text| PartialDate { precision: Some(Precision::Month), ..known(text) };
        let on = |completed: PartialDate| Schedule::on(today, Some(&due), Some(&completed));
        assert_eq!(on(known("2022-06-30")), Schedule::CompletedOnTime);
        assert_eq!(on(known("2022-07-01")), Schedule::CompletedLate);
        assert_eq!(on(month("2022-06-30")), Schedule::CompletedOnTime);
        assert_eq!(on(month("2022-07-31")), Schedule::CompletedLate);
        assert_eq!(Schedule::on(today, None, Some(&due)), Schedule::CompletedOnTime);
    }
}
