//! News of orders and sales, for those who listen.
//!
//! The streams say which orders may have changed; what became of them is read from the database,
//! in one query for all who listen, every [`TICK`]. So it does not matter which instance placed
//! or settled an order, nor what Redis still has. Whatever may have been passed over, each socket
//! makes good by itself: it asks the database for all that changed since its cursor.

mod changes;
mod marks;

use std::{sync::Arc, time::Duration};

use sea_orm::DatabaseConnection;
use shared::{
    id::UserId,
    live::Audience,
    messages::{inventory::InventoryMessage, orders::OrdersMessage},
    redis::Redis,
    stream::listen,
};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};
use tokio_util::sync::CancellationToken;
use tracing::warn;

pub(crate) use self::changes::{Changes, Cursor, catch_up, start};
use self::marks::Marks;

/// How often marked orders are read: often enough to seem immediate.
const TICK: Duration = Duration::from_millis(50);

/// Rest after the database failed.
const RETRY: Duration = Duration::from_secs(1);

/// How often all sockets may be sent to the database at most.
const CATCH_UP: Duration = Duration::from_secs(5);

/// Who listens to news of orders, and when to stop.
#[derive(Clone)]
pub struct Live {
    pub(crate) audience: Audience<UserId, Told>,
    pub(crate) shutdown: CancellationToken,
}

/// What a socket is told.
#[derive(Clone)]
pub(crate) enum Told {
    /// This changed.
    Changed(Arc<Changes>),
    /// Something may have been passed over.
    Missed,
}

impl Live {
    /// Nobody listens yet; at `shutdown` every socket closes.
    pub fn new(shutdown: CancellationToken) -> Self {
        Self {
            audience: Audience::default(),
            shutdown,
        }
    }
}

/// Tells those who listen what happens to their orders and sales, until shutdown.
pub async fn tell_news(live: Live, db: DatabaseConnection, redis: Redis) {
    let follow = async || {
        let marks = Marks::default();
        tokio::join!(
            listen(redis.clone(), live.shutdown.clone(), |message| {
                match message {
                    Some(OrdersMessage::OrderCreated(order)) => marks.created(&order),
                    Some(OrdersMessage::VerdictWanted(_)) => {}
                    None => marks.missed(),
                }
            }),
            listen(redis.clone(), live.shutdown.clone(), |message| {
                match message {
                    Some(InventoryMessage::VerdictReached(verdict)) => marks.decided(&verdict),
                    Some(InventoryMessage::ProductChanged(_)) => {}
                    None => marks.missed(),
                }
            }),
            tell(&live, &db, &marks),
        );
    };
    live.audience.attend(&live.shutdown, follow).await;
}

/// Reads what is marked and tells of it, tick by tick.
async fn tell(live: &Live, db: &DatabaseConnection, marks: &Marks) {
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut caught_up_at: Option<Instant> = None;
    loop {
        ticks.tick().await;
        if caught_up_at.is_none_or(|at| at.elapsed() >= CATCH_UP) && marks.take_missed() {
            caught_up_at = Some(Instant::now());
            live.audience.tell(|_| Some(Told::Missed));
        }
        if let Err(error) = tell_marked(live, db, marks).await {
            warn!(%error, "cannot read the news of orders, trying again");
            // What was marked is lost with the query.
            marks.missed();
            sleep(RETRY).await;
        }
    }
}

async fn tell_marked(
    live: &Live,
    db: &DatabaseConnection,
    marks: &Marks,
) -> Result<(), sea_orm::DbErr> {
    if marks.is_empty() {
        return Ok(());
    }
    let mut listeners = Vec::new();
    live.audience.wishes(|user| listeners.push(*user));
    let marked = marks.take(&listeners);
    if marked.is_empty() {
        return Ok(());
    }
    let ids = marked.keys().copied().collect();
    let news = changes::read(db, ids, &listeners, |id| marks.keep(id, &marked)).await?;
    live.audience
        .tell(|user| news.get(user).map(|it| Told::Changed(Arc::clone(it))));
    Ok(())
}
