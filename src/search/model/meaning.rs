//! What a search was understood to mean: for each word all words that may stand for it.

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// The letters that stand before the words of a language in documents: Romanian, English, any other.
const LANGUAGES: [char; 3] = ['r', 'e', 'o'];
/// Words shorter than this are not taken for mistyped ones: too many others are like them.
const SHORTEST_MISTYPED: usize = 4;

/// A word that was asked for, as the database read it. Of the words beside it each has the letter of its
/// language before it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct WordRead {
    /// Without case and diacritics.
    pub word: String,
    /// The last one may not be typed to its end.
    pub last: bool,
    /// One that says nothing alone: "of", "și".
    pub idle: bool,
    /// Other forms of it.
    pub near: Vec<String>,
    /// Words written like it; only where nothing that the caller sees has the word itself.
    pub far: Vec<String>,
}

/// A word that nothing has, and the words written like it that were searched for in its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(example = json!({"asked": "budjet", "read_as": ["budget"]}))]
pub struct Correction {
    /// The word, without case and diacritics.
    pub asked: String,
    /// What it was taken for.
    pub read_as: Vec<String>,
}

/// What a search means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meaning(Vec<WordRead>);

impl Meaning {
    /// Of the words of a search, in their order. Idle ones count where there are no others.
    pub fn of(words: Vec<WordRead>) -> Self {
        let all_idle = words.iter().all(|word| word.idle);
        let counts = |word: &WordRead| !word.word.is_empty() && (all_idle || !word.idle);
        Self(words.into_iter().filter(counts).map(WordRead::with_the_likest).collect())
    }

    /// What must be in a document, as a `tsquery`: each word, or one that may stand for it.
    pub fn every(&self) -> String {
        let one = |word: &WordRead| {
            let itself = word.itself().map(|itself| lexeme(&itself, word.last));
            let others = word.near.iter().chain(&word.far).map(|other| lexeme(other, false));
            format!("({})", any(itself.chain(others)))
        };
        self.0.iter().map(one).collect::<Vec<_>>().join(" & ")
    }

    /// Each word itself.
    pub fn exact(&self) -> Vec<String> {
        self.each(|word| any(word.itself().map(|itself| lexeme(&itself, false))))
    }

    /// Other forms of each word, and what the last one begins.
    pub fn near(&self) -> Vec<String> {
        self.each(|word| {
            let begun = word.itself().filter(|_| word.last).map(|itself| lexeme(&itself, true));
            any(word.near.iter().map(|form| lexeme(form, false)).chain(begun))
        })
    }

    /// Words that are only written like each.
    pub fn far(&self) -> Vec<String> {
        self.each(|word| any(word.far.iter().map(|other| lexeme(other, false))))
    }

    fn each(&self, query: impl Fn(&WordRead) -> String) -> Vec<String> {
        self.0.iter().map(query).collect()
    }

    /// Whether a folded word of a text in some language answers.
    pub fn has(&self, language: Option<&str>, word: &str) -> bool {
        let letter = match language.and_then(|tag| tag.split('-').next()) {
            Some("ro") => 'r',
            Some("en") => 'e',
            _ => 'o',
        };
        let tagged = format!("{letter}{word}");
        self.0.iter().any(|asked| {
            asked.word == word
                || (asked.last && word.starts_with(&asked.word))
                || asked.near.contains(&tagged)
                || asked.far.contains(&tagged)
        })
    }

    /// The words that were taken for others.
    pub fn corrections(&self) -> Vec<Correction> {
        let corrected = self.0.iter().filter(|word| !word.far.is_empty());
        let correction = |word: &WordRead| {
            let read_as: BTreeSet<_> = word.far.iter().map(|other| bare(other).to_owned()).collect();
            Correction { asked: word.word.clone(), read_as: read_as.into_iter().collect() }
        };
        corrected.map(correction).collect()
    }
}

