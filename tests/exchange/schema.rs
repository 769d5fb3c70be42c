//! The published schema of the import document.

use super::sample;
use ogp_tracker::exchange::parse::schema;
use serde_json::{Value, json};

fn published() -> Value {
    serde_json::from_str(include_str!("../../openapi/import.schema.json")).expect("JSON")
}

#[test]
fn the_published_schema_is_the_one_of_the_code() {
    let wanted = format!("{}\n", serde_json::to_string_pretty(&schema()).expect("JSON"));
    assert!(
        wanted == include_str!("../../openapi/import.schema.json"),
        "openapi/import.schema.json is stale: cargo run -- openapi --import-schema > openapi/import.schema.json"
    );
}

#[test]
fn the_demo_and_the_sample_are_valid_by_the_published_schema() {
    let validator = jsonschema::draft202012::options().should_validate_formats(true);
    let validator = validator.build(&published()).expect("a schema");
    let demo: Value = serde_json::from_str(include_str!("../../demo/romania.json")).expect("JSON");
    for document in [demo, sample::document()] {
        let errors: Vec<_> = validator.iter_errors(&document).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:#?}");
    }
    assert!(!validator.is_valid(&json!({})));
}

/// A list that could grow without end would not fit the places that the database counts.
#[test]
fn every_list_and_text_has_an_end() {
    fn walk(schema: &Value, pointer: &str, open: &mut Vec<String>, seen: &mut usize) {
        if let Some(fields) = schema.as_object() {
            let is = |kind: &str| match &schema["type"] {
                Value::String(single) => single == kind,
                Value::Array(several) => several.iter().any(|one| one == kind),
                _ => false,
            };
            let bounded = ["maxLength", "const", "enum", "pattern", "format"];
            if is("array") {
                *seen += 1;
                if schema["maxItems"].is_null() {
                    open.push(pointer.to_owned());
                }
            }
            if is("string") {
                *seen += 1;
                if bounded.iter().all(|limit| schema[*limit].is_null()) {
                    open.push(pointer.to_owned());
                }
            }
            for (name, inner) in fields {
                walk(inner, &format!("{pointer}/{name}"), open, seen);
            }
        } else if let Some(list) = schema.as_array() {
            for (at, inner) in list.iter().enumerate() {
                walk(inner, &format!("{pointer}/{at}"), open, seen);
            }
        }
    }
    let (mut open, mut seen) = (Vec::new(), 0);
    walk(&schema(), "", &mut open, &mut seen);
    assert!(seen > 100, "only {seen} lists and texts");
    // The document's own lists are limited by the size of a document.
    open.retain(|pointer| pointer.starts_with("/$defs") || pointer.contains("notes"));
    assert!(open.is_empty(), "{open:#?}");
}
