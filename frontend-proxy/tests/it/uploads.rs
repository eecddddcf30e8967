//! Bodies on their way to a service.

use http::Method;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{service::Service, stage::Stage};

const MEBIBYTE: usize = 1024 * 1024;

async fn head_of(socket: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(socket.read_u8().await.unwrap());
    }
    String::from_utf8(head).unwrap()
}

#[tokio::test]
async fn a_body_of_exactly_the_limit_passes() {
    let service = Service::echoing().await;
    let stage = Stage::before(&service).await;
    let body = "x".repeat(MEBIBYTE);

    let reply = stage.send(Method::POST, "/api/products/", &[], &body).await;

    assert_eq!(reply.json()["size"], MEBIBYTE);
}

#[tokio::test]
async fn a_body_that_is_announced_too_large_is_refused_at_once() {
    let service = Service::echoing().await;
    let stage = Stage::before(&service).await;
    let body = "x".repeat(MEBIBYTE + 1);

    let reply = stage.send(Method::POST, "/api/products/", &[], &body).await;

    reply.assert_refused(413, "PAYLOAD_TOO_LARGE");
    assert_eq!(service.requests(), 0);
}

#[tokio::test]
async fn a_picture_may_have_five_mebibytes_and_no_more() {
    let service = Service::echoing().await;
    let stage = Stage::before(&service).await;
    let path = "/api/products/12/picture";
    let body = "x".repeat(5 * MEBIBYTE);

    let fits = stage.send(Method::PUT, path, &[], &body).await;
    let refused = stage
        .send(Method::PUT, path, &[], &format!("{body}x"))
        .await;

    assert_eq!(fits.json()["size"], 5 * MEBIBYTE);
    refused.assert_refused(413, "PAYLOAD_TOO_LARGE");
    assert_eq!(service.requests(), 1);
}

#[tokio::test]
async fn a_client_that_asks_first_need_not_send_too_much() {
    let service = Service::echoing().await;
    let stage = Stage::before(&service).await;
    let mut socket = stage.socket().await;

    let head = "POST /api/products/ HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\n\
                content-length: 2000000\r\n\r\n";
    socket.write_all(head.as_bytes()).await.unwrap();

    assert!(head_of(&mut socket).await.starts_with("HTTP/1.1 413 "));
}

#[tokio::test]
async fn a_client_that_asks_first_is_told_to_go_on() {
    let service = Service::echoing().await;
    let stage = Stage::before(&service).await;
    let mut socket = stage.socket().await;

    let head = "POST /api/products/ HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\n\
                content-length: 2\r\n\r\n";
    socket.write_all(head.as_bytes()).await.unwrap();
    assert!(head_of(&mut socket).await.starts_with("HTTP/1.1 100 "));
    socket.write_all(b"{}").await.unwrap();

    assert!(head_of(&mut socket).await.starts_with("HTTP/1.1 200 "));
}

#[tokio::test]
async fn a_chunked_body_passes_while_it_is_small() {
    let service = Service::echoing().await;
    let stage = Stage::before(&service).await;
    let mut socket = stage.socket().await;
    let mut answer = String::new();

    let request = "POST /api/products/ HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\
                   transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n";
    socket.write_all(request.as_bytes()).await.unwrap();
    socket.read_to_string(&mut answer).await.unwrap();

    assert!(answer.contains(r#""size":7"#), "{answer}");
}

#[tokio::test]
async fn a_chunked_body_is_refused_as_soon_as_it_is_too_large() {
    let service = Service::echoing().await;
    let stage = Stage::before(&service).await;
    let mut socket = stage.socket().await;
    let chunk = format!("{:x}\r\n{}\r\n", 64 * 1024, "x".repeat(64 * 1024));

    let head = "POST /api/products/ HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n";
    socket.write_all(head.as_bytes()).await.unwrap();
    for _ in 0..17 {
        socket.write_all(chunk.as_bytes()).await.unwrap();
    }

    // The body has not ended, and the client can read the refusal all the same.
    assert!(head_of(&mut socket).await.starts_with("HTTP/1.1 413 "));
}

#[tokio::test]
async fn a_length_beside_chunks_cannot_smuggle_a_second_request() {
    let service = Service::echoing().await;
    let stage = Stage::before(&service).await;
    let mut socket = stage.socket().await;
    let mut answer = String::new();

    let request = "POST /api/products/ HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\
                   content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n\
                   0\r\n\r\nGET /api/orders HTTP/1.1\r\nhost: a\r\n\r\n";
    socket.write_all(request.as_bytes()).await.unwrap();
    socket.read_to_string(&mut answer).await.unwrap();

    assert!(service.requests() <= 1, "{answer}");
    assert!(!answer.contains("/api/orders"), "{answer}");
}
