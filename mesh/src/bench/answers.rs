//! What came back in a phase of load: how fast, and what was not as it should be.

use std::{collections::BTreeMap, time::Duration};

use anyhow::{Context, Result, ensure};
use hdrhistogram::Histogram;
use hyper::StatusCode;
use serde::Serialize;

/// Longest time that is told apart: beyond every deadline of the benchmark.
const LONGEST: Duration = Duration::from_mins(2);

/// Times, kept to a thousandth of their size.
pub(super) struct Times(Histogram<u64>);

/// The answers to one or several clients.
pub(super) struct Answers {
    /// Of good answers, each from the first byte sent.
    pub(super) times: Times,
    /// Any other answers, by status.
    pub(super) refused: BTreeMap<u16, u32>,
    /// Exchanges without an answer; each made a client connect again.
    pub(super) broken: u32,
}

/// How long something took, in milliseconds.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Percentiles {
    pub(super) count: u64,
    pub(super) p50: f64,
    pub(super) p95: f64,
    pub(super) p99: f64,
    pub(super) max: f64,
}

impl Times {
    pub(super) fn new() -> Result<Self> {
        let longest = LONGEST.as_micros().try_into()?;
        Ok(Self(Histogram::new_with_max(longest, 3)?))
    }

    /// Adds one time; those beyond two minutes count as two minutes.
    pub(super) fn record(&mut self, time: Duration) {
        let micros = time.as_micros().try_into().unwrap_or(u64::MAX);
        self.0.saturating_record(micros);
    }

    pub(super) fn percentiles(&self) -> Percentiles {
        let quantile = |quantile| millis(self.0.value_at_quantile(quantile));
        Percentiles {
            count: self.0.len(),
            p50: quantile(0.50),
            p95: quantile(0.95),
            p99: quantile(0.99),
            max: millis(self.0.max()),
        }
    }
}

impl Answers {
    pub(super) fn new() -> Result<Self> {
        Ok(Self {
            times: Times::new()?,
            refused: BTreeMap::new(),
            broken: 0,
        })
    }

    /// How many good answers there were.
    ///
    /// # Errors
    /// There was none: nothing was measured.
    pub(super) fn good(&self) -> Result<u32> {
        let good = u32::try_from(self.times.0.len())?;
        let Self {
            refused, broken, ..
        } = self;
        ensure!(
            good > 0,
            "no good answer; others by status: {refused:?}, broken connections: {broken}"
        );
        Ok(good)
    }

    /// Counts an answer that is not the good one.
    pub(super) fn refuse(&mut self, status: StatusCode) {
        *self.refused.entry(status.as_u16()).or_default() += 1;
    }

    /// Adds what another client saw.
    pub(super) fn add(&mut self, other: &Self) -> Result<()> {
        self.times
            .0
            .add(&other.times.0)
            .context("times of another range")?;
        for (status, count) in &other.refused {
            *self.refused.entry(*status).or_default() += count;
        }
        self.broken += other.broken;
        Ok(())
    }
}

fn millis(micros: u64) -> f64 {
    f64::from(u32::try_from(micros).unwrap_or(u32::MAX)) / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_in_milliseconds() {
        let mut times = Times::new().unwrap();
        for millis in 1..=100 {
            times.record(Duration::from_millis(millis));
        }

        let percentiles = times.percentiles();

        assert_eq!(percentiles.count, 100);
        assert!((percentiles.p50 - 50.0).abs() < 0.1, "{percentiles:?}");
        assert!((percentiles.p99 - 99.0).abs() < 0.1, "{percentiles:?}");
    }

    #[test]
    fn the_answers_of_two_clients_add_up() {
        let mut all = Answers::new().unwrap();
        for _ in 0..2 {
            let mut one = Answers::new().unwrap();
            one.times.record(Duration::from_millis(1));
            one.refuse(StatusCode::SERVICE_UNAVAILABLE);
            one.broken = 1;
            all.add(&one).unwrap();
        }

        assert_eq!(all.times.percentiles().count, 2);
        assert_eq!(all.refused, BTreeMap::from([(503, 2)]));
        assert_eq!(all.broken, 2);
    }
}
