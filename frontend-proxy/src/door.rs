//! The life of a request: look at it, find what it asks for, answer.

use std::{
    convert::Infallible,
    future::{Ready, ready},
    sync::Arc,
};

use futures_util::future::{BoxFuture, Either};
use http::{HeaderValue, Method, Request, Response, Version, header, uri::Authority};
use hyper::body::Incoming;

use crate::{
    body::{Body, discard},
    cors::Cors,
    cross_site,
    error::Failure,
    forward::Crossing,
    health, other_names,
    peer::Peer,
    route_table::Target,
    traffic::Series,
    visit::Visit,
    worker::Worker,
};

/// A request on its way through the door.
struct Passage {
    worker: Arc<Worker>,
    visit: Visit,
    series: Series,
    /// The page of another site that may read the answer, if any may.
    caller: Option<HeaderValue>,
    is_open: bool,
    /// Whether it asks for the browser app.
    is_page: bool,
    /// What browsers are told about TLS.
    hsts: Option<HeaderValue>,
}

/// What answers a request.
enum Answerer {
    /// The proxy itself, at once.
    Door(Response<Body>),
    /// A service.
    Service(Crossing),
    /// All of them, about their health.
    All(Request<Incoming>),
}

/// What the server of HTTP waits for. What the proxy answers itself is there at once; only what waits
/// for a service has a future, in a box: it is large, and would be moved about for each request.
pub(crate) type Answer = Either<Ready<Outcome>, BoxFuture<'static, Outcome>>;

type Outcome = Result<Response<Body>, Infallible>;

/// Answers one request that came over a connection of `peer`; `hsts` is what browsers are told about
/// TLS, where there is TLS.
pub(crate) fn answer(
    worker: Arc<Worker>,
    peer: Peer,
    hsts: Option<HeaderValue>,
    mut request: Request<Incoming>,
) -> Answer {
    let edge = &worker.edge;
    let client = edge.trusted_proxies.client(peer, request.headers());
    let visit = Visit::begin(&request, client, edge.access_log.is_some());
    let admitted = check_url(&request, worker.limits.max_url_bytes)
        .and_then(|()| settle_host(&mut request))
        .and_then(|()| other_names::settle(&mut request))
        .and_then(|()| cross_site::check(&request, &visit.client, &edge.cors));
    let path = request.uri().path();
    let target = worker.routes.target(path);
    let passage = Passage {
        series: Series::of(target, path),
        caller: edge.cors.caller(&request),
        is_open: edge.cors.is_open(path),
        is_page: matches!(target, Target::Page),
        hsts,
        visit,
        worker,
    };
    let answerer = match admitted {
        Ok(()) => passage.answerer(target, request),
        Err(failure) => passage.refuse(request, &failure),
    };
    match answerer {
        Answerer::Door(response) => Either::Left(ready(Ok(passage.end(response)))),
        Answerer::Service(crossing) => Either::Right(Box::pin(async move {
            let response = crossing.end(&passage.worker, &passage.visit).await;
            Ok(passage.end(response))
        })),
        Answerer::All(request) => Either::Right(Box::pin(async move {
            let response = health::of_all(&passage.worker).await;
            discard(request);
            Ok(passage.end(response))
        })),
    }
}

impl Passage {
    fn answerer(&self, target: Target, request: Request<Incoming>) -> Answerer {
        let edge = &self.worker.edge;
        match edge.cors.preflight(&request) {
            Some(Ok(answer)) => {
                discard(request);
                return Answerer::Door(answer);
            }
            Some(Err(failure)) => return self.refuse(request, &failure),
            None => {}
        }
        if let Target::Service(_) | Target::Nothing | Target::HealthOfAll = target
            && let Err(failure) = edge.admit(&self.visit.client)
        {
            return self.refuse(request, &failure);
        }
        let answer = match target {
            Target::Service(route) => {
                let crossing = Crossing::begin(&self.worker, route, &self.visit, request);
                return Answerer::Service(crossing);
            }
            Target::Nothing => Err(Failure::NoSuchPath),
            Target::Health => readable(&request).map(|()| health::live()),
            Target::HealthOfAll => match readable(&request) {
                Ok(()) => return Answerer::All(request),
                Err(failure) => Err(failure),
            },
            Target::Page => {
                let path = request.uri().path();
                let found = readable(&request).and_then(|()| self.worker.assets.find(path));
                found.map(|asset| asset.answer(request.method(), request.headers()))
            }
        };
        match answer {
            Ok(answer) => {
                discard(request);
                Answerer::Door(answer)
            }
            Err(failure) => self.refuse(request, &failure),
        }
    }

    fn refuse(&self, request: Request<Incoming>, failure: &Failure) -> Answerer {
        discard(request);
        Answerer::Door(self.visit.refuse(failure))
    }

    /// Says in the answer who may read it, and writes it down.
    fn end(self, mut response: Response<Body>) -> Response<Body> {
        if self.is_open {
            Cors::open(self.caller, response.headers_mut());
        }
        if let Some(hsts) = self.hsts {
            let headers = response.headers_mut();
            headers.insert(header::STRICT_TRANSPORT_SECURITY, hsts);
        }
        let edge = &self.worker.edge;
        edge.headers_of(self.is_page).set(response.headers_mut());
        let log = edge.access_log.as_ref();
        self.visit.end(&mut response, self.series, log);
        response
    }
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
    let bytes = value.as_bytes();
    let end = bytes.iter().position(|byte| *byte == b':');
    let (host, port) = bytes.split_at(end.unwrap_or(bytes.len()));
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
    // Most are; what is not needs a closer look.
    if !host.is_empty() && host.iter().all(is_plain) && port.iter().skip(1).all(u8::is_ascii_digit)
    {
        return true;
    }
    let host = Authority::try_from(value.as_bytes());
    host.is_ok_and(|host| !host.as_str().contains('@'))
}
