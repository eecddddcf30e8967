//! Whose word about the client is believed.

use crate::{
    service::Service,
    stage::{Reply, Stage},
};

async fn asked(trusted_proxies: &str) -> Reply {
    let service = Service::echoing().await;
    let trusted_proxies = trusted_proxies.parse().unwrap();
    let stage = Stage::set(&service, |settings| {
        settings.trusted_proxies = Some(trusted_proxies);
    });
    let stage = stage.await;
    let headers = [
        ("x-forwarded-for", "6.6.6.6, 198.51.100.7"),
        ("x-forwarded-proto", "https"),
    ];
    stage.get_with("/api/products/", &headers).await
}

#[tokio::test]
async fn a_trusted_proxy_says_who_the_client_is() {
    let reply = asked("127.0.0.0/8").await;

    for name in ["x-real-ip", "x-forwarded-for"] {
        assert_eq!(reply.received(name).as_deref(), Some("198.51.100.7"));
    }
    assert_eq!(
        reply.received("x-forwarded-proto").as_deref(),
        Some("https")
    );
}

#[tokio::test]
async fn a_client_cannot_say_that_it_is_another() {
    let reply = asked("10.0.0.0/8").await;

    for name in ["x-real-ip", "x-forwarded-for"] {
        assert_eq!(reply.received(name).as_deref(), Some("127.0.0.1"));
    }
    assert_eq!(reply.received("x-forwarded-proto").as_deref(), Some("http"));
}
