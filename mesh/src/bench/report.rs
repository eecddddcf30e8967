//! What a benchmark found, for people; as JSON, for programs.

use std::{
    collections::BTreeMap,
    fmt::{self, Display, Formatter},
    time::Duration,
};

use anyhow::Result;
use serde::Serialize;

use super::{
    answers::{Answers, Percentiles},
    parts::PartCost,
    table,
};

/// What a checkout benchmark found.
#[derive(Serialize)]
pub(super) struct CheckoutReport {
    pub(super) url: String,
    pub(super) buyers: usize,
    pub(super) products: usize,
    pub(super) lines: usize,
    /// The good answers are those with 201: orders that were accepted.
    pub(super) load: LoadReport,
    pub(super) orders: OrdersReport,
    /// From an order's POST until its buyer saw it final, of the watched orders.
    pub(super) final_seen_ms: Percentiles,
    /// Watched orders that were never seen final.
    pub(super) lost_from_sight: u32,
    pub(super) balanced: bool,
    /// A sentence for everything that does not add up.
    pub(super) differences: Vec<String>,
}

/// What a catalogue benchmark found.
#[derive(Serialize)]
pub(super) struct CatalogReport {
    pub(super) url: String,
    pub(super) connections: usize,
    /// Products in each answer.
    pub(super) products: usize,
    pub(super) bytes_per_answer: u64,
    /// The good answers are those with 200.
    pub(super) load: LoadReport,
}

/// What a storm of logins did.
#[derive(Serialize)]
pub(super) struct LoginsReport {
    pub(super) url: String,
    pub(super) clients: usize,
    /// The good answers are those that are a session.
    pub(super) load: LoadReport,
    /// Logins that were answered 503 with a time to try again.
    pub(super) put_off: u32,
    pub(super) others: Vec<Others>,
}

/// What somebody else asked for all the time.
#[derive(Serialize)]
pub(super) struct Others {
    name: &'static str,
    /// Without the storm, from when the request was due to its good answer.
    calm_ms: Percentiles,
    storm_ms: Percentiles,
    /// Other answers during the storm, by status.
    refused: BTreeMap<u16, u32>,
    broken: u32,
}

/// What clients saw in the time of load, and what it cost.
#[derive(Serialize)]
pub(super) struct LoadReport {
    pub(super) seconds: f64,
    pub(super) good: u32,
    pub(super) good_per_second: f64,
    /// Other answers, by status.
    pub(super) refused: BTreeMap<u16, u32>,
    /// Exchanges that ended without an answer.
    pub(super) broken: u32,
    /// From a request to its good answer.
    pub(super) ms: Percentiles,
    /// Cost of each part, also for each good answer.
    pub(super) parts: Vec<PartCost>,
}

/// What became of the orders, by the times that the orders themselves have.
#[derive(Serialize)]
pub(super) struct OrdersReport {
    /// Orders that ended as completed or failed.
    pub(super) settled: u32,
    /// From the first order's creation to the last one's settlement.
    pub(super) settled_per_second: f64,
    pub(super) failed: u32,
    /// Still not final when the wait for them ended.
    pub(super) pending: u32,
    /// Not yet settled when the last order was created.
    pub(super) behind: u32,
    /// From creation to settlement.
    pub(super) final_ms: Percentiles,
}

impl LoadReport {
    pub(super) fn new(answers: Answers, time: Duration, parts: Vec<PartCost>) -> Result<Self> {
        let good = answers.good()?;
        Ok(Self {
            seconds: time.as_secs_f64(),
            good,
            good_per_second: rate(good, time),
            ms: answers.times.percentiles(),
            refused: answers.refused,
            broken: answers.broken,
            parts,
        })
    }
}

impl Others {
    pub(super) fn new(name: &'static str, calm: &Answers, storm: Answers) -> Self {
        Self {
            name,
            calm_ms: calm.times.percentiles(),
            storm_ms: storm.times.percentiles(),
            refused: storm.refused,
            broken: storm.broken,
        }
    }
}

/// `count` in a second, with one decimal.
pub(super) fn rate(count: u32, time: Duration) -> f64 {
    if time.is_zero() {
        return 0.0;
    }
    (f64::from(count) / time.as_secs_f64() * 10.0).round() / 10.0
}

impl Display for CheckoutReport {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (load, orders) = (&self.load, &self.orders);
        let (lines, products) = (self.lines, self.products);
        write!(f, "{} buyers, {lines} of {products} products", self.buyers)?;
        writeln!(f, " an order, {:.1} s, {}\n", load.seconds, self.url)?;
        table::write_rate(f, "accepted", load.good, load.good_per_second)?;
        table::write_rate(f, "settled", orders.settled, orders.settled_per_second)?;
        write!(f, "failed {}, pending {}", orders.failed, orders.pending)?;
        writeln!(f, ", behind at the last order {}", orders.behind)?;
        table::write_refused(f, &load.refused, load.broken)?;
        let times = [
            ("POST to answer", load.ms),
            ("to final, as sampled by buyers", self.final_seen_ms),
            ("to final, by the orders' times", orders.final_ms),
        ];
        table::write_times(f, &times)?;
        if self.lost_from_sight > 0 {
            writeln!(f, "sampled, never seen final: {}", self.lost_from_sight)?;
        }
        table::write_parts(f, &load.parts, "order")?;
        write_books(f, self.balanced, &self.differences)
    }
}

impl Display for CatalogReport {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let load = &self.load;
        write!(f, "{} connections, ", self.connections)?;
        writeln!(f, "{:.1} s, {}\n", load.seconds, self.url)?;
        table::write_rate(f, "answered", load.good, load.good_per_second)?;
        let (products, bytes) = (self.products, self.bytes_per_answer);
        writeln!(f, "{products} products and {bytes} bytes an answer")?;
        table::write_refused(f, &load.refused, load.broken)?;
        table::write_times(f, &[("GET to whole answer", load.ms)])?;
        table::write_parts(f, &load.parts, "request")
    }
}

impl Display for LoginsReport {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let load = &self.load;
        write!(f, "{} people log in at once, ", self.clients)?;
        writeln!(f, "{:.1} s, {}\n", load.seconds, self.url)?;
        table::write_rate(f, "logins", load.good, load.good_per_second)?;
        let share = 100.0 * f64::from(self.put_off) / f64::from(self.put_off + load.good);
        writeln!(
            f,
            "{:<32}{:>9}{share:>10.1} %",
            "put off (503, Retry-After)", self.put_off
        )?;
        table::write_refused(f, &load.refused, load.broken)?;
        table::write_times(f, &[("login", load.ms)])?;
        for (title, of) in [
            (
                "without the storm",
                (|it| it.calm_ms) as fn(&Others) -> Percentiles,
            ),
            ("with it", |it| it.storm_ms),
        ] {
            writeln!(f, "\nothers, {title}")?;
            let times: Vec<_> = self.others.iter().map(|it| (it.name, of(it))).collect();
            table::write_times(f, &times)?;
        }
        for others in self
            .others
            .iter()
            .filter(|it| !it.refused.is_empty() || it.broken > 0)
        {
            write!(f, "{}: ", others.name)?;
            table::write_refused(f, &others.refused, others.broken)?;
        }
        table::write_parts(f, &load.parts, "login")
    }
}

fn write_books(f: &mut Formatter<'_>, balanced: bool, differences: &[String]) -> fmt::Result {
    if balanced {
        return write!(f, "\nbooks: balanced");
    }
    write!(f, "\nbooks: do not balance")?;
    for difference in differences {
        write!(f, "\n  {difference}")?;
    }
    Ok(())
}
