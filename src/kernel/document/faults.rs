//! Rules that a schema cannot say and that many things share.

use super::Fault;
use crate::kernel::{LocalizedText, PartialDate};
use chrono::NaiveDate;
use std::collections::HashMap;
use std::hash::Hash;

/// Faults found so far.
#[derive(Debug, Clone, Default)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// One more.
    pub fn add(&mut self, pointer: impl Into<String>, code: &'static str, detail: impl Into<String>) {
        self.0.push(Fault::new(pointer, code, detail));
    }

    /// The faults of a document that stands at a place of a larger one.
    pub fn below(&mut self, pointer: &str, faults: impl IntoIterator<Item = Fault>) {
        self.0.extend(faults.into_iter().map(|fault| fault.below(pointer)));
    }

    /// A text that must be there in at least one language.
    pub fn named(&mut self, pointer: impl Into<String>, text: &LocalizedText) {
        if text.is_empty() {
            self.add(pointer, "text_missing", "at least one language is needed");
        }
    }

    /// A day.
    pub fn day(&mut self, pointer: impl Into<String>, day: Option<NaiveDate>) {
        if let Some(Err(error)) = day.map(|day| PartialDate::day(day).check()) {
            self.add(pointer, "date_wrong", error.to_string());
        }
    }

    /// A partial date.
    pub fn date(&mut self, pointer: impl Into<String>, date: Option<&PartialDate>) {
        if let Some(Err(error)) = date.map(PartialDate::check) {
            self.add(pointer, "date_wrong", error.to_string());
        }
    }

    /// Two partial dates, in order.
    pub fn period(
        &mut self,
        pointer: &str,
        (start_field, start): (&str, Option<&PartialDate>),
        (end_field, end): (&str, Option<&PartialDate>),
    ) {
        self.date(format!("{pointer}/{start_field}"), start);
        self.date(format!("{pointer}/{end_field}"), end);
        let (first, last) = (start.and_then(PartialDate::first_day), end.and_then(PartialDate::last_day));
        if let (Some(first), Some(last)) = (first, last)
            && first > last
        {
            let detail = format!("it ends ({last}) before it starts ({first})");
            self.add(format!("{pointer}/{end_field}"), "dates_reversed", detail);
        }
    }

    /// Tells each name that was given before, with where.
    pub fn unique<K: Hash + Eq>(
        &mut self,
        names: impl IntoIterator<Item = (K, String)>,
        code: &'static str,
        what: &str,
    ) {
        let mut first: HashMap<K, String> = HashMap::new();
        for (name, pointer) in names {
            match first.get(&name) {
                Some(earlier) => self.add(pointer, code, format!("{what}; it is at {earlier} already")),
                None => {
                    first.insert(name, pointer);
                }
            }
        }
    }

    /// All of them.
    pub fn into_vec(self) -> Vec<Fault> {
        self.0
    }
}
