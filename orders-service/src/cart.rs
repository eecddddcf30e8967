//! What a buyer wants, parsed: a [`Cart`] can be ordered as it is.

use std::collections::BTreeMap;

use serde::{Deserialize, de::IgnoredAny};
use serde_json::Value;
use shared::{
    address::{Address, AddressBody},
    api::fields,
    http::{ApiError, FieldErrors},
    id::ProductId,
    messages::orders::{MAX_QUANTITY, OrderLine},
    money::Money,
};
use utoipa::{ToSchema, openapi::Schema};

/// Most different products in one order.
const MAX_LINES: usize = 100;

/// An order to be placed. Prices are what the buyer saw.
#[derive(Deserialize, ToSchema)]
#[schema(as = Cart)]
#[serde(deny_unknown_fields)]
pub(crate) struct CartBody {
    /// What the buyer's browser computed; it must be right, but the server's own total counts.
    #[schema(schema_with = optional_amount)]
    total_price: Option<Value>,
    /// Older clients send it; the server decides.
    #[serde(rename = "status")]
    #[schema(inline, deprecated)]
    _status: Option<OldStatus>,
    /// The buyer is always the caller.
    #[serde(rename = "user_id")]
    #[schema(schema_with = fields::unread)]
    _user_id: Option<IgnoredAny>,
    #[schema(min_items = 1, max_items = 100)]
    items: Vec<ItemBody>,
    /// Where it goes, if it has to be sent anywhere.
    address: Option<AddressBody>,
}

/// Ignored; older clients send it.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
enum OldStatus {
    Pending,
    Completed,
}

#[derive(Deserialize, ToSchema)]
#[schema(as = CartItem)]
#[serde(deny_unknown_fields)]
struct ItemBody {
    #[schema(schema_with = product_id)]
    product_id: Value,
    #[schema(schema_with = fields::amount)]
    price: Value,
    #[schema(schema_with = quantity)]
    quantity: Value,
}

/// At least one line, each product once, in the order of ids; quantities and total in range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cart {
    pub(crate) lines: Vec<OrderLine>,
    pub(crate) total: Money,
    pub(crate) address: Option<Address>,
}

