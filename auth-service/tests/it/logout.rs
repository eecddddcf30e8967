//! Logout: the session ends in the browser and everywhere else.

use http::StatusCode;
use serde_json::json;
use shared::{
    auth::{Revocations, TokenError, follow_revocations},
    messages::sessions::SessionsMessage,
    redis::Redis,
    shutdown::Shutdown,
    stream::{Relay, StreamPolicy},
};
use shared_testing::{TestRedis, entries, eventually, field};

use crate::stage::{Stage, cookie, verifier};

const LOGOUT: &str = "/api/auth/logout";
const OUTBOX: &str = "SELECT count(*)::text FROM outbox";

/// Starts what auth-service runs beside its routes.
fn start_workers(stage: &Stage, redis: &Redis) {
    let shutdown = Shutdown::default();
    let (db, outbox) = (stage.db.clone(), stage.state.outbox.clone());
    let streams = vec![StreamPolicy::of::<SessionsMessage>()];
    let relay = Relay::new((db, redis.clone(), outbox), "auth-service", streams);
    shutdown.spawn(relay.run(shutdown.token()));
    let known = stage.revocations.clone();
    shutdown.spawn(follow_revocations(redis.clone(), known, shutdown.token()));
}

#[tokio::test]
async fn a_logout_clears_the_cookie_with_the_attributes_it_was_set_with() {
    let stage = Stage::create().await;
    stage.sign_up("zoe1").await;
    let token = stage.log_in("zoe1").await;

    let answer = stage.guest.bearing(&token).send("POST", LOGOUT, "").await;

    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.body, json!({"message": "User logged out"}));
    let mut parts = cookie(&answer);
    parts.sort_unstable();
    let expected = [
        "HttpOnly",
        "Max-Age=0",
        "Path=/",
        "SameSite=Strict",
        "token=",
    ];
    assert_eq!(parts, expected);
}

#[tokio::test]
async fn after_a_logout_the_token_is_void_in_every_service() {
    let stage = Stage::create().await;
    let redis = TestRedis::create();
    start_workers(&stage, &redis);
    stage.sign_up("zoe1").await;
    let (token, other) = (stage.log_in("zoe1").await, stage.log_in("zoe1").await);
    let learnt = Revocations::default();
    let service = verifier(&stage.pair, learnt.clone());
    let jti = service.verify(&token).unwrap().jti;

    stage.guest.bearing(&token).send("POST", LOGOUT, "").await;
    tokio::spawn(follow_revocations(
        redis.clone(),
        learnt,
        Shutdown::default().token(),
    ));

    let refused = eventually(async || service.verify(&token), Result::is_err).await;
    assert!(matches!(refused, Err(TokenError::Revoked)), "{refused:?}");
    assert!(service.verify(&other).is_ok());
    let [entry] = entries(&redis, "sessions_stream").await.try_into().unwrap();
    assert_eq!(field(&entry, "type"), "token.revoked.v1");
    assert_eq!(field(&entry, "token_id"), jti.to_string());
}

#[tokio::test]
async fn after_a_logout_auth_service_itself_takes_the_token_no_more() {
    let stage = Stage::create().await;
    start_workers(&stage, &TestRedis::create());
    stage.sign_up("zoe1").await;
    let zoe = stage.guest.bearing(&stage.log_in("zoe1").await);
    zoe.send("POST", LOGOUT, "").await;

    let check = || zoe.get("/api/auth/checkIsAuth");
    eventually(check, |answer| answer.body["isAuth"] == false).await;

    zoe.send("POST", LOGOUT, "").await;
    assert_eq!(stage.text(OUTBOX).await, "1");
}

#[tokio::test]
async fn somebody_who_is_not_signed_in_logs_out_with_the_same_answer() {
    let stage = Stage::create().await;
    for client in [stage.guest.clone(), stage.guest.bearing("garbage")] {
        let answer = client.send("POST", LOGOUT, "").await;

        assert_eq!(answer.status, StatusCode::OK);
        assert!(cookie(&answer).contains(&"Max-Age=0".to_owned()));
    }
    assert_eq!(stage.text(OUTBOX).await, "0");
}
