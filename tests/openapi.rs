//! The published document: equal to the code, complete, and true.

use crate::harness::TestApp;
use crate::harness::spec::{self, Operation};
use serde_json::{Value, json};
use std::collections::BTreeSet;

#[test]
fn the_committed_document_is_the_generated_one() {
    let generated = serde_json::to_string_pretty(&ogp_tracker::app::openapi()).unwrap();
    assert!(
        include_str!("../openapi/openapi.json").trim_end() == generated.trim_end(),
        "openapi/openapi.json is not up to date: run `cargo run -- openapi > openapi/openapi.json`"
    );
}

#[test]
fn the_committed_import_schema_is_the_generated_one() {
    let generated = serde_json::to_string_pretty(&ogp_tracker::exchange::parse::schema()).unwrap();
    assert!(
        include_str!("../openapi/import.schema.json").trim_end() == generated,
        "openapi/import.schema.json is not up to date: run \
         `cargo run -- openapi --import-schema > openapi/import.schema.json`"
    );
}

#[test]
fn every_operation_is_described() {
    let document = spec::document();
    assert_eq!(document["openapi"], "3.1.0");
    let tags: BTreeSet<_> =
        document["tags"].as_array().unwrap().iter().map(|tag| tag["name"].as_str().unwrap()).collect();
    let mut ids = BTreeSet::new();
    for operation in spec::operations() {
        let (id, spec) = (&operation.id, &operation.spec);
        assert!(ids.insert(id.clone()), "{id} is taken twice");
        let (verb, resource) = id.split_once('_').unwrap_or_default();
        let verbs: &[_] = match operation.method.as_str() {
            "GET" => &["list", "get"],
            "POST" => &[
                "create",
                "update",
                "refresh",
                "reset",
                "delete",
                "consult",
                "adopt",
                "publish",
                "close",
                "return",
                "withdraw",
                "reschedule",
            ],
            "PATCH" => &["update"],
            _ => &["delete"],
        };
        assert!(verbs.contains(&verb) && !resource.is_empty(), "{id} is no verb_resource");
        assert!(resource.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{id}");
        for field in ["summary", "description"] {
            assert!(spec[field].as_str().is_some_and(|text| text.len() > 5), "{id} has no {field}");
        }
        assert!(spec["summary"].as_str().unwrap().len() < 60, "{id}: a summary is short");
        let tag = spec["tags"].as_array().unwrap();
        assert!(tag.len() == 1 && tags.contains(tag[0].as_str().unwrap()), "{id}: {tag:?}");
        for parameter in spec["parameters"].as_array().into_iter().flatten() {
            assert!(
                parameter["description"].as_str().is_some_and(|text| !text.is_empty()),
                "{id}: {parameter}"
            );
            assert!(parameter["schema"].is_object(), "{id}: {parameter}");
            let required = parameter["in"] == "path" || parameter["name"] == "If-Match";
            assert_eq!(parameter["required"], json!(required), "{id}: {parameter}");
        }
    }
}

#[test]
fn every_answer_is_described_and_every_error_has_an_example_that_is_one() {
    let document = spec::document();
    let problem = validator(&document, &json!({"$ref": "#/components/schemas/Problem"}));
    for operation in spec::operations() {
        let id = &operation.id;
        let responses = operation.spec["responses"].as_object().unwrap();
        let takes_body = operation.spec["requestBody"].is_object();
        let is_get = operation.method == "GET";
        let reads = is_get && operation.path.starts_with("/api/");
        let mut expected = vec!["400", "500"];
        if operation.path.starts_with("/api/") {
            expected.push("503");
        }
        let counted = !operation.path.starts_with("/health/");
        if counted {
            expected.push("429");
        }
        if reads {
            expected.push("304");
        }
        if operation.path.contains('{') {
            expected.push("404");
        }
        if operation.scope().is_some() {
            expected.extend(["401", "403"]);
        }
        if takes_body {
            expected.extend(["413", "415", "422"]);
        }
        if operation.method == "PATCH" {
            expected.extend(["412", "428"]);
        }
        for status in expected {
            assert!(responses.contains_key(status), "{id} does not document {status}");
        }
        assert_eq!(responses.contains_key("304"), reads, "{id}");
        assert_eq!(responses.contains_key("415"), takes_body, "{id}");
        assert!(responses.keys().any(|status| status.starts_with('2')), "{id}");
        for (status, response) in responses {
            assert!(response["description"].as_str().is_some_and(|text| text.len() > 5), "{id} {status}");
            for (header, expected) in
                [("Access-Control-Allow-Origin", true), ("RateLimit", counted), ("RateLimit-Policy", counted)]
            {
                assert_eq!(response["headers"][header].is_object(), expected, "{id} {status}: {header}");
            }
            let content = response["content"].as_object();
            if matches!(status.as_str(), "304" | "204") {
                assert!(content.is_none_or(serde_json::Map::is_empty), "{status} has no body");
                continue;
            }
            let content = content.unwrap();
            if matches!(status.as_str(), "200" | "201" | "206") {
                let media: Vec<_> = content.values().collect();
                assert_eq!(media.len() == 4, operation.has_rows(), "{id}: rows come in four forms");
                assert!(!media.is_empty() && media.iter().all(|one| one["schema"].is_object()), "{id}");
                let tagged = reads || operation.method == "PATCH";
                assert!(response["headers"]["ETag"].is_object() || !tagged || status == "206", "{id}");
                let schema = media[0]["schema"]["$ref"].as_str().unwrap_or_default();
                let made_several = status == "201" && schema.ends_with("List");
                assert!(response["headers"]["ETag"].is_null() || !made_several, "{id}: no version for many");
                assert_eq!(response["headers"]["Link"].is_object(), operation.is_list(), "{id}");
                continue;
            }
            let example = &content["application/problem+json"]["example"];
            assert!(problem.is_valid(example), "{id} {status}: {example}");
            assert_eq!(example["status"].to_string(), *status, "{id}");
            let instance = example["instance"].as_str().unwrap();
            let template = actix_web::dev::ResourceDef::new(operation.path.as_str());
            assert!(template.is_match(instance), "{id} {status}: the example happened at {instance}");
            let waits = matches!(status.as_str(), "429" | "503");
            assert_eq!(waits, response["headers"]["Retry-After"].is_object(), "{id} {status}");
            if status == "403" {
                let scope = operation.scope().unwrap();
                assert!(example["detail"].as_str().unwrap().contains(&format!("{scope:?}")), "{id}");
            }
        }
    }
}

#[test]
fn whatever_is_not_public_names_a_scope_of_the_one_scheme() {
    let document = spec::document();
    let scheme = &document["components"]["securitySchemes"]["bearer"];
    assert_eq!((&scheme["type"], &scheme["scheme"]), (&json!("http"), &json!("bearer")));
    let known: BTreeSet<_> = ogp_tracker::accounts::model::Scope::ALL.map(|scope| scope.to_string()).into();
    let mut used = 0;
    for operation in spec::operations() {
        if let Some(scope) = operation.scope() {
            assert!(known.contains(scope), "{}: {scope}", operation.id);
            used += 1;
        }
    }
    assert!(used >= 14, "only {used} operations are not public");
}

#[test]
fn every_reference_leads_somewhere_and_no_schema_is_left_over() {
    let document = spec::document();
    let mut references = BTreeSet::new();
    collect(&document, &mut references);
    assert!(references.len() > 40);
    for reference in &references {
        let pointer = reference.strip_prefix('#').expect("a reference inside the document");
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
    for name in document["components"]["schemas"].as_object().unwrap().keys() {
        assert!(references.contains(&format!("#/components/schemas/{name}")), "nothing uses {name}");
    }
}

fn collect(value: &Value, references: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            if let Some(reference) = map.get("$ref").and_then(Value::as_str) {
                references.insert(reference.to_owned());
            }
            map.values().for_each(|value| collect(value, references));
        }
        Value::Array(list) => list.iter().for_each(|value| collect(value, references)),
        _ => {}
    }
}

