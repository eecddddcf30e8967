//! A buyer who orders at a person's pace and remembers every promise.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use anyhow::Result;
use hyper::StatusCode;
use rand::{RngExt, rngs::StdRng};
use tokio::time::{Instant, sleep};

use super::board::{Board, Cart};
use crate::customer::{client::Client, orders};

/// Between two orders, in milliseconds.
const PACE: std::ops::RangeInclusive<u64> = 5..=40;

/// Before an order is sent again.
const PAUSE: Duration = Duration::from_millis(100);

/// One order in so many is sent again although it was answered.
const AGAIN: u32 = 20;

/// An order that was answered with 201.
#[derive(Clone, Debug)]
pub(super) struct Promise {
    pub(super) id: i32,
    /// Products and units, in the order of products.
    pub(super) items: Vec<(i32, u32)>,
}

/// What a buyer knows.
#[derive(Default)]
pub(super) struct Memory {
    pub(super) promises: Vec<Promise>,
    /// Orders that never got an answer.
    pub(super) unanswered: u32,
    /// Orders whose key was answered with two ids.
    pub(super) two_faced: u32,
    /// Answers that no buyer has deserved, by status.
    pub(super) strange: BTreeMap<u16, u32>,
    /// Orders that were refused after an answer was lost: the lost one may have been better.
    doubtful: Vec<(u32, Cart)>,
}

/// A buyer at work.
pub(super) struct Buyer {
    pub(super) client: Client,
    pub(super) memory: Memory,
    rng: StdRng,
}

/// What became of one request, sent until it was answered.
enum Outcome {
    Placed(i32),
    Refused { is_certain: bool },
    Unanswered,
}

impl Buyer {
    pub(super) fn new(client: Client, rng: StdRng) -> Self {
        Self {
            client,
            memory: Memory::default(),
            rng,
        }
    }

    /// Orders until `end`; an order under way is sent until it is answered or `deadline`.
    pub(super) async fn buy(
        mut self,
        board: Arc<Board>,
        (end, deadline): (Instant, Instant),
    ) -> Result<Self> {
        for number in 1.. {
            if Instant::now() >= end {
                break;
            }
            let cart = board.fill_cart(&mut self.rng);
            self.order(number, cart, deadline).await?;
            sleep(Duration::from_millis(self.rng.random_range(PACE))).await;
        }
        Ok(self)
    }

    /// Asks again for every order of which the fate is not certain, now that nothing is amiss.
    pub(super) async fn clear_doubts(&mut self, deadline: Instant) -> Result<()> {
        for (number, cart) in std::mem::take(&mut self.memory.doubtful) {
            match self.send(number, &cart, deadline).await? {
                Outcome::Placed(id) => self.remember(id, cart),
                Outcome::Refused { .. } => (),
                Outcome::Unanswered => self.memory.unanswered += 1,
            }
        }
        Ok(())
    }

    async fn order(&mut self, number: u32, cart: Cart, deadline: Instant) -> Result<()> {
        match self.send(number, &cart, deadline).await? {
            Outcome::Placed(id) => {
                let is_repeated = self.rng.random_ratio(1, AGAIN);
                if is_repeated
                    && let Outcome::Placed(again) = self.send(number, &cart, deadline).await?
                {
                    self.memory.two_faced += u32::from(again != id);
                }
                self.remember(id, cart);
            }
            Outcome::Refused { is_certain: true } => (),
            Outcome::Refused { is_certain: false } => self.memory.doubtful.push((number, cart)),
            Outcome::Unanswered => self.memory.unanswered += 1,
        }
        Ok(())
    }

    async fn send(&mut self, number: u32, cart: &Cart, deadline: Instant) -> Result<Outcome> {
        let mut is_certain = true;
        while Instant::now() < deadline {
            let ask = orders::place(number, cart.json.clone().into())?;
            if let Ok(answer) = self.client.send(ask).await
                && !answer.status.is_server_error()
            {
                let status = answer.status;
                if status == StatusCode::CREATED
                    && let Some(id) = orders::placed_id(&answer.bytes())
                {
                    return Ok(Outcome::Placed(id));
                }
                // The price has changed: the only refusal that this load deserves.
                if status != StatusCode::CONFLICT {
                    *self.memory.strange.entry(status.as_u16()).or_default() += 1;
                }
                return Ok(Outcome::Refused { is_certain });
            }
            is_certain = false;
            sleep(PAUSE).await;
        }
        Ok(Outcome::Unanswered)
    }

    fn remember(&mut self, id: i32, cart: Cart) {
        let items = cart.items;
        self.memory.promises.push(Promise { id, items });
    }
}
