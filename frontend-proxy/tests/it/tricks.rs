//! Names, paths and headers that are meant to be read in two ways.

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::{service::Service, stage::Stage};

async fn answer_to(stage: &Stage, line: &str, headers: &str) -> String {
    let mut socket = stage.socket().await;
    let request = format!("{line} HTTP/1.1\r\n{headers}connection: close\r\n\r\n");
    let mut answer = String::new();
    socket.write_all(request.as_bytes()).await.unwrap();
    socket.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn no_spelling_of_a_path_gets_past_the_door() {
    let [auth, products, orders] = [
        Service::echoing().await,
        Service::echoing().await,
        Service::echoing().await,
    ];
    let stage = Stage::before_each([&auth, &products, &orders]).await;

    for path in [
        "/api/orders",
        "/api/orders/",
        "/api/orders//",
        "/v1/orders",
        "/api/v1/orders",
        "/v1/v1/orders",
        "/v01/orders",
        "/V1/orders",
        "/v1//orders",
        "/v1/../orders",
        "/API/orders",
        "/api/Orders",
        "/api//orders",
        "//api/orders",
        "/./api/orders",
        "/api/./orders",
        "/api/%6frders",
        "/%61pi/orders",
        "/api%2forders",
        "/api/orders%2f",
        "/api/orders;x=1",
        "/api/orders%00",
        "/api\\orders",
        "/api/auth/../orders",
        "/api/auth/%2e%2e/orders",
        "/api/products/..%2forders",
        "/api/products/..;/orders",
        "/auth/../orders",
        "http://mesh.test/api/orders",
        "http://mesh.test//api/orders",
    ] {
        answer_to(&stage, &format!("GET {path}"), "host: mesh.test\r\n").await;
        assert_eq!(orders.requests(), 0, "{path}");
    }
}

#[tokio::test]
async fn a_path_goes_on_as_it_was_written() {
    let service = Service::echoing().await;
    let stage = Stage::before(&service).await;

    for path in [
        "/api/auth/../products",
        "/api/products/%2e%2e/%2Fetc",
        "/api/products/%0d%0ax-evil:%20yes",
        "/api/products//7?q=%00",
    ] {
        let reply = stage.get(path).await;
        assert_eq!(reply.json()["uri"], path);
        assert_eq!(reply.header("x-evil"), None);
        assert_eq!(reply.received("x-evil"), None);
    }
}

#[tokio::test]
async fn a_host_that_is_none_is_refused() {
    let service = Service::echoing().await;
    let stage = Stage::before(&service).await;

    for host in [
        "",
        "user@mesh.test",
        "mesh.test/path",
        "mesh.test?query",
        "mesh.test#part",
        "a, b",
        "\"><script>",
        "mesh.test:80:80",
        "[::1",
    ] {
        let headers = format!("host: {host}\r\n");
        let answer = answer_to(&stage, "GET /api/products/", &headers).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{host}: {answer}");
    }
    let named = "GET http://user:password@mesh.test/api/products/";
    let answer = answer_to(&stage, named, "host: mesh.test\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    assert_eq!(service.requests(), 0);
    for host in ["mesh.test", "mesh.test:8443", "127.0.0.1", "[::1]:80"] {
        let reply = answer_to(&stage, "GET /health", &format!("host: {host}\r\n")).await;
        assert!(reply.starts_with("HTTP/1.1 200 "), "{host}: {reply}");
    }
}

#[tokio::test]
async fn what_a_client_says_of_hosts_is_not_believed() {
    let service = Service::echoing().await;
    let stage = Stage::before(&service).await;

    let reply = stage
        .get_with(
            "/api/products/",
            &[
                ("x-forwarded-host", "evil.test"),
                ("x-forwarded-prefix", "/evil"),
                ("forwarded", "host=evil.test"),
            ],
        )
        .await;
    let page = stage
        .get_with("/cart", &[("x-forwarded-host", "evil.test")])
        .await;

    let host = reply.received("x-forwarded-host");
    assert_eq!(host.as_deref(), Some("mesh.test"));
    assert_eq!(reply.received("x-forwarded-prefix"), None);
    assert_eq!(reply.received("forwarded"), None);
    assert!(!format!("{page:?}").contains("evil.test"));
}

#[tokio::test]
async fn connection_takes_away_nothing_that_the_proxy_says() {
    let service = Service::echoing().await;
    let stage = Stage::before(&service).await;
    let token = stage.keys.token_of(1);
    let names = "close, x-real-ip, x-forwarded-for, x-forwarded-host, x-request-id, authorization";

    let reply = stage
        .get_with(
            "/api/orders",
            &[("connection", names), ("cookie", &format!("token={token}"))],
        )
        .await;

    assert_eq!(reply.received("x-real-ip").as_deref(), Some("127.0.0.1"));
    assert_eq!(
        reply.received("x-forwarded-for").as_deref(),
        Some("127.0.0.1")
    );
    assert_eq!(
        reply.received("x-forwarded-host").as_deref(),
        Some("mesh.test")
    );
    assert_eq!(
        reply.received("x-request-id").as_deref(),
        reply.header("x-request-id")
    );
    let bearer = format!("Bearer {token}");
    assert_eq!(reply.received("authorization"), Some(bearer));
}

#[tokio::test]
async fn a_session_that_connection_takes_away_is_none() {
    let service = Service::echoing().await;
    let stage = Stage::before(&service).await;
    let token = stage.keys.token_of(1);

    let reply = stage
        .get_with(
            "/api/orders",
            &[
                ("connection", "cookie"),
                ("cookie", &format!("token={token}")),
            ],
        )
        .await;

    reply.assert_refused(401, "UNAUTHORIZED");
}
