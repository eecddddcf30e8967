//! Waiting for a condition, never for a time.

use std::{fmt::Debug, future::Future, time::Duration};

use tokio::time::Instant;

/// A condition that does not come true within this time fails the test.
const DEADLINE: Duration = Duration::from_secs(20);

/// Asks `probe` until `accept` likes the answer, and returns that answer.
///
/// # Panics
/// With the last answer, when 20 seconds were not enough.
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
