//! HTTP/2 at the door, which is HTTP/1.1 behind it.

use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request};
use http_body_util::Full;
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::{
    service::Service,
    stage::{Stage, read},
    tls::{Certificate, connect, open, stage, with_tls},
};

const HTTP_2: &[u8] = b"h2";

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
    let mut bytes = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    let (settings, headers) = ((4, 0, 0_u32, &[][..]), (1, 4, 1, block.as_slice()));
    for (kind, flags, stream, payload) in [settings, headers, (0, 1, 1, body.as_bytes())] {
        let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
        bytes.extend(&length[1..]);
        bytes.extend([kind, flags]);
        bytes.extend(stream.to_be_bytes());
        bytes.extend(payload);
    }
    socket.write_all(&bytes).await.unwrap();
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
    settings.limits.idle_deadline = Duration::from_millis(50);
    let stage = open(settings).await;
    let socket = connect(&stage, &certificate.der, HTTP_2).await.unwrap();
    let (_client, driver) =
        http2::handshake::<_, _, Full<Bytes>>(TokioExecutor::new(), TokioIo::new(socket))
            .await
            .unwrap();

    driver.await.unwrap();
}
