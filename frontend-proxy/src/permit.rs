//! A request on its way, as the breaker of its service sees it.

use std::time::Instant;

use tracing::{info, warn};

use crate::{breaker::Admission, error::Failure, upstream::Upstream};

/// The permission to ask a service once. What came of it must be told; a permit that is dropped
/// says that the client did not wait for the end.
pub(crate) struct Permit<'a> {
    upstream: &'a Upstream,
    admission: Admission,
    is_told: bool,
}

impl<'a> Permit<'a> {
    /// A permit, unless the breaker is open.
    pub(crate) fn ask(upstream: &'a Upstream, now: Instant) -> Option<Self> {
        let admission = upstream.breaker.admit(now);
        (admission != Admission::Refuse).then_some(Self {
            upstream,
            admission,
            is_told: false,
        })
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

    /// There is no answer. The service is blamed unless the client itself is to blame.
    pub(crate) fn failed(mut self, failure: &Failure) {
        if !failure.is_of_service() {
            return;
        }
        self.is_told = true;
        if self.upstream.breaker.fail(self.admission, Instant::now()) {
            warn!(
                "{} does not answer: the breaker is open",
                self.upstream.name
            );
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
