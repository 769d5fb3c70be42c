//! Commitments: the words, without any I/O.

use crate::kernel::document::{Fault, Faults};
use crate::kernel::note::OtherTitle;
use crate::kernel::{LocalizedText, Note, PartialDate, Source};
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

impl OgpValue {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::AccessToInformation,
        Self::CivicParticipation,
        Self::PublicAccountability,
        Self::TechnologyAndInnovation,
    ];

    /// The word that JSON shows.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AccessToInformation => "access_to_information",
            Self::CivicParticipation => "civic_participation",
            Self::PublicAccountability => "public_accountability",
            Self::TechnologyAndInnovation => "technology_and_innovation",
        }
    }
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

/// Why a reason is needed.
pub const REASON_MISSING: &str = "withdrawn or carried over needs a reason";

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

/// One promise of a plan, as it is written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CommitmentInput {
    /// Its plan, by slug or id.
    #[schemars(length(min = 1, max = 200))]
    pub action_plan: String,
    /// OGP's code, once assigned: `RO0068`.
    #[serde(default)]
    #[schemars(regex(pattern = "^[A-Z]{2,5}[0-9]{4}$"))]
    pub code: Option<String>,
    /// Its name inside the plan for imports; the code where absent. Give one of the two.
    #[serde(default)]
    #[schemars(length(min = 1, max = 120))]
    pub key: Option<String>,
    /// Its number as printed; may repeat.
    #[serde(default)]
    #[schemars(length(min = 1, max = 60))]
    pub number: Option<String>,
    /// Its title.
    #[serde(default)]
    #[schema(required)]
    pub title: LocalizedText,
    /// Titles used elsewhere.
    #[serde(default)]
    pub other_titles: Vec<OtherTitle>,
    /// What it is about, in a sentence or two.
    #[serde(default)]
    pub summary: LocalizedText,
    /// The problem it answers.
    #[serde(default)]
    pub problem: LocalizedText,
    /// How it answers it.
    #[serde(default)]
    pub solution: LocalizedText,
    /// What it is to achieve.
    #[serde(default)]
    pub objective: LocalizedText,
    /// The results expected.
    #[serde(default)]
    pub expected_results: Vec<LocalizedText>,
    /// Its theme within the plan.
    #[serde(default)]
    pub theme: LocalizedText,
    /// Its budget, in the words of the plan.
    #[serde(default)]
    pub budget: LocalizedText,
    /// Codes of policy areas.
    #[serde(default)]
    #[schemars(inner(length(max = 80)))]
    pub policy_areas: Vec<String>,
    /// OGP values it serves.
    #[serde(default)]
    pub ogp_values: Vec<OgpValue>,
    /// When it starts.
    #[serde(default)]
    pub starts: Option<PartialDate>,
    /// When it ends.
    #[serde(default)]
    pub ends: Option<PartialDate>,
    /// Its period in the words of the source.
    #[serde(default)]
    #[schemars(length(min = 1, max = 200))]
    pub period_text: Option<String>,
    /// Whether the milestones given are all that the plan lists.
    #[serde(default)]
    pub milestones_complete: Option<bool>,
    /// Where the code comes from.
    #[serde(default)]
    pub code_basis: Option<CodeBasis>,
    /// Active, withdrawn, or carried over; `active` where absent.
    #[serde(default)]
    pub disposition: Disposition,
    /// Why it was withdrawn or carried over.
    #[serde(default)]
    pub disposition_reason: LocalizedText,
    /// Who leads: none, one or several.
    #[serde(default)]
    pub leads: Vec<ParticipantInput>,
    /// Who supports.
    #[serde(default)]
    pub supporters: Vec<ParticipantInput>,
    /// Remarks.
    #[serde(default)]
    pub notes: Vec<Note>,
    /// Sources.
    #[serde(default)]
    pub sources: Vec<Source>,
}

impl CommitmentInput {
    /// What is wrong with it by itself.
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults = Faults::default();
        faults.period("", ("starts", self.starts.as_ref()), ("ends", self.ends.as_ref()));
        if self.disposition != Disposition::Active && self.disposition_reason.is_empty() {
            faults.add("/disposition_reason", "reason_missing", REASON_MISSING);
        }
        let areas = self.policy_areas.iter().enumerate();
        let areas = areas.map(|(at, area)| (area, format!("/policy_areas/{at}")));
        faults.unique(areas, "value_duplicate", "it is given twice");
        let values = self.ogp_values.iter().enumerate();
        let values = values.map(|(at, value)| (value, format!("/ogp_values/{at}")));
        faults.unique(values, "value_duplicate", "it is given twice");
        for (field, participants) in [("leads", &self.leads), ("supporters", &self.supporters)] {
            let slugs = participants.iter().enumerate();
            let slugs = slugs.map(|(at, part)| (&part.institution, format!("/{field}/{at}/institution")));
            let what = "this institution is given twice in the same role";
            faults.unique(slugs, "participant_duplicate", what);
        }
        faults.into_vec()
    }
}

/// An institution's part in a commitment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ParticipantInput {
    /// The institution, by slug or id.
    #[schemars(length(min = 1, max = 200))]
    pub institution: String,
    /// How the plan groups the partner, where it does.
    #[serde(default)]
    pub partner_group: Option<PartnerGroup>,
}

/// A link from this commitment to another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkInput {
    /// What it means.
    pub kind: LinkKind,
    /// The other commitment, by code or id, or as `<plan slug>/<key>`.
    #[schemars(length(min = 1, max = 250))]
    pub to: String,
    /// Remarks.
    #[serde(default)]
    pub notes: Vec<Note>,
    /// Sources.
    #[serde(default)]
    pub sources: Vec<Source>,
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
