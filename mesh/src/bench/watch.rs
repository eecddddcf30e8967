//! How long a buyer waits until an order is final, seen by asking for it again and again.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use anyhow::Result;
use tokio::{
    sync::Semaphore,
    time::{Instant, timeout},
};

use super::answers::{Percentiles, Times};
use crate::customer::{client::Client, orders};

/// Between two questions: finer than a person sees.
const PAUSE: Duration = Duration::from_millis(5);

/// How long an order is watched.
const PATIENCE: Duration = Duration::from_secs(30);

/// Orders watched at the same time. With the answers' own time, four ask a few hundred questions
/// a second; one watch for each buyer would be load of its own.
const AT_ONCE: u32 = 4;

/// The orders of a benchmark that are watched.
pub(super) struct Watch {
    free: Arc<Semaphore>,
    seen: Mutex<Seen>,
}

struct Seen {
    times: Times,
    lost: u32,
}

impl Watch {
    pub(super) fn new() -> Result<Arc<Self>> {
        let seen = Seen {
            times: Times::new()?,
            lost: 0,
        };
        Ok(Arc::new(Self {
            free: Arc::new(Semaphore::new(AT_ONCE as usize)),
            seen: Mutex::new(seen),
        }))
    }

    /// Watches the order `id` that `buyer` posted at `posted`, on a connection and in a task of
    /// its own; or not at all when enough are being watched.
    pub(super) fn follow(self: &Arc<Self>, buyer: &Client, id: i32, posted: Instant) {
        let Ok(place) = Arc::clone(&self.free).try_acquire_owned() else {
            return;
        };
        let (watch, mut client) = (Arc::clone(self), buyer.another());
        tokio::spawn(async move {
            let until = (PAUSE, posted + PATIENCE);
            let order = orders::wait_until_final(&mut client, id, until).await;
            match order {
                Ok(Some(_)) => watch.seen().times.record(posted.elapsed()),
                _ => watch.seen().lost += 1,
            }
            drop(place);
        });
    }

    /// Waits for the last ones. Also says how many orders were lost from sight.
    pub(super) async fn finish(&self) -> (Percentiles, u32) {
        // Those that are still not final are not among the times, and are found by the books.
        drop(timeout(PATIENCE, self.free.acquire_many(AT_ONCE)).await);
        let seen = self.seen();
        (seen.times.percentiles(), seen.lost)
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
