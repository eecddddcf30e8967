//! A WebSocket: once the service agrees, bytes go both ways untouched until either side ends.

use std::io;

use http::{HeaderMap, HeaderValue, Method, Request, Response, Version, header};
use http_body_util::{Either, Full};
use hyper::{
    body::Incoming,
    upgrade::{OnUpgrade, Upgraded},
};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncWriteExt, copy_bidirectional};
use tokio_util::sync::CancellationToken;
use tracing::debug;

use crate::{
    body::{Body, Download},
    headers::list,
    wire::Wire,
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
    pub(crate) fn splice(self, worker: &Worker, answer: Response<Download>) -> Response<Body> {
        let (mut head, service) = answer.into_parts();
        if let Some(lease) = service.into_lease() {
            let stop = worker.stop.clone();
            worker.tasks.spawn(tunnel(self.client, *lease.wire, stop));
        }
        say_upgrade(&mut head.headers);
        Response::from_parts(head, Either::Right(Full::default()))
    }
}

fn wants_websocket(request: &Request<Incoming>) -> bool {
    let has = |name, word: &str| {
        list(request.headers(), name).any(|item| item.eq_ignore_ascii_case(word))
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

async fn tunnel(client: OnUpgrade, service: Wire, stop: CancellationToken) {
    let client = match client.await {
        Ok(client) => client,
        Err(error) => {
            debug!(%error, "a WebSocket did not open");
            return;
        }
    };
    let joined = join(TokioIo::new(client), service);
    if let Some(Err(error)) = stop.run_until_cancelled(joined).await {
        debug!(%error, "a WebSocket broke");
    }
}

async fn join(mut client: TokioIo<Upgraded>, service: Wire) -> io::Result<()> {
    let (mut service, said) = service.into_parts();
    client.write_all(&said).await?;
    copy_bidirectional(&mut client, &mut service).await?;
    Ok(())
}
