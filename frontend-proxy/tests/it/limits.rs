//! What one client may take from the others.

use std::time::Duration;

use frontend_proxy::{Assets, Settings, Site};
use shared_testing::eventually;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{
    service::{Service, text},
    stage::{Stage, settings},
};

/// Far more than the deadlines of these tests, and far less than the defaults.
const SOON: Duration = Duration::from_secs(1);

async fn stage(settings: Settings) -> Stage {
    let assets = Assets::plain();
    Stage::open(Site { settings, assets }).await
}

fn before(service: &Service) -> Settings {
    settings([&service.address.to_string(); 3])
}

/// All that comes until the other side ends the connection.
async fn rest(socket: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    // A reset ends it as well, after what came before.
    _ = socket.read_to_end(&mut bytes).await;
    String::from_utf8(bytes).unwrap()
}

#[tokio::test]
async fn a_url_that_is_too_long_is_refused() {
    let service = Service::echoing().await;
    let stage = Stage::before(&service).await;
    let prefix = "/api/products/?q=";
    let url = |length: usize| format!("{prefix}{}", "x".repeat(length - prefix.len()));

    let fits = stage.get(&url(8192)).await;
    let refused = stage.get(&url(8193)).await;

    assert_eq!(fits.status, 200);
    refused.assert_refused(414, "URL_TOO_LONG");
    assert_eq!(service.requests(), 1);
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused() {
    let service = Service::echoing().await;
    let stage = Stage::before(&service).await;
    let large = "x".repeat(64 * 1024);
    let many: Vec<_> = (0..101).map(|it| format!("x-{it}")).collect();
    let many: Vec<_> = many.iter().map(|name| (name.as_str(), "1")).collect();

    let large = [("x-large", large.as_str())];
    let by_size = stage.get_with("/api/products/", &large).await;
    assert_eq!(by_size.status, 431);
    let by_count = stage.get_with("/api/products/", &many).await;
    assert_eq!(by_count.status, 431);
    assert_eq!(service.requests(), 0);
}

#[tokio::test]
async fn a_client_that_does_not_finish_its_head_is_dropped_while_others_are_served() {
    let service = Service::echoing().await;
    let mut settings = before(&service);
    settings.limits.head_deadline = SOON;
    let stage = stage(settings).await;
    let mut slow = stage.socket().await;
    slow.write_all(b"GET /health HTTP/1.1\r\nhost:")
        .await
        .unwrap();

    assert_eq!(stage.get("/api/products/").await.status, 200);
    let answer = rest(&mut slow).await;

    assert!(!answer.contains("200"), "{answer}");
}

#[tokio::test]
async fn a_connection_that_is_not_used_is_closed() {
    let service = Service::echoing().await;
    let mut settings = before(&service);
    settings.limits.head_deadline = SOON;
    let stage = stage(settings).await;
    let mut idle = stage.socket().await;
    let request = b"GET /health HTTP/1.1\r\nhost: a\r\n\r\n";
    idle.write_all(request).await.unwrap();

    let answer = rest(&mut idle).await;

    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
}

#[tokio::test]
async fn one_client_has_only_so_many_connections() {
    let service = Service::echoing().await;
    let mut settings = before(&service);
    settings.limits.max_connections_per_client = 2;
    let stage = stage(settings).await;
    let health = async |socket: &mut TcpStream| {
        let request = b"GET /health HTTP/1.1\r\nhost: a\r\n\r\n";
        let mut status = [0; 12];
        socket.write_all(request).await?;
        socket.read_exact(&mut status).await?;
        std::io::Result::Ok(status == *b"HTTP/1.1 200")
    };
    let mut open = [stage.socket().await, stage.socket().await];
    for socket in &mut open {
        assert!(health(socket).await.unwrap());
    }

    let third = health(&mut stage.socket().await).await;
    drop(open);

    assert!(third.is_err());
    let again = async || health(&mut stage.socket().await).await.unwrap_or(false);
    assert!(eventually(again, |is_served| *is_served).await);
}

#[tokio::test]
async fn a_client_that_does_not_read_its_answer_is_dropped() {
    let large = "x".repeat(32 * 1024 * 1024);
    let service = Service::answering("127.0.0.1:0", move |_| {
        let answer = text(&large);
        async { answer }
    });
    let service = service.await;
    let mut settings = before(&service);
    settings.limits.stall_deadline = SOON;
    settings.limits.max_connections_per_client = 1;
    let stage = stage(settings).await;
    let mut greedy = stage.socket().await;
    let request = b"GET /api/products/ HTTP/1.1\r\nhost: a\r\n\r\n";
    greedy.write_all(request).await.unwrap();
    assert_eq!(greedy.read_u8().await.unwrap(), b'H');

    // Its seat is free again, although it never left.
    let again = async || {
        let mut socket = stage.socket().await;
        let health = b"GET /health HTTP/1.1\r\nhost: a\r\n\r\n";
        socket.write_all(health).await.is_ok() && socket.read_u8().await.is_ok()
    };
    assert!(eventually(again, |is_served| *is_served).await);

    let received = rest(&mut greedy).await.len();
    assert!(received < 32 * 1024 * 1024, "{received}");
}
