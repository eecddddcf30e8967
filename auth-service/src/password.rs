//! Passwords: bcrypt on a pool of its own, so that a storm of logins slows nothing else.

use std::{num::NonZero, sync::Arc, thread::available_parallelism};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    task::spawn_blocking,
};
use tracing::error;

use crate::{credentials::Password, error::Error};

/// Checks that may wait for a free thread. A check takes about 50 ms, so the last of them waits
/// a few seconds; more would only be answered after their callers have given up.
const MAX_WAITING: usize = 100;

/// The password pool: at most one check per core but one, so that HTTP always has a core.
#[derive(Clone)]
pub struct Passwords {
    cost: u32,
    running: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    /// Hash of a password nobody has: unknown accounts are checked against it, so that the time
    /// of an answer does not tell whether an account exists.
    nobody: Arc<str>,
}

/// The right to wait for a free thread.
pub(crate) struct Place(OwnedSemaphorePermit);

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
        let cores = available_parallelism().map_or(1, NonZero::get);
        Ok(Self {
            cost,
            running: Arc::new(Semaphore::new(cores.saturating_sub(1).max(1))),
            waiting: Arc::new(Semaphore::new(MAX_WAITING)),
            nobody: bcrypt::hash("nobody has this password", cost)?.into(),
        })
    }

    /// A place, unless too many already wait.
    pub(crate) fn place(&self) -> Result<Place, Error> {
        let place = Arc::clone(&self.waiting).try_acquire_owned();
        place.map(Place).map_err(|_| Error::Busy)
    }

    /// Hashes a password.
    pub(crate) async fn hash(&self, password: Password) -> Result<String, Error> {
        let (place, cost) = (self.place()?, self.cost);
        self.run(place, move || bcrypt::hash(password.into_inner(), cost))
            .await
    }

    /// Compares a password with the hash of an account, or takes as long when there is none.
    pub(crate) async fn verify(
        &self,
        place: Place,
        password: Password,
        hash: Option<String>,
    ) -> Result<Match, Error> {
        let exists = hash.is_some();
        let hash = hash.unwrap_or_else(|| self.nobody.to_string());
        let wanted = self.cost;
        self.run(place, move || {
            let is_right = bcrypt::verify(password.into_inner(), &hash)?;
            Ok(match (exists && is_right, cost_of(&hash)) {
                (false, _) => Match::No,
                (true, Some(cost)) if cost < wanted => Match::Outdated,
                (true, _) => Match::Yes,
            })
        })
        .await
    }

    /// Runs on a blocking thread once one of the pool is free.
    async fn run<T: Send + 'static>(
        &self,
        Place(_waiting): Place,
        work: impl FnOnce() -> Result<T, bcrypt::BcryptError> + Send + 'static,
    ) -> Result<T, Error> {
        // Owned by the work itself: a caller who goes away does not free the thread.
        let running = Arc::clone(&self.running).acquire_owned().await;
        let permit = running.map_err(|_| Error::Busy)?;
        let done = spawn_blocking(move || {
            let _permit = permit;
            work()
        });
        done.await
            .map_err(|panic| {
                error!(error = %panic, "a password check did not finish");
                Error::Busy
            })?
            .map_err(Error::from)
    }
}

/// The cost in a hash such as `$2b$10$…`.
fn cost_of(hash: &str) -> Option<u32> {
    hash.split('$').nth(2)?.parse().ok()
}
