//! From bytes to JSON, losing nothing in silence.

use super::{Fault, escape};
use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::fmt;

/// Reads JSON strictly: UTF-8 only, no field twice, no NUL, nothing after the end.
///
/// # Errors
/// What makes the whole unreadable; what only makes parts of it doubtful comes beside the value.
pub fn read_json(bytes: &[u8]) -> Result<(Value, Vec<Fault>), Fault> {
    let whole = |code, detail: String| Fault::new("", code, detail);
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

/// The largest number up to which all integers are numbers of JSON (RFC 8259, section 6).
const LARGEST_EXACT: f64 = 9_007_199_254_740_991.0;

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

    /// `2.0` is an integer, as JSON Schema has it.
    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        let is_whole = value.fract() == 0.0 && value.abs() <= LARGEST_EXACT;
        let whole = is_whole.then(|| format!("{value:.0}").parse::<i64>());
        Ok(whole.and_then(Result::ok).map_or_else(|| value.into(), Value::from))
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