#[test]
fn every_schema_is_a_valid_one_whose_parts_are_described() {
    let document = spec::document();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    for (name, schema) in schemas {
        if let Err(error) = jsonschema::draft202012::meta::validate(schema) {
            panic!("{name}: {error}");
        }
        assert!(schema["description"].as_str().is_some_and(|text| !text.is_empty()), "{name}");
        for (field, part) in schema["properties"].as_object().into_iter().flatten() {
            // Beside `null`, the description stands with the other branch.
            let branch = part["oneOf"]
                .as_array()
                .and_then(|all| all.iter().find_map(|one| one["description"].as_str()));
            assert!(part["description"].as_str().or(branch).is_some(), "{name}.{field} is not described");
        }
    }
}

/// What a body or a parameter cannot be, a client learns from the document and not from a refusal.
#[test]
fn every_text_and_list_that_is_sent_is_limited() {
    fn collect(value: &Value, place: &str, endless: &mut Vec<String>, seen: &mut usize) {
        let says = |keywords: &[&str]| keywords.iter().any(|keyword| value.get(keyword).is_some());
        let is = |kind: &str| {
            let types = &value["type"];
            types == kind || types.as_array().is_some_and(|all| all.contains(&json!(kind)))
        };
        *seen += usize::from(is("string") || is("array"));
        if is("string") && !says(&["enum", "format", "pattern", "maxLength"])
            || is("array") && !says(&["maxItems"])
        {
            endless.push(place.to_owned());
        }
        match value {
            Value::Object(fields) => {
                fields
                    .iter()
                    .for_each(|(name, part)| collect(part, &format!("{place}/{name}"), endless, seen));
            }
            Value::Array(parts) => parts.iter().for_each(|part| collect(part, place, endless, seen)),
            _ => {}
        }
    }
    let document = spec::document();
    let (mut endless, mut seen) = (Vec::new(), 0);
    for name in schemas_of(&document, |operation| operation.spec["requestBody"].clone()) {
        collect(&document["components"]["schemas"][&name], &name, &mut endless, &mut seen);
    }
    for operation in spec::operations() {
        for parameter in operation.spec["parameters"].as_array().into_iter().flatten() {
            let place = format!("{} {}", operation.id, parameter["name"]);
            let of = if parameter["schema"]["type"] == "array" { "items" } else { "" };
            let schema = parameter["schema"].get(of).unwrap_or(&parameter["schema"]);
            collect(schema, &place, &mut endless, &mut seen);
        }
    }
    assert!(endless.is_empty(), "without a limit: {endless:#?}");
    assert!(seen > 300, "only {seen} were found");
}

