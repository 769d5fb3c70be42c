//! How large values can get at most, in the OpenAPI document: what no type limits more closely is limited by what
//! a request can carry. Clients know what to make room for, and no value is without any bound.

use super::MAX_BODY;
use crate::http::query::{MAX_REPEATED, MAX_VALUE};
use serde_json::{Map, Value, json};

/// Texts have no NUL character: requests with one are refused, and PostgreSQL keeps none.
const TEXT: &str = r"^[^\x00]*$";
/// The largest number that every program reads exactly: for files, which have no bound of ours.
const EXACT: u64 = (1 << 53) - 1;
/// Members that hold values, not schemas.
const VALUES: [&str; 5] = ["example", "examples", "default", "enum", "const"];

/// Where a schema stands.
#[derive(Debug, Clone, Copy)]
enum Place {
    /// In a parameter.
    Parameter,
    /// In a body or an answer.
    Body,
    /// An answer that is a file or a text as a whole.
    File,
}

impl Place {
    /// Characters of a text.
    fn text(self) -> u64 {
        match self {
            Self::Parameter => MAX_VALUE as u64,
            Self::Body => MAX_BODY as u64,
            Self::File => EXACT,
        }
    }

    /// Elements of a list: no body has more than bytes.
    fn items(self) -> u64 {
        match self {
            Self::Parameter => MAX_REPEATED as u64,
            Self::Body | Self::File => MAX_BODY as u64,
        }
    }
}

/// Adds bounds to all schemas that have none.
pub(super) fn add(document: &mut Value) {
    walk(document, Place::Body);
}

fn walk(value: &mut Value, place: Place) {
    match value {
        Value::Array(parts) => parts.iter_mut().for_each(|part| walk(part, place)),
        Value::Object(members) => {
            bound(members, place);
            for (name, member) in members.iter_mut().filter(|(name, _)| !VALUES.contains(&name.as_str())) {
                match (name.as_str(), member) {
                    // Whatever a property is called, it is one.
                    ("properties", Value::Object(properties)) => {
                        properties.values_mut().for_each(|property| walk(property, inside(place)));
                    }
                    (name, member) => walk(member, below(name, place)),
                }
            }
        }
        _ => {}
    }
}

fn below(name: &str, place: Place) -> Place {
    match name {
        "parameters" => Place::Parameter,
        "content" => Place::File,
        "items" => inside(place),
        "components" | "requestBody" => Place::Body,
        _ => place,
    }
}

/// What is inside of a file's schema is part of a body.
fn inside(place: Place) -> Place {
    match place {
        Place::File => Place::Body,
        other => other,
    }
}

/// Adds what is missing to a schema; nothing to what is none.
fn bound(schema: &mut Map<String, Value>, place: Place) {
    let is = |kind: &str| match schema.get("type") {
        Some(Value::Array(several)) => several.iter().any(|one| one == kind),
        Some(only) => only == kind,
        None => false,
    };
    let (text, list, integer) = (is("string"), is("array"), is("integer"));
    if list {
        schema.entry("maxItems").or_insert(json!(place.items()));
    }
    if integer {
        schema.entry("format").or_insert(json!("int64"));
        let (least, most) = integers(schema);
        if !schema.contains_key("exclusiveMinimum") {
            schema.entry("minimum").or_insert(json!(least));
        }
        if !schema.contains_key("exclusiveMaximum") {
            schema.entry("maximum").or_insert(json!(most));
        }
    }
    if text && !schema.contains_key("enum") && !schema.contains_key("const") {
        let longest = longest(schema.get("format").and_then(Value::as_str), place);
        schema.entry("maxLength").or_insert(json!(longest));
        if !schema.contains_key("format") {
            schema.entry("pattern").or_insert(json!(TEXT));
        }
    }
}

/// The integers of a format.
fn integers(schema: &Map<String, Value>) -> (i64, i64) {
    match schema.get("format").and_then(Value::as_str) {
        Some("int32") => (i32::MIN.into(), i32::MAX.into()),
        _ => (i64::MIN, i64::MAX),
    }
}

/// How many characters a text of a format has at most.
fn longest(format: Option<&str>, place: Place) -> u64 {
    match format {
        Some("uuid") => 36,
        Some("date") => 10,
        // With a fraction of nanoseconds and an offset.
        Some("date-time") => 35,
        Some("binary") => EXACT,
        _ => place.text(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bounded(mut schema: Value, place: Place) -> Value {
        walk(&mut schema, place);
        schema
    }

    #[test]
    fn what_has_no_bound_gets_one_and_what_has_one_keeps_it() {
        let of = |schema: Value| bounded(schema, Place::Parameter);
        assert_eq!(
            of(json!({"type": "string"})),
            json!({"type": "string", "maxLength": 2_000, "pattern": TEXT})
        );
        assert_eq!(
            of(json!({"type": ["string", "null"], "format": "date", "maxLength": 8})),
            json!({"type": ["string", "null"], "format": "date", "maxLength": 8})
        );
        assert_eq!(of(json!({"type": "string", "enum": ["a"]})), json!({"type": "string", "enum": ["a"]}));
        assert_eq!(
            of(json!({"type": "integer", "format": "int32", "exclusiveMinimum": 0})),
            json!({"type": "integer", "format": "int32", "exclusiveMinimum": 0, "maximum": i32::MAX})
        );
        assert_eq!(
            of(json!({"type": "array", "items": {"type": "boolean"}})),
            json!({"type": "array", "items": {"type": "boolean"}, "maxItems": 100})
        );
    }

    #[test]
    fn a_file_is_longer_than_what_stands_in_a_body() {
        let content = json!({"content": {
            "text/csv": {"schema": {"type": "string"}},
            "application/json": {"schema": {"properties": {"enum": {"type": "string"}}}, "example": {"type": "string"}}
        }});
        let content = bounded(content, Place::Body);
        assert_eq!(content["content"]["text/csv"]["schema"]["maxLength"], EXACT);
        let json = &content["content"]["application/json"];
        assert_eq!(json["schema"]["properties"]["enum"]["maxLength"], MAX_BODY);
        assert_eq!(json["example"], json!({"type": "string"}));
    }
}
