//! One buyer under load: posts an order, waits for the answer, posts the next.

use std::{sync::Arc, time::Duration};

use anyhow::Result;
use hyper::{StatusCode, body::Bytes};
use tokio::time::{Instant, sleep};

use super::{
    answers::Answers,
    stage::{self, Product},
    watch::Watch,
};
use crate::customer::{answer::Answer, client::Client, orders};

/// One order in so many is offered to the watch.
const WATCHED: u32 = 40;

/// How long an order is posted again until there is an answer; its key keeps it one order. A
/// proxy that was killed is back by then.
const PATIENCE: Duration = Duration::from_secs(10);

/// Before the next try, after a connection broke or the server could not take the order.
const PAUSE: Duration = Duration::from_millis(20);

/// A buyer and what it saw so far.
pub(super) struct Buyer {
    pub(super) client: Client,
    /// Of its next order.
    number: u32,
    /// Ids of the orders it was promised, in the order of their answers.
    pub(super) accepted: Vec<i32>,
    /// Orders that may or may not exist: no answer came, or one that leaves it open.
    pub(super) unknown: u32,
    pub(super) answers: Answers,
}

/// What every buyer shares.
pub(super) struct Shop {
    pub(super) products: Vec<Product>,
    /// Products of an order.
    pub(super) lines: usize,
    pub(super) watch: Arc<Watch>,
}

impl Buyer {
    /// A buyer whose orders are numbered from `first`. Buyers who start at different numbers
    /// offer orders to the watch at different times.
    pub(super) fn new(client: Client, first: u32) -> Result<Self> {
        Ok(Self {
            client,
            number: first,
            accepted: Vec::new(),
            unknown: 0,
            answers: Answers::new()?,
        })
    }

    /// Buys, one order after the other, until `end`.
    pub(super) async fn buy(mut self, shop: Arc<Shop>, end: Instant) -> Result<Self> {
        while Instant::now() < end {
            self.number += 1;
            let cart = stage::random_cart(&shop.products, shop.lines);
            let posted = Instant::now();
            let Some(answer) = self.place(cart.into()).await? else {
                self.unknown += 1;
                continue;
            };
            let is_unable = answer.status.is_server_error();
            if let Some(id) = self.note(answer, posted)
                && self.number.is_multiple_of(WATCHED)
            {
                shop.watch.follow(&self.client, id, posted);
            }
            if is_unable {
                sleep(PAUSE).await;
            }
        }
        Ok(self)
    }

    /// Posts one order. After a connection broke it posts the same one again, as a good client
    /// does; `None` when there never was an answer.
    async fn place(&mut self, cart: Bytes) -> Result<Option<Answer>> {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            match self
                .client
                .send(orders::place(self.number, cart.clone())?)
                .await
            {
                Ok(answer) => return Ok(Some(answer)),
                Err(_) => self.answers.broken += 1,
            }
            sleep(PAUSE).await;
        }
        Ok(None)
    }

    /// Counts an answer, and returns the id of the order if it was accepted.
    fn note(&mut self, answer: Answer, posted: Instant) -> Option<i32> {
        let status = answer.status;
        let is_created = status == StatusCode::CREATED;
        let id = is_created
            .then(|| orders::placed_id(&answer.bytes()))
            .flatten();
        let Some(id) = id else {
            self.answers.refuse(status);
            self.unknown += u32::from(!status.is_client_error());
            return None;
        };
        self.answers.times.record(posted.elapsed());
        self.accepted.push(id);
        Some(id)
    }
}
