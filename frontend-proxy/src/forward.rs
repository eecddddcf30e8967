//! A request on its way to a service and its answer on the way back; both bodies stream.

use std::time::Duration;

use http::{HeaderValue, Request, Response, StatusCode, Uri, Version, header};
use hyper::body::{Body as _, Incoming};
use shared::http::REQUEST_ID;
use tokio::time::timeout;

use crate::{
    body::{Body, Download, Upload, discard},
    compression::Wish,
    error::Failure,
    headers::{add_origin, remove_unwelcome},
    pace::MinRate,
    route_table::{Access, Route, max_upload},
    security_headers::protect,
    traffic::count_failure,
    upgrade::{Upgrade, say_upgrade},
    visit::Visit,
    worker::Worker,
};

/// Passes a request to the service of its route, unless the route needs a session and there is
/// none, and answers whatever comes of it.
pub(crate) async fn pass(
    worker: &Worker,
    route: &Route,
    visit: &Visit,
    mut request: Request<Incoming>,
) -> Response<Body> {
    // In this order: `Connection` says what is to be removed, and what is removed must not be
    // what the proxy itself adds.
    let upgrade = Upgrade::wanted_by(&mut request);
    remove_unwelcome(request.headers_mut());
    let mut span = visit.begin_span(route, request.headers_mut());
    let session = worker.sessions.admit(request.headers_mut());
    let class = worker.edge.class_of(&request);
    let user = session.user();
    if let Some(user) = user {
        visit.sign(user);
    }
    let admitted = if route.access == Access::SignedIn && user.is_none() {
        Err(Failure::NoSession)
    } else {
        worker.edge.admit_to(class, visit.client.ip, user).await
    };
    let (answer, standing) = match admitted {
        Ok(standing) => {
            let answer = forward(worker, route, visit, upgrade, request).await;
            (answer, standing)
        }
        Err(failure) => {
            discard(request);
            (Err(failure), None)
        }
    };
    let mut response = answer.unwrap_or_else(|failure| {
        if failure.is_server_error() {
            count_failure(worker.upstreams.of(route.service).name, failure.code());
        }
        visit.refuse(&failure)
    });
    if let Some(standing) = standing {
        standing.tell(response.headers_mut());
    }
    span.answered(response.status());
    worker
        .sessions
        .clear_if_dead(session, response.headers_mut());
    response
}

async fn forward(
    worker: &Worker,
    route: &Route,
    visit: &Visit,
    upgrade: Option<Upgrade>,
    request: Request<Incoming>,
) -> Result<Response<Body>, Failure> {
    if request.body().size_hint().lower() > max_upload(request.uri().path()) {
        discard(request);
        return Err(Failure::TooLarge);
    }
    let deadline = worker.deadline_of(route, request.uri().path());
    let wish = Wish::of(&worker.edge.compression, route, &request);
    let mut request = prepare(worker, visit, request);
    if upgrade.is_some() {
        say_upgrade(request.headers_mut());
    }
    let mut response = ask(worker, route, deadline, request).await?;
    let switches = response.status() == StatusCode::SWITCHING_PROTOCOLS;
    match upgrade {
        Some(upgrade) if switches => return Ok(upgrade.splice(worker, response)),
        None if switches => return Err(Failure::UnexpectedUpgrade),
        _ => {}
    }
    protect(response.headers_mut());
    wish.grant(worker.upstreams.of(route.service).name, response)
        .await
}

/// Asks the service, unless it is left alone.
async fn ask(
    worker: &Worker,
    route: &Route,
    deadline: Duration,
    request: Request<Upload>,
) -> Result<Response<Download>, Failure> {
    let upstream = worker.upstreams.of(route.service);
    let permit = upstream.admit()?;
    let deadline = permit.deadline(deadline);
    let answer = timeout(deadline, worker.client.send(upstream, request)).await;
    match answer.map_err(|_| Failure::Late).flatten() {
        Ok(response) => {
            permit.answered();
            Ok(response)
        }
        Err(failure) => Err(permit.failed(failure)),
    }
}

/// The request as the service shall see it.
fn prepare(worker: &Worker, visit: &Visit, request: Request<Incoming>) -> Request<Upload> {
    let most = max_upload(request.uri().path());
    let rate = MinRate::new(&worker.limits);
    let mut request = request.map(|body| Upload::of(body, most, rate));
    *request.version_mut() = Version::HTTP_11;
    if request.uri().authority().is_some()
        && let Some(path) = request.uri().path_and_query().cloned()
    {
        *request.uri_mut() = Uri::from(path);
    }
    let headers = request.headers_mut();
    // The proxy itself answers 100 as soon as the service takes the body.
    headers.remove(header::EXPECT);
    add_origin(headers, &visit.client);
    if let Ok(id) = HeaderValue::from_str(&visit.request_id) {
        headers.insert(REQUEST_ID, id);
    }
    request
}
