//! The load generator: wrk. Our own client costs several times as much, and the load shares the
//! cores with the proxies: what it takes hides the difference between them.

use std::path::PathBuf;

use anyhow::{Context, Result, bail, ensure};
use tokio::process::Command;

/// One for each core that the proxies are compared on.
const THREADS: u32 = 2;

/// How wrk is started.
pub(super) struct Wrk {
    pub(super) program: PathBuf,
    pub(super) connections: u32,
    pub(super) seconds: u64,
}

/// What wrk saw.
#[derive(Debug, PartialEq)]
pub(super) struct Seen {
    pub(super) requests: f64,
    pub(super) requests_per_second: f64,
    pub(super) p99_ms: f64,
}

impl Wrk {
    /// Asks for `url` on all connections until the time is over.
    ///
    /// # Errors
    /// wrk does not start, or an answer was not a good one.
    pub(super) async fn load(&self, url: &str, cookie: Option<&str>) -> Result<Seen> {
        let mut wrk = Command::new(&self.program);
        wrk.arg("--latency")
            .args(["--threads", &THREADS.to_string()])
            .args(["--connections", &self.connections.to_string()])
            .args(["--duration", &format!("{}s", self.seconds)])
            .kill_on_drop(true);
        if let Some(cookie) = cookie {
            wrk.args(["--header", &format!("Cookie: {cookie}")]);
        }
        let output = wrk.arg(url).output().await.context("cannot start wrk")?;
        let text = String::from_utf8_lossy(&output.stdout);
        ensure!(output.status.success(), "wrk failed: {text}");
        Seen::parse(&text)
    }
}

impl Seen {
    /// Reads what wrk prints.
    fn parse(text: &str) -> Result<Self> {
        let lines = || text.lines().map(str::trim);
        let bad = ["Non-2xx", "Socket errors"];
        if let Some(line) = lines().find(|line| bad.iter().any(|bad| line.starts_with(bad))) {
            bail!("not every answer was good: {line}");
        }
        let after = |name: &str| lines().find_map(|line| line.strip_prefix(name));
        let requests = lines().find_map(|line| line.split_once(" requests in ")?.0.parse().ok());
        let rate = after("Requests/sec:").and_then(|rate| rate.trim().parse().ok());
        let p99 = after("99%").and_then(|time| millis(time.trim()));
        let seen = requests.zip(rate).zip(p99);
        let ((requests, requests_per_second), p99_ms) =
            seen.with_context(|| format!("wrk printed something else: {text}"))?;
        ensure!(requests > 0.0, "no answer");
        Ok(Self {
            requests,
            requests_per_second,
            p99_ms,
        })
    }
}

/// Reads a time such as `803.00us`.
fn millis(time: &str) -> Option<f64> {
    let digits = time.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let number: f64 = digits.parse().ok()?;
    let unit = match time.strip_prefix(digits)? {
        "us" => 0.001,
        "ms" => 1.0,
        "s" => 1000.0,
        "m" => 60_000.0,
        _ => return None,
    };
    Some(number * unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRINTED: &str = "Running 1s test @ http://127.0.0.1:20001/
  2 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.07ms  803.00us  12.01ms   78.12%
    Req/Sec    30.05k     2.01k   33.00k    70.00%
  Latency Distribution
     50%    0.98ms
     99%    3.45ms
  60100 requests in 1.01s, 64.10MB read
Requests/sec:  59504.95
Transfer/sec:     63.46MB
";

    #[test]
    fn what_wrk_prints_is_read() {
        let seen = Seen::parse(PRINTED).unwrap();

        assert_eq!(
            seen,
            Seen {
                requests: 60_100.0,
                requests_per_second: 59_504.95,
                p99_ms: 3.45
            }
        );
        assert_eq!(millis("803.00us"), Some(0.803));
        assert_eq!(millis("1.50s"), Some(1500.0));
    }

    #[test]
    fn answers_that_are_not_good_are_an_error() {
        let refused = PRINTED.replace("Transfer", "  Non-2xx or 3xx responses: 12\nTransfer");

        let error = Seen::parse(&refused).unwrap_err().to_string();

        assert!(error.contains("Non-2xx or 3xx responses: 12"), "{error}");
    }
}
