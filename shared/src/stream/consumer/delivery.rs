//! A message in the hands of a consumer, and the spans that tell how it fared.

use std::time::{Duration, SystemTime};

use super::{Handler, Message};
use crate::{
    stream::{Entry, Received},
    trace::{KeyValue, Span, SpanKind},
};

/// A message together with the entry that brought it.
pub(super) struct Delivery<M> {
    pub(super) entry: Entry,
    pub(super) received: Received<M>,
    /// The attempt that is under way; ends when this is dropped.
    pub(super) work: Span,
    is_tried: bool,
}

impl<M: Message> Delivery<M> {
    /// A message that is not tried yet.
    pub(super) fn new(entry: Entry, received: Received<M>) -> Self {
        Self {
            entry,
            received,
            work: Span::default(),
            is_tried: false,
        }
    }

    /// Begins an attempt. What the message causes from here on belongs to the attempt.
    pub(super) fn begin(&mut self, group: &'static str) {
        let cause = &mut self.received.cause;
        let attributes = || {
            vec![
                KeyValue::new("messaging.system", "redis"),
                KeyValue::new("messaging.destination.name", M::STREAM),
                KeyValue::new("messaging.consumer.group.name", group),
                KeyValue::new("messaging.message.id", self.received.id.to_string()),
            ]
        };
        if !self.is_tried
            && let Some(written) = written_at(&self.entry)
        {
            let name = format!("wait in {}", M::STREAM);
            drop(Span::since(written, name, &cause.traceparent, attributes));
        }
        self.is_tried = true;
        let name = format!("process {}", self.received.message.kind());
        self.work = Span::begin(SpanKind::Consumer, name, &cause.traceparent, attributes);
        self.work.lead(cause);
    }
}

/// Begins an attempt of all of them together.
pub(super) fn begin_all<H: Handler>(deliveries: &mut [Delivery<H::Message>]) {
    for delivery in deliveries {
        delivery.begin(H::GROUP);
    }
}

/// Says that the attempt of all of them together failed.
pub(super) fn fail_all<M>(deliveries: &mut [Delivery<M>]) {
    for delivery in deliveries {
        delivery.work.fail("not applied together");
    }
}

/// The ids of their entries.
pub(super) fn ids_of<M>(deliveries: &[Delivery<M>]) -> Vec<String> {
    deliveries.iter().map(|it| it.entry.id.clone()).collect()
}

/// When the message was written to the outbox; the wait is counted from there.
fn written_at(entry: &Entry) -> Option<SystemTime> {
    let (_, millis) = entry.fields.iter().find(|(name, _)| name == b"ts")?;
    let millis = std::str::from_utf8(millis).ok()?.parse().ok()?;
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(millis))
}
