//! A WebSocket through the proxy, as bytes: frames are the business of its ends.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::{
    service::{Answer, Service, echo},
    stage::Stage,
};

/// Switches and sends every byte back; whoever does not ask for it gets an echo.
pub(crate) async fn switching() -> Service {
    Service::answering("127.0.0.1:0", async |request: Request<Incoming>| {
        if !request.headers().contains_key("upgrade") {
            return echo(request).await;
        }
        tokio::spawn(async move {
            let upgraded = hyper::upgrade::on(request).await.unwrap();
            let (mut from, mut to) = tokio::io::split(TokioIo::new(upgraded));
            tokio::io::copy(&mut from, &mut to).await.ok();
        });
        let mut answer: Answer = Response::new(Full::<Bytes>::default().boxed());
        *answer.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        for (name, value) in [
            ("connection", "upgrade"),
            ("upgrade", "websocket"),
            ("sec-websocket-accept", "accepted"),
        ] {
            answer.headers_mut().insert(name, value.parse().unwrap());
        }
        answer
    })
    .await
}

async fn ask(stage: &Stage, path: &str, upgrade: &str, more: &str) -> (TcpStream, String) {
    let mut socket = stage.socket().await;
    let request = format!(
        "GET {path} HTTP/1.1\r\nhost: a\r\nconnection: keep-alive, Upgrade\r\n\
         upgrade: {upgrade}\r\nsec-websocket-key: key\r\n{more}\r\n"
    );
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(socket.read_u8().await.unwrap());
    }
    (socket, String::from_utf8(head).unwrap())
}

async fn echoed(socket: &mut TcpStream, sent: &[u8]) -> Vec<u8> {
    socket.write_all(sent).await.unwrap();
    let mut received = vec![0; sent.len()];
    socket.read_exact(&mut received).await.unwrap();
    received
}

#[tokio::test]
async fn bytes_go_both_ways_through_a_websocket() {
    let service = switching().await;
    let stage = Stage::before(&service).await;

    let (mut socket, head) = ask(&stage, "/api/products/live", "websocket", "").await;

    assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
    assert!(head.contains("sec-websocket-accept: accepted"), "{head}");
    assert!(head.contains("upgrade: websocket"), "{head}");
    assert!(head.contains("x-request-id: "), "{head}");
    assert_eq!(echoed(&mut socket, b"one").await, b"one");
    assert_eq!(echoed(&mut socket, b"two").await, b"two");
}

#[tokio::test]
async fn a_websocket_needs_a_session_where_a_request_does() {
    let service = switching().await;
    let stage = Stage::before(&service).await;
    let cookie = format!("cookie: token={}\r\n", stage.keys.token_of(2));

    let (_, guest) = ask(&stage, "/api/orders/live", "websocket", "").await;
    let (mut socket, user) = ask(&stage, "/api/orders/live", "websocket", &cookie).await;

    assert!(guest.starts_with("HTTP/1.1 401 "), "{guest}");
    assert!(user.starts_with("HTTP/1.1 101 "), "{user}");
    assert_eq!(echoed(&mut socket, b"mine").await, b"mine");
}

#[tokio::test]
async fn no_other_protocol_passes() {
    let service = switching().await;
    let stage = Stage::before(&service).await;

    let (_, head) = ask(&stage, "/api/products/", "h2c", "").await;

    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
}

#[tokio::test]
async fn a_websocket_ends_with_the_proxy() {
    let service = switching().await;
    let mut stage = Stage::before(&service).await;
    let (mut socket, _) = ask(&stage, "/api/products/live", "websocket", "").await;
    assert_eq!(echoed(&mut socket, b"one").await, b"one");

    stage.stop.cancel();

    let ended = timeout(Duration::from_secs(5), &mut stage.ended).await;
    assert!(ended.is_ok(), "a tunnel holds the process up");
    assert_eq!(socket.read(&mut [0; 8]).await.unwrap_or(0), 0);
}
