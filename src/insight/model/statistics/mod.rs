//! Commitments counted by groups, on a day or along a series of days. Pure: histories in, numbers out.

mod belonging;
mod history;
mod measures;
mod series;

use super::rules::{ReportingRules, rules_on};
use crate::kernel::Times;
use belonging::product;
use chrono::NaiveDate;
use measures::{Measured, Sum};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use utoipa::ToSchema;

pub use belonging::{AreaName, Belonging, CompletionSaid, Lead, PlanDated};
pub use history::{CommitmentHistory, MilestoneHistory, MilestoneTold, Told};
pub use measures::Measures;
pub use series::{Interval, MAX_POINTS};

/// The most rows that one answer has.
pub const MAX_ROWS: usize = 10_000;

/// What commitments are grouped by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Dimension {
    /// The member whose commitment it is, by code.
    Member,
    /// The kind of that member.
    Kind,
    /// The intake of OGP Local with which that member joined.
    Cohort,
    /// The action plan, by slug.
    ActionPlan,
    /// The year in which the cycle of its plan begins.
    CycleYear,
    /// The policy areas, by code.
    PolicyArea,
    /// The OGP values that it serves.
    OgpValue,
    /// The institutions that lead it, by slug.
    LeadInstitution,
    /// The sectors of the institutions that lead it.
    Sector,
    /// Its place on OGP's scale on the day, by what is reported of its milestones.
    Progress,
    /// Where it stands against its own end on the day.
    Schedule,
    /// How others coded its completion, as known on the day: what was said at the end of the term or of the
    /// commitment or in a results report before what was said at mid-term, of the same stage the latest. Where the
    /// coding says that there is no value, why (`no_data`).
    Completion,
}

impl Dimension {
    /// Whether a commitment can be in several of its groups.
    pub fn overlaps(self) -> bool {
        matches!(self, Self::PolicyArea | Self::OgpValue | Self::LeadInstitution | Self::Sector)
    }
}

/// What the commitments of a group share in a dimension; in the order in which charts show them, the unknown last.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// A word with its place in its list.
    Word(usize, &'static str),
    /// A year.
    Year(i32),
    /// A code, a slug, or a word that a scheme chose.
    Name(String),
    /// None is known.
    Unknown,
}

impl Key {
    /// As filters take it; nothing where none is known.
    pub fn text(&self) -> Option<String> {
        match self {
            Self::Word(_, word) => Some((*word).to_owned()),
            Self::Year(year) => Some(year.to_string()),
            Self::Name(name) => Some(name.clone()),
            Self::Unknown => None,
        }
    }
}

/// A group, and what is measured of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// What its commitments share, in each dimension.
    pub keys: Vec<Key>,
    /// What is measured.
    pub measures: Measures,
}

/// What is measured on a day.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// The day.
    pub day: NaiveDate,
    /// Of all commitments, each once.
    pub total: Measures,
    /// Of each group, in order; the same groups on every day.
    pub groups: Vec<Group>,
}

/// More rows than an answer has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooManyRows;

/// Commitments counted by groups at each of some times, in whichever order they come.
///
/// # Errors
/// Where groups by days are more than [`MAX_ROWS`].
pub fn statistics(
    commitments: &[CommitmentHistory],
    rules: &[ReportingRules],
    by: &[Dimension],
    points: &[Times],
) -> Result<Vec<Point>, TooManyRows> {
    let (mut found, mut counted) = (BTreeSet::new(), Vec::new());
    for times in points {
        let sums = Sums::of(commitments, rules, by, times);
        found.extend(sums.groups.keys().cloned());
        if found.len() * points.len() > MAX_ROWS {
            return Err(TooManyRows);
        }
        counted.push((times.day(), sums));
    }
    let groups = with_empty(found, by);
    if groups.len() * points.len() > MAX_ROWS {
        return Err(TooManyRows);
    }
    Ok(counted.into_iter().map(|(day, sums)| sums.point(day, &groups)).collect())
}

/// The groups that were found with those that stay empty: of a closed list all words are there, beside each group of
/// the other dimension.
fn with_empty(found: BTreeSet<Vec<Key>>, by: &[Dimension]) -> BTreeSet<Vec<Key>> {
    if by.iter().all(|dimension| dimension.closed().is_none()) && !by.is_empty() {
        return found;
    }
    let lists = by.iter().enumerate().map(|(at, dimension)| {
        let own = found.iter().filter_map(|keys| keys.get(at)).cloned();
        let all: BTreeSet<_> = own.chain(dimension.closed().into_iter().flatten()).collect();
        all.into_iter().collect()
    });
    product(lists).into_iter().collect()
}

/// All commitments and those of each group added up.
#[derive(Debug, Default)]
struct Sums {
    total: Sum,
    groups: BTreeMap<Vec<Key>, Sum>,
}

impl Sums {
    fn of(
        commitments: &[CommitmentHistory],
        rules: &[ReportingRules],
        by: &[Dimension],
        times: &Times,
    ) -> Self {
        let (mut sums, day) = (Self::default(), times.day());
        for commitment in commitments {
            let (facts, belongs) = (commitment.at(times), &commitment.belongs);
            let rules = rules_on(rules, belongs.member.kind, day);
            let measured = Measured::of(&facts, belongs.period(), rules, day);
            sums.total.add(&measured);
            for group in belongs.groups(by, &facts, times) {
                sums.groups.entry(group).or_default().add(&measured);
            }
        }
        sums
    }

    fn point(self, day: NaiveDate, groups: &BTreeSet<Vec<Key>>) -> Point {
        let all = self.total.active();
        let none = Sum::default();
        let measured = groups.iter().map(|keys| Group {
            keys: keys.clone(),
            measures: self.groups.get(keys).unwrap_or(&none).measures(all),
        });
        Point { day, groups: measured.collect(), total: self.total.measures(all) }
    }
}

#[cfg(test)]
mod tests;
