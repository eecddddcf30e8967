//! Placing: orders that arrive at the same time are stored in one transaction.
//!
//! While one batch commits, the next one gathers; nobody waits for a timer. A lone order is
//! stored at once, and under load the cost of a commit is shared by all that wait for it.

use std::sync::Arc;

use sea_orm::{DatabaseConnection, DbErr};
use shared::{
    cause::Cause,
    id::{OrderId, UserId},
    panic,
    stream::Outbox,
};
use tokio::sync::{mpsc, oneshot};

use crate::{
    cart::Cart,
    error::Error,
    orders,
    storing::{Stored, store},
};

/// Orders of one transaction.
const MAX_BATCH: usize = 64;

/// Orders that may wait. At the slowest rate ever measured they are stored within a second;
/// beyond it the answer is 503, and nothing is stored.
const MAX_WAITING: usize = 1024;

/// What a buyer asks for.
#[derive(Clone)]
pub(crate) struct NewOrder {
    pub(crate) buyer: UserId,
    pub(crate) cart: Cart,
    pub(crate) key: Option<String>,
    pub(crate) cause: Cause,
}

struct Placement {
    order: NewOrder,
    answer: oneshot::Sender<Result<OrderId, Error>>,
}

/// Orders on their way to [`write_placements`].
pub struct PlacementQueue(mpsc::Receiver<Placement>);

/// Where handlers put new orders.
#[derive(Clone)]
pub struct Placements(mpsc::Sender<Placement>);

impl Placements {
    /// A queue and its two ends.
    pub fn new() -> (Self, PlacementQueue) {
        let (sender, receiver) = mpsc::channel(MAX_WAITING);
        (Self(sender), PlacementQueue(receiver))
    }

    /// Stores an order as pending and announces it. The same key and cart again give the same
    /// order; the outcome of an order that fails with [`Error::NotStored`] is unknown.
    pub(crate) async fn place(&self, order: NewOrder) -> Result<OrderId, Error> {
        let (answer, outcome) = oneshot::channel();
        let placement = Placement { order, answer };
        self.0.try_send(placement).map_err(|_| Error::Busy)?;
        outcome.await.map_err(|_| Error::Busy)?
    }
}

/// Stores what is put into the queue until every sender is gone.
pub async fn write_placements(mut queue: PlacementQueue, db: DatabaseConnection, outbox: Outbox) {
    let mut waiting = Vec::with_capacity(MAX_BATCH);
    while queue.0.recv_many(&mut waiting, MAX_BATCH).await > 0 {
        let (orders, answers): (Vec<_>, Vec<_>) = waiting
            .drain(..)
            .map(|placement| (placement.order, placement.answer))
            .unzip();
        let outcomes = place_batch(&db, orders).await;
        outbox.wake();
        for (outcome, answer) in outcomes.into_iter().zip(answers) {
            // The buyer may have gone; the order stands, and its key finds it again.
            drop(answer.send(outcome));
        }
    }
}

/// One outcome for each order, in their order.
async fn place_batch(
    db: &DatabaseConnection,
    orders: Vec<NewOrder>,
) -> Vec<Result<OrderId, Error>> {
    // A panic must not end the only task that stores orders.
    let stored = match panic::catch(store(db, &orders)).await {
        Ok(Ok(stored)) => stored,
        Ok(Err(error)) => return fail_all(&orders, error),
        Err(panic) => return fail_all(&orders, DbErr::Custom(panic.to_string())),
    };
    let mut outcomes = Vec::with_capacity(orders.len());
    for (order, outcome) in orders.iter().zip(stored) {
        outcomes.push(match outcome {
            Stored::Placed(id) => Ok(id),
            Stored::KeyTaken => orders::find_by_key(db, order).await,
            Stored::Refused(error) => first_answer(db, order).await.unwrap_or(Err(error)),
        });
    }
    outcomes
}

/// The answer that an earlier order of this key got: a repetition must hear it again, whatever
/// has happened to prices since.
async fn first_answer(db: &DatabaseConnection, order: &NewOrder) -> Option<Result<OrderId, Error>> {
    order.key.as_ref()?;
    match orders::find_by_key(db, order).await {
        Err(Error::NotFound) => None,
        answer => Some(answer),
    }
}

fn fail_all(orders: &[NewOrder], error: DbErr) -> Vec<Result<OrderId, Error>> {
    let error = Arc::new(error);
    let failed = |_| Err(Error::NotStored(Arc::clone(&error)));
    orders.iter().map(failed).collect()
}
