//! Evidence: the words, and what is written of it, without any I/O.

mod content;

use crate::accounts::model::Appearance;
use crate::kernel::document::{Fault, Faults};
use crate::kernel::note::WEB_ADDRESS;
use crate::kernel::{Language, LocalizedText};
use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

pub use content::{FILE_TYPES, FileType, Sniffer, file_name};

/// Whether a document speaks of the commitment itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceRelation {
    /// It does.
    Direct,
    /// We concluded that it belongs here.
    Inferred,
}

/// What kind of document a piece of evidence is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceKind {
    /// A page on the web.
    WebPage,
    /// A document of no other kind here.
    Document,
    /// A report.
    Report,
    /// Minutes of a meeting.
    Minutes,
    /// A law, decision, order or regulation.
    LegalAct,
    /// Data to work with.
    Dataset,
    /// News, or a press release.
    News,
    /// A photograph.
    Photo,
    /// A recording.
    Video,
    /// Something else.
    Other,
}

impl EvidenceKind {
    /// What an address leads to, where nobody says: the same as in the migration that gave what was
    /// there a kind.
    pub fn of_address(url: &str) -> Self {
        const DOCUMENTS: [&str; 7] = [".pdf", ".doc", ".docx", ".xls", ".xlsx", ".odt", ".ods"];
        let url = url.to_ascii_lowercase();
        if DOCUMENTS.iter().any(|ending| url.ends_with(ending)) { Self::Document } else { Self::WebPage }
    }
}

/// The most pieces of evidence, links among them, that one request attaches to one thing.
pub const MAX_GIVEN: usize = 20;
/// The most that one request attaches to many things.
pub const MAX_GIVEN_AT_ONCE: usize = 2_000;

/// A link that proves something, as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EvidenceLinkInput {
    /// Where it is (`http` or `https`).
    #[schemars(url, length(min = 1, max = 2000), regex(pattern = WEB_ADDRESS))]
    pub url: String,
    /// Its title.
    pub title: LocalizedText,
    /// What kind of document it is.
    pub kind: EvidenceKind,
    /// The language it is in.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub language: Option<Language>,
    /// What it shows.
    #[serde(default)]
    pub shows: LocalizedText,
    /// When somebody read it there.
    #[serde(default)]
    pub retrieved_on: Option<NaiveDate>,
}

impl EvidenceLinkInput {
    /// What is wrong with it by itself, on a day.
    pub fn faults(&self, today: NaiveDate) -> Vec<Fault> {
        self.about().faults(today)
    }

    /// What is written of it besides its address.
    pub fn about(&self) -> About<'_> {
        About {
            title: &self.title,
            kind: self.kind,
            language: self.language.as_ref(),
            shows: &self.shows,
            retrieved_on: self.retrieved_on,
        }
    }
}

/// A piece of evidence by itself, as it is written: a link, or what is said of an uploaded file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EvidenceInput {
    /// Whose it is, by code or id.
    #[schemars(length(min = 1, max = 200))]
    #[schema(example = "ROTMR")]
    pub member: String,
    /// Where it is (`http` or `https`); needed for a link, and not there for a file.
    #[serde(default)]
    #[schemars(url, length(min = 1, max = 2000), regex(pattern = WEB_ADDRESS))]
    pub url: Option<String>,
    /// Its title.
    pub title: LocalizedText,
    /// What kind of document it is.
    pub kind: EvidenceKind,
    /// The language it is in.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub language: Option<Language>,
    /// What it shows.
    #[serde(default)]
    pub shows: LocalizedText,
    /// When somebody read it there, or got it.
    #[serde(default)]
    pub retrieved_on: Option<NaiveDate>,
}

impl EvidenceInput {
    /// What is written of it besides whose it is and its content.
    pub fn about(&self) -> About<'_> {
        About {
            title: &self.title,
            kind: self.kind,
            language: self.language.as_ref(),
            shows: &self.shows,
            retrieved_on: self.retrieved_on,
        }
    }
}

/// What links and files have in common.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// Its title.
    pub title: &'a LocalizedText,
    /// What kind of document it is.
    pub kind: EvidenceKind,
    /// The language it is in.
    pub language: Option<&'a Language>,
    /// What it shows.
    pub shows: &'a LocalizedText,
    /// When somebody read it there, or got it.
    pub retrieved_on: Option<NaiveDate>,
}

impl About<'_> {
    /// What is wrong with it by itself, on a day.
    pub fn faults(&self, today: NaiveDate) -> Vec<Fault> {
        let mut faults = Faults::default();
        faults.named("/title", self.title);
        faults.day("/retrieved_on", self.retrieved_on);
        if let Some(day) = self.retrieved_on.filter(|day| *day > today) {
            faults.add("/retrieved_on", "date_in_future", format!("{day} is after today, which is {today}"));
        }
        faults.into_vec()
    }
}

/// What is given as proof of something: pieces that are there already, and links to be made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EvidenceGiven {
    /// Evidence of the same member, by id; up to 20 together with `links`.
    #[serde(default)]
    #[schemars(length(max = MAX_GIVEN))]
    pub evidence: Vec<Uuid>,
    /// Links that become evidence; up to 20 together with `evidence`.
    #[serde(default)]
    #[schemars(length(max = MAX_GIVEN))]
    pub links: Vec<EvidenceLinkInput>,
}

impl EvidenceGiven {
    /// Whether nothing is given.
    pub fn is_empty(&self) -> bool {
        self.count() == 0
    }

    /// How many pieces are given.
    pub fn count(&self) -> usize {
        self.evidence.len().saturating_add(self.links.len())
    }
}

/// What a piece of evidence is attached to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EvidenceUse {
    /// What staff reported about a milestone.
    ProgressUpdate(Uuid),
    /// A milestone itself.
    Milestone(Uuid),
    /// A coding by someone other than the implementer.
    Assessment(Uuid),
}

/// A file that was looked at and can be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredFile {
    /// SHA-256 of its content, in hexadecimal digits.
    pub sha256: String,
    /// Its size in bytes.
    pub size: i64,
    /// The name that it came with.
    pub name: String,
    /// What type it is of.
    pub media_type: &'static str,
}

/// What decides how a piece of evidence appears to a viewer.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct EvidenceStanding {
    /// Whether they see something that it is attached to, or look after its member.
    pub shown: bool,
    /// Whether they look after its member.
    pub own: bool,
}

impl EvidenceStanding {
    /// How it appears, which may be withdrawn and may have been public.
    pub fn appears(self, withdrawn: bool, was_public: bool) -> Appearance {
        match (withdrawn, self.shown, was_public || self.own) {
            (false, true, _) => Appearance::Visible,
            (true, _, true) => Appearance::Withdrawn,
            _ => Appearance::Hidden,
        }
    }
}
