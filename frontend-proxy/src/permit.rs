//! A request on its way, as the breaker of its service sees it.

use std::time::{Duration, Instant};

use tokio::sync::SemaphorePermit;
use tracing::{info, warn};

use crate::{breaker::Admission, error::Failure, upstream::Upstream};

/// While a service is left alone, nobody waits for it longer than this.
const TRIAL_DEADLINE: Duration = Duration::from_millis(1500);

/// The permission to ask a service once. What came of it must be told; a permit that is dropped
/// says that the client did not wait for the end.
pub(crate) struct Permit<'a> {
    upstream: &'a Upstream,
    admission: Admission,
    is_told: bool,
    /// Its place among those whose bodies are still to come.
    _upload: Option<SemaphorePermit<'a>>,
}

impl<'a> Permit<'a> {
    /// A permit, unless the breaker is open. An `upload` is never the trial: how long it takes says
    /// more about the client.
    pub(crate) fn ask(
        upstream: &'a Upstream,
        upload: Option<SemaphorePermit<'a>>,
        now: Instant,
    ) -> Option<Self> {
        let admission = upstream.breaker.admit(now);
        if admission == Admission::Refuse {
            return None;
        }
        let is_upload = upload.is_some();
        let permit = Self {
            upstream,
            admission,
            is_told: false,
            _upload: upload,
        };
        // Dropped, it leaves the trial to the next one.
        (admission == Admission::Pass || !is_upload).then_some(permit)
    }

    /// How long this request may wait for an answer that others would wait so long for.
    pub(crate) fn deadline(&self, usual: Duration) -> Duration {
        match self.admission {
            Admission::Trial => usual.min(TRIAL_DEADLINE),
            Admission::Pass | Admission::Refuse => usual,
        }
    }

    /// The service answered, whatever it said.
    pub(crate) fn answered(mut self) {
        self.is_told = true;
        self.upstream.breaker.succeed(self.admission);
        if self.admission == Admission::Trial {
            info!(
                "{} answers again: the breaker is closed",
                self.upstream.name
            );
        }
    }

    /// There is no answer. The service is blamed unless the client itself is to blame; returns
    /// what the client hears: whoever was the trial hears what all others do.
    pub(crate) fn failed(mut self, failure: Failure) -> Failure {
        if !failure.is_of_service() {
            return failure;
        }
        self.is_told = true;
        if self.upstream.breaker.fail(self.admission, Instant::now()) {
            warn!(
                "{} does not answer: the breaker is open",
                self.upstream.name
            );
        }
        match (self.admission, failure) {
            (Admission::Trial, Failure::Late) => Failure::Resting(self.upstream.name),
            (_, failure) => failure,
        }
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        if !self.is_told {
            self.upstream
                .breaker
                .abandon(self.admission, Instant::now());
        }
    }
}