impl WordRead {
    /// The word in each language.
    fn itself(&self) -> impl Iterator<Item = String> {
        LANGUAGES.iter().map(|language| format!("{language}{}", self.word))
    }

    /// The same with only those of the words written like it that differ in the fewest letters.
    fn with_the_likest(mut self) -> Self {
        let distance = |other: &String| strsim::osa_distance(&self.word, bare(other));
        let fewest = self.far.iter().map(distance).min().filter(|fewest| *fewest <= self.typos());
        self.far = match fewest {
            Some(fewest) => self.far.iter().filter(|other| distance(other) == fewest).cloned().collect(),
            None => Vec::new(),
        };
        self
    }

    /// How many letters may be wrong: missing, too many, different, or two in each other's place.
    fn typos(&self) -> usize {
        match self.word.chars().count() {
            0..SHORTEST_MISTYPED => 0,
            SHORTEST_MISTYPED..6 => 1,
            _ => 2,
        }
    }
}

/// A word without the letter of its language.
fn bare(tagged: &str) -> &str {
    tagged.get(1..).unwrap_or_default()
}

/// A word of a `tsquery`, whatever is in it.
fn lexeme(word: &str, begins: bool) -> String {
    let quoted = word.replace('\\', "\\\\").replace('\'', "''");
    format!("'{quoted}'{}", if begins { ":*" } else { "" })
}

fn any(lexemes: impl Iterator<Item = String>) -> String {
    lexemes.collect::<Vec<_>>().join(" | ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(word: &str, last: bool) -> WordRead {
        WordRead { word: word.to_owned(), last, idle: false, near: Vec::new(), far: Vec::new() }
    }

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn every_word_must_be_there_and_the_last_may_go_on() {
        let near = WordRead { near: words(&["rbugetului"]), ..read("buget", false) };
        let meaning = Meaning::of(vec![near, read("loc", true)]);
        assert_eq!(
            meaning.every(),
            "('rbuget' | 'ebuget' | 'obuget' | 'rbugetului') & ('rloc':* | 'eloc':* | 'oloc':*)"
        );
        assert_eq!(meaning.exact(), ["'rbuget' | 'ebuget' | 'obuget'", "'rloc' | 'eloc' | 'oloc'"]);
        assert_eq!(meaning.near(), ["'rbugetului'", "'rloc':* | 'eloc':* | 'oloc':*"]);
        assert_eq!(meaning.far(), ["", ""]);
        for (language, word, is) in [
            ("ro", "buget", true),
            ("en", "buget", true),
            ("ro", "bugetului", true),
            ("en", "bugetului", false),
            ("ro", "local", true),
            ("ro", "bugete", false),
        ] {
            assert_eq!(meaning.has(Some(language), word), is, "{language} {word}");
        }
    }

    #[test]
    fn idle_words_count_only_where_there_are_no_others() {
        let of = WordRead { idle: true, ..read("of", false) };
        assert!(!Meaning::of(vec![of.clone(), read("data", true)]).every().contains("of"));
        assert!(Meaning::of(vec![of]).every().contains("'eof'"));
    }

    #[test]
    fn a_mistyped_word_means_those_that_differ_least() {
        let far = words(&["ebudget", "rbuget", "ebudgets", "rbugete"]);
        let meaning = Meaning::of(vec![WordRead { far, ..read("budjet", true) }]);
        assert_eq!(meaning.far(), ["'ebudget'"]);
        let said = Correction { asked: "budjet".to_owned(), read_as: words(&["budget"]) };
        assert_eq!(meaning.corrections(), [said]);
        // Two letters of four are another word.
        let other = Meaning::of(vec![WordRead { far: words(&["rbani"]), ..read("bamu", true) }]);
        assert!(other.far() == [""] && other.corrections().is_empty());
    }

    #[test]
    fn what_is_in_a_word_stays_in_it() {
        assert_eq!(lexeme(r"a'b\c", true), r"'a''b\\c':*");
    }
}
