//! Members and institutions, as readers see them.

use super::model::{MemberKind, MemberName, MemberRef, Sector};
use super::store::{InstitutionRow, MemberRow};
use crate::http::Wanted;
use crate::http::language::{Fallbacks, Remark, Translations};
use crate::kernel::Source;
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A participant of the Open Government Partnership.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Member {
    /// Id (UUIDv7).
    pub id: Uuid,
    /// OGP's code.
    #[schema(example = "IAS")]
    pub code: String,
    /// National or local.
    pub kind: MemberKind,
    /// Its country (ISO 3166-1 alpha-2).
    #[schema(example = "RO")]
    pub country: String,
    /// The national member that a local one is linked to.
    #[schema(required)]
    pub national_member: Option<MemberRef>,
    /// Its name.
    #[schema(required, example = "Iași, Romania")]
    pub name: Option<String>,
    /// The year in which it joined OGP.
    #[schema(required, example = 2018)]
    pub joined_year: Option<i16>,
    /// The intake of OGP Local with which it joined.
    #[schema(required, example = 2018)]
    pub cohort: Option<i16>,
    /// What its commitment codes start with.
    #[schema(required, example = "IAS")]
    pub commitment_prefix: Option<String>,
    /// Remarks on the data.
    pub notes: Vec<Remark>,
    /// Where the facts come from.
    pub sources: Vec<Source>,
    /// Counts its changes, from 1.
    pub version: i64,
    /// When it last changed here.
    pub updated_at: DateTime<Utc>,
    /// Its texts in all their languages; only with `lang=*`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = std::collections::BTreeMap<String, crate::kernel::LocalizedText>, required = false)]
    pub translations: Option<Translations>,
    /// Texts that are not in the language asked for, with the language they are in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = std::collections::BTreeMap<String, String>, required = false)]
    pub fallbacks: Option<Fallbacks>,
}

impl Member {
    /// In the language wanted.
    pub fn new(row: MemberRow, national: Option<&MemberName>, wanted: &Wanted) -> Self {
        let mut texts = wanted.texts();
        let name = texts.pick("name", &row.state.name.0);
        let (translations, fallbacks) = texts.finish();
        Self {
            id: row.id,
            code: row.state.code,
            kind: row.state.kind.0,
            country: row.state.country,
            national_member: national.map(|name| name.in_language(|text| wanted.text(text))),
            name,
            joined_year: row.state.joined_year,
            cohort: row.state.cohort,
            commitment_prefix: row.state.commitment_prefix,
            notes: wanted.remarks(&row.state.notes.0),
            sources: row.state.sources.0,
            version: row.version,
            updated_at: row.updated_at,
            translations,
            fallbacks,
        }
    }
}

/// A body, or a class of bodies, that leads or supports commitments.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Institution {
    /// Id (UUIDv7).
    pub id: Uuid,
    /// Its name in addresses.
    #[schema(example = "municipality-of-timisoara")]
    pub slug: String,
    /// Its name as printed.
    #[schema(required, example = "Municipality of Timișoara")]
    pub name: Option<String>,
    /// Its sector.
    pub sector: Sector,
    /// True for a whole class ("public institutions") instead of one body.
    pub is_class: bool,
    /// Its country (ISO 3166-1 alpha-2).
    #[schema(required, example = "RO")]
    pub country: Option<String>,
    /// Remarks on the data.
    pub notes: Vec<Remark>,
    /// Where the facts come from.
    pub sources: Vec<Source>,
    /// Counts its changes, from 1.
    pub version: i64,
    /// When it last changed here.
    pub updated_at: DateTime<Utc>,
    /// Its texts in all their languages; only with `lang=*`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = std::collections::BTreeMap<String, crate::kernel::LocalizedText>, required = false)]
    pub translations: Option<Translations>,
    /// Texts that are not in the language asked for, with the language they are in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = std::collections::BTreeMap<String, String>, required = false)]
    pub fallbacks: Option<Fallbacks>,
}

impl Institution {
    /// In the language wanted.
    pub fn new(row: InstitutionRow, wanted: &Wanted) -> Self {
        let mut texts = wanted.texts();
        let name = texts.pick("name", &row.state.name.0);
        let (translations, fallbacks) = texts.finish();
        Self {
            id: row.id,
            slug: row.state.slug,
            name,
            sector: row.state.sector.0,
            is_class: row.state.is_class,
            country: row.state.country,
            notes: wanted.remarks(&row.state.notes.0),
            sources: row.state.sources.0,
            version: row.version,
            updated_at: row.updated_at,
            translations,
            fallbacks,
        }
    }
}
