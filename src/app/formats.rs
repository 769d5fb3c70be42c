//! The forms that lists come in, in the OpenAPI document.

use crate::http::format::Format;
use crate::http::problem::AcceptProblems;
use utoipa::IntoResponses;
use utoipa::openapi::content::{Content, ContentBuilder};
use utoipa::openapi::header::Header;
use utoipa::openapi::path::Operation;
use utoipa::openapi::schema::{Object, ObjectBuilder, Type};
use utoipa::openapi::{OpenApi, RefOr};

/// Adds to every list, and to other rows that come as tables, what it answers besides JSON.
pub(super) fn offer(document: &mut OpenApi) {
    let reads = document.paths.paths.values_mut().filter_map(|item| item.get.as_mut());
    reads.filter(|operation| has_rows(operation)).for_each(offer_one);
}

/// Whether it takes what only tables of text have.
fn has_rows(operation: &Operation) -> bool {
    let mut parameters = operation.parameters.iter().flatten();
    parameters.any(|parameter| matches!(parameter, RefOr::T(parameter) if parameter.name == "bom"))
}

fn offer_one(operation: &mut Operation) {
    let responses = &mut operation.responses.responses;
    responses.extend(AcceptProblems::responses());
    let Some(RefOr::T(success)) = responses.get_mut("200") else { return };
    for format in Format::ALL.into_iter().filter(|format| *format != Format::Json) {
        success.content.insert(format.essence().to_owned(), RefOr::T(content(format)));
    }
    let mut header = Header::new(Object::with_type(Type::String));
    header.description = Some("What the file is called; absent for JSON.".to_owned());
    success.headers.insert("Content-Disposition".to_owned(), RefOr::T(header));
}

fn content(format: Format) -> Content {
    let text = ObjectBuilder::new().schema_type(Type::String);
    let schema = match format {
        Format::Xlsx => text
            .description(Some("A workbook with one sheet; the first row names the columns."))
            .content_media_type(format.essence().to_owned()),
        Format::Ndjson => {
            text.description(Some("On each line a JSON document: a row, as in `data` of JSON."))
        }
        Format::Csv | Format::Json => {
            text.description(Some("A line of column names, and a line for each row."))
        }
    };
    ContentBuilder::new().schema(Some(schema.build())).build()
}
