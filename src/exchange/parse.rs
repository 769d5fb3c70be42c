//! Reading an import document: from bytes to typed items, with every error at once.
//!
//! An item that the schema refuses is left out of what comes after, but the name it declares still
//! counts, so that one mistake is not told again by everything that refers to it.

mod wording;

use super::document::{
    ActionPlanItem, CommitmentItem, Document, InstitutionItem, MemberItem, PolicyAreaItem, SchemeItem,
};
use crate::kernel::{Note, Source};
use chrono::NaiveDate;
use serde::Serialize;
use serde::de::{DeserializeOwned, DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::fmt;
use wording::{clip, tell};

/// The largest document that is taken, in bytes.
pub const MAX_DOCUMENT: usize = 100 * 1024 * 1024;
/// The most errors that are told; one more line says how many there are.
pub const MAX_FAULTS: usize = 1_000;
/// The most elements that a list inside an item has: the database counts places in 16 bits, and
/// all rows of a list are written by one statement.
pub const MAX_LIST: usize = 1_000;
/// How much of a pointer is shown, in characters: keys may be long.
const MAX_POINTER: usize = 500;

/// One thing wrong with a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// Where: a JSON pointer (RFC 6901); empty for the document as a whole.
    pub pointer: String,
    /// A stable name for the kind of fault.
    pub code: &'static str,
    /// What is wrong, and what would be right.
    pub detail: String,
}

impl Fault {
    /// A fault at a place.
    pub fn new(pointer: impl Into<String>, code: &'static str, detail: impl Into<String>) -> Self {
        Self { pointer: clip(&pointer.into(), MAX_POINTER), code, detail: detail.into() }
    }
}

/// Sorts faults by place, items in the order of their lists, and leaves each out that is there twice.
pub fn arrange(faults: &mut Vec<Fault>) {
    faults.sort_by_cached_key(|fault| {
        // The tenth item comes after the second.
        let place =
            fault.pointer.split('/').map(|segment| (segment.parse::<usize>().ok(), segment.to_owned()));
        (place.collect::<Vec<_>>(), fault.code, fault.detail.clone())
    });
    faults.dedup();
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = if self.pointer.is_empty() { "(document)" } else { &self.pointer };
        // What the document brings along must not steer a terminal.
        let line = format!("{place}: {} [{}]", self.detail, self.code);
        f.write_str(&line.replace(char::is_control, "\u{FFFD}"))
    }
}

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
    pub institutions: Vec<At<InstitutionItem>>,
    /// Readable schemes.
    pub assessment_schemes: Vec<At<SchemeItem>>,
    /// Readable members.
    pub members: Vec<At<MemberItem>>,
    /// Readable plans.
    pub action_plans: Vec<At<ActionPlanItem>>,
    /// Readable commitments.
    pub commitments: Vec<At<CommitmentItem>>,
}

/// The JSON Schema of the document (draft 2020-12).
pub fn schema() -> Value {
    let generator = schemars::generate::SchemaSettings::draft2020_12().into_generator();
    let mut schema = generator.into_root_schema_for::<Document>().to_value();
    // The document's own lists are limited by the size of a document only.
    if let Some(definitions) = schema.get_mut("$defs") {
        bound_lists(definitions);
    }
    schema
}

fn bound_lists(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            if fields.get("type").is_some_and(|kind| kind == "array") && !fields.contains_key("maxItems") {
                fields.insert("maxItems".to_owned(), MAX_LIST.into());
            }
            fields.values_mut().for_each(bound_lists);
        }
        Value::Array(values) => values.iter_mut().for_each(bound_lists),
        _ => {}
    }
}

/// Reads a document. What cannot be read is told in the faults and missing in what is returned.
pub fn parse(bytes: &[u8]) -> (Parsed, Vec<Fault>) {
    match read_json(bytes) {
        Ok((raw, faults)) => read_items(raw, faults),
        Err(fault) => (Parsed::default(), vec![fault]),
    }
}

