//! Waiting longer after each failure.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

/// Wait after the first failure.
const FIRST: Duration = Duration::from_millis(100);

/// Longest wait: a part that comes back is noticed within it.
const LONGEST: Duration = Duration::from_secs(5);

/// Doubles from 100 ms to 5 s, each wait shortened by up to a quarter at random, so that many
/// processes do not try at the same moment.
#[derive(Default)]
pub(crate) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// Whether nothing has failed since the last success.
    pub(crate) fn is_first(&self) -> bool {
        self.failures == 0
    }

    /// Notes a success; true when it ends a row of failures.
    pub(crate) fn reset(&mut self) -> bool {
        std::mem::take(&mut self.failures) > 0
    }

    /// Notes a failure and waits, or returns early at shutdown.
    pub(crate) async fn wait(&mut self, shutdown: &CancellationToken) {
        let longest = FIRST
            .saturating_mul(1 << self.failures.min(10))
            .min(LONGEST);
        self.failures = self.failures.saturating_add(1);
        let jitter = rand::random_range(0.75..=1.0);
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = tokio::time::sleep(longest.mul_f64(jitter)) => {}
        }
    }
}
