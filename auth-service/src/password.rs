//! Passwords: bcrypt on a pool of its own, so that a storm of logins slows nothing else.

use std::{
    num::NonZero,
    sync::Arc,
    thread::available_parallelism,
    time::{Duration, Instant},
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    task::spawn_blocking,
};
use tracing::error;

use crate::{credentials::Password, error::Error};

/// How long the last of those who wait for a free thread waits: half of what a request gets, so that
/// nobody is checked who has been answered already.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// The most who wait, however short a check is: about as many as can at the default cost.
const MAX_PLACES: usize = 100;

/// The lowest cost of bcrypt.
const LOWEST_COST: u32 = 4;

/// The password pool: one check at a time for each core but one, which HTTP has for itself. On a
/// machine of one core they share it.
#[derive(Clone)]
pub struct Passwords {
    cost: u32,
    running: Arc<Semaphore>,
    places: Arc<Semaphore>,
    /// Hash of a password nobody has: unknown accounts are checked against it, so that the time
    /// of an answer does not tell whether an account exists.
    nobody: Arc<str>,
}

/// The right to wait for a free thread.
pub(crate) struct Place(OwnedSemaphorePermit);

/// A free thread: what is checked with it does not wait.
pub(crate) struct Thread {
    _place: OwnedSemaphorePermit,
    _permit: OwnedSemaphorePermit,
}

/// How a password compares to a stored hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Match {
    /// It is another password, or there is no such account.
    No,
    /// It is the one.
    Yes,
    /// It is the one, and its hash is of a lower cost than asked for now.
    Outdated,
}

impl Passwords {
    /// A pool that hashes with `cost`.
    ///
    /// # Errors
    /// When the cost is not one of bcrypt's.
    pub fn new(cost: u32) -> Result<Self, bcrypt::BcryptError> {
        let nobody = bcrypt::hash("nobody has this password", cost)?.into();
        let cores = available_parallelism().map_or(1, NonZero::get);
        let threads = cores.saturating_sub(1).max(1);
        Ok(Self {
            cost,
            running: Arc::new(Semaphore::new(threads)),
            places: Arc::new(Semaphore::new(places(threads, time_of_check(cost)?))),
            nobody,
        })
    }

    /// A place, unless too many already wait.
    pub(crate) fn place(&self) -> Result<Place, Error> {
        let place = Arc::clone(&self.places).try_acquire_owned();
        place.map(Place).map_err(|_| Error::Busy)
    }

    /// Waits for a free thread.
    pub(crate) async fn thread(&self, Place(place): Place) -> Result<Thread, Error> {
        let permit = Arc::clone(&self.running).acquire_owned().await;
        Ok(Thread {
            _place: place,
            _permit: permit.map_err(|_| Error::Busy)?,
        })
    }

    /// Hashes a password.
    pub(crate) async fn hash(&self, password: Password) -> Result<String, Error> {
        let (thread, cost) = (self.thread(self.place()?).await?, self.cost);
        run(thread, move || bcrypt::hash(password.into_inner(), cost)).await
    }

    /// Compares a password with the hash of an account, or takes as long when there is none.
    pub(crate) async fn verify(
        &self,
        thread: Thread,
        password: Password,
        hash: Option<String>,
    ) -> Result<Match, Error> {
        let exists = hash.is_some();
        let hash = hash.unwrap_or_else(|| self.nobody.to_string());
        let wanted = self.cost;
        run(thread, move || {
            let is_right = bcrypt::verify(password.into_inner(), &hash)?;
            Ok(match (exists && is_right, cost_of(&hash)) {
                (false, _) => Match::No,
                (true, Some(cost)) if cost < wanted => Match::Outdated,
                (true, _) => Match::Yes,
            })
        })
        .await
    }
}

/// Runs on a blocking thread, which is the work's own: a caller who goes away does not free it.
async fn run<T: Send + 'static>(
    thread: Thread,
    work: impl FnOnce() -> Result<T, bcrypt::BcryptError> + Send + 'static,
) -> Result<T, Error> {
    let done = spawn_blocking(move || {
        let _thread = thread;
        work()
    });
    done.await
        .map_err(|panic| {
            error!(error = %panic, "a password check did not finish");
            Error::Busy
        })?
        .map_err(Error::from)
}

/// How many may wait when a check takes so long.
fn places(threads: usize, check: Duration) -> usize {
    let in_time = LONGEST_WAIT.as_micros() / check.as_micros().max(1);
    let in_time = usize::try_from(in_time).unwrap_or(MAX_PLACES);
    let places = threads.saturating_mul(in_time).min(MAX_PLACES);
    // A place is held until its check is done: one for each thread, and one for who waits for it.
    places.max(2 * threads)
}

/// How long a check takes here. Each step of the cost doubles it, so that a few of the shortest
/// say it; the best of them, because a machine that starts has much else to do.
fn time_of_check(cost: u32) -> Result<Duration, bcrypt::BcryptError> {
    let mut shortest = Duration::MAX;
    for _ in 0..5 {
        let started = Instant::now();
        bcrypt::hash("how long does this take", LOWEST_COST)?;
        shortest = shortest.min(started.elapsed());
    }
    Ok(shortest.saturating_mul(1 << cost.saturating_sub(LOWEST_COST)))
}

/// The cost in a hash such as `$2b$10$…`.
fn cost_of(hash: &str) -> Option<u32> {
    hash.split('$').nth(2)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_wait_as_can_be_checked_in_five_seconds() {
        let places = |threads, millis| places(threads, Duration::from_millis(millis));

        assert_eq!(places(1, 50), 100);
        assert_eq!(places(1, 200), 25);
        assert_eq!(places(3, 200), 75);
        assert_eq!(places(1, 1), 100, "few are worth the wait");
        assert_eq!(places(1, 10_000), 2, "one is checked and one waits");
        assert_eq!(places(80, 50), 160);
    }
}
