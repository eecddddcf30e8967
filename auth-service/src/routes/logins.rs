//! Logins, refreshing and logouts over HTTP.

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use shared::{
    auth::Caller,
    http::{ApiError, Body},
};
use tower_cookies::Cookies;

use super::client::Client;
use crate::{
    CookiePolicy, Error, Logins, Sessions, credentials::LoginBody, demo, sessions::refresh_token,
};

/// Which demo account someone wants to try.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DemoBody {
    #[serde(default, rename = "as")]
    part: demo::Part,
}

/// An answer that says only that it was done.
#[derive(Serialize)]
pub(crate) struct Done {
    pub(super) message: &'static str,
}

const LOGGED_IN: Json<Done> = Json(Done {
    message: "Login successful",
});

/// `POST /api/auth/login`: 200 and the cookies of a session, 400 `VALIDATION_ERROR`, 401
/// `UNAUTHORIZED`, 403 `ACCOUNT_DISABLED`, 429 `RATE_LIMITED` after too many wrong passwords, 503
/// `UNAVAILABLE` when too many logins wait.
pub(crate) async fn log_in(
    State(logins): State<Logins>,
    State(sessions): State<Sessions>,
    (State(policy), cookies): (State<CookiePolicy>, Cookies),
    client: Client,
    Body(body): Body<LoginBody>,
) -> Result<Json<Done>, ApiError> {
    let user = logins.check(body.parse()?, client.address).await?;
    let tokens = sessions.begin(&user, &client.user_agent).await?;
    policy.hand_out(tokens, &cookies);
    Ok(LOGGED_IN)
}

/// `POST /api/auth/demo-login`: 200 and the cookies of a session of the demo seller, or of the
/// buyer with `{"as":"buyer"}`; 404 where demo logins are off.
pub(crate) async fn log_in_as_demo(
    State(logins): State<Logins>,
    State(sessions): State<Sessions>,
    (State(policy), cookies): (State<CookiePolicy>, Cookies),
    client: Client,
    body: Option<Body<DemoBody>>,
) -> Result<Json<Done>, ApiError> {
    let Body(body) = body.unwrap_or(Body(DemoBody::default()));
    let user = logins.demo(body.part).await?;
    let tokens = sessions.begin(&user, &client.user_agent).await?;
    policy.hand_out(tokens, &cookies);
    Ok(LOGGED_IN)
}

/// `GET /api/auth/demo`: the older name of the seller's demo login.
pub(crate) async fn log_in_as_demo_seller(
    logins: State<Logins>,
    sessions: State<Sessions>,
    cookies: (State<CookiePolicy>, Cookies),
    client: Client,
) -> Result<Json<Done>, ApiError> {
    log_in_as_demo(logins, sessions, cookies, client, None).await
}

/// `POST /api/auth/refresh`: 200 and new cookies for the refresh cookie, which is good for this
/// one time; 401 and no cookies when the session is over, 503 while Redis is away.
pub(crate) async fn refresh(
    State(sessions): State<Sessions>,
    State(policy): State<CookiePolicy>,
    cookies: Cookies,
) -> Result<Json<Done>, ApiError> {
    let refreshed = match refresh_token(&cookies) {
        Some(presented) => sessions.refresh(&presented).await,
        None => Err(Error::SessionOver),
    };
    if let Err(Error::SessionOver) = refreshed {
        policy.clear(&cookies);
    }
    policy.hand_out(refreshed?, &cookies);
    Ok(Json(Done {
        message: "Session refreshed",
    }))
}

/// `POST /api/auth/logout`: 200; clears the cookies and ends the session everywhere. Someone who is
/// not signed in gets the same answer.
pub(crate) async fn log_out(
    State(sessions): State<Sessions>,
    State(policy): State<CookiePolicy>,
    cookies: Cookies,
    caller: Option<Caller>,
) -> Result<Json<Done>, ApiError> {
    let ended = match (caller, refresh_token(&cookies)) {
        (Some(caller), _) => Some((caller.id(), caller.claims.session_id)),
        // The token expired; the session has not.
        (None, Some(token)) => {
            let session = sessions.of_token(&token).await?;
            session.map(|session| (session.user_id, session.id))
        }
        (None, None) => None,
    };
    if let Some((user, session)) = ended {
        sessions.end(user, session).await?;
    }
    policy.clear(&cookies);
    Ok(Json(Done {
        message: "User logged out",
    }))
}
