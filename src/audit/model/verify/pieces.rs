//! A report taken apart, plan by plan, and written again as it must have been.

use super::Wrong;
use super::proofs::ReportRead;
use crate::audit::model::frame::{Generation, ReportCheckpoint};
use crate::audit::model::{About, Asked, Common, Section, WholeComputed, canonical};
use crate::ledger::model::note::hex;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::borrow::Cow;

/// The parts of a report, as they stand in the file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pieces<'a> {
    #[serde(borrow)]
    about: &'a RawValue,
    #[serde(borrow)]
    action_plans: Vec<&'a RawValue>,
    #[serde(borrow)]
    asked: &'a RawValue,
    #[serde(borrow)]
    checkpoint: &'a RawValue,
    #[serde(borrow)]
    common: &'a RawValue,
    #[serde(borrow)]
    computed: &'a RawValue,
    #[serde(borrow)]
    format: &'a RawValue,
    #[serde(borrow)]
    formulas: &'a RawValue,
    #[serde(borrow)]
    generation: &'a RawValue,
}

/// What a report must be, byte by byte.
#[derive(Debug, Default)]
pub(super) struct Written {
    /// What is signed: all but the signature.
    pub(super) signed: Vec<u8>,
    /// The digest of all but the generation block.
    pub(super) digest: String,
    /// Where the file is something else.
    pub(super) wrong: Vec<Wrong>,
}

/// The document of a file: the file itself, or the lines of one put together.
pub(super) fn document(file: &[u8]) -> Result<Cow<'_, [u8]>, Wrong> {
    if file.starts_with(br#"{"at":"#) { together(file).map(Cow::Owned) } else { Ok(Cow::Borrowed(file)) }
}

/// A record of a report, in a line of its own.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    at: String,
    value: Value,
}

fn together(file: &[u8]) -> Result<Vec<u8>, Wrong> {
    let mut whole = Value::Object(Map::from_iter([("action_plans".to_owned(), Value::Array(Vec::new()))]));
    let mut lines = file.split(|byte| *byte == b'\n');
    if lines.next_back().is_some_and(|last| !last.is_empty()) {
        return Err(Wrong::new("the last line", "it does not end: something is cut off"));
    }
    for (number, text) in (1..).zip(lines) {
        let wrong = |says: String| Wrong::new(format!("line {number}"), says);
        let value: Value = serde_json::from_slice(text).map_err(|error| wrong(error.to_string()))?;
        if canonical(&value).ok().as_deref() != Some(text) {
            return Err(wrong("it is not in the canonical form (RFC 8785)".to_owned()));
        }
        let Line { at, value } = serde_json::from_value(value).map_err(|error| wrong(error.to_string()))?;
        put(&mut whole, &at, value).ok_or_else(|| wrong(format!("{at} does not come next")))?;
    }
    canonical(&whole).map_err(|error| Wrong::new("", error.to_string()))
}

/// Puts a value where a pointer says; lists grow from their beginning.
fn put(whole: &mut Value, at: &str, value: Value) -> Option<()> {
    let (above, last) = at.rsplit_once('/')?;
    let mut here = whole;
    let mut steps = above.split('/').skip(1).chain([last]).peekable();
    while let Some(step) = steps.next() {
        let next = steps.peek().copied();
        here = match here {
            Value::Array(list) => {
                let index: usize = step.parse().ok()?;
                if index == list.len() {
                    list.push(Value::Null);
                }
                list.get_mut(index)?
            }
            Value::Object(fields) => fields.entry(step).or_insert(Value::Null),
            _ => return None,
        };
        if let (Value::Null, Some(next)) = (&here, next) {
            let is_place = next.bytes().all(|digit| digit.is_ascii_digit());
            *here = if is_place { Value::Array(Vec::new()) } else { Value::Object(Map::new()) };
        }
    }
    if !here.is_null() {
        return None;
    }
    *here = value;
    Some(())
}

impl<'a> Pieces<'a> {
    pub(super) fn read(document: &'a [u8]) -> Result<Self, Wrong> {
        let text = std::str::from_utf8(document)
            .map_err(|error| Wrong::new(format!("byte {}", error.valid_up_to()), "it is no UTF-8"))?;
        serde_json::from_str(text).map_err(|error| {
            Wrong::new(format!("line {}, column {}", error.line(), error.column()), error.to_string())
        })
    }

    /// What stands before the generation block, in order.
    fn frame(&self) -> [(&'static str, &'a RawValue); 6] {
        [
            ("asked", self.asked),
            ("checkpoint", self.checkpoint),
            ("common", self.common),
            ("computed", self.computed),
            ("format", self.format),
            ("formulas", self.formulas),
        ]
    }

    /// Writes the report again, and compares.
    pub(super) fn written(&self, document: &[u8]) -> Written {
        self.write(document).unwrap_or_else(|wrong| Written { wrong: vec![wrong], ..Written::default() })
    }

