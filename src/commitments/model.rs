//! Commitments: the words, without any I/O.

use crate::kernel::LocalizedText;
use crate::plans::model::PlanWithMember;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// The values of OGP, as the IRM coded relevance until about 2020.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OgpValue {
    /// Access to information.
    AccessToInformation,
    /// Civic participation.
    CivicParticipation,
    /// Public accountability.
    PublicAccountability,
    /// Technology and innovation for openness and accountability.
    TechnologyAndInnovation,
}

/// What became of a promise, apart from progress and schedule.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Disposition {
    /// It stands.
    #[default]
    Active,
    /// It was withdrawn.
    Withdrawn,
    /// It was carried over to a later plan.
    CarriedOver,
}

/// Where a commitment's code comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CodeBasis {
    /// Read on OGP's own page.
    Page,
    /// Concluded from the sequence of codes.
    Sequence,
}

/// What a link between two commitments means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LinkKind {
    /// The first goes on with the second, of an earlier plan.
    Continues,
    /// The first, a local one, serves the second, a national one.
    SupportsNational,
    /// They treat the same matter.
    Related,
}

/// The part of an institution in a commitment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum InstitutionRole {
    /// It leads.
    Lead,
    /// It supports.
    Support,
}

/// How plans group partners.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PartnerGroup {
    /// Central government.
    CentralGovernment,
    /// Local public administration.
    LocalGovernment,
    /// Civil society.
    CivilSociety,
}

/// Enough of a commitment to name it.
#[derive(Debug, Clone, Deserialize)]
pub struct CommitmentName {
    /// Id.
    pub id: Uuid,
    /// OGP's code.
    pub code: Option<String>,
    /// Title.
    pub title: LocalizedText,
}

/// A commitment, named.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CommitmentRef {
    /// Id.
    pub id: Uuid,
    /// OGP's code; null until OGP assigns one.
    #[schema(required, example = "ROTMR0001")]
    pub code: Option<String>,
    /// Title in the language of the answer.
    #[schema(required)]
    pub title: Option<String>,
}

impl CommitmentName {
    /// In one language.
    pub fn in_language(&self, pick: impl Fn(&LocalizedText) -> Option<String>) -> CommitmentRef {
        CommitmentRef { id: self.id, code: self.code.clone(), title: pick(&self.title) }
    }
}

/// A commitment with its plan and member, as what belongs to the commitment names them.
#[derive(Debug, Clone, Deserialize)]
pub struct CommitmentWithPlan {
    /// The commitment.
    #[serde(flatten)]
    pub commitment: CommitmentName,
    /// Its plan and member.
    pub plan: PlanWithMember,
}

/// The code of a policy area by its English name: lower case, `&` as `and`, words joined by `_`.
pub fn policy_area_code(name: &str) -> String {
    let spelled = name.to_lowercase().replace('&', " and ");
    let words: Vec<_> =
        spelled.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    words.join("_")
}

#[cfg(test)]
mod tests {
    use super::policy_area_code;

    #[test]
    fn a_policy_area_is_found_by_code_or_name() {
        for name in ["Legislation & Regulation", "legislation_and_regulation", "legislation and  regulation"]
        {
            assert_eq!(policy_area_code(name), "legislation_and_regulation");
        }
        assert_eq!(policy_area_code("E-government"), "e_government");
    }
}
