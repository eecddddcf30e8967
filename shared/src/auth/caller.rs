//! The caller of a request, from its bearer token.

use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts, OptionalFromRequestParts};
use http::{header, request::Parts};

use super::{Claims, Permission, TokenVerifier};
use crate::{http::ApiError, id::UserId};

/// A signed-in user. As an argument of a handler it refuses others with 401; as
/// `Option<Caller>` it lets guests in.
#[derive(Clone)]
pub struct Caller {
    /// What the token says.
    pub claims: Arc<Claims>,
    tokens: TokenVerifier,
}

impl Caller {
    /// The user's id.
    pub fn id(&self) -> UserId {
        self.claims.user_id
    }

    /// Whether the token still holds: a body may come, and a connection may last, longer than it.
    pub fn is_still_known(&self) -> bool {
        self.tokens.check_again(&self.claims).is_ok()
    }

    /// Goes on only when the caller may do this: the first line of every handler that is not for
    /// everybody. By then the body was read, so whether the token still holds is asked again.
    ///
    /// # Errors
    /// 401 `UNAUTHORIZED` or 403 `FORBIDDEN`.
    pub fn may(&self, permission: Permission) -> Result<(), ApiError> {
        if !self.is_still_known() {
            return Err(ApiError::unauthorized());
        }
        if self.claims.permit(permission) {
            return Ok(());
        }
        let message = format!("your account lacks the permission {}", permission.as_str());
        Err(ApiError::forbidden(message))
    }

    fn of(parts: &Parts, tokens: TokenVerifier) -> Option<Self> {
        let header = parts.headers.get(header::AUTHORIZATION)?.to_str().ok()?;
        let (scheme, token) = header.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return None;
        }
        let claims = tokens.verify(token.trim()).ok()?;
        Some(Self { claims, tokens })
    }
}

impl<S> FromRequestParts<S> for Caller
where
    S: Send + Sync,
    TokenVerifier: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        Self::of(parts, TokenVerifier::from_ref(state)).ok_or_else(ApiError::unauthorized)
    }
}

impl<S> OptionalFromRequestParts<S> for Caller
where
    S: Send + Sync,
    TokenVerifier: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &S,
    ) -> Result<Option<Self>, Self::Rejection> {
        Ok(Self::of(parts, TokenVerifier::from_ref(state)))
    }
}
