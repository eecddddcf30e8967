//! Messages that failed: how often, why, and when they are tried again.
//!
//! A row lives as long as the story of its message: `retrying`, then `settled` or `dead`, and a
//! dead one may be `replayed` or `discarded` by an operator. Attempts are counted here and not in
//! Redis: they survive a crash and a flush, and a database that is away counts none.

use std::{collections::HashMap, time::Duration};

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr, FromQueryResult,
    TransactionTrait, prelude::TimeDateTimeWithTimeZone, prelude::Uuid, raw_sql,
};

use super::{
    Entry, Outgoing,
    dead_letter::{self, DeadLetter, DeadLetterClass, Origin},
    inbox, outbox,
};
use crate::id::MessageId;

/// How often a message may fail: once, and after each wait of [`wait_after`].
pub(super) const MAX_ATTEMPTS: i32 = 6;

/// Longest error text kept (bytes).
const MAX_ERROR: usize = 2048;

/// Whose failures: one group of one stream, and the consumer that works for it.
#[derive(Clone)]
pub(super) struct Failures {
    pub(super) db: DatabaseConnection,
    pub(super) stream: String,
    pub(super) group: &'static str,
    pub(super) consumer: String,
}

/// What is known of a message that is to be tried.
#[derive(Clone, Copy)]
pub(super) struct Known {
    pub(super) attempts: i32,
    /// How long it has to wait yet.
    pub(super) wait: Duration,
}

#[derive(FromQueryResult)]
struct Begun {
    attempts: i32,
    error: Option<String>,
}

/// An attempt that may be made.
pub(super) struct Attempt {
    /// Attempts before this one.
    pub(super) attempts: i32,
    /// What the last one ended with; `None` when its process ended first.
    pub(super) last_error: Option<String>,
}

/// Doubles from a second to 16, give or take a quarter, so that what failed together does not
/// come back together.
fn wait_after(attempts: i32) -> Duration {
    let doublings = u32::try_from(attempts - 1).unwrap_or_default().min(4);
    let wait = Duration::from_secs(1 << doublings);
    wait.mul_f64(rand::random_range(0.75..1.25))
}

impl Failures {
    /// Which of these messages have failed, how often, and how long they wait.
    pub(super) async fn look_up(&self, ids: Vec<Uuid>) -> Result<HashMap<MessageId, Known>, DbErr> {
        #[derive(FromQueryResult)]
        struct Row {
            message_id: Uuid,
            attempts: i32,
            wait: f64,
        }
        let group = self.group;
        let rows = Row::find_by_statement(raw_sql!(
            Postgres,
            "SELECT message_id, attempts,
                    coalesce(greatest(extract(epoch FROM next_at - clock_timestamp()), 0), 0)::float8
                    AS wait
             FROM failures
             WHERE consumer_group = {group} AND message_id = ANY({ids}) AND state = 'retrying'"
        ))
        .all(&self.db)
        .await?;
        let known = |row: Row| Known {
            attempts: row.attempts,
            wait: Duration::from_secs_f64(row.wait),
        };
        Ok(rows
            .into_iter()
            .map(|row| (MessageId(row.message_id), known(row)))
            .collect())
    }

    /// Notes, before a message is tried alone, that this consumer tries it. Another one that
    /// began and never told the outcome has ended while it tried: that is a failed attempt too.
    ///
    /// `None` when the message is dead, and was when this consumer got it.
    pub(super) async fn begin(
        &self,
        id: MessageId,
        entry: &Entry,
    ) -> Result<Option<Attempt>, DbErr> {
        let (id, entry_id, json) = (id.0, &entry.id, dead_letter::as_json(entry));
        let (stream, group, consumer) = (&self.stream, self.group, &self.consumer);
        let begun = Begun::find_by_statement(raw_sql!(
            Postgres,
            "INSERT INTO failures AS f (message_id, consumer_group, stream, entry_id, entry, consumer)
             VALUES ({id}, {group}, {stream}, {entry_id}, {json}::json, {consumer})
             ON CONFLICT (message_id, consumer_group) DO UPDATE SET
                 attempts = CASE WHEN f.state <> 'retrying' THEN 0
                                 WHEN f.consumer <> excluded.consumer THEN f.attempts + 1
                                 ELSE f.attempts END,
                 error = CASE WHEN f.consumer <> excluded.consumer THEN NULL ELSE f.error END,
                 state = 'retrying', consumer = excluded.consumer,
                 entry_id = excluded.entry_id, last_at = clock_timestamp()
             WHERE f.state NOT IN ('dead', 'discarded')
             RETURNING f.attempts, f.error"
        ))
        .one(&self.db)
        .await?;
        Ok(begun.map(|begun| Attempt {
            attempts: begun.attempts,
            last_error: begun.error,
        }))
    }

