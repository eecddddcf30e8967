//! Metrics: counted where things happen, told at `/metrics` in Prometheus' text format.
//!
//! Every name and what it means: docs/METRICS.md. In a process that has not called [`install`],
//! such as a test, counting does nothing.

use std::time::Duration;

use axum::{Router, routing::get};
use http::{Method, StatusCode, header};
use metrics::{Label, counter, histogram};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use metrics_process::Collector;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

/// Upper ends of the classes of request durations (seconds).
const REQUEST_SECONDS: [f64; 12] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0,
];

/// Upper ends of the classes of how long orders wait for their verdict (seconds). The last but one
/// is when they ask for it.
const SAGA_SECONDS: [f64; 11] = [
    0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 15.0, 60.0, 120.0, 600.0,
];

/// How often samples are folded into their classes; between two times they take memory.
const UPKEEP: Duration = Duration::from_secs(5);

/// Where the counted is told.
#[derive(Clone)]
pub struct Metrics(PrometheusHandle);

/// Starts counting; call once, in `main`.
///
/// # Errors
/// When something else counts already.
pub fn install() -> Result<Metrics, BuildError> {
    // Those of services and those of the proxy.
    let requests = Matcher::Suffix("_request_duration_seconds".to_owned());
    let sagas = Matcher::Full("saga_duration_seconds".to_owned());
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(requests, &REQUEST_SECONDS)?
        .set_buckets_for_metric(sagas, &SAGA_SECONDS)?
        .install_recorder()?;
    Collector::default().describe();
    Ok(Metrics(handle))
}

impl Metrics {
    /// `GET /metrics`; `refresh` sets the gauges that are only known by asking somebody.
    pub fn router<F>(self, refresh: impl Fn() -> F + Clone + Send + Sync + 'static) -> Router
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let content_type = [(header::CONTENT_TYPE, "text/plain; version=0.0.4")];
        let tell = async move || {
            refresh().await;
            Collector::default().collect();
            (content_type, self.0.render())
        };
        Router::new().route("/metrics", get(tell))
    }

    /// Keeps the memory of what is counted small until `shutdown`, though nobody may ask for it.
    pub async fn keep_small(self, shutdown: CancellationToken) {
        let mut ticks = interval(UPKEEP);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while shutdown.run_until_cancelled(ticks.tick()).await.is_some() {
            self.0.run_upkeep();
        }
    }
}

/// The method, or `_OTHER` for one that HTTP does not define: a client may make up any number of
/// them, and each would be a series, or a name of spans, of its own.
pub(crate) fn method_label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        Method::CONNECT => "CONNECT",
        Method::TRACE => "TRACE",
        _ => "_OTHER",
    }
}

/// Counts an answered request; `route` is the template, so that a thousand ids are one series.
pub(crate) fn count_request((method, route, status): (&Method, &str, StatusCode), took: Duration) {
    let labels = vec![
        Label::new("method", method_label(method)),
        Label::new("route", route.to_owned()),
        Label::new("status", status.as_str().to_owned()),
    ];
    counter!("http_requests_total", labels.clone()).increment(1);
    histogram!("http_request_duration_seconds", labels).record(took);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_that_nobody_defined_are_one_series() {
        let label = |method: &[u8]| method_label(&Method::from_bytes(method).unwrap());

        assert_eq!(label(b"GET"), "GET");
        assert_eq!(label(b"AAAA1"), "_OTHER");
        assert_eq!(label(b"get"), "_OTHER");
    }
}
