//! Requests in forms that ordinary clients do not send.

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::{service::Service, stage::Stage};

#[tokio::test]
async fn a_client_of_http_1_0_is_served() {
    let service = Service::echoing().await;
    let stage = Stage::before(&service).await;
    let mut socket = stage.socket().await;
    let mut answer = String::new();

    let request = b"GET /api/products/ HTTP/1.0\r\n\r\n";
    socket.write_all(request).await.unwrap();
    socket.read_to_string(&mut answer).await.unwrap();

    assert!(answer.starts_with("HTTP/1.0 200 OK"), "{answer}");
    assert!(answer.contains(r#""uri":"/api/products/""#), "{answer}");
}

#[tokio::test]
async fn a_request_line_with_a_host_overrules_the_host_header() {
    let service = Service::echoing().await;
    let stage = Stage::before(&service).await;
    let mut socket = stage.socket().await;
    let mut answer = String::new();

    let request = b"GET http://other.test/api/products/?q HTTP/1.1\r\nHost: mesh.test\r\n\
                    Connection: close\r\n\r\n";
    socket.write_all(request).await.unwrap();
    socket.read_to_string(&mut answer).await.unwrap();

    assert!(answer.contains(r#""host":"other.test""#), "{answer}");
    assert!(answer.contains(r#""uri":"/api/products/?q""#), "{answer}");
}

#[tokio::test]
async fn a_request_without_exactly_one_host_is_refused() {
    let service = Service::echoing().await;
    let stage = Stage::before(&service).await;

    for hosts in ["", "Host: a\r\nHost: b\r\n"] {
        let mut socket = stage.socket().await;
        let mut answer = String::new();
        let request = format!("GET /api/products/ HTTP/1.1\r\n{hosts}Connection: close\r\n\r\n");
        socket.write_all(request.as_bytes()).await.unwrap();
        socket.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    }

    assert_eq!(service.requests(), 0);
}
