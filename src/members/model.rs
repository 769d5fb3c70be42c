//! Members and institutions: the words, without any I/O.

use crate::kernel::document::{Fault, Faults};
use crate::kernel::{LocalizedText, Note, Source};
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

impl MemberKind {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::National, Self::Local];

    /// The word that JSON shows.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::National => "national",
            Self::Local => "local",
        }
    }
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

impl Sector {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Government, Self::CivilSociety, Self::Private, Self::Academia, Self::Other];

    /// The word that JSON shows.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Government => "government",
            Self::CivilSociety => "civil_society",
            Self::Private => "private",
            Self::Academia => "academia",
            Self::Other => "other",
        }
    }
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

/// A participant of OGP, as it is written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MemberInput {
    /// OGP's code: `ROU`, `IAS`.
    #[schemars(regex(pattern = "^[A-Z][A-Z0-9]{1,9}$"))]
    pub code: String,
    /// National or local.
    pub kind: MemberKind,
    /// Its country (ISO 3166-1 alpha-2).
    #[schemars(regex(pattern = "^[A-Z]{2}$"))]
    pub country: String,
    /// The national member it is linked to, by code or id; local members only.
    #[serde(default)]
    #[schemars(length(min = 1, max = 200))]
    pub national_member: Option<String>,
    /// Its name.
    pub name: LocalizedText,
    /// The year in which it joined.
    #[serde(default)]
    #[schemars(range(min = 2011, max = 2200))]
    pub joined_year: Option<i16>,
    /// The intake of OGP Local with which it joined.
    #[serde(default)]
    #[schemars(range(min = 2011, max = 2200))]
    pub cohort: Option<i16>,
    /// What its commitment codes start with: `RO` for the member `ROU`.
    #[serde(default)]
    #[schemars(regex(pattern = "^[A-Z]{2,5}$"))]
    pub commitment_prefix: Option<String>,
    /// Remarks.
    #[serde(default)]
    pub notes: Vec<Note>,
    /// Sources.
    #[serde(default)]
    pub sources: Vec<Source>,
}

impl MemberInput {
    /// What is wrong with it by itself.
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults = Faults::default();
        faults.named("/name", &self.name);
        if self.kind == MemberKind::National && self.national_member.is_some() {
            let detail = "only a local member has a national member";
            faults.add("/national_member", "member_kind_wrong", detail);
        }
        faults.into_vec()
    }
}

/// A body, or a class of bodies, that leads or supports commitments, as it is written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InstitutionInput {
    /// Its name in ASCII, lower case, with hyphens.
    #[schemars(length(max = 120), regex(pattern = "^[a-z0-9]+(-[a-z0-9]+)*$"))]
    pub slug: String,
    /// Its name as printed.
    pub name: LocalizedText,
    /// Its sector.
    pub sector: Sector,
    /// True for a whole class ("public institutions") instead of one body.
    #[serde(default)]
    pub is_class: bool,
    /// Its country (ISO 3166-1 alpha-2).
    #[serde(default)]
    #[schemars(regex(pattern = "^[A-Z]{2}$"))]
    pub country: Option<String>,
    /// Remarks.
    #[serde(default)]
    pub notes: Vec<Note>,
    /// Sources.
    #[serde(default)]
    pub sources: Vec<Source>,
}

impl InstitutionInput {
    /// What is wrong with it by itself.
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults = Faults::default();
        faults.named("/name", &self.name);
        faults.into_vec()
    }
}
