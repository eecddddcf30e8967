//! Logins, refreshing and logouts over HTTP.

use axum::{Json, extract::State};
use http::HeaderMap;
use serde::{Deserialize, Serialize};
use shared::{
    auth::Caller,
    http::{ApiError, Body},
};
use tower_cookies::Cookies;
use utoipa::ToSchema;

use super::client::Client;
use crate::{
    CookiePolicy, Error, Logins, Sessions, credentials::LoginBody, demo, sessions::Presented,
};

/// Which demo account someone wants to try.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DemoBody {
    #[serde(default, rename = "as")]
    #[schema(inline)]
    part: demo::Part,
}

/// An answer that says only that it was done.
#[derive(Serialize, ToSchema)]
pub(crate) struct Done {
    pub(super) message: &'static str,
}

const LOGGED_IN: Json<Done> = Json(Done {
    message: "Login successful",
});

/// Logs in: the answer has the cookies of a session.
#[utoipa::path(
    post, path = "/api/auth/login", request_body = LoginBody,
    responses(
        (status = 200, body = Done),
        (status = 401, description = "`UNAUTHORIZED`: no account has this address and password"),
        (status = 403, description = "`ACCOUNT_DISABLED`: an administrator disabled the account"),
    ),
)]
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

/// Logs in as the demo seller or buyer.
#[utoipa::path(
    post, path = "/api/auth/demo-login", request_body = Option<DemoBody>,
    responses(
        (status = 200, body = Done),
        (status = 403, description = "`ACCOUNT_DISABLED`: an administrator disabled the account"),
        (status = 404, description = "`NOT_FOUND`: demo logins are off"),
    ),
)]
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

/// The older name of the seller's demo login.
#[deprecated]
#[utoipa::path(
    get, path = "/api/auth/demo",
    responses(
        (status = 200, body = Done),
        (status = 403, description = "`ACCOUNT_DISABLED`: an administrator disabled the account"),
        (status = 404, description = "`NOT_FOUND`: demo logins are off"),
    ),
)]
pub(crate) async fn log_in_as_demo_seller(
    logins: State<Logins>,
    sessions: State<Sessions>,
    cookies: (State<CookiePolicy>, Cookies),
    client: Client,
) -> Result<Json<Done>, ApiError> {
    log_in_as_demo(logins, sessions, cookies, client, None).await
}

/// Renews a session: new cookies for the refresh cookie, which is good for this one time.
#[utoipa::path(
    post, path = "/api/auth/refresh", params(("refresh" = Option<String>, Cookie)),
    responses(
        (status = 200, body = Done),
        (status = 401, description = "`UNAUTHORIZED`: the session is over; log in"),
        (status = 403, description = "`ACCOUNT_DISABLED`: an administrator disabled the account"),
    ),
)]
pub(crate) async fn refresh(
    State(sessions): State<Sessions>,
    State(policy): State<CookiePolicy>,
    cookies: Cookies,
    headers: HeaderMap,
) -> Result<Json<Done>, ApiError> {
    let refreshed = match Presented::in_headers(&headers) {
        Presented::One(token) => sessions.refresh(&token).await,
        Presented::Nothing => Err(Error::SessionOver),
        // Clearing our own would leave the other one.
        Presented::Several => return Err(Error::SessionOver.into()),
    };
    if let Err(Error::SessionOver) = refreshed {
        policy.clear(&cookies);
    }
    policy.hand_out(refreshed?, &cookies);
    Ok(Json(Done {
        message: "Session refreshed",
    }))
}

/// Ends the session everywhere and clears its cookies; a guest gets the same answer.
#[utoipa::path(
    post, path = "/api/auth/logout", params(("refresh" = Option<String>, Cookie)),
    responses((status = 200, body = Done)),
)]
pub(crate) async fn log_out(
    State(sessions): State<Sessions>,
    State(policy): State<CookiePolicy>,
    cookies: Cookies,
    headers: HeaderMap,
    caller: Option<Caller>,
) -> Result<Json<Done>, ApiError> {
    let ended = match (caller, Presented::in_headers(&headers)) {
        (Some(caller), _) => Some((caller.id(), caller.claims.session_id)),
        // The token expired; the session has not.
        (None, Presented::One(token)) => {
            let session = sessions.of_token(&token).await?;
            session.map(|session| (session.user_id, session.id))
        }
        (None, _) => None,
    };
    if let Some((user, session)) = ended {
        sessions.end(user, session).await?;
    }
    policy.clear(&cookies);
    Ok(Json(Done {
        message: "User logged out",
    }))
}
