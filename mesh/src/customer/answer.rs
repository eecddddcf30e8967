//! What the marketplace answered.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use http_body_util::Collected;
use hyper::{
    StatusCode,
    body::{Buf, Bytes},
    header::{self, HeaderMap, HeaderValue},
};
use serde::de::DeserializeOwned;

/// A whole answer.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Collected<Bytes>,
}

impl Answer {
    /// Whether it asks to try again later.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        let seconds = self.headers.get(header::RETRY_AFTER)?.to_str().ok()?;
        seconds.parse().ok().map(Duration::from_secs)
    }

    /// This answer, if it has the `wanted` status.
    pub(crate) fn expect(self, wanted: StatusCode) -> Result<Self> {
        let status = self.status;
        ensure!(
            status == wanted,
            "{status} instead of {wanted}: {}",
            String::from_utf8_lossy(&self.bytes())
        );
        Ok(self)
    }

    /// The body, read as JSON.
    pub(crate) fn json<T: DeserializeOwned>(self) -> Result<T> {
        let body = self.bytes();
        serde_json::from_slice(&body)
            .with_context(|| format!("unexpected answer: {}", String::from_utf8_lossy(&body)))
    }

    /// The body.
    pub(crate) fn bytes(self) -> Bytes {
        self.body.to_bytes()
    }

    /// Size of the body in bytes.
    pub(crate) fn size(self) -> usize {
        self.body.aggregate().remaining()
    }

    /// The pair of the cookie `token` that an answer to a login sets.
    pub(super) fn session_cookie(&self) -> Result<HeaderValue> {
        let cookies = self.headers.get_all(header::SET_COOKIE);
        let session = cookies
            .iter()
            .filter_map(|cookie| cookie.to_str().ok()?.split(';').next())
            .find(|pair| pair.starts_with("token="))
            .context("the answer to a login sets no cookie `token`")?;
        Ok(HeaderValue::from_str(session)?)
    }
}
