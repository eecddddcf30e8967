//! The consumer: reads a stream in a group and applies each message exactly once.
//!
//! One loop: read, commit, acknowledge. Whatever goes wrong (Redis or PostgreSQL away, the group
//! gone, an answer lost) ends the *session*; the next one begins with the entries that this
//! consumer was given and has not acknowledged, so every failure heals in the same way. Nothing
//! is kept in memory between the two.

use std::time::Duration;

use redis::RedisError;
use sea_orm::{DatabaseConnection, DatabaseTransaction, DbErr, TransactionTrait};
use thiserror::Error;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};
use uuid::Uuid;

use super::{
    Entry, Message, Outbox, Received,
    dead_letter::{DeadLetter, DeadLetterClass},
    group::{GroupReader, LEASE, is_group_gone},
    inbox,
};
use crate::{
    backoff::Backoff,
    db,
    panic::{self, Panic},
    redis::Redis,
};

/// How long one read waits for entries; a shutdown is noticed after it. The read itself is never
/// cancelled: Redis would hand entries to a reader that is gone.
const BLOCK: Duration = Duration::from_secs(1);

/// How often to look for entries of dead consumers: one is relieved within a lease and this.
const SWEEP: Duration = Duration::from_secs(6);

/// When a message that failed alone is tried again.
const RETRY: Duration = Duration::from_secs(2);

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

/// A message together with the entry that brought it.
struct Delivery<M> {
    entry: Entry,
    received: Received<M>,
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
    /// Unique per start: a name that two processes share would mix up their pending entries.
    name: String,
}

impl<H: Handler> Consumer<H> {
    /// A consumer that applies messages with `handler` and wakes the relay of `outbox` after
    /// each commit.
    pub fn new(redis: Redis, db: DatabaseConnection, outbox: Outbox, handler: H) -> Self {
        Self {
            redis,
            db,
            outbox,
            handler,
            name: format!("{}-{}", H::GROUP, Uuid::now_v7().simple()),
        }
    }

    /// Consumes until `shutdown`, then finishes the batch under way.
    pub async fn run(self, shutdown: CancellationToken) {
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
        let stream = H::Message::STREAM;
        let mut reader =
            GroupReader::join(&self.redis, stream, H::GROUP, &self.name, BLOCK).await?;
        let mut retry_at = self.apply_own(&mut reader).await?;
        if backoff.reset() {
            info!(group = H::GROUP, "consuming again");
        }
        let mut sweep_at = Instant::now() + LEASE;
        while !shutdown.is_cancelled() {
            let now = Instant::now();
            if now >= sweep_at {
                let abandoned = reader.claim_abandoned().await?;
                if !abandoned.is_empty() {
                    info!(
                        group = H::GROUP,
                        count = abandoned.len(),
                        "took over entries"
                    );
                }
                let failed = self.apply_each(&mut reader, abandoned).await?;
                retry_at = retry_at.or(failed);
                sweep_at = now + SWEEP.mul_f64(rand::random_range(0.75..1.25));
            }
            if retry_at.is_some_and(|at| at <= now) {
                retry_at = self.apply_own(&mut reader).await?;
            }
            let batch = reader.read_new(BLOCK).await?;
            let failed = self.apply_batch(&mut reader, batch).await?;
            retry_at = retry_at.or(failed);
        }
        reader.leave().await?;
        Ok(())
    }

    /// Applies what this consumer was given and has not acknowledged: entries whose answer was
    /// lost, whose commit failed, or whose acknowledgement did not arrive.
    async fn apply_own(&self, reader: &mut GroupReader) -> Result<Option<Instant>, SessionError> {
        let mut after = "0".to_owned();
        let mut retry_at = None;
        loop {
            let entries = reader.read_own(&after).await?;
            let Some(last) = entries.last() else {
                return Ok(retry_at);
            };
            after.clone_from(&last.id);
            let failed = self.apply_each(reader, entries).await?;
            retry_at = retry_at.or(failed);
        }
    }

