//! JSON merge patch (RFC 7396).

use super::{Fault, arrange, schema};
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// What a thing says after a merge patch. `null` takes a field away, lists are replaced whole. A
/// field that the type does not have is refused, also where the patch only takes it away.
///
/// # Errors
/// Every fault of what would result, by place.
pub fn merge<T>(current: &T, patch: &Map<String, Value>) -> Result<T, Vec<Fault>>
where
    T: Serialize + DeserializeOwned + JsonSchema + 'static,
{
    let mut result = serde_json::to_value(current)
        .map_err(|error| vec![Fault::new("", "value_refused", error.to_string())])?;
    let mut named = result.clone();
    overlay(&mut named, patch);
    let mut faults: Vec<_> =
        schema::check_item::<T>(&named).into_iter().filter(|fault| fault.code == "field_unknown").collect();
    json_patch::merge(&mut result, &Value::Object(patch.clone()));
    match schema::read(&result) {
        Ok(read) if faults.is_empty() => return Ok(read),
        Ok(_) => {}
        Err(more) => faults.extend(more),
    }
    arrange(&mut faults);
    Err(faults)
}

/// The same merge, in which `null` stays where it is: so every name that the patch uses can be seen.
fn overlay(target: &mut Value, patch: &Map<String, Value>) {
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Some(fields) = target.as_object_mut() else { return };
    for (name, value) in patch {
        match value {
            Value::Object(inner) => overlay(fields.entry(name).or_insert(Value::Null), inner),
            other => {
                fields.insert(name.clone(), other.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{LocalizedText, PartialDate};
    use serde::Deserialize;
    use serde_json::json;

    #[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields)]
    struct Thing {
        name: LocalizedText,
        #[serde(default)]
        due: Option<PartialDate>,
        #[serde(default)]
        tags: Vec<String>,
    }

    fn thing() -> Thing {
        serde_json::from_value(json!({
            "name": {"en": "Portal", "ro": "Portal"},
            "due": {"date": "2024-04-30", "precision": "month", "text": "Apr 2024"},
            "tags": ["a"]
        }))
        .unwrap()
    }

    fn patched(patch: Value) -> Result<Thing, Vec<(String, &'static str)>> {
        let told = |faults: Vec<Fault>| faults.into_iter().map(|fault| (fault.pointer, fault.code)).collect();
        merge(&thing(), patch.as_object().unwrap()).map_err(told)
    }

    #[test]
    fn what_a_patch_does_not_name_stays() {
        let after = patched(json!({"name": {"ro": "Portalul", "fr": "Portail", "en": null}})).unwrap();
        assert_eq!(serde_json::to_value(&after.name).unwrap(), json!({"fr": "Portail", "ro": "Portalul"}));
        assert_eq!((after.due, after.tags), (thing().due, thing().tags));
        assert_eq!(patched(json!({})).unwrap(), thing());
    }

    #[test]
    fn null_takes_away_and_lists_are_replaced() {
        let after = patched(json!({"due": null, "tags": ["b", "c"]})).unwrap();
        assert_eq!((after.due, after.tags), (None, vec!["b".to_owned(), "c".to_owned()]));
    }

    #[test]
    fn every_fault_is_told() {
        let faults = patched(json!({"colour": null, "due": {"hue": null, "date": "soon"}, "tags": 1}));
        let expected = [
            ("/colour", "field_unknown"),
            ("/due/date", "date_wrong"),
            ("/due/hue", "field_unknown"),
            ("/tags", "type_wrong"),
        ];
        assert_eq!(faults.unwrap_err(), expected.map(|(pointer, code)| (pointer.to_owned(), code)));
        assert_eq!(patched(json!({"name": null})).unwrap_err(), [(String::new(), "field_missing")]);
    }
}
