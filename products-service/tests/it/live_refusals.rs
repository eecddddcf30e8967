//! The socket of stock and catalog: who may not listen, or not any longer.

use http::StatusCode;
use serde_json::json;

use crate::{
    live::Instance,
    stage::{BUYER, Stage},
};

async fn instance() -> (Stage, Instance) {
    let stage = Stage::create().await;
    let instance = Instance::start(&stage, stage.redis.clone()).await;
    (stage, instance)
}

#[tokio::test]
async fn pages_of_other_hosts_may_not_listen() {
    let (_stage, instance) = instance().await;
    let own = format!("http://{}", instance.address);
    let behind_the_proxy = [
        ("origin", "https://shop.example"),
        ("x-forwarded-host", "shop.example"),
    ];

    let foreign = instance.open(&[("origin", "https://evil.example")]).await;

    assert_eq!(foreign.err(), Some(StatusCode::FORBIDDEN));
    assert!(instance.open(&[("origin", &own)]).await.is_ok());
    assert!(instance.open(&behind_the_proxy).await.is_ok());
}

#[tokio::test]
async fn who_does_not_keep_to_the_protocol_is_let_go() {
    let (_stage, instance) = instance().await;
    let too_many: Vec<i32> = (0..201).collect();
    for text in [
        json!({ "watch": too_many }).to_string(),
        json!({"watch": ["1"]}).to_string(),
        json!({"listen": [1]}).to_string(),
        "hello".to_owned(),
    ] {
        let mut socket = instance.open(&[]).await.unwrap();
        socket.say(&text).await;
        assert_eq!(socket.closed().await, Some(1008), "{text}");
    }
}

#[tokio::test]
async fn who_asks_and_never_reads_is_dropped() {
    let (_stage, instance) = instance().await;
    let mut socket = instance.open(&[]).await.unwrap();
    let many: Vec<i32> = (1..=200).collect();

    socket
        .say_until_dropped(&json!({ "watch": many }).to_string())
        .await;
}

#[tokio::test]
async fn the_eleventh_socket_of_a_user_is_closed() {
    let (stage, instance) = instance().await;
    let bearer = format!("Bearer {}", stage.tokens.of(BUYER));
    let headers = [("authorization", bearer.as_str())];
    let mut sockets = Vec::new();
    for _ in 0..10 {
        let mut socket = instance.open(&headers).await.unwrap();
        socket.say(json!({"watch": []})).await;
        socket.hear().await;
        sockets.push(socket);
    }

    let mut eleventh = instance.open(&headers).await.unwrap();

    assert_eq!(eleventh.closed().await, Some(4429));
    assert!(instance.open(&[]).await.is_ok());
}

#[tokio::test]
async fn a_process_that_stops_tells_its_listeners_to_come_again() {
    let (_stage, instance) = instance().await;
    let mut socket = instance.open(&[]).await.unwrap();
    socket.say(json!({"watch": []})).await;
    socket.hear().await;

    instance.shutdown.trigger();

    assert_eq!(socket.closed().await, Some(1012));
    instance.shutdown.finish().await;
}
