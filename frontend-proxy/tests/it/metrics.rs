//! What the program tells of itself.

use http::Method;
use shared_testing::eventually;

use crate::{
    config::File,
    failures::nobody,
    program::Program,
    service::Service,
    stage::{connect, get, read, request},
};

/// What is told after the requests of the test.
const LINES: [&str; 8] = [
    r#"proxy_requests_total{upstream="products",route="/api/products/{id}",status="200"} 2"#,
    r#"proxy_requests_total{upstream="orders",route="/api/orders",status="429"} 1"#,
    r#"proxy_request_duration_seconds_count{upstream="products",route="/api/products/{id}"} 2"#,
    r#"proxy_upstream_failures_total{upstream="auth",code="UNAVAILABLE"} 1"#,
    r#"proxy_rate_limited_total{class="address"} 1"#,
    "proxy_requests_in_flight 0",
    "proxy_connections 1",
    "# TYPE proxy_request_duration_seconds histogram",
];

/// Requests to auth-service that the breaker refused.
const REFUSED: &str = r#"proxy_upstream_failures_total{upstream="auth",code="UNAVAILABLE"}"#;

#[tokio::test]
async fn metrics_are_told_at_an_address_of_their_own() {
    let service = Service::echoing().await;
    let config = File::of(&format!(
        "listener = [{{ address = \"127.0.0.1:0\" }}]\n\
         [upstreams]\nauth.addresses = []\nproducts.addresses = [\"{}\"]\n\
         [rate_limits]\nper_address = {{ requests = 4, seconds = 86400 }}\n",
        service.address
    ));
    let mut program = Program::start_with(&config, &[("METRICS_LISTEN", "127.0.0.1:0")]);
    let told = program.address_of("metrics are told");
    let door = program.address();

    let mut client = connect(door).await;
    for (path, status) in [
        ("/metrics", 404),
        ("/api/products/1", 200),
        ("/api/products/2", 200),
        ("/api/auth/me", 503),
        ("/api/orders", 429),
    ] {
        client.ready().await.unwrap();
        let request = request(Method::GET, path, "");
        let reply = read(client.send_request(request).await.unwrap()).await;
        assert_eq!(reply.status, status, "{path}");
    }

    // A request is counted at the end of its answer, which the client may see sooner.
    let lacking = async || {
        let text = get(told, "/metrics").await.body;
        let text = std::str::from_utf8(&text).unwrap();
        let lacking = LINES.into_iter().filter(|line| !text.contains(line));
        lacking.collect::<Vec<_>>()
    };
    eventually(lacking, Vec::is_empty).await;
}

#[tokio::test]
async fn what_an_open_breaker_refuses_counts_as_unanswered() {
    let (_socket, address) = nobody();
    let config = File::of(&format!(
        "listener = [{{ address = \"127.0.0.1:0\" }}]\n\
         [upstreams]\nauth.addresses = [\"{address}\"]\nproducts.addresses = []\n"
    ));
    let mut program = Program::start_with(&config, &[("METRICS_LISTEN", "127.0.0.1:0")]);
    let told = program.address_of("metrics are told");
    let door = program.address();

    let status = async || get(door, "/api/auth/me").await.status;
    eventually(status, |status| *status == 503).await;

    let refused = async || {
        let text = get(told, "/metrics").await.body;
        let text = String::from_utf8(text.to_vec()).unwrap();
        let count = text.lines().find_map(|line| line.strip_prefix(REFUSED));
        count.and_then(|count| count.trim().parse::<u64>().ok())
    };
    eventually(refused, |count| count.is_some_and(|count| count > 0)).await;
}
