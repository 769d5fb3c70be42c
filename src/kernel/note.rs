//! Where a fact comes from, and what is worth saying about it.

use super::text::{Language, LocalizedText};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What an address on the web begins with; anything else (`javascript:`, `file:`) is refused.
pub const WEB_ADDRESS: &str = "^[hH][tT][tT][pP][sS]?://";

/// A source that a fact was taken from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"url": "https://www.opengovpartnership.org/members/romania/commitments/RO0048/"}))]
pub struct Source {
    /// Where it can be read (`http` or `https`).
    #[schemars(url, length(min = 1, max = 2000), regex(pattern = WEB_ADDRESS))]
    pub url: String,
    /// Which fact of the resource it supports (`title.ro`, `ends`); all of it where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    #[schemars(length(min = 1, max = 120))]
    pub about: Option<String>,
    /// What else is needed to find or weigh it: a file name, a snapshot date, who printed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    #[schemars(length(min = 1, max = 2000))]
    pub note: Option<String>,
}

/// A remark about a resource: on its data, its making, its limits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Note {
    /// What it is about, in one word (`governance`, `monitoring`, `working_group`); free, but stable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 60), regex(pattern = "^[a-z][a-z0-9_]*$"))]
    pub topic: Option<String>,
    /// The remark.
    pub text: LocalizedText,
    /// Where it comes from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<Source>,
}

/// A title under which the resource is known elsewhere: titles drift between the plan and OGP's site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OtherTitle {
    /// Who uses it: `plan`, `irm`, `unofficial` (our translation).
    #[schemars(length(max = 60), regex(pattern = "^[a-z][a-z0-9_]*$"))]
    pub used_by: String,
    /// Its language.
    #[schema(value_type = String)]
    pub language: Language,
    /// The title.
    #[schemars(length(min = 1, max = 2000))]
    pub text: String,
    /// Where it was seen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<Source>,
}
