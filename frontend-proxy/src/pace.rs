//! Whether a client sends its body fast enough.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use tokio::time::{Instant, Sleep, sleep_until};

use crate::config::LimitSettings;

/// How fast a body must come.
#[derive(Clone, Copy)]
pub(crate) struct MinRate {
    bytes: usize,
    within: Duration,
}

/// The pace of one body. Only the time that we wait for the client counts: a service that does
/// not read is not the client's fault.
pub(crate) struct Pace {
    rate: MinRate,
    received: usize,
    waited: Duration,
    waiting_since: Option<Instant>,
    timer: Option<Pin<Box<Sleep>>>,
}

impl MinRate {
    /// As configured.
    pub(crate) fn new(limits: &LimitSettings) -> Self {
        Self {
            bytes: limits.min_body_bytes,
            within: limits.body_deadline,
        }
    }
}

impl Pace {
    /// A body that begins now.
    pub(crate) fn new(rate: MinRate) -> Self {
        Self {
            rate,
            received: 0,
            waited: Duration::ZERO,
            waiting_since: None,
            timer: None,
        }
    }

    /// So many bytes came.
    pub(crate) fn received(&mut self, bytes: usize, now: Instant) {
        if let Some(since) = self.waiting_since.take() {
            self.waited += now - since;
        }
        self.received = self.received.saturating_add(bytes);
        if self.received >= self.rate.bytes {
            self.received = 0;
            self.waited = Duration::ZERO;
        }
    }

    /// Whether nothing came since somebody asked.
    pub(crate) fn is_waiting(&self) -> bool {
        self.waiting_since.is_some()
    }

    /// Nothing came; ready when that is so for too long.
    pub(crate) fn poll_late(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if self.waiting_since.is_none() {
            let end = self.wait(Instant::now());
            match &mut self.timer {
                Some(timer) => timer.as_mut().reset(end),
                None => self.timer = Some(Box::pin(sleep_until(end))),
            }
        }
        match &mut self.timer {
            Some(timer) => timer.as_mut().poll(context),
            None => Poll::Pending,
        }
    }

    /// Begins to wait; says when it was too long, if nothing comes.
    fn wait(&mut self, now: Instant) -> Instant {
        self.waiting_since = Some(now);
        now + self.rate.within.saturating_sub(self.waited)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn pace() -> (Pace, Instant) {
        let pace = Pace::new(MinRate {
            bytes: 10,
            within: 10 * SECOND,
        });
        (pace, Instant::now())
    }

    #[test]
    fn a_byte_a_second_is_too_slow_after_ten() {
        let (mut pace, mut now) = pace();
        let begun = now;

        for _ in 0..9 {
            assert_eq!(pace.wait(now), begun + 10 * SECOND);
            now += SECOND;
            pace.received(1, now);
        }
    }

    #[test]
    fn what_comes_fast_enough_may_take_any_time() {
        let (mut pace, mut now) = pace();

        for _ in 0..100 {
            assert_eq!(pace.wait(now), now + 10 * SECOND);
            now += 9 * SECOND;
            pace.received(10, now);
        }
    }

    #[test]
    fn the_time_that_we_do_not_ask_does_not_count() {
        let (mut pace, now) = pace();
        pace.wait(now);
        pace.received(1, now + 9 * SECOND);

        let end = pace.wait(now + 60 * SECOND);

        assert_eq!(end, now + 61 * SECOND);
    }
}
