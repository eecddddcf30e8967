//! Orders as the marketplace tells of them.

use std::time::Duration;

use anyhow::{Context, Result};
use hyper::{
    StatusCode,
    body::Bytes,
    header::{HeaderName, HeaderValue},
};
use serde::Deserialize;
use time::OffsetDateTime;
use tokio::time::{Instant, sleep};

use super::client::{self, Ask, Client};

/// Rows of a page, the most that is allowed.
const PAGE: usize = 100;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// An order of the person who asks.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Order {
    pub(crate) id: i32,
    pub(crate) status: Status,
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) created_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339::option")]
    pub(crate) settled_at: Option<OffsetDateTime>,
    pub(crate) items: Vec<Item>,
}

/// How far an order is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Status {
    Pending,
    Completed,
    Failed,
}

/// A line of an order.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Item {
    pub(crate) product_id: i32,
    pub(crate) quantity: u32,
}

#[derive(Deserialize)]
struct Page {
    items: Vec<Order>,
}

impl Order {
    /// From its creation until it was settled, by the times the order itself has.
    pub(crate) fn took(&self) -> Option<Duration> {
        (self.settled_at? - self.created_at).try_into().ok()
    }
}

/// Asks for order `id` every `pause` until it is final; `None` when it is not at `deadline`.
pub(crate) async fn wait_until_final(
    client: &mut Client,
    id: i32,
    (pause, deadline): (Duration, Instant),
) -> Result<Option<Order>> {
    let path = format!("/api/orders/{id}");
    loop {
        let order: Order = client.get(&path).await?.expect(StatusCode::OK)?.json()?;
        if order.status != Status::Pending {
            return Ok(Some(order));
        }
        if Instant::now() >= deadline {
            return Ok(None);
        }
        sleep(pause).await;
    }
}

/// Every order of one buyer, page by page.
pub(crate) async fn list(buyer: &mut Client) -> Result<Vec<Order>> {
    let mut orders = Vec::new();
    for number in 1.. {
        let path = format!("/api/orders?page={number}&limit={PAGE}");
        let answer = buyer.get(&path).await?.expect(StatusCode::OK);
        let page: Page = answer.context("cannot list orders")?.json()?;
        let is_last = page.items.len() < PAGE;
        orders.extend(page.items);
        if is_last {
            break;
        }
    }
    Ok(orders)
}

/// The request for a buyer's order with this number. Keys are a buyer's own, and the accounts
/// are new, so that the number is key enough.
pub(crate) fn place(number: u32, cart: Bytes) -> Result<Ask> {
    let mut ask = client::post("/api/orders", cart)?;
    ask.headers_mut()
        .insert(IDEMPOTENCY_KEY, HeaderValue::from(number));
    Ok(ask)
}

/// The number after `"orderId":`. Looking for it is all the reading that the load can afford.
pub(crate) fn placed_id(body: &[u8]) -> Option<i32> {
    let text = std::str::from_utf8(body).ok()?;
    let (_, rest) = text.split_once(r#""orderId":"#)?;
    let digits = rest.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_of_an_order_is_found_in_the_answer() {
        let body = br#"{"message":"orders created successfully!","orderId":4711,"itemCount":2}"#;

        assert_eq!(placed_id(body), Some(4711));
        assert_eq!(placed_id(br#"{"message":"no"}"#), None);
        assert_eq!(placed_id(br#"{"orderId":null}"#), None);
    }
}
