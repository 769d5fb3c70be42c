//! What is searched for, what it was understood to mean, and where a text says it.

mod meaning;
mod snippet;
mod text;

pub use meaning::{Correction, Meaning, WordRead};
pub use snippet::{Segment, snippet};
pub use text::{MAX_CHARACTERS, MAX_WORDS, SearchText, fold};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What can be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SearchKind {
    /// A national or local participant of OGP.
    Member,
    /// A body that leads or supports commitments.
    Institution,
    /// A member's plan for one cycle.
    ActionPlan,
    /// A promise of a plan.
    Commitment,
    /// A step of a commitment.
    Milestone,
}

impl SearchKind {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Member, Self::Institution, Self::ActionPlan, Self::Commitment, Self::Milestone];
}

/// Which part of a thing says something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SearchField {
    /// Its code, slug or key.
    Code,
    /// The name of a member or institution.
    Name,
    /// Its title.
    Title,
    /// A title under which it is known elsewhere.
    OtherTitle,
    /// What a commitment is about.
    Summary,
    /// What a commitment is to achieve.
    Objective,
    /// The problem that a commitment answers.
    Problem,
    /// How a commitment answers it.
    Solution,
    /// A result that a commitment is expected to have.
    ExpectedResult,
    /// A theme of a plan, or of a commitment within its plan.
    Theme,
    /// What a milestone is.
    Description,
    /// What a milestone is expected to bring.
    ExpectedOutput,
    /// Who is responsible for a milestone, in the words of the plan.
    Responsible,
    /// A milestone of a commitment.
    Milestone,
    /// An institution that leads or supports a commitment.
    Institution,
    /// The member whose plan it is.
    Member,
}

impl SearchField {
    /// Whether it is what the thing is called.
    pub fn is_title(self) -> bool {
        matches!(self, Self::Name | Self::Title)
    }
}
