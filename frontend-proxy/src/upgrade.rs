//! A WebSocket: once the service agrees, bytes go both ways untouched until either side ends.

use http::{HeaderMap, HeaderValue, Method, Request, Response, Version, header};
use http_body_util::{Either, Full};
use hyper::{body::Incoming, upgrade::OnUpgrade};
use hyper_util::rt::TokioIo;
use tokio_util::sync::CancellationToken;
use tracing::debug;

use crate::{
    body::{Body, Download},
    headers::remove_hop_by_hop,
    worker::Worker,
};

/// The only protocol to switch to: any other (such as h2c) would carry requests past the checks
/// of this proxy.
const WEBSOCKET: HeaderValue = HeaderValue::from_static("websocket");

/// A client's wish to go on as a WebSocket.
pub(crate) struct Upgrade {
    client: OnUpgrade,
}

impl Upgrade {
    /// The wish of this request, if it has one.
    pub(crate) fn wanted_by(request: &mut Request<Incoming>) -> Option<Self> {
        if !request.headers().contains_key(header::UPGRADE) || !wants_websocket(request) {
            return None;
        }
        let client = hyper::upgrade::on(request);
        Some(Self { client })
    }

    /// Joins both connections, until either side or the process ends, and answers 101.
    pub(crate) fn splice(self, worker: &Worker, mut answer: Response<Download>) -> Response<Body> {
        let service = hyper::upgrade::on(&mut answer);
        let stop = worker.stop.clone();
        worker.tasks.spawn(tunnel(self.client, service, stop));
        let (mut head, _) = answer.into_parts();
        remove_hop_by_hop(&mut head.headers);
        say_upgrade(&mut head.headers);
        Response::from_parts(head, Either::Right(Full::default()))
    }
}

fn wants_websocket(request: &Request<Incoming>) -> bool {
    let has = |name, word: &str| {
        request
            .headers()
            .get_all(name)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|list| list.split(','))
            .any(|item| item.trim().eq_ignore_ascii_case(word))
    };
    *request.method() == Method::GET
        && request.version() == Version::HTTP_11
        && has(header::CONNECTION, "upgrade")
        && has(header::UPGRADE, "websocket")
}

/// Says in a request or an answer that the connection goes on as a WebSocket.
pub(crate) fn say_upgrade(headers: &mut HeaderMap) {
    headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(header::UPGRADE, WEBSOCKET);
}

async fn tunnel(client: OnUpgrade, service: OnUpgrade, stop: CancellationToken) {
    let (client, service) = match tokio::try_join!(client, service) {
        Ok(both) => both,
        Err(error) => {
            debug!(%error, "a WebSocket did not open");
            return;
        }
    };
    let (mut client, mut service) = (TokioIo::new(client), TokioIo::new(service));
    tokio::select! {
        () = stop.cancelled() => {}
        ended = tokio::io::copy_bidirectional(&mut client, &mut service) => {
            if let Err(error) = ended {
                debug!(%error, "a WebSocket broke");
            }
        }
    }
}
