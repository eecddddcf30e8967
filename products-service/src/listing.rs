//! What a seller says about a product, parsed: what has one of these types was checked.

use serde::{Deserialize, de::IgnoredAny};
use serde_json::Value;
use shared::{
    api::fields,
    http::{ApiError, FieldErrors},
    money::Money,
};
use utoipa::ToSchema;

mod values;

pub(crate) use values::{CATEGORIES, category};

/// A new product.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewListingBody {
    #[schema(schema_with = values::name, required)]
    name: Option<Value>,
    #[schema(schema_with = fields::amount, required)]
    price: Option<Value>,
    #[schema(schema_with = values::category, required)]
    category: Option<Value>,
    /// 1 when absent.
    #[schema(schema_with = values::optional_quantity)]
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
    #[schema(schema_with = values::optional_name)]
    name: Option<Value>,
    #[schema(schema_with = values::optional_price)]
    price: Option<Value>,
    #[schema(schema_with = values::optional_category)]
    category: Option<Value>,
    #[schema(schema_with = values::optional_quantity)]
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
    #[schema(schema_with = values::units, required)]
    quantity: Option<Value>,
}

/// Units that arrive, at least 1.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Units(i32);

impl NewListingBody {
    /// A new product: all fields but the quantity, which is 1 when absent.
    pub(crate) fn parse(self) -> Result<NewListing, ApiError> {
        let mut errors = FieldErrors::default();
        let name = errors.check("name", values::parse_name(self.name.as_ref()));
        let price = errors.check("price", values::parse_price(self.price.as_ref()));
        let category = errors.check("category", values::parse_category(self.category.as_ref()));
        let quantity = self.quantity.unwrap_or_else(|| Value::from(1));
        let quantity = errors.check("quantity", values::parse_quantity(&quantity));
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
                .and_then(|name| errors.check("name", values::parse_name(Some(&name)))),
            price: self
                .price
                .and_then(|price| errors.check("price", values::parse_price(Some(&price)))),
            category: self.category.and_then(|category| {
                errors.check("category", values::parse_category(Some(&category)))
            }),
            quantity: self
                .quantity
                .and_then(|quantity| errors.check("quantity", values::parse_quantity(&quantity))),
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
        let units = errors.check("quantity", values::parse_quantity(&quantity));
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
        (i64::from(sum) <= i64::from(values::MAX_STOCK)).then_some(sum)
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