#[test]
fn a_body_that_may_be_left_out_is_not_said_to_be_null() {
    let mut optional = 0;
    for operation in spec::operations() {
        let body = &operation.spec["requestBody"];
        for content in body["content"].as_object().into_iter().flat_map(|content| content.values()) {
            assert!(content["schema"]["$ref"].is_string(), "{}: {content}", operation.id);
            optional += usize::from(body["required"] != json!(true));
        }
    }
    assert!(optional >= 6, "only {optional} were found");
}

#[test]
fn fields_can_be_picked_by_the_names_that_the_document_lists() {
    let mut listed = 0;
    for operation in spec::operations() {
        for parameter in operation.query().into_iter().filter(|parameter| parameter["name"] == "fields") {
            let names = parameter["schema"]["items"]["enum"].as_array().expect("names");
            assert!(names.len() > 2, "{}", operation.id);
            listed += names.len();
        }
    }
    assert!(listed > 500, "only {listed} names are listed");
}

#[test]
fn every_value_of_a_closed_vocabulary_is_explained() {
    let document = spec::document();
    let mut explained = 0;
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        let description = schema["description"].as_str().unwrap();
        for value in schema["enum"].as_array().into_iter().flatten() {
            let value = value.as_str().unwrap();
            assert!(description.contains(&format!("\n- `{value}`: ")), "{name}: what does {value} mean?");
            explained += 1;
        }
    }
    assert!(explained > 50, "only {explained} values were found");
}

