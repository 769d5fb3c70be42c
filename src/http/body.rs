//! How the bodies of changes are described in the OpenAPI document.

use std::borrow::Cow;
use std::marker::PhantomData;
use utoipa::openapi::schema::{
    AdditionalProperties, Object, ObjectBuilder, OneOfBuilder, Schema, SchemaType, Type,
};
use utoipa::openapi::{RefOr, Schema as OpenApiSchema};
use utoipa::{PartialSchema, ToSchema};

/// What is written of something new (`MemberInput`), and why: described as `MemberCreate`.
#[derive(Debug)]
pub struct Create<T>(PhantomData<T>);

/// A JSON merge patch (RFC 7396) of what is written of something, and why: described as `MemberPatch`.
#[derive(Debug)]
pub struct Patch<T>(PhantomData<T>);

impl<T: ToSchema> PartialSchema for Create<T> {
    fn schema() -> RefOr<OpenApiSchema> {
        with_reason(T::schema(), "Why it is made; for the record.")
    }
}

impl<T: ToSchema> ToSchema for Create<T> {
    fn name() -> Cow<'static, str> {
        T::name().replace("Input", "Create").into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<OpenApiSchema>)>) {
        T::schemas(schemas);
    }
}

impl<T: ToSchema> PartialSchema for Patch<T> {
    fn schema() -> RefOr<OpenApiSchema> {
        let mut schema = with_reason(
            T::schema(),
            "Why it is changed; for the record. Dates and texts of what is public are changed for a reason only.",
        );
        if let RefOr::T(Schema::Object(object)) = &mut schema {
            object.required.clear();
            object.properties.values_mut().for_each(make_nullable);
            let description = object.description.take().unwrap_or_default();
            object.description = Some(format!(
                "{description}\n\nA merge patch: what it does not name stays, `null` takes a field away, lists are \
                 replaced whole."
            ));
        }
        schema
    }
}

impl<T: ToSchema> ToSchema for Patch<T> {
    fn name() -> Cow<'static, str> {
        T::name().replace("Input", "Patch").into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<OpenApiSchema>)>) {
        T::schemas(schemas);
    }
}

fn with_reason(mut schema: RefOr<OpenApiSchema>, why: &str) -> RefOr<OpenApiSchema> {
    if let RefOr::T(Schema::Object(object)) = &mut schema {
        let reason = ObjectBuilder::new()
            .schema_type(SchemaType::Type(Type::String))
            .description(Some(why))
            .min_length(Some(1))
            .max_length(Some(crate::kernel::ask::MAX_REASON))
            .build();
        object.properties.insert("reason".to_owned(), RefOr::T(Schema::Object(reason)));
        object.additional_properties = Some(Box::new(AdditionalProperties::FreeForm(false)));
    }
    schema
}

fn make_nullable(property: &mut RefOr<OpenApiSchema>) {
    match property {
        RefOr::T(Schema::Object(Object { schema_type, .. })) => {
            let types = match schema_type {
                SchemaType::Type(one) => vec![one.clone(), Type::Null],
                SchemaType::Array(several) if !several.contains(&Type::Null) => {
                    several.iter().cloned().chain([Type::Null]).collect()
                }
                _ => return,
            };
            *schema_type = SchemaType::Array(types);
        }
        RefOr::T(Schema::Array(array)) => {
            array.schema_type = SchemaType::from_iter([Type::Array, Type::Null]);
        }
        RefOr::T(Schema::OneOf(_)) => {}
        other => {
            let null = ObjectBuilder::new().schema_type(SchemaType::Type(Type::Null)).build();
            let either = OneOfBuilder::new().item(other.clone()).item(Schema::Object(null)).build();
            *other = RefOr::T(Schema::OneOf(either));
        }
    }
}
