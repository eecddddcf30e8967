//! Applying entries: a batch in one transaction or, when that fails, each in its own.
//!
//! Entries that come a second time are always applied one by one, so that a message that kills
//! its process takes no other with it.

use sea_orm::TransactionTrait;
use tokio::time::{Instant, interval_at};
use tracing::{debug, warn};

use super::{
    Consumer, HandleError, Handler, SessionError,
    counting::{self, Outcome},
    delivery::{Delivery, begin_all, fail_all, ids_of},
    earlier,
};
use crate::{
    db, panic,
    plant::Plant,
    stream::{
        Entry, Received,
        dead_letter::{DeadLetterClass, id_of_place},
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
    pub(super) async fn commit(
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
