//! Answers of services in gzip.

use std::{io::Read, net::SocketAddr};

use flate2::read::GzDecoder;
use frontend_proxy::Assets;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use crate::{
    service::{Service, text},
    stage::{Reply, Stage},
};

const JSON: (&str, &str) = ("content-type", "application/json");
const GZIP: (&str, &str) = ("accept-encoding", "br, gzip");

fn products() -> String {
    let product = r#"{"id":7,"name":"Lamp","price":"10.00","category":"Home","quantity":4}"#;
    format!("[{}]", vec![product; 50].join(","))
}

/// Answers with this body and these headers.
async fn answering(body: &str, headers: &'static [(&str, &str)]) -> Service {
    let body = body.to_owned();
    Service::answering("127.0.0.1:0", move |_| {
        let mut answer = text(&body);
        for &(name, value) in headers {
            answer.headers_mut().insert(name, value.parse().unwrap());
        }
        async { answer }
    })
    .await
}

async fn asked(service: &Service, path: &str) -> Reply {
    Stage::before(service).await.get_with(path, &[GZIP]).await
}

#[tokio::test]
async fn a_long_answer_is_compressed_for_who_reads_it() {
    let service = answering(&products(), &[JSON, ("etag", "\"one\"")]).await;
    let stage = Stage::before(&service).await;

    let small = stage.get_with("/api/products/", &[GZIP]).await;
    let plain = stage.get("/api/products/").await;

    let mut read = String::new();
    GzDecoder::new(&small.body[..])
        .read_to_string(&mut read)
        .unwrap();
    assert_eq!(read, products());
    assert_eq!(small.header("content-encoding"), Some("gzip"));
    assert_eq!(small.header("etag"), Some("W/\"one\""));
    let length = small.body.len().to_string();
    assert_eq!(small.header("content-length"), Some(length.as_str()));
    assert!(small.body.len() * 5 < plain.body.len());
    assert_eq!(plain.body, products());
    assert_eq!(plain.header("content-encoding"), None);
    assert_eq!(plain.header("etag"), Some("\"one\""));
    for reply in [small, plain] {
        assert_eq!(reply.header("vary"), Some("accept-encoding"));
    }
}

#[tokio::test]
async fn what_does_not_pay_is_left_as_it_is() {
    for (body, headers) in [
        ("x".repeat(1023), &[JSON] as &'static [_]),
        ("x".repeat(600_000), &[JSON]),
        (products(), &[("content-type", "image/jpeg")]),
        (products(), &[("content-type", "text/event-stream")]),
        (products(), &[JSON, ("content-encoding", "br")]),
        (products(), &[JSON, ("cache-control", "no-transform")]),
    ] {
        let service = answering(&body, headers).await;
        let reply = asked(&service, "/api/products/").await;
        assert_ne!(
            reply.header("content-encoding"),
            Some("gzip"),
            "{headers:?}"
        );
        assert_eq!(reply.body, body);
    }
}

#[tokio::test]
async fn answers_about_accounts_are_never_compressed() {
    let service = answering(&products(), &[JSON]).await;

    let reply = asked(&service, "/api/auth/me").await;

    assert_eq!(reply.header("content-encoding"), None);
    assert_eq!(reply.header("vary"), None);
}

/// A service that promises 2000 bytes, sends one and hangs up.
async fn breaking_off() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut head = [0; 4096];
            // Somebody who only knocks asks nothing.
            if socket.read(&mut head).await.unwrap() == 0 {
                continue;
            }
            let answer = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\
                          content-length: 2000\r\n\r\n[";
            socket.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    address
}

#[tokio::test]
async fn an_answer_that_is_not_finished_is_a_failure() {
    let stage = Stage::with(&breaking_off().await.to_string(), Assets::plain()).await;

    let reply = stage.get_with("/api/products/", &[GZIP]).await;

    reply.assert_refused(502, "BAD_GATEWAY");
}
