//! A panic as an error: one request or message that panics must not take others along.

use std::{any::Any, panic::AssertUnwindSafe};

use futures_util::FutureExt;
use thiserror::Error;

/// Code panicked; the message is for the log.
#[derive(Debug, Error)]
#[error("panic: {0}")]
pub struct Panic(String);

impl Panic {
    /// What `std::panic::catch_unwind` and its kin hand over.
    pub fn of(payload: &(dyn Any + Send)) -> Self {
        let text = payload
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned())
            .or_else(|| payload.downcast_ref::<String>().cloned());
        Self(text.unwrap_or_else(|| "no message".to_owned()))
    }
}

/// Runs `work` to its end, or to its panic. What it borrows must be of no use after a panic, such
/// as a transaction that is rolled back.
///
/// # Errors
/// When it panics.
pub async fn catch<F: Future>(work: F) -> Result<F::Output, Panic> {
    AssertUnwindSafe(work)
        .catch_unwind()
        .await
        .map_err(|payload| Panic::of(&*payload))
}
