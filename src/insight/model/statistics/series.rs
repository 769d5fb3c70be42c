//! The days of a series.

use crate::kernel::{PartialDate, Precision};
use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The most points that a series has.
pub const MAX_POINTS: usize = 120;

/// How far the points of a series are apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Interval {
    /// A point at the end of each month.
    Month,
    /// A point at the end of each quarter of the calendar year.
    Quarter,
}

impl Interval {
    /// The last day of the interval that a day is in.
    fn end(self, day: NaiveDate) -> Option<NaiveDate> {
        let precision = match self {
            Self::Month => Precision::Month,
            Self::Quarter => Precision::Quarter,
        };
        PartialDate { precision: Some(precision), ..PartialDate::day(day) }.last_day()
    }

    /// The days that a series tells of: the last one of each interval from the one that `from` is in; in the one that
    /// `to` is in, `to` itself.
    pub fn days(self, from: NaiveDate, to: NaiveDate) -> impl Iterator<Item = NaiveDate> {
        let mut begin = (from <= to).then_some(from);
        std::iter::from_fn(move || {
            let end = self.end(begin?).unwrap_or(to).min(to);
            begin = end.succ_opt().filter(|next| *next <= to);
            Some(end)
        })
    }
}
