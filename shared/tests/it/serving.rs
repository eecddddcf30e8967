//! A server over a socket: what it does with open connections when it stops.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use axum::{
    Router,
    routing::{get, post},
};
use http::StatusCode;
use shared::{
    config::HealthCheck,
    http::{listen, serve},
    probe,
    shutdown::Shutdown,
};
use shared_testing::eventually;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};

use crate::stage::stop;

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n";

/// Serves `GET /` and says where.
async fn start(routes: Router) -> (Shutdown, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let shutdown = Shutdown::default();
    shutdown.spawn(serve(listener, routes, shutdown.token()));
    (shutdown, address)
}

#[tokio::test]
async fn a_request_under_way_is_answered_before_the_server_stops() {
    let gate = Arc::new(Semaphore::new(0));
    let begun = Arc::new(AtomicBool::new(false));
    let (passage, flag) = (Arc::clone(&gate), Arc::clone(&begun));
    let slow = get(async move || {
        flag.store(true, Ordering::Relaxed);
        passage.acquire().await.unwrap().forget();
        "finished"
    });
    let (shutdown, address) = start(Router::new().route("/", slow)).await;
    let mut client = TcpStream::connect(&address).await.unwrap();
    client.write_all(REQUEST).await.unwrap();
    eventually(async || begun.load(Ordering::Relaxed), |begun| *begun).await;

    shutdown.trigger();
    gate.add_permits(1);
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.unwrap();
    stop(shutdown).await;

    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.ends_with("finished"), "{answer}");
    assert!(TcpStream::connect(&address).await.is_err());
}

#[tokio::test]
async fn an_idle_connection_does_not_hold_up_a_stop() {
    let (shutdown, address) = start(Router::new().route("/", get(async || "fine"))).await;
    let mut client = TcpStream::connect(&address).await.unwrap();
    client.write_all(REQUEST).await.unwrap();
    client.read_u8().await.unwrap();

    stop(shutdown).await;
}

#[tokio::test]
async fn a_health_check_passes_only_when_the_process_says_that_it_is_ready() {
    let routes = Router::new().route("/health", get(async || "ok")).route(
        "/health/ready",
        get(async || StatusCode::SERVICE_UNAVAILABLE),
    );
    let (shutdown, address) = start(routes).await;
    let listen = address.parse().unwrap();
    let check = HealthCheck { listen };

    assert!(probe::check(&check, "/health").await.is_ok());
    assert!(probe::check(&check, "/health/ready").await.is_err());
    stop(shutdown).await;
    assert!(probe::check(&check, "/health").await.is_err());
}

#[tokio::test]
async fn an_address_that_is_taken_is_named() {
    let first = listen("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let address = first.local_addr().unwrap();

    let error = listen(address).await.unwrap_err();

    assert_eq!(error.to_string(), format!("cannot listen on {address}"));
}

#[tokio::test]
async fn a_connection_ends_with_an_answer_that_left_some_of_the_body_unread() {
    let routes = Router::new().route("/", post(async || "not interested"));
    let (shutdown, address) = start(routes).await;
    let mut client = TcpStream::connect(&address).await.unwrap();
    let half = b"POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 8\r\n\r\nhalf";
    client.write_all(half).await.unwrap();

    let mut answer = String::new();
    client.read_to_string(&mut answer).await.unwrap();
    stop(shutdown).await;

    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.contains("connection: close"), "{answer}");
}
