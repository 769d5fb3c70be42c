//! The part of a text that answers, with the words that do.

use super::Meaning;
use super::text::{fold, words};
use serde::Serialize;
use std::ops::Range;
use utoipa::ToSchema;

/// The most words that a snippet shows of a text.
const WIDTH: usize = 30;
/// How many of them stand before the first that answers.
const BEFORE: usize = 6;
/// Stands where the text goes on.
const CUT: &str = "…";

/// A piece of a text. It is plain text, whatever stands in it: whoever shows it escapes it as any other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(example = json!({"text": "Open", "matched": true}))]
pub struct Segment {
    /// The piece as it stands in the text.
    pub text: String,
    /// Whether it is a word that answers the search.
    pub matched: bool,
}

/// The part of a text with the most words that answer, in segments which follow each other without anything
/// between them; none where no word answers. "…" stands where the text was cut.
pub fn snippet(text: &str, language: Option<&str>, meaning: &Meaning) -> Option<Vec<Segment>> {
    let places: Vec<_> = words(text).collect();
    let answers =
        |place: &Range<usize>| text.get(place.clone()).is_some_and(|word| meaning.has(language, &fold(word)));
    let hits: Vec<bool> = places.iter().map(answers).collect();
    let (from, to) = window(&hits)?;
    let start = if from == 0 { 0 } else { places.get(from)?.start };
    let end = if to == places.len() { text.len() } else { places.get(to.checked_sub(1)?)?.end };
    let mut segments = Segments::default();
    let mut plain_from = start;
    segments.plain(if from > 0 { CUT } else { "" });
    for (place, _) in places.iter().zip(&hits).take(to).skip(from).filter(|(_, hit)| **hit) {
        segments.plain(text.get(plain_from..place.start)?);
        segments.matched(text.get(place.clone())?);
        plain_from = place.end;
    }
    segments.plain(text.get(plain_from..end)?);
    segments.plain(if to < places.len() { CUT } else { "" });
    Some(segments.0)
}

/// The words to show: from the first, up to before the second.
fn window(hits: &[bool]) -> Option<(usize, usize)> {
    let mut best: Option<(usize, usize)> = None;
    for at in hits.iter().enumerate().filter_map(|(at, hit)| hit.then_some(at)) {
        let count = hits.iter().skip(at).take(WIDTH - BEFORE).filter(|hit| **hit).count();
        if best.is_none_or(|(_, most)| count > most) {
            best = Some((at, count));
        }
    }
    let (at, _) = best?;
    // Nothing is cut before a text that fits, and nothing shown twice as much as needed at its end.
    let from = at.saturating_sub(BEFORE).min(hits.len().saturating_sub(WIDTH));
    Some((from, (from + WIDTH).min(hits.len())))
}

#[derive(Default)]
struct Segments(Vec<Segment>);

impl Segments {
    fn plain(&mut self, text: &str) {
        match self.0.last_mut() {
            _ if text.is_empty() => {}
            Some(last) if !last.matched => last.text.push_str(text),
            _ => self.0.push(Segment { text: text.to_owned(), matched: false }),
        }
    }

    fn matched(&mut self, text: &str) {
        self.0.push(Segment { text: text.to_owned(), matched: true });
    }
}

#[cfg(test)]
mod tests {
    use super::super::WordRead;
    use super::*;
    use proptest::prelude::*;

    fn asked(words: &[&str]) -> Meaning {
        let read = |word: &&str| WordRead {
            word: (*word).to_owned(),
            last: false,
            idle: false,
            near: Vec::new(),
            far: Vec::new(),
        };
        Meaning::of(words.iter().map(read).collect())
    }

    /// With brackets around what answers.
    fn shown(text: &str, words: &[&str]) -> Option<String> {
        let show =
            |segment: Segment| if segment.matched { format!("[{}]", segment.text) } else { segment.text };
        Some(snippet(text, Some("ro"), &asked(words))?.into_iter().map(show).collect())
    }

    #[test]
    fn the_words_that_answer_are_marked_as_they_are_written() {
        assert_eq!(shown("Ședințe PUBLICE.", &["sedinte", "publice"]).unwrap(), "[Ședințe] [PUBLICE].");
        assert_eq!(shown("<b>Ședință</b> & co", &["sedinta"]).unwrap(), "<b>[Ședință]</b> & co");
        assert_eq!(shown("Nimic.", &["sedinta"]), None);
        assert_eq!(shown("", &["sedinta"]), None);
    }

    #[test]
    fn a_long_text_is_cut_around_them() {
        let long = (0..100).map(|at| format!("w{at}")).collect::<Vec<_>>().join(" ");
        let middle = shown(&long, &["w50", "w52"]).unwrap();
        assert!(middle.starts_with("…w44 ") && middle.ends_with(" w73…"), "{middle}");
        assert!(middle.contains("[w50] w51 [w52]"));
        let first = shown(&long, &["w1"]).unwrap();
        assert!(first.starts_with("w0 [w1]") && first.ends_with("w29…"), "{first}");
        let last = shown(&long, &["w99"]).unwrap();
        assert!(last.starts_with("…w70") && last.ends_with("[w99]"), "{last}");
    }

    proptest! {
        #[test]
        fn what_is_shown_stands_in_the_text(text in "([a-c<ș\u{326}] ?){0,80}", word in "[a-c]{1,2}") {
            if let Some(segments) = snippet(&text, None, &asked(&[&word])) {
                let whole: String = segments.iter().map(|segment| segment.text.as_str()).collect();
                prop_assert!(text.contains(whole.trim_matches('…')));
                prop_assert!(segments.iter().any(|segment| segment.matched));
                prop_assert!(segments.iter().all(|segment| !segment.text.is_empty()));
            }
        }
    }
}