/// Why a field is refused: a code for programs and a sentence for people.
type Refusal = (&'static str, String);

impl CartBody {
    /// Checks every field and reports all that is wrong at once.
    pub(crate) fn parse(self) -> Result<Cart, ApiError> {
        let mut errors = FieldErrors::default();
        if self.items.is_empty() {
            errors.add(
                "items",
                "EMPTY_CART",
                "put at least one item into the order",
            );
        }
        if self.items.len() > MAX_LINES {
            let message = format!("must be at most {MAX_LINES}");
            errors.add("items", "TOO_MANY", message);
            return errors.finish(None);
        }
        let mut lines = BTreeMap::new();
        for (index, item) in self.items.iter().enumerate() {
            if let Some(line) = item.parse(index, &mut errors) {
                merge(&mut lines, line, index, &mut errors);
            }
        }
        let lines: Vec<OrderLine> = lines.into_values().collect();
        let total = errors.check("items", total_of(&lines));
        if let (Some(total), Some(claimed)) = (total, self.total_price) {
            errors.check("total_price", check_total(total, &claimed));
        }
        let address = errors.check_all("address", self.address.map(|it| it.parse(None)));
        errors.finish(total.map(|total| Cart {
            lines,
            total,
            address,
        }))
    }
}

impl Cart {
    /// The address as an order keeps it.
    pub(crate) fn address_json(&self) -> Option<Value> {
        serde_json::to_value(self.address.as_ref()?).ok()
    }
}

impl ItemBody {
    fn parse(&self, index: usize, errors: &mut FieldErrors) -> Option<OrderLine> {
        let name = |field: &str| format!("items[{index}].{field}");
        let id = errors.check(name("product_id"), parse_id(&self.product_id));
        let price = errors.check(name("price"), parse_price(&self.price));
        let quantity = errors.check(name("quantity"), parse_quantity(&self.quantity));
        Some(OrderLine {
            product_id: id?,
            price: price?,
            quantity: quantity?,
        })
    }
}

/// Adds a line; the same product twice is one line with the sum.
fn merge(
    lines: &mut BTreeMap<ProductId, OrderLine>,
    line: OrderLine,
    index: usize,
    errors: &mut FieldErrors,
) {
    let Some(known) = lines.get_mut(&line.product_id) else {
        lines.insert(line.product_id, line);
        return;
    };
    if known.price != line.price {
        let message = "must be the same in every line of one product";
        errors.add(format!("items[{index}].price"), "TWO_PRICES", message);
    }
    known.quantity += line.quantity;
    if known.quantity > MAX_QUANTITY {
        let message = format!("all lines of a product together must be at most {MAX_QUANTITY}");
        errors.add(format!("items[{index}].quantity"), "OUT_OF_RANGE", message);
    }
}

fn total_of(lines: &[OrderLine]) -> Result<Money, Refusal> {
    lines
        .iter()
        .try_fold(Money::default(), |total, line| {
            total.plus(line.price.times(line.quantity)?)
        })
        .ok_or_else(|| {
            let message = format!("the total must be at most {}", Money::MAX);
            ("TOTAL_TOO_LARGE", message)
        })
}

fn check_total(total: Money, claimed: &Value) -> Result<(), Refusal> {
    if parse_price(claimed)? != total {
        let message = format!("must be {total}, the sum of the items");
        return Err(("TOTAL_MISMATCH", message));
    }
    Ok(())
}

fn parse_id(value: &Value) -> Result<ProductId, Refusal> {
    digits(value)
        .and_then(|text| text.parse().ok())
        .filter(|id| *id > ProductId(0))
        .ok_or_else(|| ("PRODUCT_ID", "must be the id of a product".to_owned()))
}

fn parse_price(value: &Value) -> Result<Money, Refusal> {
    let text =
        digits(value).ok_or_else(|| ("PRICE", "must be a number such as 12.50".to_owned()))?;
    text.parse::<Money>()
        .map_err(|error| ("PRICE", error.to_string()))
}

fn parse_quantity(value: &Value) -> Result<u32, Refusal> {
    digits(value)
        .and_then(|text| text.parse().ok())
        .filter(|quantity| (1..=MAX_QUANTITY).contains(quantity))
        .ok_or_else(|| {
            let message = format!("must be a whole number from 1 to {MAX_QUANTITY}");
            ("OUT_OF_RANGE", message)
        })
}

fn optional_amount() -> Schema {
    fields::optional(fields::amount())
}

fn product_id() -> Schema {
    fields::whole(1, i32::MAX.cast_unsigned())
}

fn quantity() -> Schema {
    fields::whole(1, MAX_QUANTITY)
}

/// The digits of a JSON number or of a text.
fn digits(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parse(body: Value) -> Result<Cart, ApiError> {
        serde_json::from_value::<CartBody>(body).unwrap().parse()
    }

    fn item(id: i32, price: &str, quantity: impl Into<Value>) -> Value {
        json!({"product_id": id, "price": price, "quantity": quantity.into()})
    }

    #[test]
    fn the_total_is_the_exact_sum() {
        let items = [item(1, "0.10", 3), item(2, "0.20", 1)];

        let cart = parse(json!({"items": items, "total_price": "0.50"})).unwrap();

        assert_eq!(cart.total.to_string(), "0.50");
    }

    #[test]
    fn one_product_in_two_lines_is_one_line() {
        let items = [item(2, "1.00", 1), item(1, "1.00", 1), item(2, "1.00", "2")];

        let cart = parse(json!({ "items": items })).unwrap();

        let quantities: Vec<_> = cart
            .lines
            .iter()
            .map(|it| (it.product_id.0, it.quantity))
            .collect();
        assert_eq!(quantities, [(1, 1), (2, 3)]);
    }

    #[test]
    fn what_cannot_be_ordered_is_refused() {
        for items in [
            json!([]),
            json!([item(1, "1.00", 0)]),
            json!([item(1, "1.00", -5)]),
            json!([item(1, "1.00", 1.5)]),
            json!([item(1, "1.00", 1001)]),
            json!([item(1, "1.00", 600), item(1, "1.00", 600)]),
            json!([item(1, "1.00", 1), item(1, "2.00", 1)]),
            json!([item(0, "1.00", 1)]),
            json!([item(-1, "1.00", 1)]),
            json!([item(1, "-1.00", 1)]),
            json!([item(1, "99999999.99", 2)]),
            json!(vec![item(1, "1.00", 1); 101]),
        ] {
            assert!(parse(json!({ "items": items })).is_err(), "{items}");
        }
    }

    #[test]
    fn a_wrong_total_is_refused() {
        let items = [item(1, "999.99", 1)];

        assert!(parse(json!({"items": items, "total_price": "0.01"})).is_err());
    }
}
