//! A service whose answers a test writes.

use std::{
    convert::Infallible,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use bytes::Bytes;
use http::{Request, Response, header};
use http_body_util::{BodyExt, Full, combinators::BoxBody};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

pub(crate) type Answer = Response<BoxBody<Bytes, Infallible>>;

/// A running service; dropped, it ends.
pub(crate) struct Service {
    pub(crate) address: SocketAddr,
    seen: Arc<Seen>,
    stop: CancellationToken,
    tasks: TaskTracker,
}

#[derive(Default)]
struct Seen {
    connections: AtomicUsize,
    requests: AtomicUsize,
}

impl Service {
    /// Answers 200 with what it was asked, as JSON.
    pub(crate) async fn echoing() -> Self {
        Self::answering("127.0.0.1:0", echo).await
    }

    /// Answers as `handler` does.
    pub(crate) async fn answering<H, F>(address: &str, handler: H) -> Self
    where
        H: Fn(Request<Incoming>) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Answer> + Send + 'static,
    {
        let listener = TcpListener::bind(address).await.unwrap();
        let service = Self {
            address: listener.local_addr().unwrap(),
            seen: Arc::default(),
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
        };
        let (seen, stop, tasks) = (
            Arc::clone(&service.seen),
            service.stop.clone(),
            service.tasks.clone(),
        );
        let accept = async move {
            while let Ok((socket, _)) = listener.accept().await {
                seen.connections.fetch_add(1, Ordering::SeqCst);
                let (seen, handler) = (Arc::clone(&seen), handler.clone());
                let answer = service_fn(move |request| {
                    seen.requests.fetch_add(1, Ordering::SeqCst);
                    let answer = handler(request);
                    async move { Ok::<_, Infallible>(answer.await) }
                });
                let connection = http1::Builder::new()
                    .serve_connection(TokioIo::new(socket), answer)
                    .with_upgrades();
                tasks.spawn(stop.clone().run_until_cancelled_owned(connection));
            }
        };
        let accept = service.stop.clone().run_until_cancelled_owned(accept);
        service.tasks.spawn(accept);
        service
    }

    /// Requests that arrived.
    pub(crate) fn requests(&self) -> usize {
        self.seen.requests.load(Ordering::SeqCst)
    }

    /// Connections that were opened.
    pub(crate) fn connections(&self) -> usize {
        self.seen.connections.load(Ordering::SeqCst)
    }

    /// Ends at once, as a killed process does.
    pub(crate) async fn kill(&self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// What was asked, as JSON: method, path with query, headers, size of the body.
pub(crate) async fn echo(request: Request<Incoming>) -> Answer {
    let (head, body) = request.into_parts();
    let size = body.collect().await.map(|body| body.to_bytes().len());
    let headers: Map<String, Value> = head
        .headers
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().into()))
        .collect();
    json_answer(&json!({
        "method": head.method.as_str(),
        "uri": head.uri.to_string(),
        "headers": headers,
        "size": size.ok(),
    }))
}

pub(crate) fn json_answer(value: &Value) -> Answer {
    let mut answer = text(&value.to_string());
    let json = "application/json".parse().unwrap();
    answer.headers_mut().insert(header::CONTENT_TYPE, json);
    answer
}

pub(crate) fn text(body: &str) -> Answer {
    Response::new(Full::new(Bytes::from(body.to_owned())).boxed())
}
