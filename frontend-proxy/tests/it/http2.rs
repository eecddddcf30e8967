//! HTTP/2 at the door, which is HTTP/1.1 behind it.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Method, Request};
use http_body_util::Full;
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    sync::Notify,
    time::timeout,
};

use crate::{
    service::{Service, text},
    stage::{Stage, read},
    tls::{Certificate, connect, open, stage, with_tls},
};

const HTTP_2: &[u8] = b"h2";

/// What a client begins with, and its first frame, which says nothing.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const SETTINGS: (u8, u8, u32, &[u8]) = (4, 0, 0, &[]);

/// Far less than the deadlines by default.
const SOON: Duration = Duration::from_secs(1);

/// The same where nothing else must come to pass before.
const AT_ONCE: Duration = Duration::from_millis(50);

/// What is not there after it does not come.
const DEADLINE: Duration = Duration::from_mins(1);

fn request(method: Method, path: &str, body: &str) -> Request<Full<Bytes>> {
    Request::builder()
        .method(method)
        .uri(format!("https://mesh.test{path}"))
        .body(Full::from(body.to_owned()))
        .unwrap()
}

#[tokio::test]
async fn requests_of_one_http_2_connection_are_answered_together() {
    let (service, certificate) = (Service::echoing().await, Certificate::create());
    let stage = stage(&service, &certificate).await;
    let socket = connect(&stage, &certificate.der, HTTP_2).await.unwrap();
    assert_eq!(socket.get_ref().1.alpn_protocol(), Some(HTTP_2));
    let (client, driver) = http2::handshake(TokioExecutor::new(), TokioIo::new(socket))
        .await
        .unwrap();
    tokio::spawn(driver);
    let cookie = format!("token={}", stage.keys.token_of(1));
    let large = "x".repeat(100_000);

    let ask = async |number: usize| {
        let mut client = client.clone();
        let mut request = request(Method::POST, &format!("/api/orders/{number}"), &large);
        // HTTP/2 may send each cookie in a header of its own (RFC 9113 §8.2.3).
        for cookie in ["a=1", &cookie] {
            let cookie = cookie.parse().unwrap();
            request.headers_mut().append("cookie", cookie);
        }
        read(client.send_request(request).await.unwrap()).await
    };
    let replies = futures_util::future::join_all((0..20).map(ask)).await;

    for (number, reply) in replies.iter().enumerate() {
        assert_eq!(reply.status, 200, "{reply:?}");
        assert_eq!(reply.json()["uri"], format!("/api/orders/{number}"));
        assert_eq!(reply.json()["size"], 100_000);
        assert_eq!(reply.received("host").as_deref(), Some("mesh.test"));
        assert_eq!(reply.received("cookie").as_deref(), Some("a=1"));
        let bearer = reply.received("authorization").unwrap();
        assert!(bearer.starts_with("Bearer "), "{bearer}");
    }
}

