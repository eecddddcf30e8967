//! News of stock and catalog, for those who listen.
//!
//! The stream says which products may have changed; how many are left is read from the database,
//! in one query for all who listen, every [`TICK`]. So it does not matter which instance took the
//! stock, nor what Redis still has.

mod levels;
mod marks;

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use sea_orm::{DatabaseConnection, DbErr};
use shared::{live::Audience, messages::inventory::InventoryMessage, redis::Redis, stream::listen};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};
use tokio_util::sync::CancellationToken;
use tracing::warn;

pub(crate) use self::levels::{levels_of, stock_is};
use self::{levels::Levels, marks::Marks};

/// How often stock is read and told: five times a second.
const TICK: Duration = Duration::from_millis(200);

/// How often it is told at most that the catalog changed.
const CATALOG: Duration = Duration::from_secs(1);

/// How often everything that somebody watches is read again: after a loss of entries in Redis
/// that nobody noticed.
const READ_AGAIN: Duration = Duration::from_secs(30);

/// Rest after the database failed.
const RETRY: Duration = Duration::from_secs(1);

/// Who listens to news of products, and when to stop.
#[derive(Clone)]
pub struct Live {
    pub(crate) audience: Audience<Watched, String>,
    pub(crate) shutdown: CancellationToken,
}

/// The products that a socket watches.
pub(crate) type Watched = HashSet<i32>;

impl Live {
    /// Nobody listens yet; at `shutdown` every socket closes.
    pub fn new(shutdown: CancellationToken) -> Self {
        Self {
            audience: Audience::default(),
            shutdown,
        }
    }

    fn watched(&self) -> Watched {
        let mut watched = Watched::new();
        self.audience.wishes(|wish| watched.extend(wish));
        watched
    }
}

/// Tells those who listen what happens to stock and catalog, until shutdown.
pub async fn tell_news(live: Live, db: DatabaseConnection, redis: Redis) {
    let follow = async || {
        let marks = Marks::default();
        let listened = listen(
            redis.clone(),
            live.shutdown.clone(),
            |message| match message {
                Some(InventoryMessage::VerdictReached(verdict)) => marks.sold(&verdict),
                Some(InventoryMessage::ProductChanged(change)) => marks.changed(&change),
                None => marks.everything(),
            },
        );
        tokio::join!(listened, tell(&live, &db, &marks));
    };
    live.audience.attend(&live.shutdown, follow).await;
}

/// Reads what is marked and tells of it, tick by tick.
async fn tell(live: &Live, db: &DatabaseConnection, marks: &Marks) {
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut told = Levels::new();
    let mut catalog_at: Option<Instant> = None;
    let mut read_at = Instant::now();
    loop {
        ticks.tick().await;
        if read_at.elapsed() >= READ_AGAIN {
            read_at = Instant::now();
            marks.all_products();
        }
        if catalog_at.is_none_or(|at| at.elapsed() >= CATALOG) && marks.take_catalog() {
            catalog_at = Some(Instant::now());
            let text = levels::catalog_changed();
            live.audience.tell(|_| Some(text.clone()));
        }
        if let Err(error) = tell_stock(live, db, marks, &mut told).await {
            warn!(%error, "cannot read the stock that is watched, trying again");
            // What was marked is lost with the query.
            marks.all_products();
            sleep(RETRY).await;
        }
    }
}

/// Tells each socket of those of its products whose stock is not what was told last.
async fn tell_stock(
    live: &Live,
    db: &DatabaseConnection,
    marks: &Marks,
    told: &mut Levels,
) -> Result<(), DbErr> {
    if marks.is_empty() {
        return Ok(());
    }
    let watched = live.watched();
    let ids = marks.take(&watched);
    if ids.is_empty() {
        return Ok(());
    }
    let mut news = levels_of(db, ids).await?;
    news.retain(|id, level| told.get(id) != Some(level));
    told.retain(|id, _| watched.contains(id));
    told.extend(&news);
    live.audience.tell(|wish| {
        let mine: HashMap<_, _> = news.iter().filter(|(id, _)| wish.contains(id)).collect();
        (!mine.is_empty()).then(|| stock_is(mine))
    });
    Ok(())
}
