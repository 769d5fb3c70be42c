//! Action plans: the words, without any I/O.

use crate::kernel::note::WEB_ADDRESS;
use crate::kernel::{Language, LocalizedText, Source};
use crate::members::model::{MemberName, MemberRef};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// What kind of step in the making of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// A meeting, of the forum or in public.
    Meeting,
    /// A consultation on drafts or ideas.
    Consultation,
    /// A decision of an authority.
    Decision,
    /// Something handed in.
    Submission,
    /// The last day for something.
    Deadline,
    /// Anything else.
    Other,
}

/// Whether an event took place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EventStatus {
    /// Only its announcement is known.
    Announced,
    /// It was held.
    Held,
    /// It was cancelled.
    Cancelled,
}

/// Where the document itself is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DocumentLink {
    /// Its address (`http` or `https`).
    #[schemars(url, length(max = 2000), regex(pattern = WEB_ADDRESS))]
    pub url: String,
    /// Its language, where known.
    #[serde(default)]
    #[schema(required, value_type = Option<String>)]
    pub language: Option<Language>,
}

/// A count that a report states about a whole plan, such as "five commitments substantial at mid-term".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Figure {
    /// At which stage; absent where the report does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    #[schemars(length(max = 60), regex(pattern = "^[a-z][a-z0-9_]*$"))]
    pub stage: Option<String>,
    /// What was counted: `completion`, `did_it_open_government`, `potential_impact`, `starred`, `carried_over`.
    #[schemars(length(max = 60), regex(pattern = "^[a-z][a-z0-9_]*$"))]
    pub measure: String,
    /// Which value of it was counted, where there are several: `substantial`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    #[schemars(length(max = 60), regex(pattern = "^[a-z][a-z0-9_]*$"))]
    pub value: Option<String>,
    /// How many commitments.
    #[schemars(range(min = 0, max = 10000))]
    pub count: i32,
    /// Sources.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<Source>,
}

/// Enough of a plan to name it.
#[derive(Debug, Clone, Deserialize)]
pub struct PlanName {
    /// Id.
    pub id: Uuid,
    /// Name in addresses.
    pub slug: String,
    /// Title.
    pub title: LocalizedText,
}

/// An action plan, named.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ActionPlanRef {
    /// Id.
    pub id: Uuid,
    /// Name in addresses.
    #[schema(example = "timisoara-2022-2024")]
    pub slug: String,
    /// Title in the language of the answer.
    #[schema(required)]
    pub title: Option<String>,
}

impl PlanName {
    /// In one language.
    pub fn in_language(&self, pick: impl Fn(&LocalizedText) -> Option<String>) -> ActionPlanRef {
        ActionPlanRef { id: self.id, slug: self.slug.clone(), title: pick(&self.title) }
    }
}

/// A plan with its member, as what belongs to the plan names them.
#[derive(Debug, Clone, Deserialize)]
pub struct PlanWithMember {
    /// The plan.
    #[serde(flatten)]
    pub plan: PlanName,
    /// Whose plan.
    pub member: MemberName,
}

impl PlanWithMember {
    /// In one language.
    pub fn in_language(&self, pick: impl Fn(&LocalizedText) -> Option<String>) -> (ActionPlanRef, MemberRef) {
        (self.plan.in_language(&pick), self.member.in_language(&pick))
    }
}