/// In answers, what may be missing is never null besides: one way to say "nothing" is enough for a
/// client. Requests may say it either way.
#[test]
fn a_field_may_be_missing_or_null_but_not_both() {
    let document = spec::document();
    let mut nullable = 0;
    let answers = schemas_of(&document, |operation| operation.spec["responses"].clone());
    let asked = schemas_of(&document, |operation| operation.spec["requestBody"].clone());
    let only_asked: BTreeSet<_> = asked.difference(&answers).collect();
    assert!(only_asked.len() > 10 && answers.len() > 40, "{only_asked:?}");
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        if only_asked.contains(name) {
            continue;
        }
        let alone = [schema.clone()];
        for part in schema["allOf"].as_array().map_or(alone.as_slice(), Vec::as_slice) {
            let required = part["required"].as_array().map(Vec::as_slice).unwrap_or_default();
            for (field, of) in part["properties"].as_object().into_iter().flatten() {
                let null = json!("null");
                let is_null = |one: &Value| one["type"] == null;
                let takes_null = of["type"].as_array().is_some_and(|types| types.contains(&null))
                    || of["oneOf"].as_array().is_some_and(|branches| branches.iter().any(is_null));
                assert!(!takes_null || required.contains(&json!(field)), "{name}.{field}");
                nullable += u32::from(takes_null);
            }
        }
    }
    assert!(nullable > 50, "only {nullable} were found");
}

/// The names of all schemas that a part of the operations leads to.
fn schemas_of(document: &Value, part: impl Fn(&spec::Operation) -> Value) -> BTreeSet<String> {
    fn collect(value: &Value, document: &Value, names: &mut BTreeSet<String>) {
        match value {
            Value::Object(fields) => {
                let reference = fields.get("$ref").and_then(Value::as_str).unwrap_or_default();
                if let Some(name) = reference.strip_prefix("#/components/schemas/")
                    && names.insert(name.to_owned())
                {
                    collect(&document["components"]["schemas"][name], document, names);
                }
                fields.values().for_each(|value| collect(value, document, names));
            }
            Value::Array(values) => values.iter().for_each(|value| collect(value, document, names)),
            _ => {}
        }
    }
    let mut names = BTreeSet::new();
    spec::operations().iter().for_each(|operation| collect(&part(operation), document, &mut names));
    names
}

#[test]
fn each_example_of_a_schema_fits_it() {
    let document = spec::document();
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        if let Some(example) = schema.get("example") {
            let validator = validator(&document, &json!({"$ref": format!("#/components/schemas/{name}")}));
            assert!(validator.is_valid(example), "{name}: {example}");
        }
        for (field, part) in schema["properties"].as_object().into_iter().flatten() {
            if let Some(example) = part.get("example") {
                assert!(validator(&document, part).is_valid(example), "{name}.{field}: {example}");
            }
        }
    }
}

/// Every schema that an operation answers with, made strict: a field that is not documented is
/// an error. `allOf` is about one object together, so strictness stands where it is used.
fn strict(value: &Value, in_all_of: bool) -> Value {
    match value {
        Value::Object(map) => {
            let mut made: serde_json::Map<_, _> = map
                .iter()
                .map(|(key, value)| match value.as_array() {
                    Some(parts) if key == "allOf" => {
                        (key.clone(), parts.iter().map(|part| strict(part, true)).collect())
                    }
                    _ => (key.clone(), strict(value, false)),
                })
                .collect();
            if made.contains_key("$ref") && !in_all_of {
                made.insert("unevaluatedProperties".to_owned(), json!(false));
            }
            Value::Object(made)
        }
        Value::Array(list) => list.iter().map(|value| strict(value, in_all_of)).collect(),
        other => other.clone(),
    }
}

