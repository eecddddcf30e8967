//! What crosses the proxy on the way to a service and back.

use std::convert::Infallible;

use bytes::Bytes;
use http::{Method, Response};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Frame;
use tokio::sync::mpsc;

use crate::{
    service::{Service, text},
    stage::{Stage, read, request},
};

#[tokio::test]
async fn a_request_reaches_its_service_as_it_was_sent() {
    let service = Service::echoing().await;
    let stage = Stage::before(&service).await;

    let reply = stage
        .send(
            Method::PATCH,
            "/api/products/7/?a=%20b&c",
            &[("content-type", "application/json"), ("x-own", "kept")],
            "{}",
        )
        .await;

    assert_eq!(reply.status, 200);
    let seen = reply.json();
    assert_eq!(seen["method"], "PATCH");
    assert_eq!(seen["uri"], "/api/products/7/?a=%20b&c");
    assert_eq!(seen["size"], 2);
    assert_eq!(reply.received("host").as_deref(), Some("mesh.test"));
    assert_eq!(reply.received("x-own").as_deref(), Some("kept"));
    assert_eq!(reply.header("content-type"), Some("application/json"));
}

#[tokio::test]
async fn the_short_prefix_of_auth_is_written_out() {
    let service = Service::echoing().await;
    let stage = Stage::before(&service).await;

    for (sent, arrived) in [
        ("/auth/demo?as=buyer", "/api/auth/demo?as=buyer"),
        ("/auth/", "/api/auth/"),
        ("/auth", "/api/auth"),
        ("/api/auth/login", "/api/auth/login"),
    ] {
        assert_eq!(stage.get(sent).await.json()["uri"], arrived);
    }
}

#[tokio::test]
async fn what_is_no_route_reaches_no_service() {
    let service = Service::echoing().await;
    let stage = Stage::before(&service).await;

    for path in ["/api", "/api/nothing", "/api/productsXYZ", "/api//products"] {
        stage.get(path).await.assert_refused(404, "NOT_FOUND");
    }

    assert_eq!(service.requests(), 0);
}

#[tokio::test]
async fn the_origin_of_a_request_is_what_the_connection_shows() {
    let service = Service::echoing().await;
    let stage = Stage::before(&service).await;

    let reply = stage
        .get_with(
            "/api/products/",
            &[
                ("x-forwarded-for", "6.6.6.6"),
                ("x-forwarded-proto", "https"),
                ("x-forwarded-host", "evil.test"),
                ("x-forwarded-prefix", "/evil"),
                ("forwarded", "for=6.6.6.6"),
                ("x-real-ip", "6.6.6.6"),
            ],
        )
        .await;

    let received = |name| reply.received(name);
    assert_eq!(received("x-forwarded-for").as_deref(), Some("127.0.0.1"));
    assert_eq!(received("x-real-ip").as_deref(), Some("127.0.0.1"));
    assert_eq!(received("x-forwarded-proto").as_deref(), Some("http"));
    assert_eq!(received("x-forwarded-host").as_deref(), Some("mesh.test"));
    assert_eq!(received("x-forwarded-prefix"), None);
    assert_eq!(received("forwarded"), None);
}

#[tokio::test]
async fn headers_of_one_connection_do_not_reach_the_other() {
    let service = Service::answering("127.0.0.1:0", async |request| {
        let mut answer = crate::service::echo(request).await;
        for (name, value) in [
            ("connection", "x-of-the-hop"),
            ("x-of-the-hop", "1"),
            ("keep-alive", "timeout=1"),
            ("x-of-the-message", "2"),
        ] {
            answer.headers_mut().insert(name, value.parse().unwrap());
        }
        answer
    });
    let service = service.await;
    let stage = Stage::before(&service).await;

    let reply = stage
        .get_with(
            "/api/products/",
            &[
                ("connection", "keep-alive, x-of-the-client"),
                ("keep-alive", "timeout=1"),
                ("te", "trailers"),
                ("proxy-authorization", "Basic eA=="),
                ("upgrade", "h2c"),
                ("x-of-the-client", "1"),
            ],
        )
        .await;

    for name in [
        "keep-alive",
        "te",
        "proxy-authorization",
        "upgrade",
        "x-of-the-client",
        "connection",
    ] {
        assert_eq!(reply.received(name), None, "{name}");
    }
    assert_eq!(reply.header("x-of-the-hop"), None);
    assert_eq!(reply.header("keep-alive"), None);
    assert_eq!(reply.header("x-of-the-message"), Some("2"));
}

