//! Dates as action plans print them: a day, a month, a quarter, a year, or only words.

use chrono::{Datelike, Days, Months, NaiveDate};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How exactly a date is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Precision {
    /// That very day.
    Day,
    /// Some day of that month.
    Month,
    /// Some day of that quarter of the calendar year.
    Quarter,
    /// Some day of that year.
    Year,
}

/// A date with the precision of its source, the source's own words, and whether it stands for
/// something that goes on without an end ("permanent", "continuous process").
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"date": "2024-04-30", "precision": "month", "text": "Apr 2024", "ongoing": false}))]
pub struct PartialDate {
    /// A day inside the stated period (`YYYY-MM-DD`); compare it together with `precision`.
    /// Null where the source gives only words.
    #[serde(default)]
    #[schema(required)]
    pub date: Option<NaiveDate>,
    /// How exactly `date` is known; present exactly when `date` is.
    #[serde(default)]
    #[schema(required)]
    pub precision: Option<Precision>,
    /// The date in the words of the source.
    #[serde(default)]
    #[schema(required)]
    #[schemars(length(min = 1, max = 200))]
    pub text: Option<String>,
    /// True where the source says that it goes on without an end.
    #[serde(default)]
    #[schema(required)]
    pub ongoing: bool,
}

/// Why a partial date makes no sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PartialDateError {
    /// A date without precision, or the other way round.
    #[error("`date` and `precision` go together: give both or neither")]
    DateWithoutPrecision,
    /// Nothing is said at all.
    #[error("a date needs at least one of `date`, `text`, `ongoing`; leave it out where nothing is known")]
    Empty,
    /// Years outside of what the tracker can mean.
    #[error("the year must be between 1990 and 2200")]
    YearOutOfRange,
}

impl PartialDate {
    /// A date known to the day.
    pub fn day(date: NaiveDate) -> Self {
        Self { date: Some(date), precision: Some(Precision::Day), text: None, ongoing: false }
    }

    /// Checks what the types do not.
    ///
    /// # Errors
    /// The first rule of [`PartialDateError`] that it breaks.
    pub fn check(&self) -> Result<(), PartialDateError> {
        if self.date.is_some() != self.precision.is_some() {
            return Err(PartialDateError::DateWithoutPrecision);
        }
        if self.date.is_none() && self.text.is_none() && !self.ongoing {
            return Err(PartialDateError::Empty);
        }
        if self.date.is_some_and(|date| !(1990..=2200).contains(&date.year())) {
            return Err(PartialDateError::YearOutOfRange);
        }
        Ok(())
    }

    /// The first day that it can mean; the same as `partial_date_first_day` in the database.
    pub fn first_day(&self) -> Option<NaiveDate> {
        let date = self.date?;
        match self.precision? {
            Precision::Day => Some(date),
            Precision::Month => date.with_day(1),
            Precision::Quarter => NaiveDate::from_ymd_opt(date.year(), date.month0() / 3 * 3 + 1, 1),
            Precision::Year => NaiveDate::from_ymd_opt(date.year(), 1, 1),
        }
    }

    /// The last day that it can mean; the same as `partial_date_last_day` in the database.
    pub fn last_day(&self) -> Option<NaiveDate> {
        let first = self.first_day()?;
        let months = match self.precision? {
            Precision::Day => return Some(first),
            Precision::Month => 1,
            Precision::Quarter => 3,
            Precision::Year => 12,
        };
        first.checked_add_months(Months::new(months))?.checked_sub_days(Days::new(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn partial(text: &str, precision: Precision) -> PartialDate {
        PartialDate { precision: Some(precision), ..PartialDate::day(date(text)) }
    }

    #[test]
    fn a_period_spans_its_first_to_its_last_day() {
        let table = [
            ("2016-02-10", Precision::Day, "2016-02-10", "2016-02-10"),
            ("2016-02-10", Precision::Month, "2016-02-01", "2016-02-29"),
            ("2015-02-28", Precision::Month, "2015-02-01", "2015-02-28"),
            ("2016-12-31", Precision::Quarter, "2016-10-01", "2016-12-31"),
            ("2016-05-05", Precision::Quarter, "2016-04-01", "2016-06-30"),
            ("2014-07-01", Precision::Year, "2014-01-01", "2014-12-31"),
        ];
        for (day, precision, first, last) in table {
            let partial = partial(day, precision);
            assert_eq!(partial.first_day(), Some(date(first)), "{day} {precision:?}");
            assert_eq!(partial.last_day(), Some(date(last)), "{day} {precision:?}");
        }
    }

    #[test]
    fn only_words_have_no_days() {
        let words = PartialDate {
            date: None,
            precision: None,
            text: Some("continuous process".into()),
            ongoing: true,
        };
        assert_eq!(words.check(), Ok(()));
        assert_eq!((words.first_day(), words.last_day()), (None, None));
    }

    #[test]
    fn senseless_dates_are_refused() {
        let nothing = PartialDate { date: None, precision: None, text: None, ongoing: false };
        assert_eq!(nothing.check(), Err(PartialDateError::Empty));
        let unprecise = PartialDate { precision: None, ..PartialDate::day(date("2020-01-01")) };
        assert_eq!(unprecise.check(), Err(PartialDateError::DateWithoutPrecision));
        assert_eq!(PartialDate::day(date("0021-01-01")).check(), Err(PartialDateError::YearOutOfRange));
    }

    proptest! {
        #[test]
        fn the_date_lies_within_its_period(days in 0i64..70_000, precision in 0usize..4) {
            let precision = [Precision::Day, Precision::Month, Precision::Quarter, Precision::Year][precision];
            let day = date("1990-01-01") + chrono::TimeDelta::days(days);
            let partial = PartialDate { precision: Some(precision), ..PartialDate::day(day) };
            let (first, last) = (partial.first_day().unwrap(), partial.last_day().unwrap());
            prop_assert!(first <= day && day <= last);
            // Any day of the period names the same period.
            let same = PartialDate { date: Some(last), ..partial };
            prop_assert_eq!((same.first_day(), same.last_day()), (Some(first), Some(last)));
        }
    }
}
