//! What the comparison found, for people; as JSON, for programs.

use std::fmt::{self, Display, Formatter};

use serde::Serialize;

use super::server::Brand;

/// What a comparison with nginx found.
#[derive(Serialize)]
pub(in crate::bench) struct ProxyReport {
    pub(super) rounds: u32,
    /// Of one measurement.
    pub(super) seconds: u64,
    pub(super) connections: u32,
    pub(super) cases: Vec<Figures>,
}

/// One measurement of one proxy.
#[derive(Clone, Copy)]
pub(super) struct Sample {
    pub(super) requests_per_second: f64,
    pub(super) p99_ms: f64,
    /// Of the proxy alone, for one request.
    pub(super) cpu_micros: f64,
}

/// All measurements of one case, those of a round at the same place.
pub(super) struct Row {
    case: &'static str,
    /// Whether access logs are on.
    pub(super) logs: bool,
    nginx: Vec<Sample>,
    ours: Vec<Sample>,
}

/// What the measurements of one case say.
#[derive(Serialize)]
pub(super) struct Figures {
    case: &'static str,
    access_log: bool,
    requests_per_second: Comparison,
    p99_ms: Comparison,
    cpu_micros_per_request: Comparison,
}

/// One figure of both.
#[derive(Serialize)]
struct Comparison {
    /// Median of all rounds.
    nginx: f64,
    ours: f64,
    /// Ours ÷ nginx within a round.
    ratio: Spread,
}

/// The median of all rounds, and how far they lie apart.
#[derive(Debug, PartialEq, Serialize)]
struct Spread {
    median: f64,
    least: f64,
    most: f64,
}

impl Row {
    pub(super) fn new(case: &'static str, logs: bool) -> Self {
        Self {
            case,
            logs,
            nginx: Vec::new(),
            ours: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, brand: Brand, sample: Sample) {
        match brand {
            Brand::Nginx => self.nginx.push(sample),
            Brand::Ours => self.ours.push(sample),
        }
    }

    /// What they say together; `None` when nothing was measured.
    pub(super) fn figures(&self) -> Option<Figures> {
        Some(Figures {
            case: self.case,
            access_log: self.logs,
            requests_per_second: self.compare(|it| it.requests_per_second)?,
            p99_ms: self.compare(|it| it.p99_ms)?,
            cpu_micros_per_request: self.compare(|it| it.cpu_micros)?,
        })
    }

    fn compare(&self, of: fn(&Sample) -> f64) -> Option<Comparison> {
        let rounds = self.nginx.iter().zip(&self.ours);
        Some(Comparison {
            nginx: Spread::of(self.nginx.iter().map(of))?.median,
            ours: Spread::of(self.ours.iter().map(of))?.median,
            ratio: Spread::of(rounds.map(|(nginx, ours)| of(ours) / of(nginx)))?,
        })
    }
}

impl Spread {
    fn of(numbers: impl Iterator<Item = f64>) -> Option<Self> {
        let mut sorted: Vec<_> = numbers.collect();
        sorted.sort_by(f64::total_cmp);
        let (middle, half) = (sorted.len() / 2, sorted.len().checked_sub(1)? / 2);
        Some(Self {
            median: f64::midpoint(*sorted.get(half)?, *sorted.get(middle)?),
            least: *sorted.first()?,
            most: *sorted.last()?,
        })
    }
}

/// One row of [`Figures`].
type Of = fn(&Figures) -> &Comparison;

impl Display for ProxyReport {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (rounds, seconds) = (self.rounds, self.seconds);
        write!(f, "{} connections, {rounds} rounds", self.connections)?;
        writeln!(f, " of {seconds} s each; medians, and the spread of ratios")?;
        let figures: [(&str, usize, Of); 3] = [
            ("requests/s", 0, |it| &it.requests_per_second),
            ("p99, ms", 2, |it| &it.p99_ms),
            ("CPU of the proxy, µs/request", 1, |it| {
                &it.cpu_micros_per_request
            }),
        ];
        for (title, decimals, of) in figures {
            writeln!(f, "\n{title:<32}{:>9}{:>9}{:>12}", "nginx", "ours", "ratio")?;
            for case in &self.cases {
                let Comparison { nginx, ours, ratio } = of(case);
                let logged = if case.access_log { ", logged" } else { "" };
                let name = format!("{}{logged}", case.case);
                write!(f, "{name:<32}{nginx:>9.decimals$}{ours:>9.decimals$}")?;
                let Spread {
                    median,
                    least,
                    most,
                } = ratio;
                writeln!(f, "{median:>12.2}   {least:.2} to {most:.2}")?;
            }
        }
        write!(
            f,
            "\nours adds an id and security headers everywhere, nginx in one case; nginx verifies no cookie"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_of_the_same_round() {
        let sample = |requests_per_second| Sample {
            requests_per_second,
            p99_ms: 1.0,
            cpu_micros: 1.0,
        };
        let mut row = Row::new("any", false);
        for (nginx, ours) in [(100.0, 150.0), (10.0, 20.0), (1000.0, 1000.0)] {
            row.add(Brand::Nginx, sample(nginx));
            row.add(Brand::Ours, sample(ours));
        }

        let rate = row.figures().unwrap().requests_per_second;

        let expected = Spread {
            median: 1.5,
            least: 1.0,
            most: 2.0,
        };
        assert_eq!(rate.ratio, expected);
        assert!((rate.nginx - 100.0).abs() < 1e-9);
    }

    #[test]
    fn the_median_of_two_lies_between_them() {
        let spread = Spread::of([4.0, 2.0].into_iter()).unwrap();

        assert!((spread.median - 3.0).abs() < 1e-9, "{spread:?}");
        assert_eq!(Spread::of(std::iter::empty()), None);
    }
}
