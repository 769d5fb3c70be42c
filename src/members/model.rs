//! Members and institutions: the words, without any I/O.

use crate::kernel::LocalizedText;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// What kind of participant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MemberKind {
    /// A country's government.
    National,
    /// A local government, member of OGP Local.
    Local,
}

/// The sector of an institution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sector {
    /// Public authorities of any level.
    Government,
    /// Associations, foundations, coalitions.
    CivilSociety,
    /// Firms and their associations.
    Private,
    /// Universities and research.
    Academia,
    /// Anything else, such as mixed bodies and trade unions.
    Other,
}

/// Enough of a member to name it.
#[derive(Debug, Clone, Deserialize)]
pub struct MemberName {
    /// Id.
    pub id: Uuid,
    /// OGP's code.
    pub code: String,
    /// National or local.
    pub kind: MemberKind,
    /// Name.
    pub name: LocalizedText,
}

/// A member, named.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MemberRef {
    /// Id.
    pub id: Uuid,
    /// OGP's code.
    #[schema(example = "ROTMR")]
    pub code: String,
    /// National or local.
    pub kind: MemberKind,
    /// Name in the language of the answer.
    #[schema(required, example = "Timișoara, Romania")]
    pub name: Option<String>,
}

impl MemberName {
    /// In one language.
    pub fn in_language(&self, pick: impl Fn(&LocalizedText) -> Option<String>) -> MemberRef {
        MemberRef { id: self.id, code: self.code.clone(), kind: self.kind, name: pick(&self.name) }
    }
}
