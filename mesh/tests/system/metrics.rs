//! What `/metrics` tells of a running mesh.

use std::collections::BTreeSet;

use hyper::StatusCode;
use mesh::{Mesh, Options};
use serde_json::json;

use crate::{
    dashboards,
    shopper::{Shopper, eventually},
};

const PAPER: &str = include_str!("../../../docs/METRICS.md");

const LAG: &str = r#"stream_lag{stream="orders_stream",group="products-service"}"#;

/// The metrics of one program, as text.
async fn metrics_of(mesh: &Mesh, service: &str) -> String {
    let services = mesh.state().services;
    let service = services.iter().find(|it| it.name == service).unwrap();
    let address = service.metrics.as_ref().unwrap_or(&service.address);
    let (status, text) = Shopper::guest(&format!("http://{address}"))
        .get("/metrics")
        .await;
    assert_eq!(status, StatusCode::OK);
    text.as_str().unwrap().to_owned()
}

/// The value of a series.
pub(crate) fn value(metrics: &str, series: &str) -> Option<f64> {
    let line = metrics.lines().find_map(|line| line.strip_prefix(series))?;
    line.trim().parse().ok()
}

#[tokio::test]
async fn metrics_tell_of_orders_that_wait_for_a_dead_service() {
    let mesh = Mesh::start(Options::default()).await.unwrap();
    let seller = Shopper::sign_up(mesh.url(), "seller").await;
    let buyer = Shopper::sign_up(mesh.url(), "buyer").await;
    let product = seller.list_product("2.50", 100).await;
    let items = json!([{"product_id": product, "price": "2.50", "quantity": 1}]);
    let order = |number: usize| {
        let (buyer, items) = (buyer.clone(), items.clone());
        async move {
            buyer
                .order_until_answered(&items, &format!("order-{number}"))
                .await
        }
    };
    let lag = || async { value(&metrics_of(&mesh, "orders-service").await, LAG) };
    order(0).await;
    eventually(
        || buyer.orders(),
        |orders| orders[0]["status"] == "COMPLETED",
    )
    .await;

    mesh.hold_down("products-service", 0).await.unwrap();
    for number in 1..=5 {
        order(number).await;
    }
    eventually(lag, |lag| *lag == Some(5.0)).await;
    mesh.start_again("products-service", 0).await.unwrap();
    eventually(lag, |lag| *lag == Some(0.0)).await;

    let completed = r#"orders_total{status="COMPLETED"}"#;
    let count = || async { value(&metrics_of(&mesh, "orders-service").await, completed) };
    eventually(count, |count| *count == Some(6.0)).await;
    // The door notices on its own that it is back.
    eventually(
        || seller.get("/api/products/1"),
        |(status, _)| *status == StatusCode::OK,
    )
    .await;
    for id in 1..=50 {
        seller.get(&format!("/api/products/{id}")).await;
    }
    let products = metrics_of(&mesh, "products-service").await;
    let shown = products
        .lines()
        .filter(|line| line.starts_with("http_requests_total") && line.contains("{id}"));
    let statuses = [r#"status="200""#, r#"status="404""#];
    assert!(
        shown
            .clone()
            .all(|line| statuses.iter().any(|it| line.contains(it)))
    );
    assert_eq!(shown.count(), 2, "fifty ids are one series for each status");
    let (status, _) = seller.get("/metrics").await;
    assert_eq!(status, StatusCode::NOT_FOUND, "from outside");
    check_names(&mesh).await;
    mesh.stop().await;
}

/// What the paper, the dashboards and the alerts name exists.
async fn check_names(mesh: &Mesh) {
    let mut told = String::new();
    for service in [
        "auth-service",
        "products-service",
        "orders-service",
        "frontend-proxy",
    ] {
        told += &metrics_of(mesh, service).await;
    }
    let rows = PAPER.lines().filter_map(|line| line.strip_prefix("| `"));
    let named: BTreeSet<&str> = rows.filter_map(|row| row.split('`').next()).collect();
    assert!(named.len() > 15, "{named:?}");
    for name in named {
        assert!(
            told.contains(&format!("# TYPE {name} ")),
            "{name} is not told"
        );
    }
    let asked_for = dashboards::asked_for();
    assert!(asked_for.len() > 15, "{asked_for:?}");
    for name in asked_for {
        let is_told = told.lines().any(|line| {
            line.strip_prefix(&name)
                .is_some_and(|rest| rest.starts_with(['{', ' ']))
        });
        assert!(is_told, "observability/ asks for {name}, which is not told");
    }
}
