//! `/health` says that the proxy lives; `/health/all` says which service is not ready.

use std::time::Duration;

use bytes::Bytes;
use futures_util::future::join_all;
use http::{HeaderValue, Request, Response, StatusCode, Uri, header};
use http_body_util::{Either, Full};
use serde_json::{Map, Value};
use tokio::time::timeout;

use crate::{
    body::{Body, Upload},
    security_headers::protect,
    upstream::{Address, Upstream},
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
    let checks = worker
        .upstreams
        .iter()
        .map(|upstream| check(worker, upstream));
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

async fn check(worker: &Worker, upstream: &Upstream) -> (&'static str, String) {
    let probes = upstream
        .addresses
        .iter()
        .map(|address| probe(worker, address));
    let faults: Vec<String> = join_all(probes).await.into_iter().flatten().collect();
    let outcome = match faults.as_slice() {
        _ if upstream.addresses.is_empty() => "no address is configured".to_owned(),
        [] => "ok".to_owned(),
        faults => faults.join("; "),
    };
    (upstream.name, outcome)
}

/// What is wrong at this address, if anything is.
async fn probe(worker: &Worker, address: &Address) -> Option<String> {
    let mut request = Request::new(Upload::empty());
    *request.uri_mut() = Uri::from_static("/health/ready");
    let host = HeaderValue::from_str(&address.name).ok()?;
    request.headers_mut().insert(header::HOST, host);
    let fault = match timeout(DEADLINE, worker.client.ask(address, request)).await {
        Ok(Ok(response)) if response.status().is_success() => return None,
        Ok(Ok(response)) => format!("answers {}", response.status().as_u16()),
        Ok(Err(_)) => "is not reachable".to_owned(),
        Err(_) => format!("does not answer within {} s", DEADLINE.as_secs()),
    };
    Some(format!("{} {fault}", address.name))
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
