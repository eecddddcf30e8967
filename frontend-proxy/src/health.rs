//! `/health` says that the proxy lives; `/health/all` says which service is not ready.

use std::time::Duration;

use bytes::Bytes;
use futures_util::future::join_all;
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::{Either, Full};
use serde_json::{Map, Value};

use crate::{
    body::Body, instance::Health, probe::probe, security_headers::protect, upstream::Upstream,
    worker::Worker,
};

/// A service that does not answer in this time is not ready.
const DEADLINE: Duration = Duration::from_secs(2);

/// `GET /health`: 200 while the process runs.
pub(crate) fn live() -> Response<Body> {
    answer(
        StatusCode::OK,
        "text/plain",
        Bytes::from_static(b"Healthy\n"),
    )
}

/// `GET /health/all`: 200, or 503 with what is wrong beside the name of each service.
pub(crate) async fn of_all(worker: &Worker) -> Response<Body> {
    let checks = worker.upstreams.iter().map(|upstream| check(upstream));
    let outcomes = join_all(checks).await;
    let is_ready = outcomes.iter().all(|(_, outcome)| outcome == "ok");
    let (code, status) = if is_ready {
        (StatusCode::OK, "ready")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "not ready")
    };
    let mut body = Map::new();
    body.insert("status".to_owned(), status.into());
    for (name, outcome) in outcomes {
        body.insert(name.to_owned(), outcome.into());
    }
    let body = Value::Object(body).to_string();
    answer(code, "application/json", Bytes::from(body))
}

async fn check(upstream: &Upstream) -> (&'static str, String) {
    if upstream.addresses.is_empty() {
        return (upstream.name, "no address is configured".to_owned());
    }
    let instances = upstream.instances();
    if instances.is_empty() {
        let names = upstream.addresses.join(", ");
        return (upstream.name, format!("{names} stands for no instance"));
    }
    let path = &upstream.health_check.path;
    let probes = instances.iter().map(async |instance| {
        let outcome = probe(instance, path, DEADLINE).await;
        (outcome.health() != Health::Ready).then(|| format!("{} {outcome}", instance.name))
    });
    let faults: Vec<String> = join_all(probes).await.into_iter().flatten().collect();
    let outcome = match faults.as_slice() {
        [] => "ok".to_owned(),
        faults => faults.join("; "),
    };
    (upstream.name, outcome)
}

fn answer(status: StatusCode, content_type: &'static str, body: Bytes) -> Response<Body> {
    let mut response = Response::new(Either::Right(Full::new(body)));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    protect(headers);
    response
}
