//! Calls a router in process, as a browser behind the proxy would.

use axum::{Router, body::Body};
use futures_util::stream;
use http::{HeaderMap, Request, StatusCode, header, request::Builder};
use http_body_util::BodyExt;
use serde_json::Value;
use tokio::{sync::oneshot, task::JoinHandle};
use tower::ServiceExt;

/// A caller of one router, signed in or not.
#[derive(Clone)]
pub struct TestClient {
    router: Router,
    headers: Vec<(String, String)>,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as JSON, or null when it is none.
    pub body: Value,
}

/// A request whose head was accepted and whose body is not there yet.
pub struct Held {
    body: oneshot::Sender<String>,
    answer: JoinHandle<Answer>,
}

impl Held {
    /// Sends the body, and returns the answer.
    pub async fn finish(self, body: Value) -> Answer {
        self.body.send(body.to_string()).unwrap();
        self.answer.await.unwrap()
    }
}

impl TestClient {
    /// A guest.
    pub fn new(router: Router) -> Self {
        Self {
            router,
            headers: Vec::new(),
        }
    }

    /// The same caller with one more header.
    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> Self {
        let mut client = self.clone();
        client.headers.push((name.to_owned(), value.to_owned()));
        client
    }

    /// The same caller with a bearer token.
    #[must_use]
    pub fn bearing(&self, token: &str) -> Self {
        self.with(header::AUTHORIZATION.as_str(), &format!("Bearer {token}"))
    }

    /// `GET path`.
    pub async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, "").await
    }

    /// `DELETE path`.
    pub async fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, "").await
    }

    /// `POST path` with JSON.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send("POST", path, &body.to_string()).await
    }

    /// `PATCH path` with JSON.
    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send("PATCH", path, &body.to_string()).await
    }

    /// Any request; the body is sent as JSON, whether it is or not.
    pub async fn send(&self, method: &str, path: &str, body: &str) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if !body.is_empty() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        self.ask(request, Body::from(body.to_owned())).await
    }

    /// `PATCH path` with JSON that comes when it is told, and has reached its reader when this
    /// returns.
    pub async fn begin_patch(&self, path: &str) -> Held {
        let (is_read, reading) = oneshot::channel();
        let (body, rest) = oneshot::channel::<String>();
        let stream = stream::once(async move {
            _ = is_read.send(());
            rest.await
        });
        let request = Request::patch(path).header(header::CONTENT_TYPE, "application/json");
        let client = self.clone();
        let body_of_request = Body::from_stream(stream);
        let answer = tokio::spawn(async move { client.ask(request, body_of_request).await });
        reading.await.unwrap();
        Held { body, answer }
    }

    async fn ask(&self, mut request: Builder, body: Body) -> Answer {
        for (name, value) in &self.headers {
            request = request.header(name, value.as_bytes());
        }
        let request = request.body(body).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: serde_json::from_slice(&bytes).unwrap_or_default(),
        }
    }
}
