//! One instance of a service: whether it lives, how much it has to do, and who is next.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

/// How long an instance that refuses gets no request, for the first time while others do.
const OUT_FOR: Duration = Duration::from_secs(1);

/// The longest such time.
const MAX_OUT_FOR: Duration = Duration::from_secs(30);

/// One instance.
pub(crate) struct Instance {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    configured: String,
    /// Its configured address, and its own if that is another.
    pub(crate) name: String,
    /// Requests that wait for the first byte of an answer.
    waiting: AtomicUsize,
    health: AtomicU8,
    /// Connections in a row that it refused or broke.
    fails: AtomicU32,
    /// Until when it is out, in milliseconds after `started`.
    out_until: AtomicU64,
    started: Instant,
}

/// What the last check of an instance showed; the first is the best.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Health {
    /// It is ready.
    Ready = 0,
    /// It answers that it is not ready, or was not asked yet.
    Unready = 1,
    /// It does not answer.
    Silent = 2,
}

/// A request that waits for this instance; dropped, it no longer does.
pub(crate) struct Waiting<'a>(&'a Instance);

impl Instance {
    /// An instance of which nothing is known but its health.
    pub(crate) fn new(address: SocketAddr, configured: &str, health: Health) -> Self {
        let is_name = configured.parse::<SocketAddr>().is_err();
        let name = if is_name {
            format!("{configured} ({address})")
        } else {
            configured.to_owned()
        };
        Self {
            address,
            configured: configured.to_owned(),
            name,
            waiting: AtomicUsize::new(0),
            health: AtomicU8::new(health as u8),
            fails: AtomicU32::new(0),
            out_until: AtomicU64::new(0),
            started: Instant::now(),
        }
    }

    /// Whether this configured address led to it.
    pub(crate) fn is_of(&self, configured: &str) -> bool {
        self.configured == configured
    }

    /// Begins to wait for an answer.
    pub(crate) fn wait(&self) -> Waiting<'_> {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        Waiting(self)
    }

    /// How many requests wait.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// What the last check showed.
    pub(crate) fn health(&self) -> Health {
        match self.health.load(Ordering::Relaxed) {
            0 => Health::Ready,
            1 => Health::Unready,
            _ => Health::Silent,
        }
    }

    /// A check showed this; one that answers is not out any more.
    pub(crate) fn examined(&self, health: Health) {
        self.health.store(health as u8, Ordering::Relaxed);
        if health == Health::Ready {
            self.answered();
        }
    }

    /// It answered a request.
    pub(crate) fn answered(&self) {
        // Read before written: the line of memory stays with all cores while all is well.
        if self.fails.load(Ordering::Relaxed) > 0 {
            self.fails.store(0, Ordering::Relaxed);
            self.out_until.store(0, Ordering::Relaxed);
        }
    }

    /// It refused or broke a connection: the `most`th time in a row it is out for a while, and
    /// for longer each time after.
    pub(crate) fn failed(&self, most: u32) {
        let fails = self.fails.fetch_add(1, Ordering::Relaxed).saturating_add(1);
        if let Some(more) = fails.checked_sub(most.max(1)) {
            let time = OUT_FOR.saturating_mul(1 << more.min(16)).min(MAX_OUT_FOR);
            let until = millis(self.started.elapsed() + time);
            self.out_until.store(until, Ordering::Relaxed);
        }
    }

    /// Whether it is out.
    fn is_out(&self) -> bool {
        let until = self.out_until.load(Ordering::Relaxed);
        until > 0 && millis(self.started.elapsed()) < until
    }

    /// How good a choice it is; less is better.
    fn rank(&self) -> Health {
        if self.is_out() {
            return Health::Silent;
        }
        self.health()
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The best of those not `tried`: the healthiest, of these the one that keeps the fewest waiting,
/// of these the one whose turn it is. The worst is better than none: checks may be wrong.
pub(crate) fn pick<'a>(
    instances: &'a [Arc<Instance>],
    turn: usize,
    tried: &[SocketAddr],
) -> Option<&'a Arc<Instance>> {
    let first = turn % instances.len().max(1);
    let (later, sooner) = instances.split_at_checked(first)?;
    sooner
        .iter()
        .chain(later)
        .filter(|instance| !tried.contains(&instance.address))
        .min_by_key(|instance| (instance.rank(), instance.waiting()))
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instances() -> [Arc<Instance>; 3] {
        ["10.0.0.1:1", "10.0.0.2:1", "10.0.0.3:1"].map(|name| {
            let address = name.parse().unwrap();
            Arc::new(Instance::new(address, name, Health::Ready))
        })
    }

    fn turns(instances: &[Arc<Instance>]) -> Vec<usize> {
        let picked = (0..4).map(|turn| pick(instances, turn, &[]).unwrap());
        picked
            .map(|it| instances.iter().position(|other| Arc::ptr_eq(it, other)))
            .map(Option::unwrap)
            .collect()
    }

    #[test]
    fn instances_take_turns() {
        assert_eq!(turns(&instances()), [0, 1, 2, 0]);
    }

    #[test]
    fn the_one_that_keeps_fewer_waiting_is_next() {
        let all = instances();
        let _waiting = [all[0].wait(), all[2].wait()];

        assert_eq!(turns(&all), [1, 1, 1, 1]);
    }

    #[test]
    fn the_unready_are_asked_when_none_is_ready_and_the_silent_when_none_answers() {
        let all = instances();

        all[0].examined(Health::Silent);
        assert_eq!(turns(&all), [1, 1, 2, 1]);
        all[1].examined(Health::Unready);
        assert_eq!(turns(&all), [2, 2, 2, 2]);
        all[2].examined(Health::Silent);
        assert_eq!(turns(&all), [1, 1, 1, 1]);
        all[1].examined(Health::Silent);
        assert_eq!(turns(&all), [0, 1, 2, 0]);
    }

    #[test]
    fn one_that_refuses_is_out_until_it_answers_a_check() {
        let all = instances();

        all[0].failed(2);
        assert_eq!(turns(&all), [0, 1, 2, 0]);
        all[0].failed(2);
        assert_eq!(turns(&all), [1, 1, 2, 1]);
        all[0].examined(Health::Ready);
        assert_eq!(turns(&all), [0, 1, 2, 0]);
    }

    #[test]
    fn no_instance_is_tried_twice() {
        let all = instances();
        let tried: Vec<_> = all.iter().map(|it| it.address).collect();

        assert!(Arc::ptr_eq(pick(&all, 0, &tried[..2]).unwrap(), &all[2]));
        assert!(pick(&all, 0, &tried).is_none());
        assert!(pick(&[], 0, &[]).is_none());
    }
}