fn read_json(bytes: &[u8]) -> Result<(Value, Vec<Fault>), Fault> {
    let whole = |code, detail: String| Fault::new("", code, detail);
    if bytes.len() > MAX_DOCUMENT {
        let limit = MAX_DOCUMENT / 1024 / 1024;
        return Err(whole("document_too_large", format!("the document is larger than {limit} MB; split it")));
    }
    if matches!(bytes, [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] | [0, _, ..] | [_, 0, ..]) {
        return Err(whole("encoding_wrong", "the document is UTF-16 or UTF-32; save it as UTF-8".to_owned()));
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let (before, _) = bytes.split_at(error.valid_up_to());
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        let offset = error.valid_up_to();
        whole(
            "encoding_wrong",
            format!("byte {offset} (line {line}) is not UTF-8; save the document as UTF-8"),
        )
    })?;
    if text.trim().is_empty() {
        return Err(whole("document_empty", "the document is empty".to_owned()));
    }
    let mut faults = Vec::new();
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let place = Place { pointer: String::new(), faults: &mut faults };
    let value = place
        .deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value))
        .map_err(|error| whole("json_broken", format!("the document is not JSON: {error}")))?;
    Ok((value, faults))
}

fn read_items(raw: Value, mut faults: Vec<Fault>) -> (Parsed, Vec<Fault>) {
    match jsonschema::draft202012::options().should_validate_formats(true).build(&schema()) {
        Ok(validator) => {
            for error in validator.iter_errors(&raw) {
                tell(&error, &mut faults);
            }
        }
        Err(error) => {
            faults.push(Fault::new("", "schema_broken", format!("our own schema is broken: {error}")))
        }
    }
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
        commitments: items.list("commitments"),
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
        let raw = self.raw;
        let Some(Value::Array(values)) = raw.get(name) else { return Vec::new() };
        let mut read = Vec::with_capacity(values.len());
        for (index, value) in values.iter().enumerate() {
            let pointer = format!("/{name}/{index}");
            if !self.refused.contains(&pointer)
                && let Some(item) = self.typed(value, &pointer)
            {
                read.push(At { index, item });
            }
        }
        read
    }

    fn field<T: DeserializeOwned>(&mut self, name: &str) -> Option<T> {
        let pointer = format!("/{name}");
        let value = self.raw.get(name)?;
        if self.refused.iter().any(|refused| refused.starts_with(&pointer)) {
            return None;
        }
        self.typed(value, &pointer)
    }

    /// What the schema lets pass and the types refuse, such as one language in two spellings.
    fn typed<T: DeserializeOwned>(&mut self, value: &Value, pointer: &str) -> Option<T> {
        match serde_path_to_error::deserialize(value) {
            Ok(typed) => Some(typed),
            Err(error) => {
                let mut place = pointer.to_owned();
                for segment in error.path() {
                    use serde_path_to_error::Segment;
                    match segment {
                        Segment::Seq { index } => place.push_str(&format!("/{index}")),
                        Segment::Map { key } => place.push_str(&format!("/{}", escape(key))),
                        Segment::Enum { .. } | Segment::Unknown => {}
                    }
                }
                self.faults.push(Fault::new(place, "value_refused", error.inner().to_string()));
                None
            }
        }
    }
}

/// A key in a JSON pointer.
pub(super) fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// Builds a [`Value`] and notices what it would lose or the database cannot keep: fields given
/// twice, and NUL characters.
struct Place<'a> {
    pointer: String,
    faults: &'a mut Vec<Fault>,
}

impl Place<'_> {
    fn check_text(&mut self, text: &str) {
        if text.contains('\0') {
            let detail = "the text has a NUL character, which no database keeps; remove it";
            self.faults.push(Fault::new(self.pointer.clone(), "text_has_nul", detail));
        }
    }
}

impl<'de> DeserializeSeed<'de> for Place<'_> {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Place<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(mut self, value: &str) -> Result<Value, E> {
        self.check_text(value);
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        loop {
            let pointer = format!("{}/{}", self.pointer, values.len());
            match seq.next_element_seed(Place { pointer, faults: &mut *self.faults })? {
                Some(value) => values.push(value),
                None => return Ok(Value::Array(values)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Value, A::Error> {
        let mut values = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            self.check_text(&key);
            let pointer = format!("{}/{}", self.pointer, escape(&key));
            let value = map.next_value_seed(Place { pointer: pointer.clone(), faults: &mut *self.faults })?;
            if values.insert(key, value).is_some() {
                self.faults.push(Fault::new(
                    pointer,
                    "field_repeated",
                    "the field is given twice in one object",
                ));
            }
        }
        Ok(Value::Object(values))
    }
}
