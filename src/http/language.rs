//! Which language the caller wants, and picking texts in it.

use crate::kernel::{Language, LocalizedText, Note, Source};
use actix_web::HttpRequest;
use actix_web::http::header::{AcceptLanguage, Header, Quality};
use serde::Serialize;
use std::cell::RefCell;
use std::collections::BTreeMap;

/// The languages wanted, best first, and what became of the wish.
#[derive(Debug, Clone)]
pub struct Wanted {
    languages: Vec<Language>,
    all: bool,
    used: RefCell<Vec<Language>>,
}

/// All languages of the texts that a resource has, by field; only with `lang=*`.
pub type Translations = BTreeMap<&'static str, LocalizedText>;
/// Fields whose text is not in the language asked for, with the language it is in.
pub type Fallbacks = BTreeMap<&'static str, Language>;

impl Wanted {
    /// `lang=` before `Accept-Language` (RFC 9110, section 12.5.4) before English.
    pub fn new(request: &HttpRequest, lang: Option<&str>) -> Self {
        let all = lang == Some("*");
        let mut languages: Vec<_> = match lang {
            Some(tag) if !all => Language::parse(tag).into_iter().collect(),
            _ => accepted(request),
        };
        if languages.is_empty() {
            languages.push(Language::english());
        }
        Self { languages, all, used: RefCell::default() }
    }

    /// Begins picking the texts of one resource.
    pub fn texts(&self) -> Texts<'_> {
        Texts { wanted: self, translations: BTreeMap::new(), fallbacks: BTreeMap::new() }
    }

    /// For `Content-Language`: the languages of the texts that were picked.
    pub fn used(&self) -> Option<String> {
        let used = self.used.borrow();
        let tags: Vec<_> = used.iter().map(Language::as_str).collect();
        (!tags.is_empty()).then(|| tags.join(", "))
    }

    /// Whether it is the language wanted most, whatever its region.
    pub fn is_first(&self, language: &Language) -> bool {
        self.languages.first().is_some_and(|first| first.primary() == language.primary())
    }

    fn note(&self, language: &Language) {
        let mut used = self.used.borrow_mut();
        if !used.contains(language) {
            used.push(language.clone());
        }
    }
}

fn accepted(request: &HttpRequest) -> Vec<Language> {
    let Ok(AcceptLanguage(mut ranges)) = AcceptLanguage::parse(request) else { return Vec::new() };
    // Weight 0 means "not this one" (RFC 9110, section 12.4.2).
    ranges.retain(|range| range.quality > Quality::ZERO);
    let ranked = AcceptLanguage(ranges).ranked().into_iter();
    ranked.filter_map(|preference| Language::parse(&preference.into_item()?.to_string())).collect()
}

/// Picks the texts of one resource and remembers what must be told about them.
#[derive(Debug)]
pub struct Texts<'a> {
    wanted: &'a Wanted,
    translations: Translations,
    fallbacks: Fallbacks,
}

impl Texts<'_> {
    /// The text of a field in the best language there is.
    pub fn pick(&mut self, field: &'static str, text: &LocalizedText) -> Option<String> {
        let (language, best) = text.best(&self.wanted.languages)?;
        let first = self.wanted.languages.first();
        if first.is_some_and(|first| first.primary() != language.primary()) {
            self.fallbacks.insert(field, language.clone());
        }
        if self.wanted.all {
            self.translations.insert(field, text.clone());
            text.iter().for_each(|(language, _)| self.wanted.note(language));
        } else {
            self.wanted.note(language);
        }
        Some(best.to_owned())
    }

    /// What must be told: all translations where asked for, and which texts fell back.
    pub fn finish(self) -> (Option<Translations>, Option<Fallbacks>) {
        let told = (!self.fallbacks.is_empty()).then_some(self.fallbacks);
        (self.wanted.all.then_some(self.translations), told)
    }
}

/// The text of a list's element in the best language there is; elements carry no marks of their own.
impl Wanted {
    /// Picks one text without remembering more than its language.
    pub fn text(&self, text: &LocalizedText) -> Option<String> {
        let (language, best) = text.best(&self.languages)?;
        self.note(language);
        Some(best.to_owned())
    }
}

/// A text with its language, where a resource has many of a kind.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Said {
    /// The text.
    pub text: String,
    /// Its language.
    #[schema(value_type = String, example = "en")]
    pub language: Language,
    /// The text in all its languages; only with `lang=*`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub translations: Option<LocalizedText>,
}

/// A remark, in one language.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Remark {
    /// What it is about, in one word.
    #[schema(required)]
    pub topic: Option<String>,
    /// The remark.
    #[serde(flatten)]
    pub said: Said,
    /// Where it comes from.
    pub sources: Vec<Source>,
}

impl Wanted {
    /// The best text with its language.
    pub fn said(&self, text: &LocalizedText) -> Option<Said> {
        let (language, best) = text.best(&self.languages)?;
        self.note(language);
        let translations = self.all.then(|| text.clone());
        Some(Said { text: best.to_owned(), language: language.clone(), translations })
    }

    /// All of these texts.
    pub fn all_said(&self, texts: &[LocalizedText]) -> Vec<Said> {
        texts.iter().filter_map(|text| self.said(text)).collect()
    }

    /// All of these remarks.
    pub fn remarks(&self, notes: &[Note]) -> Vec<Remark> {
        let remark = |note: &Note| {
            Some(Remark {
                topic: note.topic.clone(),
                said: self.said(&note.text)?,
                sources: note.sources.clone(),
            })
        };
        notes.iter().filter_map(remark).collect()
    }
}
