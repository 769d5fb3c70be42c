//! Texts in several languages, and choosing one of them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use utoipa::ToSchema;

/// The form of a language tag, as [`Language::parse`] takes it.
pub const LANGUAGE_TAG: &str = "^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$";

/// A language tag (BCP 47) in canonical case: `ro`, `en`, `pt-BR`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Language(String);

impl Language {
    /// Reads a tag: a primary language of two or three letters, and subtags.
    pub fn parse(tag: &str) -> Option<Self> {
        let mut subtags = tag.split('-');
        let primary = subtags.next()?;
        if !matches!(primary.len(), 2 | 3) || !primary.bytes().all(|b| b.is_ascii_alphabetic()) {
            return None;
        }
        let mut canonical = primary.to_ascii_lowercase();
        for subtag in subtags {
            if !matches!(subtag.len(), 1..=8) || !subtag.bytes().all(|b| b.is_ascii_alphanumeric()) {
                return None;
            }
            canonical.push('-');
            // RFC 5646, section 2.1.1: regions in upper case, scripts in title case, all else lower.
            match subtag.len() {
                2 => canonical.push_str(&subtag.to_ascii_uppercase()),
                4 => {
                    let (first, rest) = subtag.split_at(1);
                    canonical.push_str(&first.to_ascii_uppercase());
                    canonical.push_str(&rest.to_ascii_lowercase());
                }
                _ => canonical.push_str(&subtag.to_ascii_lowercase()),
            }
        }
        (canonical.len() <= 35).then_some(Self(canonical))
    }

    /// English, the language that OGP itself publishes in: answers fall back to it.
    pub fn english() -> Self {
        Self("en".to_owned())
    }

    /// The tag.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The primary language without region or script: `pt` of `pt-BR`.
    pub fn primary(&self) -> &str {
        self.0.split('-').next().unwrap_or(&self.0)
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Language {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let tag = Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&tag).ok_or_else(|| {
            serde::de::Error::custom(format!("{tag:?} is not a language tag such as \"ro\" or \"pt-BR\""))
        })
    }
}

impl JsonSchema for Language {
    fn schema_name() -> Cow<'static, str> {
        "Language".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "A language tag (BCP 47), such as `ro` or `pt-BR`.",
            "pattern": LANGUAGE_TAG,
            "maxLength": 35
        })
    }
}

/// One text in any number of languages; the same text is not stored twice for one language.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = BTreeMap<String, String>, example = json!({"en": "Open data", "ro": "Date deschise"}))]
pub struct LocalizedText(BTreeMap<Language, String>);

impl LocalizedText {
    /// True where no language has the text.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All languages with their texts, by tag.
    pub fn iter(&self) -> impl Iterator<Item = (&Language, &str)> {
        self.0.iter().map(|(language, text)| (language, text.as_str()))
    }

    /// The text in the first of the wanted languages that has it (or has the same primary
    /// language); else in English, else in whichever language there is. With it, the language found.
    pub fn best(&self, wanted: &[Language]) -> Option<(&Language, &str)> {
        wanted
            .iter()
            .find_map(|wanted| {
                self.0
                    .get_key_value(wanted)
                    .or_else(|| self.0.iter().find(|(language, _)| language.primary() == wanted.primary()))
            })
            .or_else(|| self.0.get_key_value(&Language::english()))
            .or_else(|| self.0.iter().next())
            .map(|(language, text)| (language, text.as_str()))
    }
}

impl FromIterator<(Language, String)> for LocalizedText {
    fn from_iter<T: IntoIterator<Item = (Language, String)>>(texts: T) -> Self {
        Self(texts.into_iter().collect())
    }
}

impl<'de> Deserialize<'de> for LocalizedText {
    /// `ro` and `RO` are one language: giving both is refused, so that neither text is lost.
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Texts;

        impl<'de> serde::de::Visitor<'de> for Texts {
            type Value = LocalizedText;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object from language tag to text")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<LocalizedText, A::Error> {
                let mut texts = BTreeMap::new();
                while let Some((language, text)) = map.next_entry::<Language, String>()? {
                    if texts.contains_key(&language) {
                        return Err(serde::de::Error::custom(format!(
                            "the language {language} is given twice"
                        )));
                    }
                    texts.insert(language, text);
                }
                Ok(LocalizedText(texts))
            }
        }

        deserializer.deserialize_map(Texts)
    }
}

impl JsonSchema for LocalizedText {
    fn schema_name() -> Cow<'static, str> {
        "LocalizedText".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "object",
            "description": "One text in any number of languages: language tag (BCP 47) to text.",
            "propertyNames": { "pattern": LANGUAGE_TAG, "maxLength": 35 },
            "additionalProperties": { "type": "string", "minLength": 1, "maxLength": MAX_TEXT }
        })
    }
}

/// The longest text in one language that is taken, in characters.
pub const MAX_TEXT: usize = 20_000;

/// A short name for a long text: 16 hexadecimal digits of its SHA-256.
pub fn fingerprint(text: impl AsRef<[u8]>) -> String {
    let digest: [u8; 32] = Sha256::digest(text).into();
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn language(tag: &str) -> Language {
        Language::parse(tag).unwrap()
    }

    #[test]
    fn tags_are_canonical() {
        for (given, canonical) in [("RO", "ro"), ("pt-br", "pt-BR"), ("sr-LATN-rs", "sr-Latn-RS")] {
            assert_eq!(language(given).as_str(), canonical);
        }
        for bad in ["", "r", "romanian", "ro_RO", "ro-", "12", "ro-toolongsubtag", "*"] {
            assert_eq!(Language::parse(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn a_missing_language_falls_back_and_says_so() {
        let text: LocalizedText = [("en", "Timisoara"), ("ro", "Timișoara")]
            .map(|(tag, text)| (language(tag), text.to_owned()))
            .into_iter()
            .collect();
        let best = |tag| text.best(&[language(tag)]).map(|(language, text)| (language.as_str(), text));
        assert_eq!(best("ro"), Some(("ro", "Timișoara")));
        assert_eq!(best("ro-MD"), Some(("ro", "Timișoara")));
        assert_eq!(best("fr"), Some(("en", "Timisoara")));
        let several = text.best(&[language("fr"), language("ro")]);
        assert_eq!(several.map(|(language, _)| language.as_str()), Some("ro"));
        assert_eq!(LocalizedText::default().best(&[language("ro")]), None);
    }
}
