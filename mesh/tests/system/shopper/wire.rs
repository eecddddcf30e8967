//! Requests over a real connection, and what comes back.

use http_body_util::{BodyExt, Full};
use hyper::{Method, Request, Response, StatusCode, body::Bytes, header, http::request};
use serde_json::Value;
use tokio::time::timeout;

use super::{PATIENCE, Shopper};

impl Shopper {
    /// A request of this person, to be completed.
    pub(crate) fn request(&self, method: Method, path: &str) -> request::Builder {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.site))
            .header(header::COOKIE, &self.cookie);
        if !self.bearer.is_empty() {
            request = request.header(header::AUTHORIZATION, &self.bearer);
        }
        request
    }

    /// The whole answer to one request; `None` when the mesh is away.
    pub(crate) async fn exchange(
        &self,
        request: request::Builder,
        body: impl Into<Bytes>,
    ) -> Option<Response<Bytes>> {
        let request = request.body(Full::new(body.into())).unwrap();
        let response = timeout(PATIENCE, self.client.request(request))
            .await
            .ok()?
            .ok()?;
        let (parts, body) = response.into_parts();
        let body = timeout(PATIENCE, body.collect()).await.ok()?.ok()?;
        Some(Response::from_parts(parts, body.to_bytes()))
    }

    /// One request: status, session cookie if one was set, body (JSON, or else text); `None` when the mesh is away.
    pub(super) async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        key: &str,
    ) -> Option<(StatusCode, Option<String>, Value)> {
        let mut request = self.request(method, path);
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        if !key.is_empty() {
            request = request.header("idempotency-key", key);
        }
        let bytes = body.map(ToString::to_string).unwrap_or_default();
        let answer = self.exchange(request, bytes).await?;
        let cookie = cookies_of(&answer).find(|cookie| !cookie.starts_with("refresh="));
        let value = serde_json::from_slice(answer.body())
            .unwrap_or_else(|_| String::from_utf8_lossy(answer.body()).into());
        Some((answer.status(), cookie.map(str::to_owned), value))
    }
}

/// The cookies that an answer sets, `name=value`.
pub(crate) fn cookies_of<T>(answer: &Response<T>) -> impl Iterator<Item = &str> {
    let cookies = answer.headers().get_all(header::SET_COOKIE).iter();
    cookies.filter_map(|cookie| cookie.to_str().ok()?.split(';').next())
}
