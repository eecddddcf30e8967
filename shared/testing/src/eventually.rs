//! Waiting for a condition, never for a time.

use std::{fmt::Debug, future::Future, time::Duration};

use tokio::time::Instant;

/// A condition that does not come true within this time fails the test. The work of a dead consumer
/// is taken over after 18 seconds, and a machine that builds and tests is slow at times.
const DEADLINE: Duration = Duration::from_mins(1);

/// Asks `probe` until `accept` likes the answer, and returns that answer.
///
/// # Panics
/// With the last answer, when a minute was not enough.
pub async fn eventually<T: Debug, F: Future<Output = T>>(
    mut probe: impl FnMut() -> F,
    accept: impl Fn(&T) -> bool,
) -> T {
    let deadline = Instant::now() + DEADLINE;
    loop {
        let value = probe().await;
        if accept(&value) {
            return value;
        }
        assert!(
            Instant::now() < deadline,
            "still not true after {DEADLINE:?}; last value: {value:?}"
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
