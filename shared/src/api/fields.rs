//! Schemas of fields whose Rust type says less than their parser checks.

use utoipa::openapi::{
    Object, ObjectBuilder, OneOfBuilder, RefOr, Schema, Type,
    schema::{AnyOfBuilder, SchemaType},
};

/// One of these words.
pub fn word(words: &[&'static str]) -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(words.iter().copied()))
        .build()
}

/// Text of one line with at least one character that is no space.
pub fn line(longest: usize) -> Object {
    let plain = r"[^\x00-\x1f\x7f-\x9f]*";
    ObjectBuilder::new()
        .schema_type(Type::String)
        .max_length(Some(longest))
        .pattern(Some(format!(r"^{plain}[^\s\x00-\x1f\x7f-\x9f]{plain}$")))
        .examples(["some text"])
        .build()
}

/// An amount of money in a request, where a number will do too.
pub fn amount() -> Schema {
    let text = ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some("^[0-9]{1,8}([.][0-9]{1,2})?$"));
    let number = ObjectBuilder::new()
        .schema_type(Type::Number)
        .minimum(Some(0))
        .maximum(Some(99_999_999.99))
        .multiple_of(Some(0.01));
    OneOfBuilder::new()
        .item(text)
        .item(number)
        .examples(["12.50"])
        .into()
}

/// A whole number in a request, where its digits as text will do too.
pub fn whole(minimum: u32, maximum: u32) -> Schema {
    let text = ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some("the digits of such a number"))
        .pattern(Some(if minimum == 0 {
            "^[0-9]+$"
        } else {
            "^0*[1-9][0-9]*$"
        }));
    let number = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(minimum))
        .maximum(Some(maximum));
    OneOfBuilder::new()
        .item(number)
        .item(text)
        .examples([minimum])
        .into()
}

/// The same, or `null`, which is as if the field were absent.
pub fn optional(schema: impl Into<RefOr<Schema>>) -> Schema {
    let null = ObjectBuilder::new().schema_type(Type::Null);
    AnyOfBuilder::new().item(schema).item(null).into()
}

/// A field that older clients send and nobody reads.
pub fn unread() -> Object {
    ObjectBuilder::new()
        .schema_type(SchemaType::AnyValue)
        .description(Some("Ignored; older clients send it."))
        .deprecated(Some(utoipa::openapi::Deprecated::True))
        .build()
}
