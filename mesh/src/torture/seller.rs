//! A seller who changes prices and fills shelves up while the sale goes on.

use std::{sync::Arc, time::Duration};

use anyhow::{Result, bail};
use hyper::StatusCode;
use rand::{RngExt, rngs::StdRng, seq::IndexedMutRandom};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::board::{Board, Offer, price};
use crate::customer::{
    books::Stock,
    client::{self, Client},
};

/// Between two changes, in milliseconds.
const PACE: std::ops::RangeInclusive<u64> = 500..=1500;

/// Before a change is sent again.
const PAUSE: Duration = Duration::from_millis(100);

/// Units of a hot product at the start, and those added at a time: always too few.
const HOT: u32 = 40;

/// Units of an ample product.
const AMPLE: u32 = 900_000;

/// Products of a seller; every third one is hot.
const PRODUCTS: usize = 6;

/// A product of this seller.
struct Shelf {
    offer: Offer,
    version: i32,
    supplied: i64,
    /// Whether every change was answered, so that `supplied` is known.
    is_certain: bool,
}

/// A seller at work.
pub(super) struct Seller {
    client: Client,
    rng: StdRng,
    shelves: Vec<Shelf>,
}

#[derive(Deserialize)]
struct Created {
    product: Shown,
}

#[derive(Deserialize)]
struct Shown {
    id: i32,
    version: i32,
    quantity: i64,
}

impl Seller {
    /// A seller who has put all products on the board.
    pub(super) async fn open(mut client: Client, mut rng: StdRng, board: &Board) -> Result<Self> {
        let mut shelves = Vec::new();
        for number in 0..PRODUCTS {
            let is_hot = number % 3 == 0;
            let quantity = if is_hot { HOT } else { AMPLE };
            let cents = rng.random_range(100..1000);
            let listing = json!({
                "name": format!("Thing {number}"),
                "price": price(cents),
                "category": "Home",
                "quantity": quantity,
            });
            let answer = client.post("/api/products", listing.to_string()).await?;
            let created: Created = answer.expect(StatusCode::CREATED)?.json()?;
            let offer = Offer {
                product: created.product.id,
                cents,
                is_hot,
            };
            board.tell(offer);
            shelves.push(Shelf {
                offer,
                version: created.product.version,
                supplied: i64::from(quantity),
                is_certain: true,
            });
        }
        Ok(Self {
            client,
            rng,
            shelves,
        })
    }

    /// Changes prices and fills up until `end`; a change under way is sent until `deadline`.
    pub(super) async fn sell(
        mut self,
        board: Arc<Board>,
        (end, deadline): (Instant, Instant),
    ) -> Result<Self> {
        while Instant::now() < end {
            sleep(Duration::from_millis(self.rng.random_range(PACE))).await;
            let Some(goods) = self.shelves.choose_mut(&mut self.rng) else {
                break;
            };
            goods.is_certain &= goods.work(&mut self.client, &board, deadline).await?;
        }
        Ok(self)
    }

    /// How many changes were never answered.
    pub(super) fn unanswered(&self) -> usize {
        self.shelves
            .iter()
            .filter(|shelf| !shelf.is_certain)
            .count()
    }

    /// The stock of every product of which all supplies are known.
    pub(super) async fn count(&mut self) -> Result<Vec<Stock>> {
        let mut stock = Vec::new();
        for shelf in self.shelves.iter().filter(|shelf| shelf.is_certain) {
            let shown = shelf.look(&mut self.client).await?;
            stock.push(Stock {
                product: shown.id,
                supplied: shelf.supplied,
                now: shown.quantity,
            });
        }
        Ok(stock)
    }
}

impl Shelf {
    /// Raises the price, and fills a hot shelf up. Whether all was answered in time.
    ///
    /// Nobody knows the new price before it is on the board, so nobody can take a unit between
    /// counting the old ones and adding new ones.
    async fn work(
        &mut self,
        client: &mut Client,
        board: &Board,
        deadline: Instant,
    ) -> Result<bool> {
        self.offer.cents += 1;
        let price = json!({ "price": price(self.offer.cents) });
        if !self.change(client, price, deadline).await? {
            return Ok(false);
        }
        if self.offer.is_hot {
            let Some(left) = self.look_until(client, deadline).await else {
                return Ok(false);
            };
            let fuller = json!({ "quantity": left + i64::from(HOT) });
            if !self.change(client, fuller, deadline).await? {
                return Ok(false);
            }
            self.supplied += i64::from(HOT);
        }
        board.tell(self.offer);
        Ok(true)
    }

    /// Changes the product once, however often that has to be asked for: the version sees to it
    /// that neither a repetition nor a request that arrives late changes it again.
    async fn change(
        &mut self,
        client: &mut Client,
        mut change: Value,
        deadline: Instant,
    ) -> Result<bool> {
        change["version"] = json!(self.version);
        let (path, body) = (self.path(), change.to_string());
        let mut is_repeated = false;
        while Instant::now() < deadline {
            let ask = client::patch(&path, body.clone().into())?;
            match client.send(ask).await {
                Ok(answer) if answer.status == StatusCode::OK => {
                    self.version += 1;
                    return Ok(true);
                }
                Ok(answer) if answer.status == StatusCode::CONFLICT && is_repeated => {
                    self.version += 1;
                    return Ok(true);
                }
                Ok(answer) if !answer.status.is_server_error() => {
                    let (status, body) = (answer.status, answer.bytes());
                    let body = String::from_utf8_lossy(&body).into_owned();
                    bail!(
                        "a change of product {} got {status}: {body}",
                        self.offer.product
                    );
                }
                _ => is_repeated = true,
            }
            sleep(PAUSE).await;
        }
        Ok(false)
    }

    async fn look_until(&self, client: &mut Client, deadline: Instant) -> Option<i64> {
        while Instant::now() < deadline {
            if let Ok(shown) = self.look(client).await {
                return Some(shown.quantity);
            }
            sleep(PAUSE).await;
        }
        None
    }

    async fn look(&self, client: &mut Client) -> Result<Shown> {
        client
            .get(&self.path())
            .await?
            .expect(StatusCode::OK)?
            .json()
    }

    fn path(&self) -> String {
        format!("/api/products/{}", self.offer.product)
    }
}
