//! Services that are away, die, or are too slow.

use std::{net::SocketAddr, time::Duration};

use frontend_proxy::Assets;
use http::Method;
use shared_testing::eventually;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpSocket, TcpStream},
    time::timeout,
};

use crate::{
    service::{Service, echo, text},
    stage::Stage,
};

/// What is not there after it does not come.
const DEADLINE: Duration = Duration::from_mins(1);

/// An address where nobody listens, nor ever does while the socket is kept.
pub(crate) fn nobody() -> (TcpSocket, SocketAddr) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = socket.local_addr().unwrap();
    (socket, address)
}

async fn named(name: &'static str) -> Service {
    Service::answering("127.0.0.1:0", move |_| async move { text(name) }).await
}

/// A service that reads a request and hangs up; the first `healthy` requests are answered.
async fn dying_after(healthy: usize) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let mut left = healthy;
        while let Ok((mut socket, _)) = listener.accept().await {
            while hears_request(&mut socket).await {
                if left == 0 {
                    // The next connection finds the service well again.
                    left = healthy;
                    break;
                }
                left -= 1;
                let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
                socket.write_all(answer).await.unwrap();
            }
        }
    });
    address
}

/// Reads a request, whose body is `{}` or none, in however many pieces it comes.
async fn hears_request(socket: &mut TcpStream) -> bool {
    let mut bytes = Vec::new();
    let is_whole = |bytes: &[u8]| {
        let end = if bytes.starts_with(b"POST") {
            &b"\r\n\r\n{}"[..]
        } else {
            b"\r\n\r\n"
        };
        bytes.ends_with(end)
    };
    while !is_whole(&bytes) {
        if !matches!(socket.read_buf(&mut bytes).await, Ok(1..)) {
            return false;
        }
    }
    true
}

#[tokio::test]
async fn a_service_that_is_down_is_a_bad_gateway_until_it_is_back() {
    let service = Service::echoing().await;
    let stage = Stage::before(&service).await;
    assert_eq!(stage.get("/api/products/").await.status, 200);

    service.kill().await;
    let while_down = stage.get("/api/products/").await;
    let address = service.address.to_string();
    let _restarted = Service::answering(&address, echo).await;
    let after = stage.get("/api/products/").await;

    while_down.assert_refused(502, "BAD_GATEWAY");
    assert_eq!(after.status, 200);
}

#[tokio::test]
async fn a_service_without_an_address_is_unavailable() {
    let stage = Stage::with("", Assets::plain()).await;

    let reply = stage.get("/api/products/").await;

    reply.assert_refused(503, "UNAVAILABLE");
    assert!(reply.header("retry-after").is_some());
}

#[tokio::test]
async fn addresses_take_turns() {
    let (one, two) = (named("one").await, named("two").await);
    let stage = Stage::with(&format!("{},{}", one.address, two.address), Assets::plain()).await;

    for _ in 0..10 {
        stage.get("/api/products/").await;
    }

    assert_eq!((one.requests(), two.requests()), (5, 5));
}

#[tokio::test]
async fn the_second_address_takes_over_whatever_the_method() {
    let service = Service::echoing().await;
    let (_socket, nobody) = nobody();
    let addresses = format!("{nobody},{}", service.address);
    let stage = Stage::with(&addresses, Assets::plain()).await;

    for method in [Method::GET, Method::POST, Method::PATCH, Method::DELETE] {
        for _ in 0..2 {
            let reply = stage
                .send(method.clone(), "/api/products/", &[], "{}")
                .await;
            assert_eq!(reply.status, 200);
            assert_eq!(reply.json()["size"], 2, "the body is whole");
        }
    }
}

#[tokio::test]
async fn killing_one_of_two_addresses_fails_no_read() {
    let (one, two) = (Service::echoing().await, Service::echoing().await);
    let stage = Stage::with(&format!("{},{}", one.address, two.address), Assets::plain()).await;
    for _ in 0..4 {
        assert_eq!(stage.get("/api/products/").await.status, 200);
    }

    one.kill().await;

    for _ in 0..20 {
        assert_eq!(stage.get("/api/products/").await.status, 200);
    }
}

#[tokio::test]
async fn a_read_is_repeated_when_a_used_connection_dies_under_it() {
    let stage = Stage::with(&dying_after(1).await.to_string(), Assets::plain()).await;
    let mut client = stage.connect().await;

    // On one connection of the client, so that one worker and its connection serve both.
    for _ in 0..2 {
        client.ready().await.unwrap();
        let request = crate::stage::request(Method::GET, "/api/products/", "");
        assert_eq!(client.send_request(request).await.unwrap().status(), 200);
    }
}

