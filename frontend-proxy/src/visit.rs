//! What is known about one request from its first byte to its log line.

use std::{
    error::Error as _,
    sync::OnceLock,
    time::{Instant, SystemTime},
};

use http::{HeaderMap, HeaderValue, Method, Request, Response, Uri, Version, header};
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
    peer::Peer,
    route_table::{Route, is_api},
    traffic::{Present, Series},
};

/// One request.
pub(crate) struct Visit {
    /// Its id in answers, services, events and logs.
    pub(crate) request_id: String,
    /// Who sent it.
    pub(crate) client: Peer,
    method: Method,
    uri: Uri,
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
        Self {
            request_id: request_id(request.headers().get(REQUEST_ID)),
            client,
            method: request.method().clone(),
            uri: request.uri().clone(),
            version: request.version(),
            started: Instant::now(),
            user: OnceLock::new(),
            said: is_logged.then(|| (header(header::REFERER), header(header::USER_AGENT))),
            _present: Present::request(),
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
        let mut cause = Cause::of(self.request_id.clone(), headers);
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
                request_id = self.request_id,
                error = %failure,
                cause = causes.join(": "),
                "{} {} could not be answered", self.method, self.uri.path(),
            );
        }
        failure.render(is_api(self.uri.path()), &self.request_id)
    }

    /// Puts the id on the answer, counts it and writes the lines of the logs.
    pub(crate) fn end(
        self,
        response: &mut Response<Body>,
        series: Series,
        log: Option<&AccessLog>,
    ) {
        if let Ok(id) = HeaderValue::from_str(&self.request_id) {
            response.headers_mut().insert(REQUEST_ID, id);
        }
        debug!(
            request_id = self.request_id,
            client.ip = %self.client.ip,
            http.status = response.status().as_u16(),
            duration_ms = self.started.elapsed().as_millis(),
            "{} {} answered",
            self.method,
            self.uri.path(),
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
                uri: &self.uri,
                version: self.version,
                status: response.status().as_u16(),
                length: response.body().size_hint().exact(),
                referer: referer.as_ref(),
                user_agent: user_agent.as_ref(),
                series,
                request_id: &self.request_id,
            });
        }
    }
}