    fn write(&self, document: &[u8]) -> Result<Written, Wrong> {
        let mut out = b"{\"about\":".to_vec();
        out.extend(again("/about", self.about)?);
        out.extend(b",\"action_plans\":[");
        for (index, section) in self.action_plans.iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            out.extend(again(&format!("/action_plans/{index}"), section)?);
        }
        out.push(b']');
        for (name, piece) in self.frame() {
            out.extend(format!(",\"{name}\":").bytes());
            out.extend(again(&format!("/{name}"), piece)?);
        }
        let digest = Sha256::new().chain_update(&out).chain_update(b"}").finalize();
        out.extend(b",\"generation\":");
        let mut signed = out.clone();
        out.extend(again("/generation", self.generation)?);
        out.push(b'}');
        let mut generation: Value = read("/generation", self.generation)?;
        if let Some(fields) = generation.as_object_mut() {
            fields.shift_remove("signature");
        }
        signed.extend(canonical(&generation).map_err(|error| Wrong::new("/generation", error.to_string()))?);
        signed.push(b'}');
        let wrong = differs(document, &out).into_iter().collect();
        Ok(Written { signed, digest: format!("sha256:{}", hex(&digest)), wrong })
    }

    pub(super) fn generation(&self) -> Option<Generation> {
        read("/generation", self.generation).ok()
    }

    /// Where the report is not what the schema describes.
    pub(super) fn against_schema(&self) -> Vec<Wrong> {
        let mut wrong = check::<About>("/about", self.about);
        match Schema::of::<Section>() {
            Ok(schema) => {
                for (index, section) in self.action_plans.iter().enumerate() {
                    wrong.extend(schema.faults(&format!("/action_plans/{index}"), section));
                }
            }
            Err(fault) => wrong.push(fault),
        }
        wrong.extend(check::<Asked>("/asked", self.asked));
        wrong.extend(check::<ReportCheckpoint>("/checkpoint", self.checkpoint));
        wrong.extend(check::<Common>("/common", self.common));
        wrong.extend(check::<WholeComputed>("/computed", self.computed));
        wrong.extend(check::<Generation>("/generation", self.generation));
        wrong
    }

    /// What the report says.
    pub(super) fn report(&self) -> Result<ReportRead<'a>, Wrong> {
        Ok(ReportRead {
            about: read("/about", self.about)?,
            asked: read("/asked", self.asked)?,
            checkpoint: read("/checkpoint", self.checkpoint)?,
            common: read("/common", self.common)?,
            computed: read("/computed", self.computed)?,
            format: read("/format", self.format)?,
            formulas: read("/formulas", self.formulas)?,
            sections: self.action_plans.clone(),
        })
    }
}

/// Reads a piece.
pub(super) fn read<T: DeserializeOwned>(at: &str, piece: &RawValue) -> Result<T, Wrong> {
    let mut reader = serde_json::Deserializer::from_str(piece.get());
    serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let below: String = error.path().iter().map(|step| format!("/{step}")).collect();
        let below = below.replace(['[', ']'], "");
        Wrong::new(format!("{at}{below}"), error.into_inner().to_string())
    })
}

/// A piece in its canonical form.
fn again(at: &str, piece: &RawValue) -> Result<Vec<u8>, Wrong> {
    canonical(&read::<Value>(at, piece)?).map_err(|error| Wrong::new(at, error.to_string()))
}

/// Where a file is not what it should be.
fn differs(file: &[u8], expected: &[u8]) -> Option<Wrong> {
    if file == expected {
        return None;
    }
    let same = file.iter().zip(expected).take_while(|(one, other)| one == other).count();
    let says = "from here on it is not in the canonical form (RFC 8785): it was written anew by another program, or altered";
    Some(Wrong::new(format!("byte {same}"), says))
}

struct Schema(jsonschema::Validator);

impl Schema {
    fn of<T: JsonSchema>() -> Result<Self, Wrong> {
        let schema: Value = schemars::schema_for!(T).into();
        jsonschema::validator_for(&schema).map(Self).map_err(|error| Wrong::new("", error.to_string()))
    }

    fn faults(&self, at: &str, piece: &RawValue) -> Vec<Wrong> {
        let value: Value = match read(at, piece) {
            Ok(value) => value,
            Err(wrong) => return vec![wrong],
        };
        let told = |error: jsonschema::ValidationError<'_>| {
            let says: String = error.to_string().chars().take(200).collect();
            Wrong::new(format!("{at}{}", error.instance_path()), says)
        };
        self.0.iter_errors(&value).take(super::TOLD).map(told).collect()
    }
}

fn check<T: JsonSchema>(at: &str, piece: &RawValue) -> Vec<Wrong> {
    Schema::of::<T>().map_or_else(|wrong| vec![wrong], |schema| schema.faults(at, piece))
}