    /// Notes a failed attempt and when the next one is due. Returns the wait until then.
    pub(super) async fn fail(
        &self,
        id: MessageId,
        attempts: i32,
        error: &str,
    ) -> Result<Duration, DbErr> {
        let wait = wait_after(attempts);
        let (id, group, error) = (id.0, self.group, cut(error));
        let seconds = wait.as_secs_f64();
        self.db
            .execute_raw(raw_sql!(
                Postgres,
                "UPDATE failures
                 SET attempts = {attempts}, error = {error}, consumer = NULL,
                     last_at = clock_timestamp(),
                     next_at = clock_timestamp() + make_interval(secs => {seconds})
                 WHERE message_id = {id} AND consumer_group = {group}"
            ))
            .await?;
        Ok(wait)
    }

    /// Ends the story of a message that was applied, in the transaction that applies it. One that
    /// never failed, and about which nobody decided, leaves no row.
    pub(super) async fn settle(
        &self,
        txn: &impl ConnectionTrait,
        id: MessageId,
        attempts: i32,
    ) -> Result<(), DbErr> {
        let (id, group) = (id.0, self.group);
        txn.execute_raw(raw_sql!(
            Postgres,
            "UPDATE failures SET state = 'settled', consumer = NULL, last_at = clock_timestamp()
             WHERE message_id = {id} AND consumer_group = {group} AND state = 'retrying'"
        ))
        .await?;
        if attempts == 0 {
            txn.execute_raw(raw_sql!(
                Postgres,
                "DELETE FROM failures WHERE message_id = {id} AND consumer_group = {group}
                 AND state = 'settled' AND attempts = 0 AND decisions::text = '[]'"
            ))
            .await?;
        }
        Ok(())
    }

    /// Gives a message up: its id enters the inbox, so that nobody applies it any more, and its
    /// dead letter the outbox. Nothing happens when it was applied or given up before.
    pub(super) async fn bury(
        &self,
        id: MessageId,
        entry: &Entry,
        (class, attempts, error): (DeadLetterClass, i32, &str),
    ) -> Result<(), DbErr> {
        let txn = self.db.begin().await?;
        let fresh = inbox::claim(&txn, self.group, [id].into_iter()).await?;
        if fresh.is_empty() {
            self.settle(&txn, id, attempts).await?;
            return txn.commit().await;
        }
        let letter = self
            .record(&txn, id, entry, (class, attempts, error))
            .await?;
        outbox::enqueue(&txn, &[Outgoing::new(letter)]).await?;
        txn.commit().await
    }

    async fn record(
        &self,
        txn: &DatabaseTransaction,
        id: MessageId,
        entry: &Entry,
        (class, attempts, error): (DeadLetterClass, i32, &str),
    ) -> Result<DeadLetter, DbErr> {
        #[derive(FromQueryResult)]
        struct Times {
            first_at: TimeDateTimeWithTimeZone,
            last_at: TimeDateTimeWithTimeZone,
        }
        let (message_id, entry_id, json) = (id.0, &entry.id, dead_letter::as_json(entry));
        let (stream, group, consumer) = (&self.stream, self.group, &self.consumer);
        let (error, fingerprint) = (cut(error), dead_letter::fingerprint(class, error));
        let class = class.name();
        let times = Times::find_by_statement(raw_sql!(
            Postgres,
            "INSERT INTO failures (message_id, consumer_group, stream, entry_id, entry, state,
                                   attempts, consumer, error, class, fingerprint)
             VALUES ({message_id}, {group}, {stream}, {entry_id}, {json}::json, 'dead',
                     {attempts}, {consumer}, {error}, {class}, {fingerprint})
             ON CONFLICT (message_id, consumer_group) DO UPDATE SET
                 state = 'dead', attempts = excluded.attempts, consumer = excluded.consumer,
                 error = excluded.error, class = excluded.class,
                 fingerprint = excluded.fingerprint, entry_id = excluded.entry_id,
                 last_at = clock_timestamp(), next_at = NULL
             RETURNING first_at, last_at"
        ))
        .one(txn)
        .await?
        .ok_or_else(|| DbErr::RecordNotInserted)?;
        Ok(DeadLetter {
            message_id: id,
            origin: Origin {
                stream: self.stream.clone(),
                entry_id: entry.id.clone(),
                group: self.group.to_owned(),
                consumer: self.consumer.clone(),
            },
            attempts,
            first_at: times.first_at,
            last_at: times.last_at,
            class: class.to_owned(),
            error: error.to_owned(),
            fingerprint,
            entry: json,
        })
    }
}

fn cut(error: &str) -> &str {
    &error[..error.floor_char_boundary(MAX_ERROR)]
}
