//! What goes wrong and when: a plan that depends on the seed and the length alone.

use std::{fmt, time::Duration};

use rand::{
    RngExt, SeedableRng,
    rngs::StdRng,
    seq::{IndexedRandom, SliceRandom},
};

use crate::{
    postgres, redis,
    services::{PROXY, SERVICES},
};

/// Processes of each service.
pub(super) const INSTANCES: usize = 2;

/// The first fault meets a system at work.
const FIRST: Duration = Duration::from_secs(2);

/// Between two faults, in milliseconds: some meet a system that the last one has not left yet.
const SPACE: std::ops::RangeInclusive<u64> = 3000..=6000;

/// A stop that is longer than the lease of a consumer, 12 s: its entries are taken over.
const LONG_STOP: std::ops::RangeInclusive<u64> = 13_000..=16_000;
const SHORT_STOP: std::ops::RangeInclusive<u64> = 1000..=8000;

/// How long Redis is silent.
const SILENCE: std::ops::RangeInclusive<u64> = 1000..=6000;

/// A process of the mesh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) name: &'static str,
    pub(super) instance: usize,
}

/// A stream of business messages and the one group that reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stream {
    pub(super) name: &'static str,
    /// The service of this name reads it.
    pub(super) group: &'static str,
    /// A kind that it carries, and the field of that kind which is JSON.
    pub(super) kind: &'static str,
    pub(super) json: &'static str,
}

/// The streams that can be poisoned.
pub(super) const STREAMS: [Stream; 2] = [
    Stream {
        name: "orders_stream",
        group: "products-service",
        kind: "order.created.v1",
        json: "products",
    },
    Stream {
        name: "inventory_stream",
        group: "orders-service",
        kind: "verdict.reached.v1",
        json: "shortages",
    },
];

/// How an entry is none that can be applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Venom {
    NotJson,
    MissingFields,
    UnknownKind,
    NotText,
}

const VENOMS: [Venom; 4] = [
    Venom::NotJson,
    Venom::MissingFields,
    Venom::UnknownKind,
    Venom::NotText,
];

/// Something that goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The process is killed and starts again.
    Kill(Part),
    /// The process stands still for a while.
    Stop(Part, Duration),
    /// The process is asked to end and starts again.
    Restart(Part),
    /// Every service is restarted, one process after the other.
    Roll,
    /// Redis forgets everything, while the readers of this stream are behind.
    Flush(Stream),
    /// Every connection to Redis breaks.
    Cut,
    /// Connections to Redis stay open and carry nothing.
    Stall(Duration),
    /// So many entries arrive again.
    Repeat(Stream, usize),
    /// An entry arrives that nobody can apply.
    Poison(Stream, Venom),
}

/// A fault and its moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Planned {
    /// From the start of the load.
    pub(super) at: Duration,
    pub(super) fault: Fault,
}

/// A kind of fault whose details are drawn from the seed.
type Card = fn(&mut StdRng) -> Fault;

/// Every kind, as often as it shall happen in about a minute and a half.
const DECK: [Card; 20] = [
    |rng| Fault::Kill(service(rng)),
    |rng| Fault::Kill(service(rng)),
    |_| Fault::Kill(single(PROXY)),
    |_| Fault::Kill(single(redis::NAME)),
    |_| Fault::Kill(single(postgres::NAME)),
    |rng| Fault::Stop(service(rng), millis(rng, LONG_STOP)),
    |rng| Fault::Stop(service(rng), millis(rng, LONG_STOP)),
    |rng| Fault::Stop(service(rng), millis(rng, SHORT_STOP)),
    |rng| Fault::Stop(single(redis::NAME), millis(rng, SILENCE)),
    |rng| Fault::Restart(service(rng)),
    |_| Fault::Restart(single(postgres::NAME)),
    |_| Fault::Roll,
    |rng| Fault::Flush(stream(rng)),
    |_| Fault::Cut,
    |_| Fault::Cut,
    |rng| Fault::Stall(millis(rng, SILENCE)),
    |rng| Fault::Repeat(stream(rng), rng.random_range(1..=20)),
    |rng| Fault::Repeat(stream(rng), rng.random_range(1..=20)),
    |rng| Fault::Poison(stream(rng), venom(rng)),
    |rng| Fault::Poison(stream(rng), venom(rng)),
];

