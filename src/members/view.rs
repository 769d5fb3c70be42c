//! Members and institutions, as readers see them.

use super::model::{MemberKind, MemberName, MemberRef, Sector};
use super::store::{InstitutionRow, MemberRow, Whose};
use crate::http::Wanted;
use crate::http::language::{Fallbacks, Remark, Translations};
use crate::http::query::{country_codes, known};
use crate::kernel::{Ref, Result, Source};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

/// Whose things are wanted: the filters that all lists below members share.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[into_params(parameter_in = Query)]
pub struct WhoseQuery {
    /// Only of these members, by id or code; repeat for any of several.
    #[serde(default)]
    #[param(value_type = Vec<String>, example = json!(["ROTMR"]))]
    pub member: Vec<Ref>,
    /// Only of members of these kinds; repeat for any of several.
    #[serde(default)]
    kind: Vec<MemberKind>,
    /// Only of members of these countries (ISO 3166-1 alpha-2); repeat for any of several.
    #[serde(default)]
    #[param(example = json!(["RO"]))]
    #[validate(custom(function = country_codes))]
    country: Vec<String>,
    /// Only of members that joined OGP Local with the intake of these years; repeat for any of several.
    #[serde(default)]
    #[param(example = json!([2020]))]
    cohort: Vec<i16>,
}

impl WhoseQuery {
    /// The same, with the ids of the members that were named.
    ///
    /// # Errors
    /// `BadParameters` with every name that no member has.
    pub fn whose(&self, found: Vec<Option<Uuid>>) -> Result<Whose> {
        Ok(Whose {
            members: known("member", &self.member, found)?,
            kinds: self.kind.clone(),
            countries: upper_case(&self.country),
            cohorts: self.cohort.clone(),
        })
    }
}

/// Codes as they are stored.
pub fn upper_case(codes: &[String]) -> Vec<String> {
    codes.iter().map(|code| code.to_uppercase()).collect()
}

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
