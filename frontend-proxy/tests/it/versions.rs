//! The same API under versioned paths.

use http::Method;
use serde_json::json;

use crate::{service::Service, stage::Stage};

#[tokio::test]
async fn version_one_is_the_api() {
    let service = Service::echoing().await;
    let stage = Stage::before(&service).await;

    for (sent, arrived) in [
        ("/v1/products/7?a=%20b", "/api/products/7?a=%20b"),
        ("/api/v1/products", "/api/products"),
        ("/v1/auth/login", "/api/auth/login"),
    ] {
        let reply = stage.get(sent).await;
        assert_eq!(reply.status, 200, "{sent}");
        assert_eq!(reply.json()["uri"], arrived);
    }
}

#[tokio::test]
async fn a_version_opens_nothing_that_is_closed() {
    let service = Service::echoing().await;
    let stage = Stage::before(&service).await;

    for path in ["/v1/orders", "/api/v1/orders"] {
        stage.get(path).await.assert_refused(401, "UNAUTHORIZED");
    }
    let evil = [("origin", "https://evil.test")];
    let foreign = stage.send(Method::POST, "/v1/auth/login", &evil, "{}");
    foreign.await.assert_refused(403, "CROSS_SITE");
    assert_eq!(service.requests(), 0);
}

#[tokio::test]
async fn an_unknown_version_is_answered_with_the_known_ones() {
    let service = Service::echoing().await;
    let stage = Stage::before(&service).await;

    for path in [
        "/v9/products",
        "/api/v9/products",
        "/v0",
        "/v18446744073709551617/",
    ] {
        let reply = stage.get(path).await;
        reply.assert_refused(404, "UNKNOWN_VERSION");
        assert_eq!(reply.json()["supported"], json!(["v1"]));
    }
    for path in [
        "/v1",
        "/v1/nothing",
        "/v1/v1/products",
        "/api/v1/api/products",
    ] {
        stage.get(path).await.assert_refused(404, "NOT_FOUND");
    }
    assert_eq!(stage.get("/vouchers").await.status, 200, "a page");
    assert_eq!(service.requests(), 0);
}