#[tokio::test]
async fn a_request_id_is_kept_when_it_is_well_formed_and_made_otherwise() {
    let service = Service::echoing().await;
    let stage = Stage::before(&service).await;

    let kept = stage
        .get_with("/api/products/", &[("x-request-id", "my-own-id-1")])
        .await;
    let made = stage
        .get_with("/api/products/", &[("x-request-id", "bad id")])
        .await;

    assert_eq!(kept.header("x-request-id"), Some("my-own-id-1"));
    assert_eq!(
        kept.received("x-request-id").as_deref(),
        Some("my-own-id-1")
    );
    let id = made.header("x-request-id").unwrap();
    assert_eq!(id.len(), 36);
    assert_eq!(made.received("x-request-id").as_deref(), Some(id));
}

#[tokio::test]
async fn every_answer_has_a_request_id() {
    let service = Service::echoing().await;
    let stage = Stage::before(&service).await;

    for path in ["/", "/health", "/health/all", "/assets/x.js", "/api/x"] {
        assert!(
            stage.get(path).await.header("x-request-id").is_some(),
            "{path}"
        );
    }
}

#[tokio::test]
async fn an_answer_is_passed_on_piece_by_piece() {
    let (pieces, source) = mpsc::channel::<Frame<Bytes>>(1);
    let source = std::sync::Arc::new(std::sync::Mutex::new(Some(source)));
    let service = Service::answering("127.0.0.1:0", move |_| {
        let mut source = source.lock().unwrap().take().unwrap();
        let frames = futures_util::stream::poll_fn(move |context| source.poll_recv(context));
        let frames = futures_util::StreamExt::map(frames, Ok::<_, Infallible>);
        async { Response::new(StreamBody::new(frames).boxed()) }
    });
    let service = service.await;
    let stage = Stage::before(&service).await;
    let mut client = stage.connect().await;
    let request = request(Method::GET, "/api/products/public/", "");

    let mut answer = client.send_request(request).await.unwrap();

    // Each piece is sent only after the one before it arrived.
    for piece in ["first", "second", "third"] {
        pieces.send(Frame::data(piece.into())).await.unwrap();
        let frame = answer.body_mut().frame().await.unwrap().unwrap();
        assert_eq!(frame.into_data().unwrap(), piece);
    }
    drop(pieces);
    assert!(answer.body_mut().frame().await.is_none());
}

#[tokio::test]
async fn a_large_answer_arrives_whole() {
    let large = "0123456789abcdef".repeat(512 * 1024);
    let sent = large.clone();
    let service = Service::answering("127.0.0.1:0", move |_| {
        let answer = text(&sent);
        async { answer }
    });
    let service = service.await;
    let stage = Stage::before(&service).await;

    let reply = stage.get("/api/products/public/").await;

    assert_eq!(reply.header("content-length"), Some("8388608"));
    assert!(reply.body == large);
}

#[tokio::test]
async fn connections_to_a_service_are_used_again() {
    let service = Service::echoing().await;
    let stage = Stage::before(&service).await;
    let mut client = stage.connect().await;

    for _ in 0..20 {
        client.ready().await.unwrap();
        let request = request(Method::POST, "/api/products/", "{}");
        read(client.send_request(request).await.unwrap()).await;
    }

    assert_eq!(service.requests(), 20);
    assert_eq!(service.connections(), 1);
}

#[tokio::test]
async fn a_connection_to_one_service_is_never_used_for_another() {
    let (auth, products) = (Service::echoing().await, Service::echoing().await);
    let orders = Service::echoing().await;
    let stage = Stage::before_each([&auth, &products, &orders]).await;
    let mut client = stage.connect().await;

    for path in ["/api/auth/checkIsAuth", "/api/products/public/"] {
        client.ready().await.unwrap();
        let request = request(Method::GET, path, "");
        read(client.send_request(request).await.unwrap()).await;
    }

    let requests = [auth.requests(), products.requests(), orders.requests()];
    assert_eq!(requests, [1, 1, 0]);
}

#[tokio::test]
async fn an_answer_to_head_has_the_length_and_no_body() {
    let service = Service::echoing().await;
    let stage = Stage::before(&service).await;

    let reply = stage.send(Method::HEAD, "/api/products/", &[], "").await;

    assert_eq!(reply.status, 200);
    assert!(reply.header("content-length").is_some());
    assert!(reply.body.is_empty());
}
