//! Clients that send their bodies slowly.

use std::time::Duration;

use http::Method;
use shared_testing::eventually;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::{
    service::{Answer, Service, echo},
    stage::Stage,
};

const PATH: &str = "/api/products/";

/// Far more than the deadlines of these tests, and far less than the defaults.
const SOON: Duration = Duration::from_secs(1);

/// What is not there after it does not come.
const DEADLINE: Duration = Duration::from_mins(1);

/// More than is gathered before a service is asked (bytes).
const LONG: usize = 128 * 1024;

/// A request whose body of so many bytes lacks the last one, of which the proxy has read the head.
async fn all_but_one_byte(stage: &Stage, length: usize) -> TcpStream {
    let mut socket = stage.socket().await;
    let head = format!(
        "POST {PATH} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\
         expect: 100-continue\r\ncontent-length: {length}\r\n\r\n"
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    let mut go_on = [0; 25];
    socket.read_exact(&mut go_on).await.unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    let body = "x".repeat(length - 1);
    socket.write_all(body.as_bytes()).await.unwrap();
    socket
}

/// All that comes until the other side ends the connection.
async fn rest(socket: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    // A reset ends it as well, after what came before.
    _ = timeout(DEADLINE, socket.read_to_end(&mut bytes))
        .await
        .unwrap();
    String::from_utf8(bytes).unwrap()
}

async fn status(socket: &mut TcpStream) -> String {
    let mut status = [0; 12];
    let read = socket.read_exact(&mut status);
    timeout(DEADLINE, read).await.unwrap().unwrap();
    String::from_utf8(status.to_vec()).unwrap()
}

/// A service that does not answer one of its paths.
async fn hanging() -> Service {
    let handler = async |request: http::Request<hyper::body::Incoming>| -> Answer {
        if request.uri().path().ends_with("hang") {
            std::future::pending::<()>().await;
        }
        echo(request).await
    };
    Service::answering("127.0.0.1:0", handler).await
}

/// The proxy in front of it, whose breaker is open, and lets one try.
async fn stage_with_an_open_breaker(service: &Service) -> Stage {
    let stage = Stage::set(service, |settings| {
        let products = &mut settings.upstreams.products;
        products.answer_deadline = SOON;
        products.breaker.failures = 1;
        products.breaker.open = Duration::ZERO;
        settings.limits.body_deadline = SOON;
    });
    let stage = stage.await;
    assert_eq!(stage.get("/api/products/hang").await.status, 504);
    stage
}

#[tokio::test]
async fn a_body_that_comes_too_slowly_is_refused_while_others_are_served() {
    let service = Service::echoing().await;
    let stage = Stage::set(&service, |it| it.limits.body_deadline = SOON).await;
    let mut slow = all_but_one_byte(&stage, 9).await;

    assert_eq!(stage.get(PATH).await.status, 200);
    let answer = rest(&mut slow).await;

    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(answer.contains("REQUEST_TIMEOUT"), "{answer}");
}

#[tokio::test]
async fn a_body_that_comes_slowly_takes_no_place_of_those_who_wait() {
    let service = Service::echoing().await;
    let only_one = Stage::set(&service, |it| it.upstreams.products.max_waiting = 1);
    let stage = only_one.await;
    let mut slow = all_but_one_byte(&stage, 9).await;

    assert_eq!(stage.get(PATH).await.status, 200);
    slow.write_all(b"x").await.unwrap();
    let answer = rest(&mut slow).await;

    assert!(answer.contains(r#""size":9"#), "{answer}");
    assert_eq!(service.requests(), 2);
}

#[tokio::test]
async fn of_all_who_wait_a_quarter_may_be_sending_long_bodies() {
    let service = Service::echoing().await;
    let eight = Stage::set(&service, |it| it.upstreams.products.max_waiting = 8);
    let stage = eight.await;
    let mut slow = [
        all_but_one_byte(&stage, LONG).await,
        all_but_one_byte(&stage, LONG).await,
    ];
    eventually(async || service.requests(), |begun| *begun == 2).await;

    let third = status(&mut all_but_one_byte(&stage, LONG).await).await;
    let short = stage.send(Method::POST, PATH, &[], "{}").await;
    for socket in &mut slow {
        socket.write_all(b"x").await.unwrap();
        let answer = rest(socket).await;
        assert!(answer.contains(&format!(r#""size":{LONG}"#)), "{answer}");
    }
    let mut fourth = all_but_one_byte(&stage, LONG).await;
    fourth.write_all(b"x").await.unwrap();

    assert_eq!((&*third, short.status.as_u16()), ("HTTP/1.1 503", 200));
    assert_eq!(status(&mut fourth).await, "HTTP/1.1 200");
}

#[tokio::test]
async fn a_body_that_outlasts_the_deadline_of_its_service_does_not_count_against_it() {
    let service = Service::echoing().await;
    let stage = Stage::set(&service, |settings| {
        settings.upstreams.products.answer_deadline = SOON;
        settings.upstreams.products.breaker.failures = 1;
    });
    let stage = stage.await;

    let slow = rest(&mut all_but_one_byte(&stage, LONG).await).await;
    let next = stage.get(PATH).await;

    assert!(slow.starts_with("HTTP/1.1 408 "), "{slow}");
    assert!(slow.contains("REQUEST_TIMEOUT"), "{slow}");
    assert_eq!(next.status, 200);
}

#[tokio::test]
async fn a_slow_body_does_not_show_that_a_service_is_still_away() {
    let service = hanging().await;
    let stage = stage_with_an_open_breaker(&service).await;

    let slow = rest(&mut all_but_one_byte(&stage, 9).await).await;
    let next = stage.get(PATH).await;

    assert!(slow.starts_with("HTTP/1.1 408 "), "{slow}");
    assert_eq!(next.status, 200);
}

#[tokio::test]
async fn a_long_body_waits_until_a_short_request_has_shown_that_a_service_is_back() {
    let service = hanging().await;
    let stage = stage_with_an_open_breaker(&service).await;

    let refused = status(&mut all_but_one_byte(&stage, LONG).await).await;
    let short = stage.get(PATH).await;
    let mut passed = all_but_one_byte(&stage, LONG).await;
    passed.write_all(b"x").await.unwrap();

    assert_eq!((&*refused, short.status.as_u16()), ("HTTP/1.1 503", 200));
    assert_eq!(status(&mut passed).await, "HTTP/1.1 200");
}

#[tokio::test]
async fn a_refused_body_does_not_count_against_the_service() {
    let service = Service::echoing().await;
    let stage = Stage::set(&service, |settings| {
        settings.limits.body_deadline = SOON;
        settings.upstreams.products.breaker.failures = 1;
    });
    let stage = stage.await;
    rest(&mut all_but_one_byte(&stage, LONG).await).await;

    let reply = stage.send(Method::POST, PATH, &[], "{}").await;

    assert_eq!(reply.status, 200);
}
