//! After the load: every order becomes final, and is compared with what is known otherwise.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use hyper::StatusCode;
use tokio::time::{Instant, sleep};

use super::{
    answers::Times,
    buyer::Buyer,
    report::{OrdersReport, rate},
    stage::{self, Product, Stage},
};
use crate::customer::{
    books::{self, Promises, Stock},
    client::Client,
    orders::{self, Order, Status},
};

/// How long orders may take to become final when there is no more load.
const SETTLING: Duration = Duration::from_mins(1);

/// Between two looks at an order.
const PAUSE: Duration = Duration::from_millis(50);

/// What became of the orders.
pub(super) struct Outcome {
    pub(super) orders: Vec<Order>,
    /// A sentence for everything that does not add up.
    pub(super) differences: Vec<String>,
}

impl Outcome {
    /// The orders in numbers.
    pub(super) fn report(&self) -> Result<OrdersReport> {
        let orders = &self.orders;
        let mut took = Times::new()?;
        for time in orders.iter().filter_map(Order::took) {
            took.record(time);
        }
        let created = || orders.iter().map(|order| order.created_at);
        let last_settled = orders.iter().filter_map(|order| order.settled_at).max();
        let span = created()
            .min()
            .zip(last_settled)
            .map(|(first, last)| last - first);
        let count = |status| u32::try_from(books::count(orders, status));
        let failed = count(Status::Failed)?;
        let settled = count(Status::Completed)? + failed;
        let last_created = created().max();
        // An order that has no time of settlement is behind, too.
        let is_behind = |order: &&Order| order.settled_at.is_none_or(|at| Some(at) > last_created);
        Ok(OrdersReport {
            settled,
            settled_per_second: rate(settled, span.unwrap_or_default().try_into()?),
            failed,
            pending: count(Status::Pending)?,
            behind: orders.iter().filter(is_behind).count().try_into()?,
            final_ms: took.percentiles(),
        })
    }
}

/// Waits until the orders of the load are final and compares them with what is known otherwise.
pub(super) async fn await_all(stage: &mut Stage, buyers: &mut [Buyer]) -> Result<Outcome> {
    let deadline = Instant::now() + SETTLING;
    let mut promises = Promises {
        accepted: Vec::new(),
        unknown: 0,
    };
    let mut all = Vec::new();
    for buyer in buyers {
        // The newest first: while many are still on their way, this asks for one at a time.
        if let Some(newest) = buyer.accepted.last() {
            orders::wait_until_final(&mut buyer.client, *newest, (PAUSE, deadline)).await?;
        }
        let mut listed = orders::list(&mut buyer.client).await?;
        for order in listed
            .iter_mut()
            .filter(|order| order.status == Status::Pending)
        {
            // Orders do not always become final in the order of their ids.
            let until = (PAUSE, deadline);
            let settled = orders::wait_until_final(&mut buyer.client, order.id, until).await?;
            *order = settled.unwrap_or_else(|| order.clone());
        }
        all.extend(listed);
        promises.accepted.append(&mut buyer.accepted);
        promises.unknown += buyer.unknown;
    }
    let now = stage::stock(&mut stage.seller, &stage.products).await?;
    let stock: Vec<Stock> = stage
        .products
        .iter()
        .zip(stage.stock.iter().zip(now))
        .map(|(product, (before, now))| Stock {
            product: product.id,
            supplied: i64::from(*before),
            now: i64::from(now),
        })
        .collect();
    let findings = books::findings(&promises, &all, &stock);
    Ok(Outcome {
        orders: all,
        differences: findings.into_iter().map(|found| found.text).collect(),
    })
}

/// Orders the product that was listed last, until one order is completed: then the
/// orders-service knows them all, and everything on the way has been used once.
pub(super) async fn explore(scout: &mut Client, products: &[Product]) -> Result<()> {
    let last = products.split_at(products.len().saturating_sub(1)).1;
    let deadline = Instant::now() + SETTLING;
    for number in 1.. {
        let cart = stage::random_cart(last, 1);
        let answer = scout.send(orders::place(number, cart.into())?).await?;
        if answer.status == StatusCode::CREATED {
            let id =
                orders::placed_id(&answer.bytes()).context("no id in the answer to an order")?;
            let order = orders::wait_until_final(scout, id, (PAUSE, deadline)).await?;
            if order.is_some_and(|order| order.status == Status::Completed) {
                break;
            }
        }
        ensure!(
            Instant::now() < deadline,
            "no order was completed within {SETTLING:?}"
        );
        sleep(PAUSE).await;
    }
    Ok(())
}
