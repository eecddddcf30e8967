//! Where a request reads: its caller sees what the caller has written.
//!
//! An answer to a write leaves a cookie for five seconds, which says so to every instance.

use std::convert::Infallible;

use axum::{
    extract::{FromRef, FromRequestParts, Request, State},
    middleware::Next,
    response::Response,
};
use http::{HeaderMap, HeaderValue, header, request::Parts};
use sea_orm::DatabaseConnection;

use crate::db::Reads;

/// What the cookie looks like among others.
const COOKIE: &str = "mesh_wrote=1";

/// The cookie with its life: [`crate::db::RECENT`].
const SET_COOKIE: HeaderValue =
    HeaderValue::from_static("mesh_wrote=1; Max-Age=5; Path=/; HttpOnly; SameSite=Lax");

/// The database to read from: a replica, unless the caller has just written.
pub struct Reader(pub DatabaseConnection);

impl<S> FromRequestParts<S> for Reader
where
    S: Send + Sync,
    Reads: FromRef<S>,
{
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let reads = Reads::from_ref(state);
        Ok(Self(reads.pick(has_written(&parts.headers)).clone()))
    }
}

/// Remembers, where there is a replica, that the caller has written.
pub async fn remember_writes(State(reads): State<Reads>, request: Request, next: Next) -> Response {
    let is_write = !request.method().is_safe();
    let mut response = next.run(request).await;
    if is_write && reads.has_replica() && response.status().is_success() {
        response
            .headers_mut()
            .append(header::SET_COOKIE, SET_COOKIE);
    }
    response
}

fn has_written(headers: &HeaderMap) -> bool {
    let cookies = headers.get_all(header::COOKIE).iter();
    cookies
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .any(|cookie| cookie.trim() == COOKIE)
}
