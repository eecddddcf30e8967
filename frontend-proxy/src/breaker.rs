//! A circuit breaker: a service that does not answer is left alone for a while, so that who asks
//! for it hears at once that it is away, and what it still has to do does not grow.

use std::{
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use crate::config::BreakerSettings;

/// The longest time between two tries.
const MAX_OPEN: Duration = Duration::from_secs(30);

/// The breaker of one service.
pub(crate) struct Breaker {
    failures: u32,
    open: Duration,
    /// Whether the state is any other than "closed, no failure": what most requests need to know,
    /// without a lock.
    is_troubled: AtomicBool,
    state: Mutex<State>,
}

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Admission {
    /// It may pass.
    Pass,
    /// It may pass, alone: it shows whether the service is back.
    Trial,
    /// It may not pass.
    Refuse,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// Everything passes; so many failures in a row.
    Closed(u32),
    /// Nothing passes until then; it has been opened so many times in a row before.
    Open(Instant, u32),
    /// One request is under way; its end decides.
    HalfOpen(u32),
}

impl Breaker {
    /// A closed breaker.
    pub(crate) fn new(settings: &BreakerSettings) -> Self {
        Self {
            failures: settings.failures.max(1),
            open: settings.open,
            is_troubled: AtomicBool::new(false),
            state: Mutex::new(State::Closed(0)),
        }
    }

    /// A breaker with other settings that goes on where this one is; a trial that is under way here
    /// is not waited for there.
    pub(crate) fn renewed(&self, settings: &BreakerSettings, now: Instant) -> Self {
        let state = match *self.lock() {
            State::HalfOpen(times) => State::Open(now, times),
            state => state,
        };
        Self {
            is_troubled: AtomicBool::new(self.is_troubled.load(Ordering::Acquire)),
            state: Mutex::new(state),
            ..Self::new(settings)
        }
    }

    /// Asks for one request.
    pub(crate) fn admit(&self, now: Instant) -> Admission {
        if !self.is_troubled.load(Ordering::Acquire) {
            return Admission::Pass;
        }
        let mut state = self.lock();
        match *state {
            State::Closed(_) => Admission::Pass,
            State::Open(until, times) if until <= now => {
                *state = State::HalfOpen(times);
                Admission::Trial
            }
            State::Open(..) | State::HalfOpen(_) => Admission::Refuse,
        }
    }

    /// A request was answered, whatever the answer was. What began before the breaker opened says
    /// nothing about now; only a trial closes it.
    pub(crate) fn succeed(&self, admission: Admission) {
        if !self.is_troubled.load(Ordering::Acquire) {
            return;
        }
        let mut state = self.lock();
        if admission == Admission::Trial || matches!(*state, State::Closed(_)) {
            *state = State::Closed(0);
            self.is_troubled.store(false, Ordering::Release);
        }
    }

    /// A request got no answer; true when this opened the breaker.
    pub(crate) fn fail(&self, admission: Admission, now: Instant) -> bool {
        let mut state = self.lock();
        self.is_troubled.store(true, Ordering::Release);
        match *state {
            State::Closed(failures) if failures + 1 < self.failures => {
                *state = State::Closed(failures + 1);
                false
            }
            State::Closed(_) => {
                *state = self.open_again(now, 0);
                true
            }
            State::HalfOpen(times) if admission == Admission::Trial => {
                *state = self.open_again(now, times.saturating_add(1));
                true
            }
            State::Open(..) | State::HalfOpen(_) => false,
        }
    }

    /// The client of a request went away before its end was known: the next one is the trial.
    pub(crate) fn abandon(&self, admission: Admission, now: Instant) {
        let mut state = self.lock();
        if admission == Admission::Trial
            && let State::HalfOpen(times) = *state
        {
            *state = State::Open(now, times);
        }
    }

    /// No instance of the service shows any sign of life; true when this opened the breaker.
    pub(crate) fn trip(&self, now: Instant) -> bool {
        let mut state = self.lock();
        self.is_troubled.store(true, Ordering::Release);
        if let State::Closed(_) = *state {
            *state = self.open_again(now, 0);
            return true;
        }
        false
    }

    /// An instance that showed no sign of life shows one: there is no need for a trial.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        *state = State::Closed(0);
        self.is_troubled.store(false, Ordering::Release);
    }

    fn open_again(&self, now: Instant, times: u32) -> State {
        let wait = self.open.saturating_mul(1 << times.min(16));
        State::Open(now + wait.min(MAX_OPEN), times)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::{Admission::*, *};

    const SECOND: Duration = Duration::from_secs(1);

    fn breaker() -> (Breaker, Instant) {
        let settings = BreakerSettings {
            failures: 2,
            open: SECOND,
        };
        (Breaker::new(&settings), Instant::now())
    }

    #[test]
    fn only_failures_in_a_row_open_it() {
        let (breaker, now) = breaker();

        assert!(!breaker.fail(Pass, now));
        breaker.succeed(Pass);
        assert!(!breaker.fail(Pass, now));
        assert_eq!(breaker.admit(now), Pass);
        assert!(breaker.fail(Pass, now));

        assert_eq!(breaker.admit(now), Refuse);
    }

    #[test]
    fn after_a_while_one_request_decides() {
        let (breaker, now) = breaker();
        breaker.trip(now);

        assert_eq!(breaker.admit(now + SECOND), Trial);
        assert_eq!(breaker.admit(now + SECOND), Refuse);
        breaker.succeed(Trial);

        assert_eq!(breaker.admit(now + SECOND), Pass);
        assert!(!breaker.fail(Pass, now), "failures are counted from zero");
    }

    #[test]
    fn it_waits_longer_after_each_trial_that_fails() {
        let (breaker, now) = breaker();
        breaker.trip(now);

        assert_eq!(breaker.admit(now + SECOND), Trial);
        assert!(breaker.fail(Trial, now + SECOND));

        assert_eq!(breaker.admit(now + 2 * SECOND), Refuse);
        assert_eq!(breaker.admit(now + 3 * SECOND), Trial);
        for _ in 0..40 {
            breaker.fail(Trial, now);
            breaker.admit(now + MAX_OPEN);
        }
        assert_eq!(breaker.admit(now), Refuse);
        breaker.fail(Trial, now);
        assert_eq!(breaker.admit(now + MAX_OPEN), Trial);
    }

    #[test]
    fn a_trial_whose_client_leaves_is_followed_by_another() {
        let (breaker, now) = breaker();
        breaker.trip(now);
        assert_eq!(breaker.admit(now + SECOND), Trial);

        breaker.abandon(Pass, now + SECOND);
        assert_eq!(breaker.admit(now + SECOND), Refuse);
        breaker.abandon(Trial, now + SECOND);

        assert_eq!(breaker.admit(now + SECOND), Trial);
    }

    #[test]
    fn an_answer_to_an_old_request_does_not_close_it() {
        let (breaker, now) = breaker();
        breaker.trip(now);

        breaker.succeed(Pass);

        assert_eq!(breaker.admit(now), Refuse);
    }

    #[test]
    fn signs_of_life_close_it() {
        let (breaker, now) = breaker();
        breaker.trip(now);

        breaker.close();

        assert_eq!(breaker.admit(now), Pass);
    }
}
