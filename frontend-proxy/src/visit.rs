//! What is known about one request from its first byte to its log line.

use std::{
    error::Error as _,
    sync::OnceLock,
    time::{Instant, SystemTime},
};

use http::{HeaderMap, HeaderValue, Method, Request, Response, Version, header};
use hyper::body::{Body as _, Incoming};
use shared::{
    cause::{Cause, TRACEPARENT},
    http::{REQUEST_ID, request_id},
    id::UserId,
    trace::{self, Span},
};
use tracing::{debug, warn};

use crate::{
    access_log::{AccessLog, Entry},
    body::Body,
    error::Failure,
    headers::Origin,
    peer::Peer,
    route_table::{Route, is_api},
    traffic::{Present, Series},
};

/// In place of an id that no header can have, which there is none of.
const NO_ID: HeaderValue = HeaderValue::from_static("none");

/// One request.
pub(crate) struct Visit {
    /// Its id in answers, services, events and logs.
    request_id: HeaderValue,
    /// Who sent it.
    pub(crate) client: Peer,
    method: Method,
    /// A copy: whoever holds a part of the request makes the server read into another buffer.
    path: String,
    version: Version,
    started: Instant,
    user: OnceLock<UserId>,
    /// What the access log tells besides: where from and by which program.
    said: Option<(Option<HeaderValue>, Option<HeaderValue>)>,
    _present: Present,
}

impl Visit {
    /// Begins with the request as it came; it will be logged if it `is_logged`.
    pub(crate) fn begin(request: &Request<Incoming>, client: Peer, is_logged: bool) -> Self {
        let header = |name| request.headers().get(name).cloned();
        let request_id = request_id(request.headers().get(REQUEST_ID));
        Self {
            request_id: HeaderValue::try_from(request_id).unwrap_or(NO_ID),
            client,
            method: request.method().clone(),
            path: request.uri().path().to_owned(),
            version: request.version(),
            started: Instant::now(),
            user: OnceLock::new(),
            said: is_logged.then(|| (header(header::REFERER), header(header::USER_AGENT))),
            _present: Present::request(),
        }
    }

    /// Its id.
    fn request_id(&self) -> &str {
        self.request_id.to_str().unwrap_or_default()
    }

    /// What a service is told of it.
    pub(crate) fn origin(&self) -> Origin<'_> {
        Origin {
            request_id: &self.request_id,
            client: &self.client,
        }
    }

    /// Notes who sent it, once that is known.
    pub(crate) fn sign(&self, user: UserId) {
        self.user.get_or_init(|| user);
    }

    /// The span of a request for a service, whose headers then say that it belongs to it.
    pub(crate) fn begin_span(&self, route: &Route, headers: &mut HeaderMap) -> Span {
        if !trace::is_collected() {
            return Span::default();
        }
        let mut cause = Cause::of(self.request_id().to_owned(), headers);
        let span = Span::of_request(&self.method, route.prefix, &mut cause);
        if let Ok(own) = HeaderValue::try_from(cause.traceparent) {
            headers.insert(TRACEPARENT, own);
        }
        span
    }

    /// The answer of the proxy itself; somebody is told when the fault is on our side.
    pub(crate) fn refuse(&self, failure: &Failure) -> Response<Body> {
        if failure.is_worth_a_line() {
            let causes = std::iter::successors(failure.source(), |&error| error.source());
            let causes: Vec<_> = causes.map(ToString::to_string).collect();
            warn!(
                request_id = self.request_id(),
                error = %failure,
                cause = causes.join(": "),
                "{} {} could not be answered", self.method, self.path,
            );
        }
        failure.render(is_api(&self.path), self.request_id())
    }

    /// Puts the id on the answer, counts it and writes the lines of the logs.
    pub(crate) fn end(
        self,
        response: &mut Response<Body>,
        series: Series,
        log: Option<&AccessLog>,
    ) {
        debug!(
            request_id = self.request_id(),
            client.ip = %self.client.ip,
            http.status = response.status().as_u16(),
            duration_ms = self.started.elapsed().as_millis(),
            "{} {} answered",
            self.method,
            self.path,
        );
        let took = self.started.elapsed();
        series.count(response.status(), took);
        if let (Some(log), Some((referer, user_agent))) = (log, &self.said) {
            log.note(&Entry {
                answered: SystemTime::now(),
                took,
                client: self.client.ip,
                user: self.user.get().copied(),
                method: &self.method,
                path: &self.path,
                version: self.version,
                status: response.status().as_u16(),
                length: response.body().size_hint().exact(),
                referer: referer.as_ref(),
                user_agent: user_agent.as_ref(),
                series,
                request_id: self.request_id(),
            });
        }
        response.headers_mut().insert(REQUEST_ID, self.request_id);
    }
}
