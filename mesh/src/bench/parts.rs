//! The parts of a running marketplace, and what each of them costs.

use serde::Serialize;

use super::cpu::{Processes, Usage};
use crate::state::State;

/// The parts of a marketplace.
pub(super) struct Parts {
    /// Each with the processes it starts from.
    parts: Vec<(&'static str, Vec<u32>)>,
    /// Before anything was asked of them.
    idle: Reading,
}

/// What each part used up to one moment, in the order of the parts.
#[derive(Default)]
pub(super) struct Reading(Vec<Option<Usage>>);

/// What a part used in a phase of load.
#[derive(Clone, Serialize)]
pub(super) struct PartCost {
    pub(super) name: &'static str,
    /// Processor time in all.
    pub(super) cpu_seconds: Option<f64>,
    /// Processor time for each thing done, in microseconds.
    pub(super) cpu_micros_each: Option<f64>,
    /// Before anything was asked of it.
    pub(super) idle_mib: Option<f64>,
    /// At the end of the load.
    pub(super) loaded_mib: Option<f64>,
}

impl Parts {
    /// The parts of the mesh that `state` tells of, and the load generator itself.
    pub(super) fn of(state: Option<&State>) -> Self {
        let mut parts = vec![("load generator", vec![std::process::id()])];
        if let Some(state) = state {
            parts.extend(parts_of(state));
        }
        let mut parts = Self {
            parts,
            idle: Reading::default(),
        };
        parts.idle = parts.read();
        parts
    }

    /// What each part used since its start.
    pub(super) fn read(&self) -> Reading {
        let processes = Processes::read();
        let roots = self.parts.iter().map(|(_, roots)| roots);
        Reading(roots.map(|roots| processes.usage(roots)).collect())
    }

    /// What each part used since `before`, when `count` things were done.
    pub(super) fn costs_since(&self, before: &Reading, count: u32) -> Vec<PartCost> {
        let each = |seconds: f64| round(seconds * 1e6 / f64::from(count.max(1)));
        let after = self.read();
        let mut costs = Vec::with_capacity(self.parts.len());
        for (place, (name, _)) in self.parts.iter().enumerate() {
            let [idle, before, after] =
                [&self.idle, before, &after].map(|reading| reading.at(place));
            let used = before
                .zip(after)
                .map(|(before, after)| after.cpu.saturating_sub(before.cpu).as_secs_f64());
            costs.push(PartCost {
                name,
                cpu_seconds: used,
                cpu_micros_each: used.map(each),
                idle_mib: idle.map(|idle| mib(idle.memory_kib)),
                loaded_mib: after.map(|after| mib(after.memory_kib)),
            });
        }
        costs
    }
}

impl Reading {
    fn at(&self, place: usize) -> Option<Usage> {
        self.0.get(place).copied().flatten()
    }
}

fn parts_of(state: &State) -> Vec<(&'static str, Vec<u32>)> {
    let mut parts: Vec<(&str, Vec<u32>)> = Vec::new();
    for (name, program) in [
        ("proxy", "frontend-proxy"),
        ("auth", "auth-service"),
        ("products", "products-service"),
        ("orders", "orders-service"),
    ] {
        let instances = state
            .services
            .iter()
            .filter(|service| service.name == program);
        parts.push((name, instances.filter_map(|service| service.pid).collect()));
    }
    parts.push(("PostgreSQL", state.postgres.pid.into_iter().collect()));
    parts.push(("Redis", state.redis.pid.into_iter().collect()));
    parts
}

fn mib(kib: u32) -> f64 {
    round(f64::from(kib) / 1024.0)
}

/// One decimal: more would only look exact.
fn round(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}
