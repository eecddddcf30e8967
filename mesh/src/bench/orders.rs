//! Orders as the marketplace tells of them.

use std::time::Duration;

use anyhow::{Context, Result};
use hyper::StatusCode;
use serde::Deserialize;
use time::OffsetDateTime;
use tokio::time::{Instant, sleep};

use super::client::Client;

/// Rows of a page, the most that is allowed.
const PAGE: usize = 100;

/// An order of the person who asks.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Order {
    pub(super) id: i32,
    pub(super) status: Status,
    #[serde(with = "time::serde::rfc3339")]
    pub(super) created_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339::option")]
    pub(super) settled_at: Option<OffsetDateTime>,
    pub(super) items: Vec<Item>,
}

/// How far an order is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum Status {
    Pending,
    Completed,
    Failed,
}

/// A line of an order.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Item {
    pub(super) product_id: i32,
    pub(super) quantity: u32,
}

#[derive(Deserialize)]
struct Page {
    items: Vec<Order>,
}

impl Order {
    /// From its creation until it was settled, by the times the order itself has.
    pub(super) fn took(&self) -> Option<Duration> {
        (self.settled_at? - self.created_at).try_into().ok()
    }
}

/// Asks for order `id` every `pause` until it is final; `None` when it is not at `deadline`.
pub(super) async fn wait_until_final(
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
pub(super) async fn list(buyer: &mut Client) -> Result<Vec<Order>> {
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