    /// Applies entries in one transaction, or, when that fails, each in its own. Says when to
    /// try those again that failed and may yet succeed.
    async fn apply_batch(
        &self,
        reader: &mut GroupReader,
        entries: Vec<Entry>,
    ) -> Result<Option<Instant>, SessionError> {
        let deliveries = self.decode(reader, entries).await?;
        if deliveries.is_empty() {
            return Ok(None);
        }
        let batch = deliveries.iter().map(|delivery| &delivery.received);
        match self.commit(batch.collect()).await {
            Ok(()) => {
                let entry_ids: Vec<_> = deliveries.iter().map(|it| it.entry.id.as_str()).collect();
                reader.acknowledge(&entry_ids).await?;
                Ok(None)
            }
            Err(HandleError::Database(error)) if db::is_unavailable(&error) => Err(error.into()),
            Err(error) => {
                warn!(group = H::GROUP, %error, "batch failed, applying one by one");
                self.apply_deliveries(reader, deliveries).await
            }
        }
    }

    /// Applies entries one transaction each.
    async fn apply_each(
        &self,
        reader: &mut GroupReader,
        entries: Vec<Entry>,
    ) -> Result<Option<Instant>, SessionError> {
        let deliveries = self.decode(reader, entries).await?;
        self.apply_deliveries(reader, deliveries).await
    }

    async fn apply_deliveries(
        &self,
        reader: &mut GroupReader,
        deliveries: Vec<Delivery<H::Message>>,
    ) -> Result<Option<Instant>, SessionError> {
        let mut retry_at = None;
        for Delivery { entry, received } in deliveries {
            match self.commit(vec![&received]).await {
                Ok(()) => reader.acknowledge(&[&entry.id]).await?,
                Err(HandleError::Refused(reason)) => {
                    bury(reader, &entry, DeadLetterClass::Permanent, reason).await?;
                }
                Err(HandleError::Database(error)) if db::is_unavailable(&error) => {
                    return Err(error.into());
                }
                Err(HandleError::Database(error)) if db::is_permanent(&error) => {
                    let reason = error.to_string();
                    bury(reader, &entry, DeadLetterClass::Permanent, reason).await?;
                }
                Err(error) => {
                    error!(group = H::GROUP, stream.entry = entry.id, %error, "message failed");
                    retry_at = Some(Instant::now() + RETRY);
                }
            }
        }
        Ok(retry_at)
    }

    /// Reads entries as messages; what is none goes to the dead letters.
    async fn decode(
        &self,
        reader: &mut GroupReader,
        entries: Vec<Entry>,
    ) -> Result<Vec<Delivery<H::Message>>, SessionError> {
        let mut deliveries = Vec::with_capacity(entries.len());
        for entry in entries {
            match Received::decode(&entry) {
                Ok(received) => deliveries.push(Delivery { entry, received }),
                Err(error) => {
                    bury(reader, &entry, DeadLetterClass::Decode, error.to_string()).await?;
                }
            }
        }
        Ok(deliveries)
    }

    /// Commits the effects of messages together with their ids; those already there are skipped.
    async fn commit(&self, messages: Vec<&Received<H::Message>>) -> Result<(), HandleError> {
        let txn = self.db.begin().await?;
        let ids = messages.iter().map(|received| received.id);
        let mut fresh = inbox::claim(&txn, H::GROUP, ids).await?;
        // `remove`, since a batch may hold the same message twice.
        let batch: Vec<_> = messages
            .into_iter()
            .filter(|received| fresh.remove(&received.id))
            .collect();
        if !batch.is_empty() {
            // A panic of one message must not end the consumer: the others wait for it.
            panic::catch(self.handler.handle(&txn, &batch)).await??;
        }
        txn.commit().await?;
        self.outbox.wake();
        Ok(())
    }
}

async fn bury(
    reader: &mut GroupReader,
    entry: &Entry,
    class: DeadLetterClass,
    error: String,
) -> Result<(), RedisError> {
    warn!(
        stream.entry = entry.id,
        ?class,
        error,
        "message goes to the dead letters"
    );
    let letter = DeadLetter {
        entry,
        class,
        error,
    };
    reader.bury(&letter).await
}
