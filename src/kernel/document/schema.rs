//! Holding JSON against the schema of a type.

use super::wording::tell;
use super::{Fault, MAX_LIST, escape};
use jsonschema::Validator;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::any::TypeId;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

/// The JSON Schema of a type (draft 2020-12), in which no list inside an item is endless. Lists of
/// the document itself keep the limits that they state.
pub fn bounded_schema<T: JsonSchema>() -> Value {
    let generator = schemars::generate::SchemaSettings::draft2020_12().into_generator();
    let mut schema = generator.into_root_schema_for::<T>().to_value();
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

/// The same for what is itself an item, such as a request's body: none of its lists is endless.
pub fn item_schema<T: JsonSchema>() -> Value {
    let mut schema = bounded_schema::<T>();
    bound_lists(&mut schema);
    schema
}

/// Everything in which a document differs from the schema of its type.
pub fn check<T: JsonSchema + 'static>(value: &Value) -> Vec<Fault> {
    tell_all(validator::<T>("document", bounded_schema::<T>), value)
}

/// The same for an item.
pub(super) fn check_item<T: JsonSchema + 'static>(value: &Value) -> Vec<Fault> {
    tell_all(validator::<T>("item", item_schema::<T>), value)
}

fn tell_all(validator: Result<Arc<Validator>, String>, value: &Value) -> Vec<Fault> {
    let mut faults = Vec::new();
    match validator {
        Ok(validator) => validator.iter_errors(value).for_each(|error| tell(&error, &mut faults)),
        Err(error) => {
            faults.push(Fault::new("", "schema_broken", format!("our own schema is broken: {error}")))
        }
    }
    faults
}

/// Compiled once per type: compiling costs far more than checking.
fn validator<T: 'static>(kind: &'static str, schema: fn() -> Value) -> Result<Arc<Validator>, String> {
    type Known = HashMap<(TypeId, &'static str), Arc<Validator>>;
    static KNOWN: LazyLock<Mutex<Known>> = LazyLock::new(Mutex::default);
    let known = || KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(validator) = known().get(&(TypeId::of::<T>(), kind)) {
        return Ok(Arc::clone(validator));
    }
    let built = jsonschema::draft202012::options().should_validate_formats(true).build(&schema());
    let validator = Arc::new(built.map_err(|error| error.to_string())?);
    known().insert((TypeId::of::<T>(), kind), Arc::clone(&validator));
    Ok(validator)
}

/// A value as its type; a fault at `pointer` or below for what the schema lets pass and the types
/// refuse, such as one language in two spellings.
pub fn typed<T: DeserializeOwned>(value: &Value, pointer: &str, faults: &mut Vec<Fault>) -> Option<T> {
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
            faults.push(Fault::new(place, "value_refused", error.inner().to_string()));
            None
        }
    }
}

/// An item as its type, after holding it against the schema.
///
/// # Errors
/// Every fault, by place.
pub fn read<T: JsonSchema + DeserializeOwned + 'static>(value: &Value) -> Result<T, Vec<Fault>> {
    let mut faults = check_item::<T>(value);
    if faults.is_empty()
        && let Some(read) = typed(value, "", &mut faults)
    {
        return Ok(read);
    }
    super::arrange(&mut faults);
    Err(faults)
}
