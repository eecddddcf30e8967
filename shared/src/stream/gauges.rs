//! Gauges of what waits: asked of Redis and PostgreSQL when somebody reads the metrics.

use std::time::Duration;

use metrics::gauge;
use sea_orm::DatabaseConnection;
use tokio::time::timeout;
use tracing::debug;

use super::{
    StreamPolicy,
    standing::{self, GroupStanding},
};
use crate::redis::Redis;

/// A server that does not answer in this time leaves its gauges as they were.
const PATIENCE: Duration = Duration::from_secs(2);

/// What one service looks after: its outbox, and the streams that it writes, with their readers.
#[derive(Clone)]
pub struct Gauges {
    /// Where the streams are.
    pub redis: Redis,
    /// The service's database.
    pub db: DatabaseConnection,
    /// The streams that the service writes: it tells of their readers too, since those may be dead.
    pub streams: Vec<StreamPolicy>,
}

impl Gauges {
    /// Asks both servers, at most for two seconds.
    pub async fn refresh(self) {
        self.of_pool();
        let of_database = timeout(PATIENCE, self.of_database());
        let of_streams = timeout(PATIENCE, self.of_streams());
        let (database, streams) = tokio::join!(of_database, of_streams);
        let answers = [
            ("postgres", database.unwrap_or(false)),
            ("redis", streams.unwrap_or(false)),
        ];
        for (server, has_answered) in answers {
            gauge!("dependency_up", "dependency" => server).set(f64::from(u8::from(has_answered)));
        }
    }

    /// Without a question: the pool knows.
    fn of_pool(&self) {
        let pool = self.db.get_postgres_connection_pool();
        let idle = pool.num_idle() as u64;
        let busy = u64::from(pool.size()).saturating_sub(idle);
        gauge!("database_connections", "state" => "idle").set(number(idle));
        gauge!("database_connections", "state" => "busy").set(number(busy));
    }

    async fn of_database(&self) -> bool {
        let waiting = match standing::of_database(&self.db).await {
            Ok(waiting) => waiting,
            Err(error) => {
                debug!(%error, "no gauges of the database");
                return false;
            }
        };
        gauge!("outbox_pending").set(number(waiting.outbox.unsigned_abs()));
        gauge!("outbox_oldest_pending_seconds").set(waiting.outbox_oldest);
        gauge!("messages_retrying").set(number(waiting.retrying.unsigned_abs()));
        gauge!("dead_letters_undecided").set(number(waiting.dead.unsigned_abs()));
        true
    }

    async fn of_streams(&self) -> bool {
        for policy in &self.streams {
            let stream = match standing::of_stream(&self.redis, policy.name).await {
                Ok(stream) => stream,
                Err(error) => {
                    debug!(%error, "no gauges of the streams");
                    return false;
                }
            };
            gauge!("stream_length", "stream" => policy.name).set(number(stream.length));
            for group in policy.groups {
                let found = stream.groups.iter().find(|it| it.name == *group);
                of_group((policy.name, group), stream.length, found);
            }
        }
        true
    }
}

/// A group that does not exist yet has the whole stream before it.
fn of_group(
    (stream, group): (&'static str, &'static str),
    length: u64,
    found: Option<&GroupStanding>,
) {
    let labels = [("stream", stream), ("group", group)];
    let lag = found.map_or(Some(length), |it| it.lag);
    gauge!("stream_lag", &labels).set(lag.map_or(f64::NAN, number));
    let pending = found.map_or(0, |it| it.pending);
    gauge!("stream_pending", &labels).set(number(pending));
    let oldest = found.map_or(0.0, |it| it.oldest_pending);
    gauge!("stream_oldest_pending_seconds", &labels).set(oldest);
    let consumers = found.map_or(0, |it| it.consumers);
    gauge!("stream_consumers", &labels).set(number(consumers));
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a gauge is a float; nothing here counts to 2^52"
)]
fn number(count: u64) -> f64 {
    count as f64
}
