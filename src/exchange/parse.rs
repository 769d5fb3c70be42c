//! Reading an import document: from bytes to typed items, with every error at once.
//!
//! An item that the schema refuses is left out of what comes after, but the name it declares still
//! counts, so that one mistake is not told again by everything that refers to it.

use super::document::{CommitmentItem, Document, PolicyAreaItem};
use crate::assessments::model::AssessmentSchemeInput;
use crate::kernel::document::{Fault, bounded_schema, check, read_json, typed};
use crate::kernel::{Note, Source};
use crate::members::model::{InstitutionInput, MemberInput};
use crate::plans::model::ActionPlanInput;
use chrono::NaiveDate;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::BTreeSet;

/// The largest document that is taken, in bytes.
pub const MAX_DOCUMENT: usize = 100 * 1024 * 1024;
/// The most errors that are told; one more line says how many there are.
pub const MAX_FAULTS: usize = 1_000;
/// An item with its place in its list.
#[derive(Debug, Clone)]
pub struct At<T> {
    /// Its place, from 0.
    pub index: usize,
    /// The item.
    pub item: T,
}

/// What could be read of a document.
#[derive(Debug, Default)]
pub struct Parsed {
    /// The whole, as JSON: names declared by items that were left out are still here.
    pub raw: Value,
    /// Lists that could not be read at all: nobody knows which names they declare.
    pub unread: BTreeSet<String>,
    /// Title of the document.
    pub title: Option<String>,
    /// When it was compiled.
    pub compiled_on: Option<NaiveDate>,
    /// Remarks on the whole.
    pub notes: Vec<Note>,
    /// Sources of the whole.
    pub sources: Vec<Source>,
    /// Readable policy areas.
    pub policy_areas: Vec<At<PolicyAreaItem>>,
    /// Readable institutions.
    pub institutions: Vec<At<InstitutionInput>>,
    /// Readable schemes.
    pub assessment_schemes: Vec<At<AssessmentSchemeInput>>,
    /// Readable members.
    pub members: Vec<At<MemberInput>>,
    /// Readable plans.
    pub action_plans: Vec<At<ActionPlanInput>>,
    /// Readable commitments.
    pub commitments: Vec<At<CommitmentItem>>,
}

/// The JSON Schema of the document (draft 2020-12).
pub fn schema() -> Value {
    // The document's own lists are limited by the size of a document only.
    bounded_schema::<Document>()
}

/// Reads a document. What cannot be read is told in the faults and missing in what is returned.
pub fn parse(bytes: &[u8]) -> (Parsed, Vec<Fault>) {
    if bytes.len() > MAX_DOCUMENT {
        let limit = MAX_DOCUMENT / 1024 / 1024;
        let detail = format!("the document is larger than {limit} MB; split it");
        return (Parsed::default(), vec![Fault::new("", "document_too_large", detail)]);
    }
    match read_json(bytes) {
        Ok((raw, faults)) => read_items(raw, faults),
        Err(fault) => (Parsed::default(), vec![fault]),
    }
}

fn read_items(raw: Value, mut faults: Vec<Fault>) -> (Parsed, Vec<Fault>) {
    faults.extend(check::<Document>(&raw));
    let refused: BTreeSet<String> = faults.iter().map(|fault| item_of(&fault.pointer)).collect();
    let mut items = Items { raw: &raw, refused, faults };
    let mut parsed = Parsed {
        title: items.field("title"),
        compiled_on: items.field("compiled_on"),
        notes: items.field("notes").unwrap_or_default(),
        sources: items.field("sources").unwrap_or_default(),
        policy_areas: items.list("policy_areas"),
        institutions: items.list("institutions"),
        assessment_schemes: items.list("assessment_schemes"),
        members: items.list("members"),
        action_plans: items.list("action_plans"),
        commitments: items.list_of("commitments", CommitmentItem::read),
        raw: Value::Null,
        unread: BTreeSet::new(),
    };
    let Items { refused, faults, .. } = items;
    let lists = refused.iter().filter_map(|place| place.strip_prefix('/'));
    parsed.unread = lists.filter(|place| !place.contains('/')).map(str::to_owned).collect();
    parsed.raw = raw;
    (parsed, faults)
}

/// `/commitments/3/title/ro` lies in the item `/commitments/3`.
fn item_of(pointer: &str) -> String {
    pointer.split('/').take(3).collect::<Vec<_>>().join("/")
}

struct Items<'a> {
    raw: &'a Value,
    refused: BTreeSet<String>,
    faults: Vec<Fault>,
}

impl Items<'_> {
    fn list<T: DeserializeOwned>(&mut self, name: &str) -> Vec<At<T>> {
        self.list_of(name, typed)
    }

    fn list_of<T>(
        &mut self,
        name: &str,
        read: impl Fn(&Value, &str, &mut Vec<Fault>) -> Option<T>,
    ) -> Vec<At<T>> {
        let raw = self.raw;
        let Some(Value::Array(values)) = raw.get(name) else { return Vec::new() };
        let mut items = Vec::with_capacity(values.len());
        for (index, value) in values.iter().enumerate() {
            let pointer = format!("/{name}/{index}");
            if !self.refused.contains(&pointer)
                && let Some(item) = read(value, &pointer, &mut self.faults)
            {
                items.push(At { index, item });
            }
        }
        items
    }

    fn field<T: DeserializeOwned>(&mut self, name: &str) -> Option<T> {
        let pointer = format!("/{name}");
        let value = self.raw.get(name)?;
        if self.refused.iter().any(|refused| refused.starts_with(&pointer)) {
            return None;
        }
        typed(value, &pointer, &mut self.faults)
    }
}