/// Reads until this is the last that came.
async fn read_until(socket: &mut TcpStream, end: &[u8]) {
    let mut bytes = Vec::new();
    while !bytes.ends_with(end) {
        bytes.push(socket.read_u8().await.unwrap());
    }
}

#[tokio::test]
async fn a_read_whose_body_came_in_pieces_is_not_repeated() {
    let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let addresses = format!("127.0.0.1:{port},127.0.0.2:{port}");
    let stage = Stage::with(&addresses, Assets::plain()).await;
    let mut client = stage.socket().await;
    let mut answer = [0; 12];

    let talk = async {
        // More than is gathered before it is sent.
        let begun = "x".repeat(65 * 1024);
        let length = begun.len() + 2;
        let head = format!(
            "GET /api/products/ HTTP/1.1\r\nhost: a\r\ncontent-length: {length}\r\n\r\n{begun}{{"
        );
        client.write_all(head.as_bytes()).await.unwrap();
        let mut first = listener.accept().await.unwrap().0;
        read_until(&mut first, b"x{").await;
        client.write_all(b"}").await.unwrap();
        read_until(&mut first, b"}").await;
        drop(first);
        client.read_exact(&mut answer).await.unwrap();
    };
    timeout(DEADLINE, talk).await.unwrap();

    // Sent again, without what came last, it would wait for an answer until the deadline.
    assert_eq!(&answer, b"HTTP/1.1 502");
}

#[tokio::test]
async fn a_write_is_never_repeated() {
    let stage = Stage::with(&dying_after(1).await.to_string(), Assets::plain()).await;
    let mut client = stage.connect().await;
    let mut statuses = Vec::new();

    for _ in 0..2 {
        client.ready().await.unwrap();
        let request = crate::stage::request(Method::POST, "/api/products/", "{}");
        let answer = client.send_request(request).await.unwrap();
        statuses.push(answer.status().as_u16());
    }

    assert_eq!(statuses, [200, 502]);
}

#[tokio::test]
async fn an_order_with_a_key_is_sent_again_and_one_without_is_not() {
    let service = Service::echoing().await;
    let addresses = format!("{},{}", dying_after(0).await, service.address);
    let stage = Stage::with(&addresses, Assets::plain()).await;
    let bearer = format!("Bearer {}", stage.keys.token_of(1));
    let without = [("authorization", &*bearer)];
    let with = [without[0], ("idempotency-key", "1")];

    let first = stage
        .send(Method::POST, "/api/orders", &without, "{}")
        .await;
    let mut others = Vec::new();
    // Each instance has its turn.
    for _ in 0..2 {
        let order = stage.send(Method::POST, "/api/orders", &with, "{}").await;
        others.push(order.status.as_u16());
    }

    first.assert_refused(502, "BAD_GATEWAY");
    assert_eq!(others, [200, 200]);
}

#[tokio::test]
async fn a_service_that_hangs_up_is_a_bad_gateway() {
    let stage = Stage::with(&dying_after(0).await.to_string(), Assets::plain()).await;

    let reply = stage.get("/api/products/").await;

    reply.assert_refused(502, "BAD_GATEWAY");
}

#[tokio::test]
async fn an_answer_of_a_service_is_passed_on_whatever_its_status() {
    let service = Service::answering("127.0.0.1:0", async |_| {
        let mut answer = text("mine");
        *answer.status_mut() = http::StatusCode::SERVICE_UNAVAILABLE;
        answer
    });
    let service = service.await;
    let stage = Stage::before(&service).await;

    let reply = stage.get("/api/products/").await;

    assert_eq!(
        (reply.status.as_u16(), &reply.body[..]),
        (503, &b"mine"[..])
    );
}

#[tokio::test]
async fn a_service_that_restarts_is_found_again_by_every_worker() {
    let service = Service::echoing().await;
    let stage = Stage::before(&service).await;
    for _ in 0..8 {
        stage.get("/api/products/").await;
    }

    service.kill().await;
    let address = service.address.to_string();
    let _restarted = Service::answering(&address, echo).await;

    for _ in 0..8 {
        let status = || async { stage.get("/api/products/").await.status };
        eventually(status, |status| *status == 200).await;
    }
}
