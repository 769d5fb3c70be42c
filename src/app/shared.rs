//! What all operations share in the OpenAPI document, fitted to each of them: their problems'
//! examples happen at their own path, the
//! scope that is missing is the one they need, and their answers have the headers that reads have.

use serde_json::Value;
use utoipa::openapi::header::Header;
use utoipa::openapi::path::{Operation, Parameter, ParameterIn};
use utoipa::openapi::schema::{Object, Type};
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{OpenApi, RefOr, Response};

/// Names that nothing has, for examples.
const NO_NAME: &str = "no-such-name";
const NO_ID: &str = "0193a5a0-7c1e-7d6a-9a3e-3f6b8f0f2a12";

/// Fits examples and headers to every operation.
pub(super) fn fit(document: &mut OpenApi) {
    for (path, item) in &mut document.paths.paths {
        let methods = [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete];
        for operation in methods.into_iter().flatten() {
            fit_operation(path, operation);
        }
    }
}

fn fit_operation(path: &str, operation: &mut Operation) {
    let parameters: Vec<&Parameter> = operation.parameters.iter().flatten().filter_map(value).collect();
    let of = |place: ParameterIn| parameters.iter().copied().filter(move |one| one.parameter_in == place);
    let query: Vec<_> = of(ParameterIn::Query).map(|parameter| parameter.name.clone()).collect();
    let named: Vec<_> = of(ParameterIn::Path).map(|one| (one.name.clone(), missing_name(one))).collect();
    let instance =
        named.iter().fold(path.to_owned(), |path, (name, value)| path.replace(&format!("{{{name}}}"), value));
    let scope = operation.security.iter().flatten().find_map(scope);
    let changes =
        operation.responses.responses.contains_key("409") && query.iter().any(|name| name == "lang");
    let conditional = operation.responses.responses.contains_key("304");
    for (status, response) in &mut operation.responses.responses {
        let RefOr::T(response) = response else { continue };
        match status.as_str() {
            "200" | "304" if conditional => add_headers(response, query.iter().any(|name| name == "cursor")),
            // What was made or changed is shown as a read would show it.
            "200" | "201" if changes && (status == "201" || !named.is_empty()) => {
                add_headers(response, false);
                if shows_several(response) {
                    response.headers.remove("ETag");
                }
            }
            _ => {}
        }
        for content in response.content.values_mut() {
            let RefOr::T(content) = content else { continue };
            let Some(Value::Object(example)) = &mut content.example else { continue };
            if !example.contains_key("request_id") {
                continue;
            }
            example.insert("instance".to_owned(), instance.clone().into());
            if let ("404", Some((name, value))) = (status.as_str(), named.first()) {
                let kind = name.replace('_', " ");
                example.insert("detail".to_owned(), format!("there is no {kind} {value:?}").into());
            }
            if let ("403", Some(scope)) = (status.as_str(), &scope) {
                example.insert(
                    "detail".to_owned(),
                    format!("the token does not have the scope {scope:?}").into(),
                );
            }
        }
    }
}

/// The scope that a token needs.
fn scope(requirement: &SecurityRequirement) -> Option<String> {
    let requirement = serde_json::to_value(requirement).ok()?;
    requirement.get("bearer")?.get(0)?.as_str().map(str::to_owned)
}

/// Whether an answer shows several things, which have a version each and none together: by its schema's name.
fn shows_several(response: &Response) -> bool {
    response.content.values().filter_map(value).any(|content| match &content.schema {
        Some(RefOr::Ref(schema)) => schema.ref_location.ends_with("List"),
        _ => false,
    })
}

fn value<T>(item: &RefOr<T>) -> Option<&T> {
    match item {
        RefOr::T(item) => Some(item),
        RefOr::Ref(_) => None,
    }
}

/// An example of a path parameter that leads nowhere: an id where only ids are taken.
fn missing_name(parameter: &Parameter) -> String {
    let schema = serde_json::to_value(&parameter.schema).unwrap_or_default();
    let takes_ids = schema.get("format").is_some_and(|format| format == "uuid");
    if takes_ids { NO_ID.to_owned() } else { NO_NAME.to_owned() }
}

fn add_headers(response: &mut Response, is_list: bool) {
    let mut add = |name: &str, description: &str| {
        let mut header = Header::new(Object::with_type(Type::String));
        header.description = Some(description.to_owned());
        response.headers.insert(name.to_owned(), RefOr::T(header));
    };
    add("ETag", "Names this answer; send it back in `If-None-Match`.");
    add("Content-Language", "The languages of the texts in the answer; absent where it has none.");
    if is_list {
        add("Link", "The next page, with `rel=\"next\"` (RFC 8288); absent on the last.");
    }
}
