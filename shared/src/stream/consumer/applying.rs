//! Applying entries: a batch in one transaction or, when that fails, each in its own.
//!
//! Entries that come a second time are always applied one by one, so that a message that kills
//! its process takes no other with it.

use sea_orm::{DbErr, TransactionTrait};
use tokio::time::{Instant, interval_at};
use tracing::{debug, error, warn};

use super::{
    Consumer, HandleError, Handler, SessionError,
    counting::{self, Outcome},
    delivery::{Delivery, begin_all, fail_all, ids_of},
    earlier,
};
use crate::{
    db,
    id::MessageId,
    panic,
    plant::Plant,
    stream::{
        Entry, Received,
        dead_letter::{DeadLetterClass, id_of_place},
        failures::{Attempt, MAX_ATTEMPTS},
        group::{GroupReader, LEASE},
        inbox,
    },
};

impl<H: Handler> Consumer<H> {
    /// Applies entries in one transaction, or, when that fails, each in its own. Says when to
    /// try those again that failed and may yet succeed.
    pub(super) async fn apply_batch(
        &self,
        reader: &GroupReader,
        entries: Vec<Entry>,
    ) -> Result<Option<Instant>, SessionError> {
        let mut deliveries = self.decode(reader, entries).await?;
        if deliveries.is_empty() {
            return Ok(None);
        }
        begin_all::<H>(&mut deliveries);
        let held = ids_of(&deliveries);
        if Plant::AckBeforeCommit.is_planted() {
            let ids: Vec<_> = held.iter().map(String::as_str).collect();
            reader.acknowledge(&ids).await?;
        }
        let batch = deliveries.iter().map(|delivery| &delivery.received);
        let committed = self.commit(batch.collect(), None);
        match while_renewing(reader, &held, committed).await {
            Ok(()) => {
                let ids: Vec<_> = held.iter().map(String::as_str).collect();
                reader.acknowledge(&ids).await?;
                counting::count::<H>(Outcome::Applied, ids.len());
                Ok(None)
            }
            Err(HandleError::Database(error)) if db::is_unavailable(&error) => Err(error.into()),
            Err(error) => {
                warn!(group = H::GROUP, %error, "batch failed, applying one by one");
                fail_all(&mut deliveries);
                self.apply_deliveries(reader, deliveries).await
            }
        }
    }

    /// Applies entries one transaction each.
    pub(super) async fn apply_each(
        &self,
        reader: &GroupReader,
        entries: Vec<Entry>,
    ) -> Result<Option<Instant>, SessionError> {
        let deliveries = self.decode(reader, entries).await?;
        self.apply_deliveries(reader, deliveries).await
    }

    async fn apply_deliveries(
        &self,
        reader: &GroupReader,
        deliveries: Vec<Delivery<H::Message>>,
    ) -> Result<Option<Instant>, SessionError> {
        if deliveries.is_empty() {
            return Ok(None);
        }
        let held = ids_of(&deliveries);
        while_renewing(reader, &held, self.apply_in_turn(reader, deliveries)).await
    }

    /// Applies what is due. Those that have never failed come first: a message that kills its
    /// process must not keep them waiting.
    async fn apply_in_turn(
        &self,
        reader: &GroupReader,
        mut deliveries: Vec<Delivery<H::Message>>,
    ) -> Result<Option<Instant>, SessionError> {
        let ids: Vec<_> = deliveries.iter().map(|it| it.received.id.0).collect();
        let done = inbox::known(&self.db, H::GROUP, ids.clone()).await?;
        let known = self.failures.look_up(ids).await?;
        let attempts = |it: &Delivery<_>| known.get(&it.received.id).map_or(0, |it| it.attempts);
        deliveries.sort_by_key(attempts);
        let mut retry_at = None;
        for delivery in deliveries {
            let id = delivery.received.id;
            let wait = known.get(&id).map(|it| it.wait).unwrap_or_default();
            if done.contains(&id) {
                if let Some(known) = known.get(&id) {
                    // It came a second time, and succeeded then.
                    let attempts = known.attempts;
                    self.failures.settle(&self.db, id, attempts).await?;
                }
                reader.acknowledge(&[&delivery.entry.id]).await?;
            } else if wait.is_zero() {
                retry_at = earlier(retry_at, self.attempt(reader, delivery).await?);
            } else {
                retry_at = earlier(retry_at, Some(Instant::now() + wait));
            }
        }
        Ok(retry_at)
    }

    /// Tries one message. Says when to try again if it failed.
    async fn attempt(
        &self,
        reader: &GroupReader,
        mut delivery: Delivery<H::Message>,
    ) -> Result<Option<Instant>, SessionError> {
        delivery.begin(H::GROUP);
        let Delivery {
            entry,
            received,
            work,
            ..
        } = &mut delivery;
        let id = received.id;
        if Plant::DropOnRetry.is_planted() {
            reader.acknowledge(&[&entry.id]).await?;
            return Ok(None);
        }
        let Some(attempt) = self.failures.begin(id, entry).await? else {
            reader.acknowledge(&[&entry.id]).await?;
            return Ok(None);
        };
        if attempt.attempts > 0 {
            counting::count_retry::<H>();
        }
        let outcome = if attempt.attempts >= MAX_ATTEMPTS {
            Err(gone_while_handling(attempt.last_error.as_deref()))
        } else {
            self.commit(vec![received], Some(attempt.attempts)).await
        };
        if outcome.is_err() {
            work.fail("not applied");
        }
        match outcome {
            Ok(()) => counting::count::<H>(Outcome::Applied, 1),
            Err(HandleError::Database(error)) if db::is_unavailable(&error) => {
                return Err(error.into());
            }
            Err(error) => {
                let retry_at = self.note_failure((id, entry), &attempt, &error).await?;
                if retry_at.is_some() {
                    return Ok(retry_at);
                }
            }
        }
        reader.acknowledge(&[&entry.id]).await?;
        Ok(None)
    }

