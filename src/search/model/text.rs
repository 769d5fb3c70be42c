//! Words: how a text is taken apart, and when two of them are the same.

use serde::{Deserialize, Deserializer};
use std::ops::Range;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The longest search, in characters.
pub const MAX_CHARACTERS: usize = 500;
/// The most words that one search has.
pub const MAX_WORDS: usize = 32;

/// What somebody searches for: words. Whatever stands between them only keeps them apart; there are no
/// operators.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchText(Vec<String>);

impl SearchText {
    /// Reads what a caller wrote.
    ///
    /// # Errors
    /// In words, where there is nothing to search for, or too much.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.chars().count() > MAX_CHARACTERS {
            return Err(format!("a search has at most {MAX_CHARACTERS} characters"));
        }
        let words: Vec<_> = words(text).filter_map(|place| text.get(place)).map(str::to_owned).collect();
        match words.len() {
            0 => Err("there is no word in it: no letter or digit".to_owned()),
            1..=MAX_WORDS => Ok(Self(words)),
            many => Err(format!("a search has at most {MAX_WORDS} words; this has {many}")),
        }
    }

    /// Its words as they were written, in order.
    pub fn words(&self) -> &[String] {
        &self.0
    }
}

impl<'de> Deserialize<'de> for SearchText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

/// Where the words of a text stand, in bytes.
pub(super) fn words(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut rest = text.char_indices().peekable();
    std::iter::from_fn(move || {
        let (start, first) = rest.find(|(_, letter)| letter.is_alphanumeric())?;
        let mut end = start + first.len_utf8();
        while let Some((at, letter)) = rest.next_if(|(_, letter)| belongs_to_word(*letter)) {
            end = at + letter.len_utf8();
        }
        Some(start..end)
    })
}

/// Diacritics may stand behind their letter.
fn belongs_to_word(letter: char) -> bool {
    letter.is_alphanumeric() || is_combining_mark(letter)
}

/// A word without case and diacritics, as the database's `search_fold` makes it; a test holds the two equal.
pub fn fold(word: &str) -> String {
    let mut folded = String::with_capacity(word.len());
    for letter in word.nfkd().filter(|letter| !is_combining_mark(*letter)).flat_map(char::to_lowercase) {
        match letter {
            'đ' => folded.push('d'),
            'ł' => folded.push('l'),
            'ø' => folded.push('o'),
            'ı' => folded.push('i'),
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            other => folded.push(other),
        }
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(text: &str) -> Vec<String> {
        SearchText::parse(text).unwrap().0
    }

    #[test]
    fn only_letters_and_digits_are_words() {
        assert_eq!(parse("  ședințe, publice! "), ["ședințe", "publice"]);
        assert_eq!(parse("\"open data\" -draft & (2018 | :*)"), ["open", "data", "draft", "2018"]);
        assert_eq!(parse("s\u{326}edint\u{327}a"), ["s\u{326}edint\u{327}a"]);
        assert_eq!(parse("<script>alert(1)</script>"), ["script", "alert", "1", "script"]);
        for nothing in ["", " ", "-", "& | ! :*", "\"'\\", "\u{326}", "…", "%_"] {
            assert!(SearchText::parse(nothing).is_err(), "{nothing:?}");
        }
    }

    #[test]
    fn a_search_has_an_end() {
        assert_eq!(parse(&"a ".repeat(MAX_WORDS)).len(), MAX_WORDS);
        assert!(SearchText::parse(&"a ".repeat(MAX_WORDS + 1)).unwrap_err().contains("33"));
        assert!(SearchText::parse(&"ș".repeat(MAX_CHARACTERS + 1)).is_err());
    }

    #[test]
    fn case_diacritics_and_their_encoding_do_not_matter() {
        for same in ["ședință", "şedinţă", "ŞEDINŢĂ", "Sedinta", "s\u{326}edint\u{327}a\u{306}"] {
            assert_eq!(fold(same), "sedinta", "{same}");
        }
        assert_eq!(fold("Œuvre Straße Łódź"), "oeuvre strasse lodz");
    }

    proptest! {
        #[test]
        fn words_stand_where_they_are_said_to_stand(text in ".{0,60}") {
            let mut before = 0;
            for place in words(&text) {
                prop_assert!(place.start >= before && place.end > place.start);
                before = place.end;
                let word = &text[place];
                prop_assert!(word.chars().all(belongs_to_word));
            }
        }
    }
}
