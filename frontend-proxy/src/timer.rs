//! Deadlines that mostly do not come. Each request has two, for its head and for its answer, and to
//! enter a timer with the runtime and to take it out again costs as much as to read a short head.
//! So a timer that has served stays entered, and is told a later moment when it serves again.

use std::{
    cell::RefCell,
    future::poll_fn,
    pin::{Pin, pin},
    task::{Context, Poll, ready},
    time::{Duration, Instant},
};

use hyper::rt;
use tokio::time::{Sleep, sleep_until};

/// Most timers of one length that a worker keeps; each wakes it once more, for nobody, unless it
/// serves again before.
const MAX_SPARE: usize = 256;

thread_local! {
    /// Those that this worker keeps, by their length: only a later moment is cheap. There are as
    /// many lengths as deadlines in the configuration.
    static SPARE: RefCell<Vec<Spare>> = RefCell::default();
}

struct Spare {
    length: Duration,
    timers: Vec<Pin<Box<Sleep>>>,
}

/// A moment to wait for.
struct Timer {
    length: Duration,
    /// Until it is dropped.
    sleep: Option<Pin<Box<Sleep>>>,
}

/// The timer of hyper's only deadline in HTTP/1, which is this long.
pub(crate) struct HeadTimer(pub(crate) Duration);

/// Waits for something, but not for longer than `length`; none when it was too long.
pub(crate) async fn within<F: Future>(length: Duration, awaited: F) -> Option<F::Output> {
    let mut awaited = pin!(awaited);
    let mut timer = Timer::until(Instant::now() + length, length);
    poll_fn(|context| {
        if let Poll::Ready(output) = awaited.as_mut().poll(context) {
            return Poll::Ready(Some(output));
        }
        ready!(Pin::new(&mut timer).poll(context));
        Poll::Ready(None)
    })
    .await
}

impl Timer {
    /// A timer for this moment, which is about `length` away.
    fn until(moment: Instant, length: Duration) -> Self {
        let moment = moment.into();
        let spare = SPARE.with_borrow_mut(|all| {
            let spare = all.iter_mut().find(|it| it.length == length)?;
            spare.timers.pop()
        });
        let sleep = match spare {
            Some(mut sleep) => {
                sleep.as_mut().reset(moment);
                sleep
            }
            None => Box::pin(sleep_until(moment)),
        };
        Self {
            length,
            sleep: Some(sleep),
        }
    }
}

impl Future for Timer {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        match &mut self.sleep {
            Some(sleep) => sleep.as_mut().poll(context),
            None => Poll::Ready(()),
        }
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        let Some(sleep) = self.sleep.take() else {
            return;
        };
        // Without a place for it, as at the end of the thread, it is not kept. One too many ends out
        // here: whatever its end brings about finds the others free.
        _ = SPARE.try_with(|all| keep(&mut all.borrow_mut(), self.length, sleep));
    }
}

/// Keeps a timer; answers with it if there are enough.
fn keep(all: &mut Vec<Spare>, length: Duration, sleep: Pin<Box<Sleep>>) -> Option<Pin<Box<Sleep>>> {
    match all.iter_mut().find(|it| it.length == length) {
        Some(spare) if spare.timers.len() < MAX_SPARE => spare.timers.push(sleep),
        Some(_) => return Some(sleep),
        None => all.push(Spare {
            length,
            timers: vec![sleep],
        }),
    }
    None
}

impl rt::Timer for HeadTimer {
    fn sleep(&self, length: Duration) -> Pin<Box<dyn rt::Sleep>> {
        self.sleep_until(Instant::now() + length)
    }

    fn sleep_until(&self, moment: Instant) -> Pin<Box<dyn rt::Sleep>> {
        Box::pin(Timer::until(moment, self.0))
    }
}

impl rt::Sleep for Timer {}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;

    const SHORT: Duration = Duration::from_millis(20);

    #[tokio::test]
    async fn what_comes_in_time_is_had_and_what_does_not_is_given_up() {
        // The second one waits with the timer of the first.
        assert_eq!(within(SHORT, async { 7 }).await, Some(7));
        let begun = Instant::now();
        assert_eq!(within(SHORT, pending::<()>()).await, None);
        assert!(begun.elapsed() >= SHORT);
        // One that has ended serves again.
        let begun = Instant::now();
        assert_eq!(within(SHORT, pending::<()>()).await, None);
        assert!(begun.elapsed() >= SHORT);
    }
}
