//! Examples of requests and answers in the OpenAPI document: taken by `tests/http/examples.rs` from the running
//! application, and compared with it ever after.

use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::openapi::content::Content;
use utoipa::openapi::path::Operation;
use utoipa::openapi::{OpenApi, RefOr};

/// What was asked and answered, by the id of the operation.
const TAKEN: &str = include_str!("../../openapi/examples.json");

/// An exchange with the application.
#[derive(Debug, Deserialize)]
struct Example {
    /// The body of the request, where it had one.
    #[serde(default)]
    request: Option<Value>,
    /// The status of the answer.
    status: u16,
    /// The media type of its body, and the body, where it had one.
    #[serde(default)]
    response: Option<(String, Value)>,
}

/// Adds the examples to their operations.
pub(super) fn show(document: &mut OpenApi) {
    let mut taken: BTreeMap<String, Example> = serde_json::from_str(TAKEN).unwrap_or_default();
    for item in document.paths.paths.values_mut() {
        let methods = [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete];
        for operation in methods.into_iter().flatten() {
            let id = operation.operation_id.as_deref().unwrap_or_default();
            if let Some(example) = taken.remove(id) {
                show_one(operation, example);
            }
        }
    }
}

fn show_one(operation: &mut Operation, example: Example) {
    if let (Some(RefOr::T(body)), Some(request)) = (&mut operation.request_body, example.request) {
        let json = body.content.iter_mut().find(|(media_type, _)| media_type.ends_with("json"));
        set(json.map(|(_, content)| content), request);
    }
    let response = operation.responses.responses.get_mut(&example.status.to_string());
    if let (Some(RefOr::T(response)), Some((media_type, body))) = (response, example.response) {
        set(response.content.get_mut(&media_type), body);
    }
}

fn set(content: Option<&mut RefOr<Content>>, example: Value) {
    if let Some(RefOr::T(content)) = content {
        content.example = Some(example);
    }
}
