//! The `Idempotency-Key` header: the same key and the same cart are one order.

use axum::extract::FromRequestParts;
use http::{StatusCode, request::Parts};
use shared::http::ApiError;

/// Longest key (the column's width).
const MAX_KEY: usize = 255;

/// A key that the client made up for one order, if it did.
pub(crate) struct IdempotencyKey(pub(crate) Option<String>);

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let Some(value) = parts.headers.get("idempotency-key") else {
            return Ok(Self(None));
        };
        let bytes = value.as_bytes();
        let is_key = (1..=MAX_KEY).contains(&bytes.len()) && bytes.iter().all(u8::is_ascii_graphic);
        match value.to_str() {
            Ok(key) if is_key => Ok(Self(Some(key.to_owned()))),
            _ => Err(ApiError::new(
                StatusCode::BAD_REQUEST,
                "BAD_IDEMPOTENCY_KEY",
                format!("Idempotency-Key must be 1 to {MAX_KEY} visible ASCII characters"),
            )),
        }
    }
}
