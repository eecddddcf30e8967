//! A message, a handler that records it, and the servers around them.

use std::{
    future::ready,
    pin::Pin,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, TransactionTrait, raw_sql,
};
use sea_orm_migration::prelude::*;
use shared::{
    id::MessageId,
    redis::Redis,
    shutdown::{GRACE, Shutdown},
    stream::{
        Consumer, DeadLetter, DecodeError, Fields, HandleError, Handler, Message, Outbox, Outgoing,
        Received, Relay, StreamPolicy, outbox, tables::CreateStreamTables,
    },
};
use shared_testing::{TestDatabase, TestRedis, append, eventually, is_drained};

pub(crate) const STREAM: &str = Note::STREAM;
pub(crate) const GROUP: &str = "readers";

/// What has not ended by itself a second later is given up.
const JUST_BEFORE_GRACE: Duration = GRACE.saturating_sub(Duration::from_secs(1));

/// A message of one text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Note(pub(crate) String);

impl Message for Note {
    const STREAM: &'static str = "notes_stream";
    const GROUPS: &'static [&'static str] = &[GROUP];
    const RETENTION: Duration = Duration::ZERO;

    fn kind(&self) -> &'static str {
        "note.taken.v1"
    }

    fn fields(&self) -> Fields {
        Fields::default().with("text", &self.0)
    }

    fn decode(kind: &str, fields: &Fields) -> Result<Self, DecodeError> {
        if kind != "note.taken.v1" {
            return Err(DecodeError::UnknownKind(kind.to_owned()));
        }
        Ok(Self(fields.text("text")?.to_owned()))
    }
}

type Outcome = Pin<Box<dyn Future<Output = Result<(), HandleError>> + Send>>;

/// Writes the text of each message to the table `effects`, then asks a rule for the outcome: an
/// error of the rule must undo what was written.
pub(crate) struct Recorder {
    rule: Box<dyn Fn(Vec<String>) -> Outcome + Send + Sync>,
}

impl Recorder {
    /// Records everything.
    pub(crate) fn new() -> Self {
        Self::with(|_| ready(Ok(())))
    }

    /// Fails with `error` so many times when it meets `text`, and records everything else.
    pub(crate) fn failing_on(text: &'static str, times: u32, error: fn() -> DbErr) -> Self {
        let failures = AtomicU32::new(times);
        Self::with(move |texts| {
            let meets = texts.iter().any(|it| it == text);
            let fails = meets && failures.load(Ordering::Relaxed) > 0;
            if fails {
                failures.fetch_sub(1, Ordering::Relaxed);
            }
            ready(if fails { Err(error().into()) } else { Ok(()) })
        })
    }

    /// Records a batch when `rule`, which sees its texts, says so.
    pub(crate) fn with<F>(rule: impl Fn(Vec<String>) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<(), HandleError>> + Send + 'static,
    {
        let rule = Box::new(move |texts| -> Outcome { Box::pin(rule(texts)) });
        Self { rule }
    }
}

impl Handler for Recorder {
    type Message = Note;
    const GROUP: &'static str = GROUP;

    async fn handle(
        &self,
        txn: &DatabaseTransaction,
        batch: &[&Received<Note>],
    ) -> Result<(), HandleError> {
        let texts: Vec<String> = batch.iter().map(|it| it.message.0.clone()).collect();
        record(txn, &texts).await?;
        (self.rule)(texts).await
    }
}

/// Writes texts to the table `effects`, in order.
pub(crate) async fn record(txn: &DatabaseTransaction, texts: &[String]) -> Result<(), DbErr> {
    let texts = texts.to_vec();
    let insert = raw_sql!(
        Postgres,
        "INSERT INTO effects (text) SELECT text FROM unnest({texts}) AS t (text)"
    );
    txn.execute_raw(insert).await?;
    Ok(())
}

pub(crate) struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(CreateStreamTables), Box::new(CreateEffects)]
    }
}

struct CreateEffects;

