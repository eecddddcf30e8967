//! What a service says of itself: alive always, ready only with all its parts.

use std::{convert::Infallible, future::pending};

use http::StatusCode;
use serde_json::json;
use shared::{
    db,
    http::{Check, health_router, with_layers},
};
use shared_testing::{TestClient, TestLink, TestRedis, eventually};

use crate::stage::Stage;

fn client(checks: Vec<Check>) -> TestClient {
    TestClient::new(with_layers(health_router(checks)))
}

#[tokio::test]
async fn a_service_with_all_its_parts_is_ready() {
    let stage = Stage::create().await;
    let client = client(vec![Check::database(&stage.db), Check::redis(&stage.redis)]);

    let ready = client.get("/health/ready").await;

    assert_eq!(ready.status, StatusCode::OK);
    let expected = json!({"status": "ready", "database": "ok", "redis": "ok"});
    assert_eq!(ready.body, expected);
}

#[tokio::test]
async fn a_service_is_alive_but_not_ready_while_a_part_is_away() {
    let stage = Stage::create().await;
    let (redis, redis_link) = TestRedis::linked(&stage.redis).await;
    let database_link = TestLink::to(&stage.database_url).await;
    let db = db::connect(database_link.url()).await.unwrap();
    let client = client(vec![Check::database(&db), Check::redis(&redis)]);

    for (link, away, there) in [
        (&redis_link, "redis", "database"),
        (&database_link, "database", "redis"),
    ] {
        link.cut();
        let ready = client.get("/health/ready").await;

        assert_eq!(ready.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(ready.body["status"], "not ready");
        assert_ne!(ready.body[away], "ok");
        assert_eq!(ready.body[there], "ok");
        assert_eq!(client.get("/health").await.status, StatusCode::OK);

        link.restore();
        let ready = || client.get("/health/ready");
        eventually(ready, |answer| answer.status == StatusCode::OK).await;
    }
}

#[tokio::test]
async fn a_part_that_does_not_answer_within_two_seconds_is_not_ready() {
    let stuck = Check::new("stuck", pending::<Result<(), Infallible>>);

    let ready = client(vec![stuck]).get("/health/ready").await;

    assert_eq!(ready.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(ready.body["stuck"], "no answer within 2 s");
}
