//! What was found, as readers see it.

use super::model::{Meaning, SearchField, SearchKind, Segment, snippet};
use super::store::{DocumentRow, DocumentText};
use crate::commitments::model::{CommitmentName, CommitmentRef};
use crate::http::Wanted;
use crate::kernel::Language;
use crate::members::model::MemberRef;
use crate::plans::model::{ActionPlanRef, PlanWithMember};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// The most snippets that one result shows.
const MAX_SNIPPETS: usize = 3;

/// Something that was found.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SearchResult {
    /// What it is.
    pub kind: SearchKind,
    /// Its id (UUIDv7).
    pub id: Uuid,
    /// What it is called in addresses beside its id: the code of a member or commitment, the slug of a plan or
    /// institution; null where it has none.
    #[schema(required, example = "ROTMR0001")]
    pub code: Option<String>,
    /// What it is called, in the language of the answer.
    #[schema(required)]
    pub title: Option<String>,
    /// How well it answers: higher is better. It compares the results of one search and nothing else; null where
    /// nothing was searched for.
    #[schema(required, example = 8123)]
    pub relevance: Option<i32>,
    /// The plan that it is, or is part of; null for members and institutions.
    #[schema(required)]
    pub action_plan: Option<ActionPlanRef>,
    /// The member whose plan that is; null for members and institutions.
    #[schema(required)]
    pub member: Option<MemberRef>,
    /// The commitment that a milestone is part of; null for anything else.
    #[schema(required)]
    pub commitment: Option<CommitmentRef>,
    /// Where its texts answer, the most telling first: at most three, one of each field.
    pub snippets: Vec<Snippet>,
}

/// A part of a text that answers a search.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Snippet {
    /// Which text.
    pub field: SearchField,
    /// Its language; null for what is in none, such as a code.
    #[schema(required, value_type = Option<String>, example = "ro")]
    pub language: Option<Language>,
    /// The part in pieces, which follow each other without anything between them; "…" stands where the text goes on.
    /// They are plain text: `<` and `&` in them are letters, to be escaped in HTML as in any other text. Those with
    /// `matched` are what to highlight.
    pub segments: Vec<Segment>,
}

/// What is read with something found.
#[derive(Debug, Clone, Deserialize)]
pub struct ResultContext {
    /// The plan that it is, or is part of.
    pub plan: Option<PlanWithMember>,
    /// The commitment that a milestone is part of.
    pub commitment: Option<CommitmentName>,
    /// How well it answers.
    pub relevance: Option<i32>,
}

impl SearchResult {
    /// In the language wanted.
    pub fn new(row: DocumentRow, of: ResultContext, meaning: Option<&Meaning>, wanted: &Wanted) -> Self {
        let text = |text: &_| wanted.text(text);
        let title = wanted.text(&row.title());
        let snippets = meaning.map(|meaning| snippets(&row.texts.0, meaning, wanted)).unwrap_or_default();
        Self {
            kind: row.kind.0,
            id: row.id,
            code: row.code,
            title,
            relevance: meaning.and(of.relevance),
            action_plan: of.plan.as_ref().map(|of| of.named(text)),
            member: of.plan.as_ref().map(|of| of.member.in_language(text)),
            commitment: of.commitment.as_ref().map(|commitment| commitment.in_language(text)),
            snippets,
        }
    }
}

/// The first texts that answer, of each field the one in the language wanted where that answers, too.
fn snippets(texts: &[DocumentText], meaning: &Meaning, wanted: &Wanted) -> Vec<Snippet> {
    let mut found: Vec<Snippet> = Vec::new();
    for text in texts {
        let earlier = found.iter().position(|snippet| snippet.field == text.field);
        let language = Language::parse(&text.language);
        let better = language.as_ref().is_some_and(|language| wanted.is_first(language));
        if earlier.is_some() && !better || earlier.is_none() && found.len() == MAX_SNIPPETS {
            continue;
        }
        let tag = language.as_ref().map(Language::as_str);
        let Some(segments) = snippet(&text.text, tag, meaning) else { continue };
        let shown = Snippet { field: text.field, language, segments };
        match earlier.and_then(|at| found.get_mut(at)) {
            Some(place) if place.language.as_ref().is_none_or(|language| !wanted.is_first(language)) => {
                *place = shown
            }
            Some(_) => {}
            None => found.push(shown),
        }
    }
    found
}
