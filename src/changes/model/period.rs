//! The two days whose records are compared.

use crate::kernel::{Error, ParameterError, Result};
use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};

/// From the end of one day to the end of another (UTC).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// The day at whose end it begins.
    pub from: NaiveDate,
    /// The day at whose end it ends.
    pub to: NaiveDate,
}

impl Period {
    /// The period that is asked for: up to today where no end is named, and from the day on which the record
    /// began to tell where no beginning is.
    ///
    /// # Errors
    /// `BadParameters` for days to come, and for an end before the beginning.
    pub fn new(
        (from, to): (Option<NaiveDate>, Option<NaiveDate>),
        began: Option<NaiveDate>,
        today: NaiveDate,
    ) -> Result<Self> {
        let invalid = |name, detail: String| ParameterError::new(name, "parameter_invalid", detail);
        let future =
            [("from", from), ("to", to)].into_iter().filter(|(_, day)| day.is_some_and(|day| day > today));
        let mut refused: Vec<_> = future
            .map(|(name, _)| {
                invalid(name, "that day has not come yet: the record of it is not written".to_owned())
            })
            .collect();
        let to = to.unwrap_or(today);
        let from = from.unwrap_or_else(|| began.unwrap_or(to).min(to));
        if to < from && refused.is_empty() {
            refused.push(invalid("to", format!("{to} is before `from` ({from})")));
        }
        if refused.is_empty() { Ok(Self { from, to }) } else { Err(Error::BadParameters(refused)) }
    }

    /// The first instant after the day at whose end it begins, and the first after it.
    pub fn instants(&self) -> (DateTime<Utc>, DateTime<Utc>) {
        (end_of(self.from), end_of(self.to))
    }
}

fn end_of(day: NaiveDate) -> DateTime<Utc> {
    let next = day.checked_add_days(Days::new(1)).unwrap_or(day);
    next.and_time(NaiveTime::MIN).and_utc()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn what_is_not_said_is_the_whole_record() {
        let (began, today) = (day("2022-04-28"), day("2024-07-01"));
        let period = |from: Option<&str>, to: Option<&str>| {
            let asked = (from.map(day), to.map(day));
            Period::new(asked, Some(began), today).map(|period| (period.from, period.to))
        };
        assert_eq!(period(None, None).unwrap(), (began, today));
        assert_eq!(period(Some("2023-01-01"), None).unwrap(), (day("2023-01-01"), today));
        assert_eq!(period(None, Some("2020-01-01")).unwrap(), (day("2020-01-01"), day("2020-01-01")));
        assert_eq!(Period::new((None, None), None, today).unwrap(), Period { from: today, to: today });
        for (from, to, faults) in [
            (Some("2024-07-02"), Some("2024-07-02"), vec!["from", "to"]),
            (Some("2024-07-02"), None, vec!["from"]),
            (Some("2023-01-02"), Some("2023-01-01"), vec!["to"]),
        ] {
            let Err(Error::BadParameters(refused)) = period(from, to) else { panic!("{from:?} {to:?}") };
            assert_eq!(refused.iter().map(|one| one.parameter.as_str()).collect::<Vec<_>>(), faults);
        }
        let instants = Period { from: day("2023-01-01"), to: day("2023-01-01") }.instants();
        assert_eq!(instants.0.to_rfc3339(), "2023-01-02T00:00:00+00:00");
        assert_eq!(instants.0, instants.1);
    }
}