    /// Notes a failed attempt. Says when to try again; without that the message is dead.
    async fn note_failure(
        &self,
        (id, entry): (MessageId, &Entry),
        attempt: &Attempt,
        error: &HandleError,
    ) -> Result<Option<Instant>, SessionError> {
        let failed = attempt.attempts.saturating_add(1);
        let text = error.to_string();
        let Some(class) = death(error, attempt, failed) else {
            counting::count::<H>(Outcome::Failed, 1);
            error!(
                group = H::GROUP,
                stream.entry = entry.id,
                failed,
                error = text,
                "message failed, trying again later"
            );
            let wait = self.failures.fail(id, failed, &text).await?;
            return Ok(Some(Instant::now() + wait));
        };
        let attempts = failed.min(MAX_ATTEMPTS);
        self.bury((id, entry), (class, attempts, &text)).await?;
        Ok(None)
    }

    /// Gives a message up.
    async fn bury(
        &self,
        (id, entry): (MessageId, &Entry),
        (class, attempts, error): (DeadLetterClass, i32, &str),
    ) -> Result<(), DbErr> {
        counting::count::<H>(Outcome::Dead, 1);
        warn!(
            group = H::GROUP,
            stream.entry = entry.id,
            ?class,
            error,
            "message goes to the dead letters"
        );
        self.failures
            .bury(id, entry, (class, attempts, error))
            .await?;
        self.outbox.wake();
        Ok(())
    }

    /// Reads entries as messages. What is none goes to the dead letters; what was sent again for
    /// another group is passed over.
    async fn decode(
        &self,
        reader: &GroupReader,
        entries: Vec<Entry>,
    ) -> Result<Vec<Delivery<H::Message>>, SessionError> {
        let mut deliveries = Vec::with_capacity(entries.len());
        for entry in entries {
            if entry.is_for_other_than(H::GROUP) {
                reader.acknowledge(&[&entry.id]).await?;
                continue;
            }
            match Received::decode(&entry) {
                Ok(received) => deliveries.push(Delivery::new(entry, received)),
                Err(error) => {
                    let id = id_of_place(&self.failures.stream, &entry.id);
                    let death = (DeadLetterClass::Decode, 1, &*error.to_string());
                    self.bury((id, &entry), death).await?;
                    reader.acknowledge(&[&entry.id]).await?;
                }
            }
        }
        Ok(deliveries)
    }

    /// Commits the effects of messages together with their ids; those already there are skipped.
    /// A message that is tried alone brings how often it has failed.
    async fn commit(
        &self,
        messages: Vec<&Received<H::Message>>,
        alone: Option<i32>,
    ) -> Result<(), HandleError> {
        let txn = self.db.begin().await?;
        let ids = messages.iter().map(|received| received.id);
        let mut fresh = inbox::claim(&txn, H::GROUP, ids).await?;
        if let (Some(attempts), [message]) = (alone, messages.as_slice()) {
            self.failures.settle(&txn, message.id, attempts).await?;
        }
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

/// What a message has failed with whose last attempt nobody told the outcome of.
fn gone_while_handling(last_error: Option<&str>) -> HandleError {
    let text = last_error.unwrap_or("the process that handled it ended while it did");
    HandleError::Database(DbErr::Custom(text.to_owned()))
}

/// How a message dies of an error, unless it may be tried again.
fn death(error: &HandleError, attempt: &Attempt, failed: i32) -> Option<DeadLetterClass> {
    match error {
        HandleError::Refused(_) => Some(DeadLetterClass::Permanent),
        HandleError::Database(error) if db::is_permanent(error) => Some(DeadLetterClass::Permanent),
        _ if failed < MAX_ATTEMPTS => None,
        _ if attempt.attempts >= MAX_ATTEMPTS && attempt.last_error.is_none() => {
            Some(DeadLetterClass::CrashLoop)
        }
        _ => Some(DeadLetterClass::Exhausted),
    }
}

/// Does `work` and keeps the lease of the entries that it works on, however long it takes.
async fn while_renewing<T>(
    reader: &GroupReader,
    entry_ids: &[String],
    work: impl Future<Output = T>,
) -> T {
    let mut work = std::pin::pin!(work);
    let period = LEASE / 3;
    let mut beat = interval_at(Instant::now() + period, period);
    loop {
        tokio::select! {
            outcome = &mut work => return outcome,
            _ = beat.tick() => {
                if let Err(error) = reader.renew(entry_ids).await {
                    // Another consumer may then take the entries over; the inbox keeps them apart.
                    debug!(%error, "cannot renew the lease");
                }
            }
        }
    }
}
