//! Progress as the implementer reports it, on OGP's scale.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;
use utoipa::ToSchema;

/// How far something is, on OGP's scale. Beside it stand schedule and disposition, never mixed with it.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Progress {
    /// Nothing was done yet.
    NotStarted,
    /// Some of it was done.
    Limited,
    /// Most of it was done.
    Substantial,
    /// All of it was done.
    Complete,
}

impl Progress {
    /// All of them, from least to most.
    pub const ALL: [Self; 4] = [Self::NotStarted, Self::Limited, Self::Substantial, Self::Complete];

    /// The word that JSON shows.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotStarted => "not_started",
            Self::Limited => "limited",
            Self::Substantial => "substantial",
            Self::Complete => "complete",
        }
    }

    /// Its place on the scale, 0 to 3.
    pub fn ordinal(self) -> u8 {
        match self {
            Self::NotStarted => 0,
            Self::Limited => 1,
            Self::Substantial => 2,
            Self::Complete => 3,
        }
    }

    /// The percentages that agree with it. 50 is both some and most of it.
    pub fn percents(self) -> RangeInclusive<i16> {
        match self {
            Self::NotStarted => 0..=0,
            Self::Limited => 1..=50,
            Self::Substantial => 50..=99,
            Self::Complete => 100..=100,
        }
    }
}

/// How far something is said to be, or that nobody said it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProgressSaid {
    /// Nobody has reported anything.
    NotReported,
    /// Nothing was done yet.
    NotStarted,
    /// Some of it was done.
    Limited,
    /// Most of it was done.
    Substantial,
    /// All of it was done.
    Complete,
}

impl ProgressSaid {
    /// All of them, from what nobody said to most.
    pub const ALL: [Self; 5] =
        [Self::NotReported, Self::NotStarted, Self::Limited, Self::Substantial, Self::Complete];

    /// The word that JSON shows.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotReported => "not_reported",
            Self::NotStarted => Progress::NotStarted.as_str(),
            Self::Limited => Progress::Limited.as_str(),
            Self::Substantial => Progress::Substantial.as_str(),
            Self::Complete => Progress::Complete.as_str(),
        }
    }
}

impl From<Option<Progress>> for ProgressSaid {
    fn from(said: Option<Progress>) -> Self {
        match said {
            None => Self::NotReported,
            Some(Progress::NotStarted) => Self::NotStarted,
            Some(Progress::Limited) => Self::Limited,
            Some(Progress::Substantial) => Self::Substantial,
            Some(Progress::Complete) => Self::Complete,
        }
    }
}

/// What stands in the way, in the words of Canada's trackers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Challenge {
    /// The money changed.
    FundingChange,
    /// People or means are missing.
    LackOfResources,
    /// Something else came first.
    PriorityShift,
    /// An approval is late.
    ApprovalDelay,
    /// It depends on somebody else.
    ExternalDependency,
    /// Something else, told in words.
    Other,
}

impl Challenge {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::FundingChange,
        Self::LackOfResources,
        Self::PriorityShift,
        Self::ApprovalDelay,
        Self::ExternalDependency,
        Self::Other,
    ];

    /// The word that JSON shows.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FundingChange => "funding_change",
            Self::LackOfResources => "lack_of_resources",
            Self::PriorityShift => "priority_shift",
            Self::ApprovalDelay => "approval_delay",
            Self::ExternalDependency => "external_dependency",
            Self::Other => "other",
        }
    }
}
