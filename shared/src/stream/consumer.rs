//! The consumer: reads a stream in a group and applies each message exactly once.
//!
//! One loop: read, commit, acknowledge. Whatever goes wrong (Redis or PostgreSQL away, the group
//! gone, an answer lost) ends the *session*; the next one begins with the entries that this
//! consumer was given and has not acknowledged, so every failure heals in the same way. Nothing
//! is kept in memory between the two.

mod applying;
mod attempt;
mod counting;
mod delivery;

use std::time::Duration;

use redis::RedisError;
use sea_orm::{DatabaseConnection, DatabaseTransaction, DbErr};
use thiserror::Error;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use uuid::Uuid;

use super::{
    Message, Outbox, Received,
    failures::Failures,
    group::{GroupReader, is_group_gone},
};
use crate::{backoff::Backoff, panic::Panic, redis::Redis};

/// How long one read waits for entries; a shutdown is noticed after it. The read itself is never
/// cancelled: Redis would hand entries to a reader that is gone.
const BLOCK: Duration = Duration::from_secs(1);

/// How often to look for entries of dead consumers: one is relieved within a lease and this.
const SWEEP: Duration = Duration::from_secs(6);

/// What a service does with the messages of one stream.
pub trait Handler: Send + Sync + 'static {
    /// What the stream carries.
    type Message: Message;

    /// The consumer group: each group gets every message once.
    const GROUP: &'static str;

    /// Applies `batch`, in order, inside `txn`, which also records the message ids: an error
    /// rolls both back. After an error of a batch its messages come again, one at a time.
    fn handle(
        &self,
        txn: &DatabaseTransaction,
        batch: &[&Received<Self::Message>],
    ) -> impl Future<Output = Result<(), HandleError>> + Send;
}

/// Why messages were not applied.
#[derive(Debug, Error)]
pub enum HandleError {
    /// Worth another try.
    #[error("database: {0}")]
    Database(#[from] DbErr),
    /// Will never succeed; goes to the dead letters.
    #[error("{0}")]
    Refused(String),
    /// The handler panicked: a bug, which may depend on the moment.
    #[error(transparent)]
    Panicked(#[from] Panic),
}

/// Why a session ended.
#[derive(Debug, Error)]
enum SessionError {
    #[error("redis: {0}")]
    Redis(#[from] RedisError),
    #[error("database: {0}")]
    Database(#[from] DbErr),
}

/// One consumer of a group.
pub struct Consumer<H> {
    redis: Redis,
    db: DatabaseConnection,
    outbox: Outbox,
    handler: H,
    failures: Failures,
}

impl<H: Handler> Consumer<H> {
    /// A consumer that applies messages with `handler` and wakes the relay of `outbox` after
    /// each commit.
    pub fn new(redis: Redis, db: DatabaseConnection, outbox: Outbox, handler: H) -> Self {
        let failures = Failures {
            db: db.clone(),
            stream: H::Message::STREAM.to_owned(),
            group: H::GROUP,
            // Unique per start: a name that two processes share would mix up their pending
            // entries.
            consumer: format!("{}-{}", H::GROUP, Uuid::now_v7().simple()),
        };
        Self {
            redis,
            db,
            outbox,
            handler,
            failures,
        }
    }

    /// Consumes until `shutdown`, then finishes the batch under way.
    pub async fn run(self, shutdown: CancellationToken) {
        counting::begin::<H>();
        let mut backoff = Backoff::default();
        while !shutdown.is_cancelled() {
            let Err(error) = self.session(&shutdown, &mut backoff).await else {
                continue;
            };
            match &error {
                SessionError::Redis(error) if is_group_gone(error) => {
                    warn!(group = H::GROUP, %error, "the group is gone, making it again");
                }
                _ if backoff.is_first() => {
                    warn!(group = H::GROUP, %error, "cannot consume, trying again");
                }
                _ => {}
            }
            backoff.wait(&shutdown).await;
        }
    }

    /// Joins the group and consumes until shutdown or the first failure.
    async fn session(
        &self,
        shutdown: &CancellationToken,
        backoff: &mut Backoff,
    ) -> Result<(), SessionError> {
        let (stream, consumer) = (H::Message::STREAM, &self.failures.consumer);
        let reader = GroupReader::join(&self.redis, stream, H::GROUP, consumer, BLOCK).await?;
        let mut retry_at = self.apply_own(&reader).await?;
        if backoff.reset() {
            info!(group = H::GROUP, "consuming again");
        }
        let mut sweep_at = Instant::now();
        while !shutdown.is_cancelled() {
            let now = Instant::now();
            if now >= sweep_at {
                retry_at = earlier(retry_at, self.relieve_the_dead(&reader).await?);
                sweep_at = now + SWEEP.mul_f64(rand::random_range(0.75..1.25));
            }
            if retry_at.is_some_and(|at| at <= now) {
                retry_at = self.apply_own(&reader).await?;
            }
            let patience = retry_at.map_or(BLOCK, |at| BLOCK.min(at - now));
            let batch = reader.read_new(patience).await?;
            retry_at = earlier(retry_at, self.apply_batch(&reader, batch).await?);
        }
        reader.leave().await?;
        Ok(())
    }

    /// Takes over what consumers hold that do not work any more, and forgets those that hold
    /// nothing.
    async fn relieve_the_dead(
        &self,
        reader: &GroupReader,
    ) -> Result<Option<Instant>, SessionError> {
        reader.forget_the_gone().await?;
        let mut retry_at = None;
        loop {
            let abandoned = reader.claim_abandoned().await?;
            if abandoned.is_empty() {
                return Ok(retry_at);
            }
            let count = abandoned.len();
            info!(group = H::GROUP, count, "took over entries");
            retry_at = earlier(retry_at, self.apply_each(reader, abandoned).await?);
        }
    }

    /// Applies what this consumer was given and has not acknowledged: entries whose answer was
    /// lost, whose commit failed, whose acknowledgement did not arrive, or that wait for another
    /// attempt.
    async fn apply_own(&self, reader: &GroupReader) -> Result<Option<Instant>, SessionError> {
        let mut after = "0".to_owned();
        let mut retry_at = None;
        loop {
            let entries = reader.read_own(&after).await?;
            let Some(last) = entries.last() else {
                return Ok(retry_at);
            };
            after.clone_from(&last.id);
            retry_at = earlier(retry_at, self.apply_each(reader, entries).await?);
        }
    }
}

/// The earlier of two moments, when there are two.
fn earlier(one: Option<Instant>, other: Option<Instant>) -> Option<Instant> {
    one.into_iter().chain(other).min()
}
