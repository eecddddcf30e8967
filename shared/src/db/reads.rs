//! Where reads go: to a replica that is fresh enough, else to the primary.
//!
//! Whoever has written within [`RECENT`] reads from the primary and so sees their own writes; for
//! everybody else a replica may be behind by less than that. One that falls behind further, or that
//! nobody can ask, is not asked until it has caught up.

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use metrics::counter;
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, DbErr, Statement};
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

/// How long somebody who wrote reads from the primary.
pub const RECENT: Duration = Duration::from_secs(5);

/// How far a replica that is asked may be behind when it is checked. With the time until the next
/// check and the longest check it stays below [`RECENT`].
const MAX_LAG: Duration = Duration::from_secs(3);

/// How often a replica is checked.
const CHECK: Duration = Duration::from_secs(1);

/// The longest that a check may take.
const CHECK_TIMEOUT: Duration = Duration::from_millis(500);

/// The databases that reads may go to.
#[derive(Clone)]
pub struct Reads {
    primary: DatabaseConnection,
    replica: Option<Replica>,
}

#[derive(Clone)]
struct Replica {
    db: DatabaseConnection,
    is_fresh: Arc<AtomicBool>,
}

impl Reads {
    /// Reads from the primary, and from the replica at `replica_url` once [`Reads::watch`] finds it
    /// fresh. It need not be there yet.
    ///
    /// # Errors
    /// When the URL is not one.
    pub async fn connect(
        primary: DatabaseConnection,
        replica_url: Option<&str>,
    ) -> Result<Self, DbErr> {
        let Some(url) = replica_url.filter(|url| !url.is_empty()) else {
            return Ok(Self::from(primary));
        };
        let mut options = super::options(url);
        options.min_connections(0).connect_lazy(true);
        let replica = Replica {
            db: Database::connect(options).await?,
            is_fresh: Arc::default(),
        };
        Ok(Self {
            primary,
            replica: Some(replica),
        })
    }

    /// Whether there is a choice.
    pub fn has_replica(&self) -> bool {
        self.replica.is_some()
    }

    /// Where to read for somebody who has, or has not, written within [`RECENT`].
    pub fn pick(&self, has_written: bool) -> &DatabaseConnection {
        let is_fit = |replica: &&Replica| !has_written && replica.is_fresh.load(Ordering::Relaxed);
        let replica = self.replica.as_ref().filter(is_fit);
        let (from, db) = replica.map_or(("primary", &self.primary), |it| ("replica", &it.db));
        counter!("database_reads_total", "from" => from).increment(1);
        db
    }

    /// Checks the replica until `shutdown`.
    pub async fn watch(self, shutdown: CancellationToken) {
        let Some(replica) = self.replica else { return };
        let mut ticks = interval(CHECK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut positions = VecDeque::new();
        while shutdown.run_until_cancelled(ticks.tick()).await.is_some() {
            let checked = timeout(
                CHECK_TIMEOUT,
                check(&self.primary, &replica.db, &mut positions),
            );
            let is_fresh = matches!(checked.await, Ok(Ok(true)));
            match (replica.is_fresh.swap(is_fresh, Ordering::Relaxed), is_fresh) {
                (true, false) => warn!("the replica is away or behind: reading from the primary"),
                (false, true) => info!("reading from the replica"),
                _ => {}
            }
        }
    }
}

impl From<DatabaseConnection> for Reads {
    /// One database for everything.
    fn from(primary: DatabaseConnection) -> Self {
        Self {
            primary,
            replica: None,
        }
    }
}

/// Whether the replica has what the primary had written [`MAX_LAG`] ago. `positions` are when the
/// primary was how far, oldest first.
async fn check(
    primary: &DatabaseConnection,
    replica: &DatabaseConnection,
    positions: &mut VecDeque<(Instant, i64)>,
) -> Result<bool, DbErr> {
    let asked = Instant::now();
    let written = position(primary, "pg_current_wal_lsn()").await?;
    positions.push_back((asked, written.unwrap_or(i64::MAX)));
    positions.retain(|(at, _)| asked - *at <= MAX_LAG);
    let replayed = position(replica, "pg_last_wal_replay_lsn()").await?;
    let oldest = positions.front().map(|(_, written)| *written);
    Ok(replayed >= oldest && replayed.is_some())
}

/// A place in the write-ahead log (bytes); none from a server that is not what it should be.
async fn position(db: &DatabaseConnection, function: &str) -> Result<Option<i64>, DbErr> {
    let sql = format!("SELECT ({function} - '0/0')::bigint");
    let statement = Statement::from_string(db.get_database_backend(), sql);
    let row = db.query_one_raw(statement).await?;
    row.map_or(Ok(None), |row| row.try_get_by_index(0))
}
