//! What is known about one request from its first byte to its log line.

use std::{error::Error as _, time::Instant};

use http::{HeaderMap, HeaderValue, Method, Request, Response, Uri};
use hyper::body::Incoming;
use shared::{
    cause::{Cause, TRACEPARENT},
    http::{REQUEST_ID, request_id},
    trace::{self, Span},
};
use tracing::{debug, warn};

use crate::{
    body::Body,
    error::Failure,
    peer::Peer,
    route_table::{Route, is_api},
};

/// One request.
pub(crate) struct Visit {
    /// Its id in answers, services, events and logs.
    pub(crate) request_id: String,
    /// Who sent it.
    pub(crate) client: Peer,
    method: Method,
    uri: Uri,
    started: Instant,
}

impl Visit {
    /// Begins with the request as it came.
    pub(crate) fn begin(request: &Request<Incoming>, client: Peer) -> Self {
        Self {
            request_id: request_id(request.headers().get(REQUEST_ID)),
            client,
            method: request.method().clone(),
            uri: request.uri().clone(),
            started: Instant::now(),
        }
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
        if failure.is_server_error() {
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

    /// Puts the id on the answer and writes the log line.
    pub(crate) fn end(&self, response: &mut Response<Body>) {
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
    }
}
