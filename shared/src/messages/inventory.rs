//! `inventory_stream`: what products-service knows and decides.

use std::{fmt, str::FromStr, time::Duration};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    id::{OrderId, ProductId, UserId},
    money::Money,
    stream::{DecodeError, Fields, Message},
};

/// Everything that `inventory_stream` carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InventoryMessage {
    /// An order can or cannot be served.
    VerdictReached(VerdictReached),
    /// A product was listed, changed or withdrawn.
    ProductChanged(ProductChanged),
}

/// `verdict.reached.v1`: the final word on an order. Stock was taken for all of it or none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerdictReached {
    /// The order.
    pub order_id: OrderId,
    /// The word.
    pub status: Verdict,
    /// For a failed order, each line that made it fail; otherwise empty.
    pub shortages: Vec<Shortage>,
    /// The products whose stock was taken for it; empty when it failed.
    pub taken: Vec<ProductId>,
}

/// How an order ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The stock was taken.
    Completed,
    /// Nothing was taken.
    Failed,
}

/// A line that cannot be served, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Shortage {
    /// The product of the line.
    pub product_id: ProductId,
    /// The reason.
    pub reason: ShortageReason,
    /// For `OUT_OF_STOCK`: how many are left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub available: Option<u32>,
    /// For `PRICE_CHANGED`: the price now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Money>,
}

/// Why a line cannot be served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ShortageReason {
    /// Fewer are left than wanted.
    OutOfStock,
    /// The price is not what the buyer saw.
    PriceChanged,
    /// There is no such product, or it was withdrawn.
    UnknownProduct,
    /// The buyer is its seller.
    OwnProduct,
    /// The order could not be decided in time, and now nobody will.
    Timeout,
}

/// `product.changed.v1`: what a product is now. Stock is not part of it: it changes with every
/// order, and the verdict is the truth about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductChanged {
    /// The product.
    pub product_id: ProductId,
    /// Rises with every change; a reader ignores what is older than what it has.
    pub version: i32,
    /// Who sells it.
    pub seller_id: UserId,
    /// Its name.
    pub name: String,
    /// Its price.
    pub price: Money,
    /// Whether it can still be bought.
    pub is_listed: bool,
}

const VERDICT_REACHED: &str = "verdict.reached.v1";
const PRODUCT_CHANGED: &str = "product.changed.v1";

impl Message for InventoryMessage {
    const STREAM: &'static str = "inventory_stream";
    const GROUPS: &'static [&'static str] = &["orders-service"];
    const RETENTION: Duration = Duration::from_hours(1);

    fn kind(&self) -> &'static str {
        match self {
            Self::VerdictReached(_) => VERDICT_REACHED,
            Self::ProductChanged(_) => PRODUCT_CHANGED,
        }
    }

    fn fields(&self) -> Fields {
        match self {
            Self::VerdictReached(verdict) => Fields::default()
                .with("order_id", verdict.order_id)
                .with("status", verdict.status)
                .with_json("shortages", &verdict.shortages)
                .with_json("taken", &verdict.taken),
            Self::ProductChanged(product) => Fields::default()
                .with("product_id", product.product_id)
                .with("version", product.version)
                .with("user_id", product.seller_id)
                .with("name", &product.name)
                .with("price", product.price)
                .with("listed", product.is_listed),
        }
    }

    fn decode(kind: &str, fields: &Fields) -> Result<Self, DecodeError> {
        match kind {
            VERDICT_REACHED => Ok(Self::VerdictReached(VerdictReached {
                order_id: fields.parse("order_id")?,
                status: fields.parse("status")?,
                shortages: fields.json("shortages")?,
                taken: taken_of(fields)?,
            })),
            PRODUCT_CHANGED => Ok(Self::ProductChanged(ProductChanged {
                product_id: fields.parse("product_id")?,
                version: fields.parse("version")?,
                seller_id: fields.parse("user_id")?,
                name: fields.text("name")?.to_owned(),
                price: fields.parse("price")?,
                is_listed: fields.parse("listed")?,
            })),
            _ => Err(DecodeError::UnknownKind(kind.to_owned())),
        }
    }
}

/// The field came later than its kind: a message without it says nothing about stock.
fn taken_of(fields: &Fields) -> Result<Vec<ProductId>, DecodeError> {
    match fields.json("taken") {
        Err(DecodeError::Missing(_)) => Ok(Vec::new()),
        taken => taken,
    }
}

impl Verdict {
    /// The word of the contract: `COMPLETED` or `FAILED`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Completed => "COMPLETED",
            Self::Failed => "FAILED",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Verdict {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "COMPLETED" => Ok(Self::Completed),
            "FAILED" => Ok(Self::Failed),
            _ => Err("is neither COMPLETED nor FAILED"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_reads_back_as_it_was_written() {
        let verdict = InventoryMessage::VerdictReached(VerdictReached {
            order_id: OrderId(7),
            status: Verdict::Failed,
            shortages: vec![Shortage {
                product_id: ProductId(1),
                reason: ShortageReason::OutOfStock,
                available: Some(2),
                price: None,
            }],
            taken: vec![ProductId(3), ProductId(4)],
        });
        let product = InventoryMessage::ProductChanged(ProductChanged {
            product_id: ProductId(1),
            version: 3,
            seller_id: UserId(2),
            name: "Caf\u{e9} table".to_owned(),
            price: "89.99".parse().unwrap(),
            is_listed: true,
        });

        for message in [verdict, product] {
            let read = InventoryMessage::decode(message.kind(), &message.fields());
            assert_eq!(read, Ok(message));
        }
    }

    #[test]
    fn a_verdict_of_before_says_nothing_about_stock() {
        let fields = Fields::default()
            .with("order_id", 7)
            .with("status", "COMPLETED")
            .with("shortages", "[]");

        let read = InventoryMessage::decode(VERDICT_REACHED, &fields);

        let InventoryMessage::VerdictReached(verdict) = read.unwrap() else {
            panic!("another kind");
        };
        assert_eq!(verdict.taken, []);
        let broken = fields.with("taken", "all");
        assert!(InventoryMessage::decode(VERDICT_REACHED, &broken).is_err());
    }
}
