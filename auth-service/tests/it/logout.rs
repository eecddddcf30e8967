//! Logout: the session ends in the browser and everywhere else.

use http::StatusCode;
use serde_json::json;
use shared::{
    auth::{Revocations, TokenError, follow_revocations},
    shutdown::Shutdown,
};
use shared_testing::{entries, eventually, field};

use crate::stage::{Stage, cookie, verifier};

const LOGOUT: &str = "/api/auth/logout";
const OUTBOX: &str = "SELECT count(*)::text FROM outbox";

#[tokio::test]
async fn a_logout_clears_the_cookies_with_the_attributes_they_were_set_with() {
    let stage = Stage::create().await;
    stage.sign_up("zoe1").await;
    let token = stage.log_in("zoe1").await;

    let answer = stage.guest.bearing(&token).send("POST", LOGOUT, "").await;

    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.body, json!({"message": "User logged out"}));
    for (name, path) in [("token", "Path=/"), ("refresh", "Path=/api/auth")] {
        let mut parts = cookie(&answer, name).unwrap();
        parts.sort_unstable();
        assert_eq!(
            parts,
            ["", "HttpOnly", "Max-Age=0", path, "SameSite=Strict"]
        );
    }
}

#[tokio::test]
async fn after_a_logout_the_token_is_void_in_every_service() {
    let stage = Stage::create().await;
    stage.start_workers().await;
    stage.sign_up("zoe1").await;
    let (token, other) = (stage.log_in("zoe1").await, stage.log_in("zoe1").await);
    let learnt = Revocations::default();
    let service = verifier(&stage.pair, learnt.clone());
    let session = service.verify(&token).unwrap().session_id;

    stage.guest.bearing(&token).send("POST", LOGOUT, "").await;
    follow_revocations(stage.redis.clone(), learnt, &Shutdown::default()).await;

    let refused = eventually(async || service.verify(&token), Result::is_err).await;
    assert!(matches!(refused, Err(TokenError::Revoked)), "{refused:?}");
    assert!(service.verify(&other).is_ok());
    let [entry] = entries(&stage.redis, "sessions_stream")
        .await
        .try_into()
        .unwrap();
    assert_eq!(field(&entry, "type"), "session.revoked.v1");
    assert_eq!(field(&entry, "session_id"), session.to_string());
}

#[tokio::test]
async fn after_a_logout_neither_token_nor_refresh_cookie_is_worth_anything() {
    let stage = Stage::create().await;
    stage.sign_up("zoe1").await;
    let browser = stage.enter("zoe1").await;
    let zoe = stage.guest.bearing(&browser.token);
    zoe.send("POST", LOGOUT, "").await;

    assert_eq!(zoe.get("/api/auth/checkIsAuth").await.body["isAuth"], false);
    let refreshing = browser.refreshing(&stage.guest);
    let answer = refreshing.send("POST", "/api/auth/refresh", "").await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);

    zoe.send("POST", LOGOUT, "").await;
    assert_eq!(stage.text(OUTBOX).await, "1");
}

#[tokio::test]
async fn a_browser_whose_token_has_expired_still_ends_its_session() {
    let stage = Stage::create().await;
    stage.sign_up("zoe1").await;
    let browser = stage.enter("zoe1").await;
    let without_token = browser.refreshing(&stage.guest);

    without_token.send("POST", LOGOUT, "").await;

    let answer = without_token.send("POST", "/api/auth/refresh", "").await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(stage.claims(&browser.token), None);
}

#[tokio::test]
async fn somebody_who_is_not_signed_in_logs_out_with_the_same_answer() {
    let stage = Stage::create().await;
    for client in [stage.guest.clone(), stage.guest.bearing("garbage")] {
        let answer = client.send("POST", LOGOUT, "").await;

        assert_eq!(answer.status, StatusCode::OK);
        assert!(
            cookie(&answer, "token")
                .unwrap()
                .contains(&"Max-Age=0".to_owned())
        );
    }
    assert_eq!(stage.text(OUTBOX).await, "0");
}
