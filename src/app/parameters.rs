//! What values parameters and header fields may have, in the OpenAPI document: as precise as a schema can be,
//! so that clients notice what the service would refuse.

use crate::http::ask::IDEMPOTENCY_KEY;
use crate::http::query::MAX_VALUE;
use crate::http::table::{Table, Tables};
use crate::kernel::id::MAX_NAME;
use crate::kernel::text::LANGUAGE_TAG;
use actix_web::http::header;
use serde_json::Value;
use utoipa::openapi::path::{Operation, Parameter};
use utoipa::openapi::schema::{Array, ArrayItems, Object, Schema, SchemaType, Type};
use utoipa::openapi::{OpenApi, RefOr, Required};

/// Says of every parameter what it can be.
pub(super) fn limit(document: &mut OpenApi) {
    let tables = Tables::new(&serde_json::to_value(&*document).unwrap_or_default());
    for (path, item) in &mut document.paths.paths {
        let table = tables.of(path).map(AsRef::as_ref);
        let methods = [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete];
        for operation in methods.into_iter().flatten() {
            limit_operation(operation, table);
        }
    }
}

fn limit_operation(operation: &mut Operation, table: Option<&Table>) {
    for parameter in operation.parameters.iter_mut().flatten() {
        if let RefOr::T(parameter) = parameter {
            limit_parameter(parameter, table);
        }
    }
    if let Some(RefOr::T(body)) = &mut operation.request_body {
        for content in body.content.values_mut() {
            if let RefOr::T(content) = content
                && let Some(schema) = content.schema.as_ref().and_then(unless_null)
            {
                content.schema = Some(schema);
                body.required = Some(Required::False);
            }
        }
    }
}

/// What a body is that may be left out: that is another thing than one that is `null`.
fn unless_null(schema: &RefOr<Schema>) -> Option<RefOr<Schema>> {
    let RefOr::T(Schema::OneOf(either)) = schema else { return None };
    let is_null =
        |one: &RefOr<Schema>| matches!(one, RefOr::T(Schema::Object(object)) if has_type(object, Type::Null));
    let [one, other] = either.items.as_slice() else { return None };
    is_null(other).then(|| one.clone())
}

fn limit_parameter(parameter: &mut Parameter, table: Option<&Table>) {
    match &mut parameter.schema {
        Some(RefOr::T(Schema::Object(value))) => limit_value(value, &parameter.name),
        Some(RefOr::T(Schema::Array(list))) => limit_list(list, &parameter.name, table),
        _ => {}
    }
}

fn limit_list(list: &mut Array, name: &str, table: Option<&Table>) {
    // A parameter without a value is refused.
    list.min_items = Some(1);
    let ArrayItems::RefOrSchema(items) = &mut list.items else { return };
    let RefOr::T(Schema::Object(item)) = items.as_mut() else { return };
    match table {
        Some(table) if name == "fields" => item.enum_values = Some(values(table)),
        _ => limit_value(item, name),
    }
}

/// The names of the fields that an operation can be asked for.
fn values(table: &Table) -> Vec<Value> {
    table.names().into_iter().map(Value::from).collect()
}

fn limit_value(value: &mut Object, name: &str) {
    match name {
        "cohort" | "cycle_year" | "joined_year" | "report_year" => limit_year(value),
        _ => limit_text(value, name),
    }
}

/// Years are kept in 16 bits.
fn limit_year(year: &mut Object) {
    year.minimum = Some(i16::MIN.into());
    year.maximum = Some(i16::MAX.into());
}

fn limit_text(text: &mut Object, name: &str) {
    if !has_type(text, Type::String) || text.enum_values.is_some() || text.format.is_some() {
        return;
    }
    let (pattern, longest) = match name {
        "lang" => (Some(format!(r"^\*$|{LANGUAGE_TAG}")), 35),
        "country" => (Some("^[A-Za-z]{2}$".to_owned()), 2),
        "cursor" => (Some("^[A-Za-z0-9_-]+$".to_owned()), MAX_VALUE),
        "sort" => (Some("^-?[a-z_]+(,-?[a-z_]+)*$".to_owned()), MAX_VALUE),
        // Of whatever has a code or a slug.
        "member" | "action_plan" | "commitment" | "institution" => (None, MAX_NAME),
        // RFC 9110, section 8.8.3.
        name if header::IF_MATCH == name => {
            let tag = r#"(W/)?"[!#-~]*""#;
            (Some(format!("^(\\*|{tag}( *, *{tag})*)$")), MAX_VALUE)
        }
        name if IDEMPOTENCY_KEY == name => (Some("^[!-~]+$".to_owned()), 255),
        _ => (None, MAX_VALUE),
    };
    // A pattern says by itself that there is something.
    text.min_length = text.min_length.or_else(|| pattern.is_none().then_some(1));
    text.pattern = text.pattern.take().or(pattern);
    text.max_length = text.max_length.or(Some(longest));
}

fn has_type(object: &Object, wanted: Type) -> bool {
    matches!(&object.schema_type, SchemaType::Type(kind) if *kind == wanted)
}
