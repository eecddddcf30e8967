//! Requests that try to be seen as two by one reader and as one by another.

use http_body_util::BodyExt;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::{
    service::{Service, json_answer},
    stage::Stage,
};

/// What must never be seen as a request.
const HIDDEN: &str = "GET /api/products/hidden HTTP/1.1\r\nhost: mesh.test\r\n\r\n";

/// All that comes back for these bytes until the connection ends.
async fn sent(stage: &Stage, bytes: &str) -> String {
    let mut socket = stage.socket().await;
    let mut answers = String::new();
    socket.write_all(bytes.as_bytes()).await.unwrap();
    // A connection that is closed with unread bytes is reset after the answer.
    _ = socket.read_to_string(&mut answers).await;
    answers
}

fn posted(headers: &str, body: &str) -> String {
    format!("POST /api/products/ HTTP/1.1\r\nhost: mesh.test\r\n{headers}\r\n{body}")
}

#[tokio::test]
async fn a_request_whose_end_is_in_doubt_is_refused() {
    let service = Service::echoing().await;
    let stage = Stage::before(&service).await;

    for headers in [
        "transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n",
        "transfer-encoding: chunked, identity\r\n",
        "transfer-encoding: xchunked\r\n",
        "transfer-encoding: \"chunked\"\r\n",
        "transfer-encoding: chunked;a=b\r\n",
        "transfer-encoding: \u{b}chunked\r\n",
        "transfer-encoding : chunked\r\n",
        "transfer-encoding:\r\n chunked\r\n",
        " transfer-encoding: chunked\r\n",
        "content-length: 2\r\ncontent-length: 3\r\n",
        "content-length: 2, 2\r\n",
        "content-length: +2\r\n",
        "content-length: -2\r\n",
        "content-length: 0x2\r\n",
        "content-length: 2 2\r\n",
        "content-length: 18446744073709551616\r\n",
        "x-folded: a\r\n content-length: 2\r\n",
        "x-line: a\rcontent-length: 2\r\n",
        "x-zero: a\0\r\n",
        "x nameless\r\n",
        ": nameless\r\n",
    ] {
        let answers = sent(&stage, &posted(headers, &format!("0\r\n\r\n{HIDDEN}"))).await;
        assert!(answers.starts_with("HTTP/1.1 400 "), "{headers}: {answers}");
        assert_eq!(answers.matches("HTTP/1.1").count(), 1, "{headers}");
    }
    let chunks = "transfer-encoding: chunked\r\n";
    let old = posted(chunks, HIDDEN).replace("HTTP/1.1\r\nhost", "HTTP/1.0\r\nhost");
    assert!(sent(&stage, &old).await.contains(" 400 "));
    assert_eq!(service.requests(), 0);
}

#[tokio::test]
async fn chunks_that_break_the_rules_hide_no_request() {
    let service = Service::echoing().await;
    let stage = Stage::before(&service).await;

    for body in [
        "2\n{}\n0\n\n",
        "2;a\n{}\r\n0\r\n\r\n",
        "0x2\r\n{}\r\n0\r\n\r\n",
        "-2\r\n{}\r\n0\r\n\r\n",
        "10000000000000002\r\n{}\r\n0\r\n\r\n",
        "2\r\n{}XX0\r\n\r\n",
        "\r\n\r\n",
    ] {
        let request = posted("transfer-encoding: chunked\r\n", &format!("{body}{HIDDEN}"));
        let answers = sent(&stage, &request).await;
        assert!(!answers.contains("200 OK"), "{body}: {answers}");
        assert!(!answers.contains("hidden"), "{body}: {answers}");
    }
}

#[tokio::test]
async fn what_belongs_to_chunks_goes_no_further() {
    let service = Service::answering("127.0.0.1:0", async |request| {
        let body = request.into_body().collect().await.unwrap();
        let trailers = body.trailers().map_or(0, http::HeaderMap::len);
        json_answer(&json!({ "trailers": trailers, "size": body.to_bytes().len() }))
    });
    let service = service.await;
    let stage = Stage::before(&service).await;
    let headers = "transfer-encoding: chunked\r\ntrailer: content-length, authorization\r\n\
                   connection: close\r\n";
    let body = "2;name=\"value\"\r\n{}\r\n0\r\nContent-Length: 99\r\nAuthorization: x\r\n\r\n";

    let answers = sent(&stage, &posted(headers, body)).await;

    assert!(answers.contains(r#""size":2"#), "{answers}");
    assert!(answers.contains(r#""trailers":0"#), "{answers}");
}

#[tokio::test]
async fn a_client_cannot_unsay_where_its_body_ends() {
    let service = Service::echoing().await;
    let stage = Stage::before(&service).await;
    let connection = "connection: close, content-length, transfer-encoding, host\r\n";

    let length = format!("{connection}content-length: {}\r\n", HIDDEN.len());
    let long = posted(&length, HIDDEN);
    let chunked = format!("{connection}transfer-encoding: chunked\r\ncontent-length: 3\r\n");
    let chunked = posted(&chunked, &format!("2\r\n{{}}\r\n0\r\n\r\n{HIDDEN}"));
    let answers = [sent(&stage, &long).await, sent(&stage, &chunked).await];

    assert!(answers[0].contains(r#""size":54"#), "{answers:?}");
    assert!(answers[1].contains(r#""size":2"#), "{answers:?}");
    assert!(answers[0].contains(r#""host":"mesh.test""#), "{answers:?}");
    assert_eq!(service.requests(), 2);
}

#[tokio::test]
async fn a_body_where_none_is_usual_is_no_request() {
    let service = Service::echoing().await;
    let stage = Stage::before(&service).await;

    for method in ["GET", "HEAD", "DELETE", "OPTIONS"] {
        let length = HIDDEN.len();
        let headers = format!("connection: close\r\ncontent-length: {length}\r\n");
        let request = posted(&headers, HIDDEN).replacen("POST", method, 1);
        let answers = sent(&stage, &request).await;
        assert_eq!(answers.matches("HTTP/1.1 ").count(), 1, "{answers}");
        assert!(!answers.contains("hidden"), "{answers}");
    }
    assert_eq!(service.requests(), 4);
}

#[tokio::test]
async fn each_request_of_a_connection_is_checked_by_itself() {
    let service = Service::echoing().await;
    let stage = Stage::before(&service).await;
    let token = stage.keys.token_of(1);
    let ask = |version: &str, more: &str| {
        format!("GET /api/orders HTTP/{version}\r\nhost: mesh.test\r\n{more}\r\n")
    };

    for (version, keep) in [("1.1", ""), ("1.0", "connection: keep-alive\r\n")] {
        let first = ask(version, &format!("{keep}authorization: Bearer {token}\r\n"));
        let second = ask(version, "connection: close\r\n");
        let answers = sent(&stage, &format!("{first}{second}")).await;
        assert_eq!(answers.matches(" 200 OK").count(), 1, "{answers}");
        assert_eq!(answers.matches(" 401 Un").count(), 1, "{answers}");
    }
}

#[tokio::test]
async fn the_proxy_is_no_tunnel() {
    let service = Service::echoing().await;
    let stage = Stage::before(&service).await;
    let target = service.address;

    for line in [format!("CONNECT {target}"), "OPTIONS *".to_owned()] {
        let request = format!("{line} HTTP/1.1\r\nhost: {target}\r\nconnection: close\r\n\r\n");
        let answers = sent(&stage, &request).await;
        assert!(answers.starts_with("HTTP/1.1 400 "), "{line}: {answers}");
    }
    assert_eq!(service.requests(), 0);
}
