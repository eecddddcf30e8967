//! The lines of a report, in columns.

use std::{
    collections::BTreeMap,
    fmt::{Formatter, Result},
};

use super::{answers::Percentiles, parts::PartCost};

/// How many, and how many a second.
pub(super) fn write_rate(f: &mut Formatter<'_>, name: &str, count: u32, rate: f64) -> Result {
    writeln!(f, "{name:<32}{count:>9}{rate:>10.1} /s")
}

/// What was not a good answer.
pub(super) fn write_refused(
    f: &mut Formatter<'_>,
    refused: &BTreeMap<u16, u32>,
    broken: u32,
) -> Result {
    for (status, count) in refused {
        write!(f, "status {status}: {count}, ")?;
    }
    if refused.is_empty() {
        write!(f, "no other answers, ")?;
    }
    writeln!(f, "broken connections {broken}")
}

/// Times in milliseconds.
pub(super) fn write_times(f: &mut Formatter<'_>, times: &[(&str, Percentiles)]) -> Result {
    write!(f, "\n{:<32}{:>9}{:>9}", "ms", "p50", "p95")?;
    writeln!(f, "{:>9}{:>9}{:>9}", "p99", "max", "count")?;
    for (name, times) in times {
        write!(f, "{name:<32}{:>9.2}{:>9.2}", times.p50, times.p95)?;
        writeln!(f, "{:>9.2}{:>9.2}{:>9}", times.p99, times.max, times.count)?;
    }
    Ok(())
}

/// The parts and their sum; the processor time is also for one `thing`.
pub(super) fn write_parts(f: &mut Formatter<'_>, parts: &[PartCost], thing: &str) -> Result {
    let each = format!("µs/{thing}");
    write!(f, "\n{:<32}{:>9}{each:>12}", "", "CPU s")?;
    writeln!(f, "{:>10}{:>12}", "idle MiB", "loaded MiB")?;
    for part in parts.iter().chain([&sum(parts)]) {
        let (cpu, each) = (shown(part.cpu_seconds, 2), shown(part.cpu_micros_each, 1));
        let (idle, loaded) = (shown(part.idle_mib, 1), shown(part.loaded_mib, 1));
        write!(f, "{:<32}{cpu:>9}{each:>12}", part.name)?;
        writeln!(f, "{idle:>10}{loaded:>12}")?;
    }
    Ok(())
}

/// The sum of what is known.
fn sum(parts: &[PartCost]) -> PartCost {
    let sum = |of: fn(&PartCost) -> Option<f64>| Some(parts.iter().filter_map(of).sum());
    PartCost {
        name: "sum",
        cpu_seconds: sum(|part| part.cpu_seconds),
        cpu_micros_each: sum(|part| part.cpu_micros_each),
        idle_mib: sum(|part| part.idle_mib),
        loaded_mib: sum(|part| part.loaded_mib),
    }
}

/// A number with so many decimals, or a dash when it is not known.
fn shown(number: Option<f64>, decimals: usize) -> String {
    number.map_or_else(|| "–".to_owned(), |number| format!("{number:.decimals$}"))
}