/// Frames: their types, flags, streams and contents.
fn frames(all: &[(u8, u8, u32, &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (kind, flags, stream, payload) in all {
        let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
        bytes.extend(&length[1..]);
        bytes.extend([kind, flags]);
        bytes.extend(stream.to_be_bytes());
        bytes.extend(*payload);
    }
    bytes
}

/// The type of the first frame that answers a request of these headers and this body.
async fn answered(
    (stage, certificate): (&Stage, &Certificate),
    headers: &[(&str, &str)],
    body: &str,
) -> Option<u8> {
    let mut socket = connect(stage, &certificate.der, HTTP_2).await.unwrap();
    let mut block = Vec::new();
    for (name, value) in headers {
        // A literal that is not indexed, its texts shorter than 127 bytes (RFC 7541 §6.2.2).
        block.push(0);
        for text in [name, value] {
            block.push(u8::try_from(text.len()).unwrap());
            block.extend(text.as_bytes());
        }
    }
    let request = frames(&[SETTINGS, (1, 4, 1, &block), (0, 1, 1, body.as_bytes())]);
    socket.write_all(PREFACE).await.unwrap();
    socket.write_all(&request).await.unwrap();
    loop {
        let mut head = [0; 9];
        socket.read_exact(&mut head).await.ok()?;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let mut payload = vec![0; usize::try_from(length).unwrap()];
        socket.read_exact(&mut payload).await.ok()?;
        // HEADERS, RST_STREAM or GOAWAY.
        if [1, 3, 7].contains(&head[3]) {
            return Some(head[3]);
        }
    }
}

#[tokio::test]
async fn nothing_of_http_2_becomes_another_request_of_http_1() {
    let (service, certificate) = (Service::echoing().await, Certificate::create());
    let stage = stage(&service, &certificate).await;
    let good = [
        (":method", "POST"),
        (":scheme", "https"),
        (":authority", "mesh.test"),
        (":path", "/api/products/"),
    ];
    let both = (&stage, &certificate);
    assert_eq!(answered(both, &good, "{}").await, Some(1));
    assert_eq!(service.requests(), 1);

    for header in [
        ("connection", "keep-alive"),
        ("transfer-encoding", "chunked"),
        ("upgrade", "h2c"),
        ("x-line", "a\r\nhost: evil.test"),
        ("x-line", "a\nhost: evil.test"),
        ("x\r\nhost", "evil.test"),
        ("x-zero", "\0"),
        ("X-Large", "a"),
        (":path", "/api/orders"),
        (":unknown", "a"),
    ] {
        let headers: Vec<_> = good.into_iter().chain([header]).collect();
        answered(both, &headers, "{}").await;
        assert_eq!(service.requests(), 1, "{header:?}");
    }
    for (index, value) in [
        (3, "/api/products/ HTTP/1.1\r\nhost: evil.test"),
        (3, ""),
        (3, "*"),
        (2, "user@mesh.test"),
        (2, "mesh.test/path"),
        (0, "GET /api/orders HTTP/1.1"),
    ] {
        let mut headers = good;
        headers[index].1 = value;
        answered(both, &headers, "{}").await;
        assert_eq!(service.requests(), 1, "{value:?}");
    }
}

#[tokio::test]
async fn an_http_2_connection_without_requests_is_closed() {
    let (service, certificate) = (Service::echoing().await, Certificate::create());
    let mut settings = with_tls(&service, &certificate);
    settings.limits.idle_deadline = SOON;
    let stage = open(settings).await;
    let socket = connect(&stage, &certificate.der, HTTP_2).await.unwrap();
    let (_client, driver) =
        http2::handshake::<_, _, Full<Bytes>>(TokioExecutor::new(), TokioIo::new(socket))
            .await
            .unwrap();

    driver.await.unwrap();
}

#[tokio::test]
async fn an_http_2_connection_whose_client_is_silent_is_closed() {
    let (service, certificate) = (Service::echoing().await, Certificate::create());
    let mut settings = with_tls(&service, &certificate);
    settings.limits.idle_deadline = SOON;
    settings.limits.stall_deadline = SOON;
    let stage = open(settings).await;
    let begun = [PREFACE, &frames(&[SETTINGS])].concat();

    for said in [&b""[..], &begun] {
        let mut socket = connect(&stage, &certificate.der, HTTP_2).await.unwrap();
        socket.write_all(said).await.unwrap();
        // It is told to go, and does not answer.
        let ended = timeout(DEADLINE, socket.read_to_end(&mut Vec::new())).await;
        assert!(ended.is_ok(), "{said:?}");
    }
}

#[tokio::test]
async fn an_answer_outlives_the_end_of_its_idle_http_2_connection() {
    let proceed = Arc::new(Notify::new());
    let wait = Arc::clone(&proceed);
    let service = Service::answering("127.0.0.1:0", move |_| {
        let wait = Arc::clone(&wait);
        async move {
            wait.notified().await;
            text("late but whole")
        }
    });
    let (service, certificate) = (service.await, Certificate::create());
    let mut settings = with_tls(&service, &certificate);
    settings.limits.idle_deadline = SOON;
    settings.limits.stall_deadline = SOON;
    let stage = open(settings).await;
    let socket = connect(&stage, &certificate.der, HTTP_2).await.unwrap();
    let (mut client, driver) = http2::handshake(TokioExecutor::new(), TokioIo::new(socket))
        .await
        .unwrap();
    let driver = tokio::spawn(driver);
    let answer = client.send_request(request(Method::GET, "/api/products/", ""));
    let mut answer = tokio::spawn(answer);

    // After the connection was told to go, which is one to two times SOON later.
    assert!(timeout(3 * SOON, &mut answer).await.is_err());
    proceed.notify_one();
    let answer = timeout(DEADLINE, answer).await.unwrap().unwrap().unwrap();

    assert_eq!(read(answer).await.body, "late but whole");
    timeout(DEADLINE, driver).await.unwrap().unwrap().unwrap();
}

#[tokio::test]
async fn an_http_2_answer_that_its_client_does_not_take_lets_go_of_the_service() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let sent = tokio::spawn(async move {
        let mut socket = listener.accept().await.unwrap().0;
        let head = b"HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n";
        socket.write_all(head).await.unwrap();
        let piece = vec![b'x'; 65536];
        while socket.write_all(&piece).await.is_ok() {}
    });
    let (service, certificate) = (Service::echoing().await, Certificate::create());
    let mut settings = with_tls(&service, &certificate);
    settings.upstreams.products.addresses = Some(address.parse().unwrap());
    settings.limits.stall_deadline = AT_ONCE;
    let stage = open(settings).await;
    let socket = connect(&stage, &certificate.der, HTTP_2).await.unwrap();
    let (mut client, driver) = http2::Builder::new(TokioExecutor::new())
        .initial_stream_window_size(0)
        .handshake(TokioIo::new(socket))
        .await
        .unwrap();
    tokio::spawn(driver);

    let large = client.send_request(request(Method::GET, "/api/products/", ""));
    let large = timeout(DEADLINE, large).await.unwrap().unwrap();

    assert_eq!(large.status(), 200);
    assert!(timeout(DEADLINE, sent).await.is_ok());
    let other = client.send_request(request(Method::GET, "/health", ""));
    let other = timeout(DEADLINE, other).await.unwrap().unwrap();
    assert_eq!(other.status(), 200);
}