/// The faults of a load of this length, in the order of their moments.
pub(super) fn draw(seed: u64, length: Duration) -> Vec<Planned> {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut plan = Vec::new();
    let mut deck = Vec::new();
    let mut at = FIRST;
    while at < length {
        // A deck that is dealt to its end has every kind in it, however short the run.
        if deck.is_empty() {
            deck.extend(DECK);
            deck.shuffle(&mut rng);
        }
        let Some(card) = deck.pop() else {
            break;
        };
        let fault = card(&mut rng);
        plan.push(Planned { at, fault });
        at += millis(&mut rng, SPACE);
    }
    plan
}

impl Fault {
    /// What kind of fault it is, to count by.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Kill(_) => "kill",
            Self::Stop(part, _) if part.name == redis::NAME => "pause redis",
            Self::Stop(..) => "stop",
            Self::Restart(part) if part.name == postgres::NAME => "restart postgres",
            Self::Restart(_) => "restart",
            Self::Roll => "roll",
            Self::Flush(_) => "flush",
            Self::Cut => "cut",
            Self::Stall(_) => "stall",
            Self::Repeat(..) => "repeat",
            Self::Poison(..) => "poison",
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if SERVICES.contains(&self.name) {
            return write!(f, "{} {}", self.name, self.instance);
        }
        f.write_str(self.name)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kill(part) => write!(f, "kill {part}"),
            Self::Stop(part, time) => write!(f, "stop {part} for {:.1} s", time.as_secs_f32()),
            Self::Restart(part) => write!(f, "restart {part}"),
            Self::Roll => f.write_str("roll every service"),
            Self::Flush(stream) => write!(f, "flush redis while {} is behind", stream.group),
            Self::Cut => f.write_str("cut every connection to redis"),
            Self::Stall(time) => write!(
                f,
                "stall every connection to redis for {:.1} s",
                time.as_secs_f32()
            ),
            Self::Repeat(stream, count) => write!(f, "repeat {count} entries of {}", stream.name),
            Self::Poison(stream, venom) => write!(f, "poison {} ({venom:?})", stream.name),
        }
    }
}

fn single(name: &'static str) -> Part {
    Part { name, instance: 0 }
}

fn service(rng: &mut StdRng) -> Part {
    Part {
        name: SERVICES.choose(rng).copied().unwrap_or(SERVICES[0]),
        instance: rng.random_range(0..INSTANCES),
    }
}

fn stream(rng: &mut StdRng) -> Stream {
    STREAMS.choose(rng).copied().unwrap_or(STREAMS[0])
}

fn venom(rng: &mut StdRng) -> Venom {
    VENOMS.choose(rng).copied().unwrap_or(Venom::NotJson)
}

fn millis(rng: &mut StdRng, range: std::ops::RangeInclusive<u64>) -> Duration {
    Duration::from_millis(rng.random_range(range))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const LENGTH: Duration = Duration::from_mins(3);

    #[test]
    fn the_same_seed_draws_the_same_plan_and_another_one_another() {
        let plan = draw(7, LENGTH);

        assert_eq!(plan, draw(7, LENGTH));
        assert_ne!(plan, draw(8, LENGTH));
        let shorter = draw(7, LENGTH / 2);
        assert_eq!(plan[..shorter.len()], shorter, "a longer run begins alike");
    }

    #[test]
    fn a_plan_has_every_kind_and_leaves_no_long_quiet() {
        for seed in 0..50 {
            let plan = draw(seed, LENGTH);

            let kinds: BTreeSet<_> = plan.iter().map(|planned| planned.fault.kind()).collect();
            assert_eq!(kinds.len(), 11, "{kinds:?}");
            for pair in plan.windows(2) {
                let space = pair[1].at.saturating_sub(pair[0].at);
                assert!((3..=6).contains(&space.as_secs()), "{space:?}");
            }
            assert!(plan.last().unwrap().at < LENGTH);
        }
    }
}
