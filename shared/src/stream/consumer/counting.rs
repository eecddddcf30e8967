//! What a consumer counts: docs/METRICS.md.

use metrics::counter;

use super::{Handler, Message};

/// What became of a message, this time.
#[derive(Clone, Copy)]
pub(super) enum Outcome {
    /// Its effect is committed, now or before.
    Applied,
    /// It will be tried again.
    Failed,
    /// It went to the dead letters.
    Dead,
}

impl Outcome {
    fn name(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Failed => "failed",
            Self::Dead => "dead",
        }
    }
}

/// Makes every series exist, at zero: what is absent cannot be watched.
pub(super) fn begin<H: Handler>() {
    for outcome in [Outcome::Applied, Outcome::Failed, Outcome::Dead] {
        count::<H>(outcome, 0);
    }
    counter!("stream_retries_total", &labels::<H>()).increment(0);
}

pub(super) fn count<H: Handler>(outcome: Outcome, messages: usize) {
    let [stream, group] = labels::<H>();
    let labels = [stream, group, ("outcome", outcome.name())];
    counter!("stream_handled_total", &labels).increment(messages as u64);
    if matches!(outcome, Outcome::Dead) {
        counter!("dead_letters_total", &[stream, group]).increment(messages as u64);
    }
}

pub(super) fn count_retry<H: Handler>() {
    counter!("stream_retries_total", &labels::<H>()).increment(1);
}

fn labels<H: Handler>() -> [(&'static str, &'static str); 2] {
    [("stream", H::Message::STREAM), ("group", H::GROUP)]
}
