//! What each field of a product may be: as a check, and as a schema for whoever reads the API.

use serde_json::Value;
use shared::{api::fields, money::Money};
use utoipa::openapi::{Object, Schema};

/// The categories that a product can be in.
pub(crate) const CATEGORIES: [&str; 8] = [
    "Electronics",
    "Furniture",
    "Accessories",
    "Clothing",
    "Home",
    "Sports",
    "Toys",
    "Beauty",
];

/// Longest name (characters, the column's width).
const MAX_NAME: usize = 255;

/// Most units on stock: far below where adding could overflow the column.
pub(super) const MAX_STOCK: u32 = 1_000_000;

/// Why a field is refused: a code for programs and a sentence for people.
type Refusal = (&'static str, String);

pub(super) fn parse_name(value: Option<&Value>) -> Result<String, Refusal> {
    let Some(Value::String(text)) = value else {
        return Err(("REQUIRED", "must be text".to_owned()));
    };
    let name = text.trim();
    if name.is_empty() || name.chars().count() > MAX_NAME {
        let message = format!("must have 1 to {MAX_NAME} characters");
        return Err(("LENGTH", message));
    }
    // PostgreSQL cannot store a zero byte, and no other control character is part of a name.
    if name.chars().any(char::is_control) {
        return Err(("CONTROL_CHARACTER", "must be plain text".to_owned()));
    }
    Ok(name.to_owned())
}

pub(super) fn parse_price(value: Option<&Value>) -> Result<Money, Refusal> {
    let text = value.and_then(number_as_text);
    let text = text.ok_or_else(|| ("REQUIRED", "must be a number such as 12.50".to_owned()))?;
    text.parse::<Money>()
        .map_err(|error| ("PRICE", error.to_string()))
}

pub(super) fn parse_category(value: Option<&Value>) -> Result<String, Refusal> {
    let category = value.and_then(Value::as_str).unwrap_or_default();
    if !CATEGORIES.contains(&category) {
        let message = format!("must be one of {}", CATEGORIES.join(", "));
        return Err(("UNKNOWN_CATEGORY", message));
    }
    Ok(category.to_owned())
}

pub(super) fn parse_quantity(value: &Value) -> Result<i32, Refusal> {
    let number = number_as_text(value).and_then(|text| text.parse::<i64>().ok());
    number
        .filter(|number| (0..=i64::from(MAX_STOCK)).contains(number))
        .and_then(|number| i32::try_from(number).ok())
        .ok_or_else(|| {
            let message = format!("must be a whole number from 0 to {MAX_STOCK}");
            ("QUANTITY", message)
        })
}

/// One of [`CATEGORIES`].
pub(crate) fn category() -> Object {
    fields::word(&CATEGORIES)
}

pub(super) fn name() -> Object {
    fields::line(MAX_NAME)
}

pub(super) fn units() -> Schema {
    fields::whole(1, MAX_STOCK)
}

pub(super) fn optional_name() -> Schema {
    fields::optional(name())
}

pub(super) fn optional_price() -> Schema {
    fields::optional(fields::amount())
}

pub(super) fn optional_category() -> Schema {
    fields::optional(category())
}

pub(super) fn optional_quantity() -> Schema {
    fields::optional(fields::whole(0, MAX_STOCK))
}

/// The digits of a JSON number or of a text. A number keeps them: the shortest text that reads
/// back as the same number is what the sender wrote, for every amount that is allowed here.
fn number_as_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_with_two_decimals_keeps_its_digits() {
        for cents in (0..10_000_000).step_by(997) {
            let text = format!("{}.{:02}", cents / 100, cents % 100);
            let number: Value = serde_json::from_str(&text).unwrap();

            let price = parse_price(Some(&number)).unwrap();

            assert_eq!(price.to_string(), text);
        }
    }
}
