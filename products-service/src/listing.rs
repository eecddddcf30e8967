//! What a seller says about a product, parsed: what has one of these types was checked.

use serde::{Deserialize, de::IgnoredAny};
use serde_json::Value;
use shared::{
    api::fields,
    http::{ApiError, FieldErrors},
    money::Money,
};
use utoipa::{
    ToSchema,
    openapi::{Object, Schema},
};

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
const MAX_STOCK: u32 = 1_000_000;

/// A new product.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewListingBody {
    #[schema(schema_with = name, required)]
    name: Option<Value>,
    #[schema(schema_with = fields::amount, required)]
    price: Option<Value>,
    #[schema(schema_with = category, required)]
    category: Option<Value>,
    /// 1 when absent.
    #[schema(schema_with = optional_quantity)]
    quantity: Option<Value>,
    /// The seller is always the caller.
    #[serde(rename = "user_id")]
    #[schema(schema_with = fields::unread)]
    _user_id: Option<IgnoredAny>,
}

/// What shall change of a product; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangeBody {
    #[schema(schema_with = optional_name)]
    name: Option<Value>,
    #[schema(schema_with = optional_price)]
    price: Option<Value>,
    #[schema(schema_with = optional_category)]
    category: Option<Value>,
    #[schema(schema_with = optional_quantity)]
    quantity: Option<Value>,
    /// The version that the caller has seen.
    version: Option<i32>,
    #[serde(rename = "user_id")]
    #[schema(schema_with = fields::unread)]
    _user_id: Option<IgnoredAny>,
}

/// A product to be listed.
#[derive(Debug)]
pub(crate) struct NewListing {
    pub(crate) name: String,
    pub(crate) price: Money,
    pub(crate) category: String,
    pub(crate) quantity: i32,
}

/// What shall change; at least one field is there.
#[derive(Debug)]
pub(crate) struct ListingChange {
    pub(crate) name: Option<String>,
    pub(crate) price: Option<Money>,
    pub(crate) category: Option<String>,
    pub(crate) quantity: Option<i32>,
    /// The version that the caller has seen; the change is refused when it is not the current.
    pub(crate) version: Option<i32>,
}

/// Units that arrive.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RestockBody {
    #[schema(schema_with = units, required)]
    quantity: Option<Value>,
}

/// Units that arrive, at least 1.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Units(i32);

