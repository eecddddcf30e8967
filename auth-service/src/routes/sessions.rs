//! Sessions over HTTP.

use std::sync::Arc;

use axum::{Json, extract::State};
use sea_orm::DatabaseConnection;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use shared::{
    auth::{Caller, TokenSigner},
    http::{ApiError, Body},
    stream::Outbox,
};
use tower_cookies::Cookies;

use crate::{CookiePolicy, Error, credentials::LoginBody, demo, password::Passwords, sessions};

/// Which demo account someone wants to try.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DemoBody {
    #[serde(default, rename = "as")]
    part: DemoPart,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum DemoPart {
    #[default]
    Seller,
    Buyer,
}

#[derive(Serialize)]
pub(crate) struct Answer {
    message: &'static str,
}

const LOGGED_IN: Json<Answer> = Json(Answer {
    message: "Login successful",
});

/// `POST /api/auth/login`: 200 and the session cookie, 400 `VALIDATION_ERROR`, 401
/// `UNAUTHORIZED`, 503 `UNAVAILABLE` when too many logins wait.
pub(crate) async fn log_in(
    State(db): State<DatabaseConnection>,
    State(passwords): State<Passwords>,
    State(signer): State<Arc<TokenSigner>>,
    (State(policy), cookies): (State<CookiePolicy>, Cookies),
    Body(body): Body<LoginBody>,
) -> Result<Json<Answer>, ApiError> {
    let token = sessions::log_in(&db, &passwords, &signer, body.parse()?).await?;
    cookies.add(policy.session(token));
    Ok(LOGGED_IN)
}

/// `POST /api/auth/demo-login`: 200 and the session cookie of the demo seller, or of the buyer
/// with `{"as":"buyer"}`; 404 where demo logins are off.
pub(crate) async fn log_in_as_demo(
    State(db): State<DatabaseConnection>,
    State(signer): State<Arc<TokenSigner>>,
    State(policy): State<CookiePolicy>,
    cookies: Cookies,
    body: Option<Body<DemoBody>>,
) -> Result<Json<Answer>, ApiError> {
    let Body(body) = body.unwrap_or(Body(DemoBody::default()));
    let id = match body.part {
        DemoPart::Seller => demo::SELLER,
        DemoPart::Buyer => demo::BUYER,
    };
    if !policy.allows_demo {
        return Err(Error::NoDemo.into());
    }
    let token = sessions::log_in_as_demo(&db, &signer, id).await?;
    cookies.add(policy.session(token));
    Ok(LOGGED_IN)
}

/// `GET /api/auth/demo`: the older name of the seller's demo login.
pub(crate) async fn log_in_as_demo_seller(
    db: State<DatabaseConnection>,
    signer: State<Arc<TokenSigner>>,
    policy: State<CookiePolicy>,
    cookies: Cookies,
) -> Result<Json<Answer>, ApiError> {
    log_in_as_demo(db, signer, policy, cookies, None).await
}

/// `GET /api/auth/checkIsAuth`: always 200; says whether someone is signed in, and who.
pub(crate) async fn check(caller: Option<Caller>) -> Json<Value> {
    let Some(Caller { claims }) = caller else {
        return Json(json!({ "isAuth": false }));
    };
    Json(json!({
        "isAuth": true,
        "user": {
            "id": claims.user_id,
            "username": claims.username,
            "email": claims.email,
            "role": claims.role,
        },
    }))
}

/// `POST /api/auth/logout`: 200; clears the cookie and makes the token void everywhere. Someone
/// who is not signed in gets the same answer.
pub(crate) async fn log_out(
    State(db): State<DatabaseConnection>,
    State(outbox): State<Outbox>,
    State(policy): State<CookiePolicy>,
    cookies: Cookies,
    caller: Option<Caller>,
) -> Result<Json<Answer>, ApiError> {
    if let Some(caller) = caller {
        sessions::log_out(&db, &outbox, &caller.claims).await?;
    }
    cookies.add(policy.cleared());
    Ok(Json(Answer {
        message: "User logged out",
    }))
}
