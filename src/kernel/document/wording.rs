//! What the schema refuses, in words that say what would be right.

use super::{Fault, escape};
use crate::kernel::note::WEB_ADDRESS;
use crate::kernel::text::LANGUAGE_TAG;
use jsonschema::error::{TypeKind, ValidationErrorKind};
use serde_json::Value;

/// How much of a refused value is shown, in characters.
const SHOWN: usize = 60;

/// The beginning of a value, for messages.
fn shown(value: &Value) -> String {
    let text = match value {
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
        other => other.to_string(),
    };
    clip(&text, SHOWN)
}

/// A schema error in words that say what would be right, without echoing large values.
pub(super) fn tell(error: &jsonschema::ValidationError<'_>, faults: &mut Vec<Fault>) {
    let pointer = error.instance_path().to_string();
    let value = shown(error.instance());
    let mut fault = |code, detail: String| faults.push(Fault::new(pointer.clone(), code, detail));
    match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            for name in unexpected {
                let place = format!("{pointer}/{}", escape(name));
                faults.push(Fault::new(
                    place,
                    "field_unknown",
                    format!("there is no field {:?} here", clip(name, 4 * SHOWN)),
                ));
            }
        }
        ValidationErrorKind::Required { property } => {
            fault("field_missing", format!("the field {property} is missing"));
        }
        ValidationErrorKind::Type { kind } => {
            let expected = match kind {
                TypeKind::Single(kind) => kind.to_string(),
                TypeKind::Multiple(kinds) => {
                    // "Or null" is only another way to leave a field out.
                    let kinds = kinds.iter().map(|kind| kind.to_string()).filter(|kind| kind != "null");
                    kinds.collect::<Vec<_>>().join(" or ")
                }
            };
            fault("type_wrong", format!("{value} is not of the type {expected}"));
        }
        ValidationErrorKind::Format { format } if format == "date" => {
            fault("date_wrong", format!("{value} is not a day of the calendar (YYYY-MM-DD)"));
        }
        // The pattern tells what else it should begin with.
        ValidationErrorKind::Format { format } if format == "uri" && !is_web(error.instance()) => {}
        ValidationErrorKind::Format { format } if format == "uri" => {
            let detail = format!("{value} is not a valid address; blanks and the like are written as %20");
            fault("format_wrong", detail);
        }
        ValidationErrorKind::Format { format } => {
            fault("format_wrong", format!("{value} is not a valid {format}"))
        }
        ValidationErrorKind::MaxLength { limit } => {
            let length = error.instance().as_str().map_or(0, |text| text.chars().count());
            fault("text_too_long", format!("the text has {length} characters; at most {limit} are taken"));
        }
        ValidationErrorKind::MinLength { .. } => {
            fault("text_empty", "the text is empty; leave the field out".into())
        }
        ValidationErrorKind::Maximum { limit } => {
            fault("number_out_of_range", format!("{value} is more than {limit}, the most that is taken"));
        }
        ValidationErrorKind::Minimum { limit } => {
            fault("number_out_of_range", format!("{value} is less than {limit}, the least that is taken"));
        }
        ValidationErrorKind::MaxItems { limit } => {
            let length = error.instance().as_array().map_or(0, Vec::len);
            fault("list_too_long", format!("the list has {length} elements; at most {limit} are taken"));
        }
        ValidationErrorKind::MinItems { limit } => {
            let length = error.instance().as_array().map_or(0, Vec::len);
            fault("list_too_short", format!("the list has {length} elements; at least {limit} is needed"));
        }
        ValidationErrorKind::Pattern { pattern } if pattern == WEB_ADDRESS => {
            fault("format_wrong", format!("{value} does not begin with http:// or https://"));
        }
        ValidationErrorKind::Pattern { pattern } if pattern == LANGUAGE_TAG => {
            fault("language_wrong", format!("{value} is not a language tag such as \"ro\" or \"pt-BR\""));
        }
        ValidationErrorKind::Pattern { pattern } => {
            fault("format_wrong", format!("{value} does not have the form {pattern}"));
        }
        ValidationErrorKind::Enum { options } => {
            fault(
                "value_unknown",
                format!("{value} is not one of {}", clip(&options.to_string(), 4 * SHOWN)),
            );
        }
        ValidationErrorKind::Constant { expected_value } => {
            fault("value_unknown", format!("{value} must be {expected_value}"));
        }
        ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } => {
            // "Something or null": what the something refuses is what helps.
            let useful = context.iter().filter(|branch| !branch.iter().any(is_null_branch));
            let before = faults.len();
            useful.flatten().for_each(|inner| tell(inner, faults));
            if faults.len() == before {
                faults.push(Fault::new(pointer, "value_refused", format!("{value} is refused")));
            } else {
                // An enumeration of constants: one line instead of one for each.
                let alternatives: Vec<_> = context.iter().flatten().filter_map(constant).collect();
                if alternatives.len() > 1 {
                    faults.truncate(before);
                    let detail = format!("{value} is not one of {}", alternatives.join(", "));
                    faults.push(Fault::new(pointer, "value_unknown", detail));
                }
            }
        }
        ValidationErrorKind::PropertyNames { error: inner } => {
            let name = inner.instance().as_str().unwrap_or_default();
            fault(
                "language_wrong",
                format!("{:?} is not a language tag such as \"ro\" or \"pt-BR\"", clip(name, 4 * SHOWN)),
            );
        }
        _ => fault("value_refused", clip(&error.masked().to_string(), 4 * SHOWN)),
    }
}

fn is_null_branch(error: &jsonschema::ValidationError<'_>) -> bool {
    matches!(error.kind(), ValidationErrorKind::Type { kind: TypeKind::Single(kind) } if kind.to_string() == "null")
}

fn constant(error: &jsonschema::ValidationError<'_>) -> Option<String> {
    match error.kind() {
        ValidationErrorKind::Constant { expected_value } => Some(expected_value.to_string()),
        _ => None,
    }
}

/// A text, cut where it is long.
pub fn clip(text: &str, most: usize) -> String {
    if text.chars().count() > most {
        return format!("{}…", text.chars().take(most).collect::<String>());
    }
    text.to_owned()
}

fn is_web(address: &Value) -> bool {
    let scheme = address.as_str().and_then(|text| text.split_once("://")).map(|(scheme, _)| scheme);
    scheme.is_some_and(|scheme| ["http", "https"].iter().any(|web| scheme.eq_ignore_ascii_case(web)))
}