impl MigrationName for CreateEffects {
    fn name(&self) -> &'static str {
        "m20261101_000002_create_effects"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for CreateEffects {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let up = "CREATE TABLE effects (
            seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, text text NOT NULL)";
        manager.get_connection().execute_unprepared(up).await?;
        Ok(())
    }
}

/// An error that may be gone at the next try.
pub(crate) fn not_now() -> DbErr {
    DbErr::Custom("not now".to_owned())
}

/// A database, a Redis, and what runs between them.
pub(crate) struct Stage {
    pub(crate) db: DatabaseConnection,
    pub(crate) database_url: String,
    pub(crate) redis: Redis,
}

impl Stage {
    pub(crate) async fn create() -> Self {
        let TestDatabase { db, url } = TestDatabase::create::<Migrator>().await;
        let redis = TestRedis::create();
        let database_url = url;
        Self {
            db,
            database_url,
            redis,
        }
    }

    /// Starts a consumer, and returns what stops it.
    pub(crate) fn consume(&self, handler: impl Handler) -> Shutdown {
        consume(self.redis.clone(), self.db.clone(), handler)
    }

    /// Starts a relay, and returns what stops it.
    pub(crate) fn publish(&self) -> Shutdown {
        self.publish_to(self.redis.clone())
    }

    /// Starts a relay that reaches Redis in its own way.
    pub(crate) fn publish_to(&self, redis: Redis) -> Shutdown {
        let shutdown = Shutdown::default();
        let outbox = Outbox::default();
        let streams = vec![StreamPolicy::of::<Note>(), StreamPolicy::of::<DeadLetter>()];
        let relay = Relay::new((self.db.clone(), redis, outbox), "noter", streams);
        shutdown.spawn(relay.run(shutdown.token()));
        shutdown
    }

    /// Commits messages to the outbox.
    pub(crate) async fn commit(&self, texts: &[String]) {
        let txn = self.db.begin().await.unwrap();
        enqueue(&txn, texts).await;
        txn.commit().await.unwrap();
    }

    /// Appends a new message for each text to the stream.
    pub(crate) async fn send(&self, texts: &[&str]) {
        for text in texts {
            let note = Note((*text).to_owned());
            append(&self.redis, MessageId::generate(), &note).await;
        }
    }

    /// The texts that took effect, in the order in which they did.
    pub(crate) async fn effects(&self) -> Vec<String> {
        self.texts("SELECT text FROM effects ORDER BY seq").await
    }

    /// The first column of every row.
    pub(crate) async fn texts(&self, query: &str) -> Vec<String> {
        let query = sea_orm::Statement::from_string(sea_orm::DbBackend::Postgres, query);
        let rows = self.db.query_all_raw(query).await.unwrap();
        let text = |row: &sea_orm::QueryResult| row.try_get_by_index(0).unwrap();
        rows.iter().map(text).collect()
    }

    /// Waits until the group has acknowledged every entry.
    pub(crate) async fn drained(&self) {
        let is_drained = || is_drained(&self.redis, STREAM, GROUP);
        eventually(is_drained, |is_drained| *is_drained).await;
    }
}

/// Starts a consumer that reaches the servers in its own way.
pub(crate) fn consume(redis: Redis, db: DatabaseConnection, handler: impl Handler) -> Shutdown {
    let shutdown = Shutdown::default();
    let consumer = Consumer::new(redis, db, Outbox::default(), handler);
    shutdown.spawn(consumer.run(shutdown.token()));
    shutdown
}

pub(crate) async fn enqueue(txn: &DatabaseTransaction, texts: &[String]) {
    let notes: Vec<_> = texts
        .iter()
        .map(|text| Outgoing::new(Note(text.clone())))
        .collect();
    outbox::enqueue(txn, &notes).await.unwrap();
}

/// Stops what was started; fails the test when it would be cut off.
pub(crate) async fn stop(shutdown: Shutdown) {
    shutdown.trigger();
    let finished = tokio::time::timeout(JUST_BEFORE_GRACE, shutdown.finish());
    finished.await.expect("it ends by itself");
}

/// `count` texts, each once: `note 0`, `note 1`, …
pub(crate) fn notes(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("note {number}")).collect()
}