/// Why a field is refused: a code for programs and a sentence for people.
type Refusal = (&'static str, String);

impl NewListingBody {
    /// A new product: all fields but the quantity, which is 1 when absent.
    pub(crate) fn parse(self) -> Result<NewListing, ApiError> {
        let mut errors = FieldErrors::default();
        let name = errors.check("name", parse_name(self.name.as_ref()));
        let price = errors.check("price", parse_price(self.price.as_ref()));
        let category = errors.check("category", parse_category(self.category.as_ref()));
        let quantity = self.quantity.unwrap_or_else(|| Value::from(1));
        let quantity = errors.check("quantity", parse_quantity(&quantity));
        let listing = name.zip(price).zip(category.zip(quantity)).map(
            |((name, price), (category, quantity))| NewListing {
                name,
                price,
                category,
                quantity,
            },
        );
        errors.finish(listing)
    }
}

impl ChangeBody {
    /// A change: only the fields that are there.
    pub(crate) fn parse(self) -> Result<ListingChange, ApiError> {
        let mut errors = FieldErrors::default();
        let change = ListingChange {
            name: self
                .name
                .and_then(|name| errors.check("name", parse_name(Some(&name)))),
            price: self
                .price
                .and_then(|price| errors.check("price", parse_price(Some(&price)))),
            category: self
                .category
                .and_then(|category| errors.check("category", parse_category(Some(&category)))),
            quantity: self
                .quantity
                .and_then(|quantity| errors.check("quantity", parse_quantity(&quantity))),
            version: self.version,
        };
        let change = errors.finish(Some(change))?;
        if change.is_empty() {
            let mut errors = FieldErrors::default();
            let message = "name at least one of name, price, category, quantity";
            errors.add("body", "EMPTY", message);
            return errors.finish(None);
        }
        Ok(change)
    }
}

impl RestockBody {
    /// At least one unit.
    pub(crate) fn parse(self) -> Result<Units, ApiError> {
        let mut errors = FieldErrors::default();
        let quantity = self.quantity.unwrap_or_default();
        let units = errors.check("quantity", parse_quantity(&quantity));
        if units == Some(0) {
            errors.add("quantity", "QUANTITY", "must be at least 1");
        }
        errors.finish(units.map(Units))
    }
}

impl Units {
    /// The stock with these units, unless that is more than a product may have.
    pub(crate) fn added_to(self, quantity: i32) -> Option<i32> {
        let sum = quantity.checked_add(self.0)?;
        (i64::from(sum) <= i64::from(MAX_STOCK)).then_some(sum)
    }
}

impl ListingChange {
    fn is_empty(&self) -> bool {
        self.name.is_none()
            && self.price.is_none()
            && self.category.is_none()
            && self.quantity.is_none()
    }
}

fn parse_name(value: Option<&Value>) -> Result<String, Refusal> {
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

fn parse_price(value: Option<&Value>) -> Result<Money, Refusal> {
    let text = value.and_then(number_as_text);
    let text = text.ok_or_else(|| ("REQUIRED", "must be a number such as 12.50".to_owned()))?;
    text.parse::<Money>()
        .map_err(|error| ("PRICE", error.to_string()))
}

fn parse_category(value: Option<&Value>) -> Result<String, Refusal> {
    let category = value.and_then(Value::as_str).unwrap_or_default();
    if !CATEGORIES.contains(&category) {
        let message = format!("must be one of {}", CATEGORIES.join(", "));
        return Err(("UNKNOWN_CATEGORY", message));
    }
    Ok(category.to_owned())
}

fn parse_quantity(value: &Value) -> Result<i32, Refusal> {
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

fn name() -> Object {
    fields::line(MAX_NAME)
}

fn units() -> Schema {
    fields::whole(1, MAX_STOCK)
}

fn optional_name() -> Schema {
    fields::optional(name())
}

fn optional_price() -> Schema {
    fields::optional(fields::amount())
}

fn optional_category() -> Schema {
    fields::optional(category())
}

fn optional_quantity() -> Schema {
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
    use serde_json::json;

    use super::*;

    fn parse(body: Value) -> Result<NewListing, ApiError> {
        serde_json::from_value::<NewListingBody>(body)
            .unwrap()
            .parse()
    }

    #[test]
    fn price_and_quantity_may_be_text_or_numbers() {
        for body in [
            json!({"name": " Lamp ", "price": "12.50", "category": "Home", "quantity": "3"}),
            json!({"name": "Lamp", "price": 12.5, "category": "Home", "quantity": 3}),
        ] {
            let listing = parse(body).unwrap();

            assert_eq!(listing.name, "Lamp");
            assert_eq!(listing.price.to_string(), "12.50");
            assert_eq!(listing.quantity, 3);
        }
    }

    #[test]
    fn every_number_with_two_decimals_keeps_its_digits() {
        for cents in (0..10_000_000).step_by(997) {
            let text = format!("{}.{:02}", cents / 100, cents % 100);
            let number: Value = serde_json::from_str(&text).unwrap();

            let price = parse_price(Some(&number)).unwrap();

            assert_eq!(price.to_string(), text);
        }
    }

    #[test]
    fn what_a_product_cannot_be_is_refused() {
        let good = json!({"name": "Lamp", "price": 1, "category": "Home", "quantity": 1});
        for (field, value) in [
            ("name", json!("  ")),
            ("name", json!("a".repeat(256))),
            ("name", json!("a\u{0}b")),
            ("name", json!(5)),
            ("price", json!(-1)),
            ("price", json!("1.999")),
            ("price", json!(1e30)),
            ("price", json!(true)),
            ("category", json!("Weapons")),
            ("quantity", json!(1.5)),
            ("quantity", json!(-1)),
            ("quantity", json!("")),
            ("quantity", json!(99_999_999_999_i64)),
        ] {
            let mut body = good.clone();
            body[field] = value.clone();

            assert!(parse(body).is_err(), "{field}: {value}");
        }
    }
}
