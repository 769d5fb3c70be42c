//! The two times of a read: the day that is asked about, and the day whose record is asked.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};

/// Which times a read asks about. All days are UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    /// The present day.
    pub today: NaiveDate,
    /// How things stood on this day, by effective dates.
    pub on: Option<NaiveDate>,
    /// What the public record said at the end of this day, by recording time.
    pub as_of: Option<NaiveDate>,
}

impl Times {
    /// As things stand today, as far as is known.
    pub fn now(today: NaiveDate) -> Self {
        Self { today, on: None, as_of: None }
    }

    /// The day that schedules and progress are told for: the record of a day tells of that day where
    /// no other is asked about.
    pub fn day(&self) -> NaiveDate {
        self.on.or(self.as_of).unwrap_or(self.today)
    }

    /// The first instant that the record asked for does not have any more; none for all that is known.
    pub fn until(&self) -> Option<DateTime<Utc>> {
        let next = self.as_of?.checked_add_days(Days::new(1))?;
        Some(next.and_time(NaiveTime::MIN).and_utc())
    }

    /// Whether another day than today is asked about.
    pub fn is_another_day(&self) -> bool {
        self.on.is_some() || self.as_of.is_some()
    }
}

/// Days between two others, neither of them included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Between {
    /// Later than this one.
    pub after: Option<NaiveDate>,
    /// Earlier than this one.
    pub before: Option<NaiveDate>,
}

impl Between {
    /// Whether it leaves any day out.
    pub fn narrows(&self) -> bool {
        self.after.is_some() || self.before.is_some()
    }
}

/// What a query may show to whoever asks: the drafts of which members, up to which day, from which
/// record.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sight {
    /// Members whose drafts are seen: ids with commas, `*` for all.
    pub members: String,
    /// What took effect up to this day; all where none is given.
    pub day: Option<NaiveDate>,
    /// What was recorded before this instant; all where none is given.
    pub until: Option<DateTime<Utc>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_record_of_a_day_holds_all_of_that_day() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let now = Times::now(day("2026-11-23"));
        assert_eq!((now.day(), now.until()), (day("2026-11-23"), None));
        let then = Times { as_of: Some(day("2021-06-30")), ..now };
        assert_eq!(then.day(), day("2021-06-30"));
        assert_eq!(then.until().unwrap().to_rfc3339(), "2021-07-01T00:00:00+00:00");
        let both = Times { on: Some(day("2020-01-01")), ..then };
        assert_eq!((both.day(), both.until()), (day("2020-01-01"), then.until()));
    }
}
