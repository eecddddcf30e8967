//! A request on its way to a service and its answer on the way back; both bodies stream.

use std::{sync::Arc, time::Duration};

use http::{Request, Response, StatusCode};
use hyper::body::{Body as _, Incoming};
use shared::trace::Span;

use crate::{
    body::{Body, Download, Upload, discard},
    compression::{Granted, Wish, compress},
    error::Failure,
    headers::remove_unwelcome,
    pace::MinRate,
    rate_limit::{Class, Standing},
    route_table::{Access, Route, max_upload},
    security_headers::protect,
    session::Session,
    timer::within,
    traffic::count_failure,
    upgrade::{Upgrade, say_upgrade},
    visit::Visit,
    wire::Outgoing,
    worker::Worker,
};

/// A request for a service, on its way. What needs no waiting is done before anything waits: the
/// server reads on into the memory that the request was in.
pub(crate) struct Crossing {
    route: Route,
    session: Session,
    span: Span,
    errand: Result<Errand, Failure>,
}

/// What is still to be done; in boxes, as it is large and handed on.
enum Errand {
    /// To send it.
    Packed(Box<Parcel>),
    /// To see whether the client may send it now, or to wait for its body.
    Waiting(Box<Waiting>),
}

/// A request as it is sent, and what to do with the answer.
struct Parcel {
    request: Outgoing,
    /// When the answer must have begun.
    deadline: Duration,
    wish: Wish,
    upgrade: Option<Upgrade>,
}

/// A request as it came.
struct Waiting {
    request: Request<Incoming>,
    upgrade: Option<Upgrade>,
    /// The class of routes that it counts for.
    class: Option<Arc<Class>>,
}

impl Crossing {
    /// Begins to pass a request to the service of its route, unless that needs a session and there
    /// is none.
    pub(crate) fn begin(
        worker: &Worker,
        route: Route,
        visit: &Visit,
        mut request: Request<Incoming>,
    ) -> Self {
        // In this order: `Connection` says what is to be removed, and what is removed must not be
        // what the proxy itself adds.
        let upgrade = Upgrade::wanted_by(&mut request);
        remove_unwelcome(request.headers_mut());
        let span = visit.begin_span(&route, request.headers_mut());
        let session = worker.sessions.admit(request.headers_mut());
        if let Some(user) = session.user() {
            visit.sign(user);
        }
        let class = worker.edge.class_of(&request);
        let errand = if route.access == Access::SignedIn && session.user().is_none() {
            discard(request);
            Err(Failure::NoSession)
        } else if class.is_none() && request.body().is_end_stream() {
            pack(worker, route, visit, request, upgrade).map(Errand::Packed)
        } else {
            Ok(Errand::Waiting(Box::new(Waiting {
                request,
                upgrade,
                class,
            })))
        };
        Self {
            route,
            session,
            span,
            errand,
        }
    }

    /// Answers, whatever comes of it.
    pub(crate) async fn end(mut self, worker: &Worker, visit: &Visit) -> Response<Body> {
        let (route, session) = (self.route, self.session);
        let (answer, standing) = match self.errand {
            Ok(Errand::Packed(parcel)) => (deliver(worker, route, parcel).await, None),
            // In a box, as most need not wait: a future has room for all it may come to.
            Ok(Errand::Waiting(waiting)) => {
                Box::pin(count_and_deliver(worker, route, visit, session, waiting)).await
            }
            Err(failure) => (Err(failure), None),
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
        self.span.answered(response.status());
        worker
            .sessions
            .clear_if_dead(session, response.headers_mut());
        response
    }
}

/// Counts a request for its class, and passes it on if that has room; says how the client stands.
async fn count_and_deliver(
    worker: &Worker,
    route: Route,
    visit: &Visit,
    session: Session,
    waiting: Box<Waiting>,
) -> (Result<Response<Body>, Failure>, Option<Standing>) {
    let Waiting {
        request,
        upgrade,
        class,
    } = *waiting;
    let (ip, user) = (visit.client.ip, session.user());
    let standing = match worker.edge.admit_to(class.as_deref(), ip, user).await {
        Ok(standing) => standing,
        Err(failure) => {
            discard(request);
            return (Err(failure), None);
        }
    };
    let answer = async {
        let mut parcel = pack(worker, route, visit, request, upgrade)?;
        if let Ok(_place) = worker.gathering.try_acquire() {
            parcel.request.gather().await?;
        }
        deliver(worker, route, parcel).await
    };
    (answer.await, standing)
}

/// Writes the request down as the service shall see it.
fn pack(
    worker: &Worker,
    route: Route,
    visit: &Visit,
    mut request: Request<Incoming>,
    upgrade: Option<Upgrade>,
) -> Result<Box<Parcel>, Failure> {
    let path = request.uri().path();
    let (deadline, most) = (worker.deadline_of(&route, path), max_upload(path));
    if request.body().size_hint().lower() > most {
        discard(request);
        return Err(Failure::TooLarge);
    }
    let wish = Wish::of(&worker.edge.compression, &route, &request);
    if upgrade.is_some() {
        say_upgrade(request.headers_mut());
    }
    let rate = MinRate::new(&worker.limits);
    let request = request.map(|body| Upload::of(body, most, rate));
    Ok(Box::new(Parcel {
        request: Outgoing::of(request, &visit.origin())?,
        deadline,
        wish,
        upgrade,
    }))
}

/// Sends the request, and makes of the answer what the client shall see.
async fn deliver(
    worker: &Worker,
    route: Route,
    mut parcel: Box<Parcel>,
) -> Result<Response<Body>, Failure> {
    let asked = ask(worker, route, parcel.deadline, &mut parcel.request).await;
    let mut response = asked.inspect_err(|_| parcel.request.abandon())?;
    let switches = response.status() == StatusCode::SWITCHING_PROTOCOLS;
    match parcel.upgrade {
        Some(upgrade) if switches => return Ok(upgrade.splice(worker, response)),
        None if switches => return Err(Failure::UnexpectedUpgrade),
        _ => {}
    }
    protect(response.headers_mut());
    match parcel.wish.grant(response) {
        Granted::Now(response) => Ok(response),
        // In a box, as it happens rarely.
        Granted::Compressed(response) => {
            let upstream = worker.upstreams.of(route.service).name;
            Box::pin(compress(upstream, response)).await
        }
    }
}

/// Asks the service, unless it is left alone.
async fn ask(
    worker: &Worker,
    route: Route,
    deadline: Duration,
    request: &mut Outgoing,
) -> Result<Response<Download>, Failure> {
    let upstream = worker.upstreams.of(route.service);
    let permit = upstream.admit(request.is_whole())?;
    let deadline = permit.deadline(deadline);
    let answer = within(deadline, worker.client.send(upstream, request)).await;
    // Nobody can answer what is not all there.
    let late = || {
        if request.awaits_client() {
            Failure::Slow
        } else {
            Failure::Late
        }
    };
    match answer.unwrap_or_else(|| Err(late())) {
        Ok(response) => {
            permit.answered();
            Ok(response)
        }
        Err(failure) => Err(permit.failed(failure)),
    }
}
