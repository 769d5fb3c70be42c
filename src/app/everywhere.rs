//! What answers have whatever the operation, in the OpenAPI document: who may read them, and what is left of the
//! limits on requests.

use super::rate::is_exempt;
use crate::http::problem::ThrottleProblems;
use utoipa::IntoResponses;
use utoipa::openapi::header::Header;
use utoipa::openapi::path::Operation;
use utoipa::openapi::schema::{Object, Type};
use utoipa::openapi::{Components, OpenApi, Ref, RefOr};

/// Header fields of every answer, with what they say and an example.
const ALWAYS: [(&str, &str, &str); 1] =
    [("Access-Control-Allow-Origin", "Programs of every web page may read the answer.", "*")];
/// Header fields of every answer that is counted.
const COUNTED: [(&str, &str, &str); 2] = [
    (
        "RateLimit",
        "What is left of each limit that the request falls under (draft-ietf-httpapi-ratelimit-headers): `r` \
         requests; all of them are there again in `t` seconds, or, where the request is refused, one is.",
        "\"default\";r=1199;t=1",
    ),
    (
        "RateLimit-Policy",
        "The limits that the request falls under: `q` requests within `w` seconds. `default` counts all, \
         `downloads` reports, workbooks, and whole lists as files.",
        "\"default\";q=1200;w=60",
    ),
];

/// Adds them to all operations.
pub(super) fn add(document: &mut OpenApi) {
    let components = document.components.get_or_insert_with(Components::new);
    for (name, description, example) in ALWAYS.into_iter().chain(COUNTED) {
        let mut header = Header::new(Object::with_type(Type::String));
        header.description = Some(description.to_owned());
        header.example = Some(example.into());
        components.headers.insert(name.to_owned(), RefOr::T(header));
    }
    for (path, item) in &mut document.paths.paths {
        let methods = [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete];
        methods.into_iter().flatten().for_each(|operation| add_to(operation, !is_exempt(path)));
    }
}

fn add_to(operation: &mut Operation, is_counted: bool) {
    let responses = &mut operation.responses.responses;
    if is_counted {
        for (status, problem) in ThrottleProblems::responses() {
            responses.entry(status).or_insert(problem);
        }
    }
    let counted = COUNTED.into_iter().filter(|_| is_counted);
    let names: Vec<_> = ALWAYS.into_iter().chain(counted).map(|(name, ..)| name).collect();
    for response in responses.values_mut() {
        let RefOr::T(response) = response else { continue };
        for name in &names {
            let header = Ref::new(format!("#/components/headers/{name}"));
            response.headers.insert((*name).to_owned(), RefOr::Ref(header));
        }
    }
}
