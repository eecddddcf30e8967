//! The outbox: messages that commit together with the change they tell of.

use std::{collections::BTreeMap, sync::Arc};

use sea_orm::{ConnectionTrait, DbErr, raw_sql};
use tokio::sync::Notify;

use super::Message;
use crate::{
    cause::{Cause, TRACEPARENT},
    id::MessageId,
};

/// Wakes the relay of this process, so that a message leaves within a millisecond of its commit.
#[derive(Clone, Default)]
pub struct Outbox {
    wake: Arc<Notify>,
}

/// A message on its way into the outbox.
pub struct Outgoing<M> {
    /// What it says.
    pub message: M,
    /// The request that caused it, if there was one.
    pub cause: Cause,
}

impl<M> Outgoing<M> {
    /// A message that no request caused.
    pub fn new(message: M) -> Self {
        Self {
            message,
            cause: Cause::default(),
        }
    }
}

/// Outbox rows as columns, the form in which one statement inserts many.
#[derive(Default)]
pub struct OutboxRows {
    /// Message ids.
    pub ids: Vec<sea_orm::prelude::Uuid>,
    /// Kinds.
    pub kinds: Vec<String>,
    /// Ids of requests.
    pub correlations: Vec<String>,
    /// Fields as JSON objects of strings.
    pub fields: Vec<String>,
}

impl OutboxRows {
    /// Adds a message with a new id.
    pub fn push<M: Message>(&mut self, outgoing: &Outgoing<M>) {
        let fields = outgoing.message.fields();
        let mut fields: BTreeMap<_, _> = fields.iter().collect();
        let Cause {
            request_id,
            traceparent,
        } = &outgoing.cause;
        if !traceparent.is_empty() {
            fields.insert(TRACEPARENT, traceparent);
        }
        self.ids.push(MessageId::generate().0);
        self.kinds.push(outgoing.message.kind().to_owned());
        self.correlations.push(request_id.clone());
        self.fields
            .push(serde_json::to_string(&fields).unwrap_or_default());
    }
}

impl Outbox {
    /// Tells the relay that something was committed.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    /// Returns when something was committed since the last call.
    pub(super) async fn woken(&self) {
        self.wake.notified().await;
    }
}

/// Writes messages inside `txn`, in this order; the relay publishes them after the commit.
///
/// Call it after the rows that the messages tell of are locked or written: messages about one
/// row then have the order of its changes.
///
/// # Errors
/// When the database fails; the whole transaction is then void.
pub async fn enqueue<M: Message>(
    txn: &impl ConnectionTrait,
    messages: &[Outgoing<M>],
) -> Result<(), DbErr> {
    if messages.is_empty() {
        return Ok(());
    }
    let mut rows = OutboxRows::default();
    for message in messages {
        rows.push(message);
    }
    let OutboxRows {
        ids,
        kinds,
        correlations,
        fields,
    } = rows;
    let stream = M::STREAM;
    txn.execute_raw(raw_sql!(
        Postgres,
        "INSERT INTO outbox (id, stream, kind, correlation, fields)
         SELECT id, {stream}, kind, correlation, fields::json
         FROM unnest({ids}, {kinds}, {correlations}, {fields})
              AS t (id, kind, correlation, fields)"
    ))
    .await?;
    Ok(())
}
