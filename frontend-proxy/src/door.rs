//! The life of a request: look at it, find what it asks for, answer.

use http::{HeaderValue, Method, Request, Response, Version, header, uri::Authority};
use hyper::body::Incoming;

use crate::{
    body::{Body, discard},
    cross_site,
    error::Failure,
    forward, health, other_names,
    peer::Peer,
    route_table::{Target, is_api, target},
    traffic::Series,
    visit::Visit,
    worker::Worker,
};

/// Answers one request that came over a connection of `peer`.
pub(crate) async fn answer(
    worker: &Worker,
    peer: Peer,
    mut request: Request<Incoming>,
) -> Response<Body> {
    let edge = &worker.edge;
    let client = edge.trusted_proxies.client(peer, request.headers());
    let visit = Visit::begin(&request, client, edge.access_log.is_some());
    let admitted = check_url(&request, worker.limits.max_url_bytes)
        .and_then(|()| settle_host(&mut request))
        .and_then(|()| other_names::settle(&mut request))
        .and_then(|()| cross_site::check(&request, &visit.client, &edge.cors));
    let caller = edge.cors.caller(&request);
    let is_api = is_api(request.uri().path());
    let series = Series::of(request.uri().path());
    let mut response = match admitted {
        Ok(()) => respond(worker, &visit, request).await,
        Err(failure) => {
            discard(request);
            visit.refuse(&failure)
        }
    };
    if is_api {
        edge.cors.open(caller, response.headers_mut());
    }
    visit.end(&mut response, series, edge.access_log.as_ref());
    response
}

async fn respond(worker: &Worker, visit: &Visit, request: Request<Incoming>) -> Response<Body> {
    if let Some(answer) = worker.edge.cors.preflight(&request) {
        discard(request);
        return answer.unwrap_or_else(|failure| visit.refuse(&failure));
    }
    let target = target(request.uri().path());
    if let Target::Service(_) | Target::Nothing | Target::HealthOfAll = target
        && let Err(failure) = worker.edge.admit(&visit.client)
    {
        discard(request);
        return visit.refuse(&failure);
    }
    let answer = match target {
        Target::Service(route) => return forward::pass(worker, route, visit, request).await,
        Target::Nothing => Err(Failure::NoSuchPath),
        Target::Health => readable(&request).map(|()| health::live()),
        Target::HealthOfAll => match readable(&request) {
            Ok(()) => Ok(health::of_all(worker).await),
            Err(failure) => Err(failure),
        },
        Target::Page => {
            let path = request.uri().path();
            let found = readable(&request).and_then(|()| worker.assets.find(path));
            found.map(|asset| asset.answer(request.method(), request.headers()))
        }
    };
    discard(request);
    answer.unwrap_or_else(|failure| visit.refuse(&failure))
}

/// What the proxy has itself can be read and nothing else.
fn readable(request: &Request<Incoming>) -> Result<(), Failure> {
    let method = request.method();
    if *method == Method::GET || *method == Method::HEAD {
        return Ok(());
    }
    Err(Failure::WrongMethod)
}

fn check_url(request: &Request<Incoming>, most: usize) -> Result<(), Failure> {
    let url = request.uri().path_and_query();
    if url.is_some_and(|url| url.as_str().len() > most) {
        return Err(Failure::UrlTooLong);
    }
    Ok(())
}

/// Refuses what has no path or not exactly one host (RFC 9112 §3.2), and makes `Host` say the
/// same as the request line, which counts when it names one.
fn settle_host(request: &mut Request<Incoming>) -> Result<(), Failure> {
    if !request.uri().path().starts_with('/') {
        return Err(Failure::Malformed("the request has no path"));
    }
    if let Some(authority) = request.uri().authority() {
        let host = HeaderValue::from_str(authority.as_str());
        let host = host.map_err(|_| Failure::Malformed("the host is malformed"))?;
        request.headers_mut().insert(header::HOST, host);
    }
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let may_lack = request.version() == Version::HTTP_10;
    match (hosts.next(), hosts.next()) {
        (Some(host), None) if is_host(host) => Ok(()),
        (Some(_), None) => Err(Failure::Malformed("the host is malformed")),
        (None, _) if may_lack => Ok(()),
        _ => Err(Failure::Malformed("exactly one Host header is needed")),
    }
}

/// Whether this is a name or an address, with or without a port, and nothing besides: it goes on
/// in headers and addresses.
fn is_host(value: &HeaderValue) -> bool {
    let host = Authority::try_from(value.as_bytes());
    host.is_ok_and(|host| !host.as_str().contains('@'))
}