pub fn validator(document: &Value, schema: &Value) -> jsonschema::Validator {
    let mut whole = strict(schema, false);
    whole["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    whole["components"] = json!({ "schemas": strict(&document["components"]["schemas"], false) });
    jsonschema::draft202012::options().should_validate_formats(true).build(&whole).unwrap()
}

#[track_caller]
pub fn fits(validator: &jsonschema::Validator, body: &Value, address: &str) {
    let errors: Vec<_> = validator
        .iter_errors(body)
        .take(5)
        .map(|error| format!("{} {error:.300}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{address} is not as documented:\n{}", errors.join("\n"));
}

fn success(document: &Value, operation: &Operation) -> jsonschema::Validator {
    validator(document, &operation.spec["responses"]["200"]["content"]["application/json"]["schema"])
}

#[test]
fn the_check_notices_what_is_missing_or_not_documented() {
    let document = spec::document();
    let health = validator(&document, &json!({"$ref": "#/components/schemas/Health"}));
    assert!(health.is_valid(&json!({"status": "live"})));
    assert!(!health.is_valid(&json!({})));
    assert!(!health.is_valid(&json!({"status": "live", "more": 1})));
    let page = validator(&document, &json!({"$ref": "#/components/schemas/MemberList"}));
    assert!(page.is_valid(&json!({"data": [], "page": {"next": null}})));
    assert!(!page.is_valid(&json!({"data": [], "page": {"next": null, "previous": null}})));
    assert!(!page.is_valid(&json!({"data": [{}], "page": {"next": null}})));
}

#[actix_web::test]
async fn everything_that_the_demo_answers_is_as_documented() {
    let (app, document) = (TestApp::demo().await, spec::document());
    let all = spec::gets();
    let mut checked = 0;
    spec::report_some(&app).await;
    app.number().await;
    for operation in all.iter().filter(|operation| !operation.is_text()) {
        let validator = success(&document, operation);
        let mut addresses = Vec::new();
        match operation.path.split_once("/{") {
            None => {
                addresses.push(operation.path.clone());
                if operation.is_list() {
                    addresses.push(format!("{}?limit=200&total=true&lang=*", operation.path));
                    addresses.push(format!("{}?limit=200&lang=ro", operation.path));
                }
            }
            Some((collection, name)) => {
                let rest = name.split_once('}').expect("a closing brace").1;
                for row in app.all(collection).await {
                    let id = row["id"].as_str().unwrap();
                    addresses.push(format!("{collection}/{id}{rest}"));
                    if operation.query_names().contains(&"lang") {
                        addresses.push(format!("{collection}/{id}{rest}?lang=*"));
                    }
                }
            }
        }
        assert!(!addresses.is_empty(), "{}", operation.id);
        for address in addresses {
            fits(&validator, &app.get(&address).await.ok(), &address);
            checked += 1;
        }
    }
    assert!(checked > 900, "only {checked} answers were checked");
}

#[actix_web::test]
async fn every_error_is_as_documented() {
    let (app, document) = (TestApp::demo().await, spec::document());
    let problem = validator(&document, &json!({"$ref": "#/components/schemas/Problem"}));
    for operation in spec::gets() {
        let address = operation.address(&app).await;
        fits(&problem, &app.get(&format!("{address}?colour=red&size=")).await.json(), &address);
        fits(&problem, &app.get(&format!("{address}NOPE")).await.json(), &address);
        let posted = app.send(app.request(reqwest::Method::POST, &address)).await;
        fits(&problem, &posted.json(), &address);
    }
}
