//! What stands in the logs, and what never does.

use std::fs;

use mesh::{Mesh, Options};
use serde_json::{Value, json};

use crate::shopper::{Shopper, eventually};

/// Between `:` and `@` of a URL.
fn password_of(url: &str) -> String {
    let (login, _) = url.rsplit_once('@').unwrap();
    login.rsplit_once(':').unwrap().1.to_owned()
}

/// Every line of every service's log.
fn lines_of(mesh: &Mesh) -> Vec<String> {
    let services = mesh.state().services;
    let files = services
        .iter()
        .map(|it| mesh.logs().join(format!("{}.log", it.name)));
    let logs = files.map(|file| fs::read_to_string(file).unwrap());
    logs.flat_map(|log| log.lines().map(str::to_owned).collect::<Vec<_>>())
        .collect()
}

#[tokio::test]
async fn a_log_line_is_json_names_each_order_once_and_holds_no_secret() {
    let mesh = Mesh::start(Options {
        log_format: "json".to_owned(),
        ..Options::default()
    })
    .await
    .unwrap();
    let seller = Shopper::sign_up(mesh.url(), "seller").await;
    let buyer = Shopper::sign_up(mesh.url(), "buyer").await;
    let product = seller.list_product("2.50", 1).await;
    let items = json!([{"product_id": product, "price": "2.50", "quantity": 1}]);
    for number in 0..3 {
        let key = number.to_string();
        buyer.order_until_answered(&items, &key).await;
    }
    eventually(
        || buyer.orders(),
        |orders| orders.iter().all(|order| order["status"] != "PENDING"),
    )
    .await;
    let wrong = json!({"email": "buyer@example.com", "password": "not-the-one-1"});
    buyer.post("/api/auth/login", &wrong).await;
    let state = mesh.state();
    mesh.hold_down("products-service", 0).await.unwrap();
    mesh.start_again("products-service", 0).await.unwrap();

    let lines = lines_of(&mesh);
    let parsed: Vec<Value> = lines
        .iter()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(parsed.iter().all(|line| line["level"].is_string()));
    let mut created: Vec<_> = parsed
        .iter()
        .filter(|line| line["event"] == "ORDER_CREATED")
        .map(|line| line["order.id"].as_str().unwrap())
        .collect();
    created.sort_unstable();
    assert_eq!(created, ["1", "2", "3"]);
    let databases = state
        .services
        .iter()
        .filter_map(|it| it.database_url.as_deref());
    let mut secrets: Vec<String> = databases.map(password_of).collect();
    secrets.extend([
        password_of(&state.redis.url),
        buyer.session().to_owned(),
        "demotest1".to_owned(),
        "not-the-one-1".to_owned(),
        "$2b$".to_owned(),
        "PRIVATE KEY".to_owned(),
    ]);
    for (number, secret) in secrets.iter().enumerate() {
        assert!(
            !lines.iter().any(|line| line.contains(secret)),
            "secret {number} is in a log"
        );
    }
    mesh.stop().await;
}
