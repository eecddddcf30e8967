//! Whether the proxy lives, and whether everything behind it is ready.

use frontend_proxy::Assets;
use http::Method;
use serde_json::json;

use crate::{
    service::{Service, text},
    stage::Stage,
};

#[tokio::test]
async fn the_proxy_is_healthy_whatever_its_services_are() {
    let stage = Stage::with("", Assets::plain()).await;

    let reply = stage.get("/health").await;

    assert_eq!(
        (reply.status.as_u16(), &reply.body[..]),
        (200, &b"Healthy\n"[..])
    );
    assert_eq!(reply.header("content-type"), Some("text/plain"));
}

#[tokio::test]
async fn all_is_ready_when_every_service_says_so() {
    let service = Service::echoing().await;
    let stage = Stage::before(&service).await;

    let reply = stage.get("/health/all").await;

    assert_eq!(reply.status, 200);
    let expected = json!({"status": "ready", "auth": "ok", "products": "ok", "orders": "ok"});
    assert_eq!(reply.json(), expected);
    assert_eq!(service.requests(), 3);
}

#[tokio::test]
async fn what_is_not_ready_is_named() {
    let (well, ill) = (
        Service::echoing().await,
        Service::answering("127.0.0.1:0", async |_| {
            let mut answer = text("{}");
            *answer.status_mut() = http::StatusCode::SERVICE_UNAVAILABLE;
            answer
        })
        .await,
    );
    let addresses = format!("{},{}", well.address, ill.address);
    let stage = Stage::with(&addresses, Assets::plain()).await;

    let while_ill = stage.get("/health/all").await;
    ill.kill().await;
    let while_away = stage.get("/health/all").await;

    assert_eq!(while_ill.status, 503);
    assert_eq!(while_ill.json()["status"], "not ready");
    let fault = format!("{} answers 503", ill.address);
    assert_eq!(while_ill.json()["orders"], fault);
    assert_eq!(while_away.status, 503);
    let fault = format!("{} is not reachable", ill.address);
    assert_eq!(while_away.json()["orders"], fault);
}

#[tokio::test]
async fn the_health_of_services_is_not_proxied() {
    let service = Service::echoing().await;
    let stage = Stage::before(&service).await;

    stage
        .get("/api/health")
        .await
        .assert_refused(404, "NOT_FOUND");
    let page = stage.get("/health/ready").await;

    assert_ne!(page.header("content-type"), Some("application/json"));
    assert_eq!(service.requests(), 0);
}

#[tokio::test]
async fn health_can_only_be_read() {
    let stage = Stage::with("", Assets::plain()).await;

    let head = stage.send(Method::HEAD, "/health", &[], "").await;
    let post = stage.send(Method::POST, "/health", &[], "").await;

    assert_eq!((head.status.as_u16(), head.body.len()), (200, 0));
    assert_eq!(post.status, 405);
    assert_eq!(post.header("allow"), Some("GET, HEAD"));
}
