//! `orders_stream`: what buyers want.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{
    id::{MessageId, OrderId, ProductId, UserId},
    money::Money,
    stream::{DecodeError, Fields, Message},
};

/// Most units of one product in one order.
pub const MAX_QUANTITY: u32 = 1000;

/// Everything that `orders_stream` carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrdersMessage {
    /// An order waits for its verdict.
    OrderCreated(OrderCreated),
    /// An order has waited too long for its verdict.
    VerdictWanted(VerdictWanted),
}

/// `order.created.v1`: an order was accepted and waits for its verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderCreated {
    /// The order.
    pub order_id: OrderId,
    /// Who wants it.
    pub buyer_id: UserId,
    /// What is wanted, each product at most once.
    pub lines: Vec<OrderLine>,
}

/// One line of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderLine {
    /// The product.
    pub product_id: ProductId,
    /// Its price as the buyer saw it.
    pub price: Money,
    /// How many, 1 to [`MAX_QUANTITY`].
    pub quantity: u32,
}

/// `verdict.wanted.v1`: whatever became of the message that announced this order, its verdict is
/// wanted now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerdictWanted {
    /// The order, as it was announced.
    pub order: OrderCreated,
    /// Id of the message that announced it.
    pub announcement: MessageId,
}

const ORDER_CREATED: &str = "order.created.v1";
const VERDICT_WANTED: &str = "verdict.wanted.v1";

impl Message for OrdersMessage {
    const STREAM: &'static str = "orders_stream";
    const GROUPS: &'static [&'static str] = &["products-service"];
    const RETENTION: Duration = Duration::from_hours(1);

    fn kind(&self) -> &'static str {
        match self {
            Self::OrderCreated(_) => ORDER_CREATED,
            Self::VerdictWanted(_) => VERDICT_WANTED,
        }
    }

    fn fields(&self) -> Fields {
        match self {
            Self::OrderCreated(order) => order.fields(),
            Self::VerdictWanted(wanted) => wanted
                .order
                .fields()
                .with("announcement", wanted.announcement),
        }
    }

    fn decode(kind: &str, fields: &Fields) -> Result<Self, DecodeError> {
        match kind {
            ORDER_CREATED => Ok(Self::OrderCreated(OrderCreated::decode(fields)?)),
            VERDICT_WANTED => Ok(Self::VerdictWanted(VerdictWanted {
                order: OrderCreated::decode(fields)?,
                announcement: fields.parse("announcement")?,
            })),
            _ => Err(DecodeError::UnknownKind(kind.to_owned())),
        }
    }
}

impl OrderCreated {
    fn fields(&self) -> Fields {
        Fields::default()
            .with("order_id", self.order_id)
            .with("user_id", self.buyer_id)
            .with_json("products", &self.lines)
    }

    fn decode(fields: &Fields) -> Result<Self, DecodeError> {
        let lines: Vec<OrderLine> = fields.json("products")?;
        check_lines(&lines)?;
        Ok(Self {
            order_id: fields.parse("order_id")?,
            buyer_id: fields.parse("user_id")?,
            lines,
        })
    }
}

/// A quantity out of range must never reach the stock, whoever wrote the entry.
fn check_lines(lines: &[OrderLine]) -> Result<(), DecodeError> {
    let is_in_range = |line: &OrderLine| (1..=MAX_QUANTITY).contains(&line.quantity);
    if lines.is_empty() || !lines.iter().all(is_in_range) {
        return Err(DecodeError::Invalid {
            field: "products",
            reason: format!("needs lines with a quantity from 1 to {MAX_QUANTITY}"),
        });
    }
    let mut ids: Vec<_> = lines.iter().map(|line| line.product_id).collect();
    ids.sort_unstable();
    if ids.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(DecodeError::Invalid {
            field: "products",
            reason: "names a product twice".to_owned(),
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(products: &str) -> Result<OrdersMessage, DecodeError> {
        let fields = Fields::default()
            .with("order_id", 7)
            .with("user_id", 2)
            .with("products", products);
        OrdersMessage::decode(ORDER_CREATED, &fields)
    }

    #[test]
    fn an_order_reads_back_as_it_was_written() {
        let message = decode(r#"[{"product_id":1,"price":"999.99","quantity":2}]"#).unwrap();

        assert_eq!(
            OrdersMessage::decode(message.kind(), &message.fields()),
            Ok(message)
        );
    }

    #[test]
    fn lines_that_no_order_can_have_are_no_message() {
        for products in [
            "not-json",
            "[]",
            r#"[{"product_id":1,"price":"1.00","quantity":0}]"#,
            r#"[{"product_id":1,"price":"1.00","quantity":-5}]"#,
            r#"[{"product_id":1,"price":"1.00","quantity":1001}]"#,
            r#"[{"product_id":1,"price":"-1.00","quantity":1}]"#,
            r#"[{"product_id":1,"price":"1.00","quantity":1},{"product_id":1,"price":"1.00","quantity":1}]"#,
        ] {
            let refused = matches!(decode(products), Err(DecodeError::Invalid { .. }));
            assert!(refused, "{products}");
        }
    }
}
