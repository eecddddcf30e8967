//! What the README promises, done as a user does it.

use hyper::StatusCode;
use mesh::{Mesh, Options};
use serde_json::json;

use crate::shopper::{Shopper, eventually};

#[tokio::test]
async fn the_walk_of_the_readme_ends_with_a_completed_and_a_failed_order() {
    let mesh = Mesh::start(Options::default()).await.unwrap();
    let mut buyer = Shopper::guest(mesh.url());
    buyer
        .sign_in("/api/auth/demo-login", &json!({"as": "buyer"}))
        .await;

    let (_, catalog) = buyer.get("/api/products/public/").await;
    assert_eq!(catalog.as_array().unwrap().len(), 8);

    let items = json!([{"product_id": 1, "price": "999.99", "quantity": 1}]);
    let (status, placed) = buyer.order_until_answered(&items, "my-first-order").await;
    assert_eq!(status, StatusCode::CREATED, "{placed}");
    assert_eq!(placed["status"], "PENDING");
    let path = format!("/api/orders/{}", placed["orderId"]);
    let order = final_order(&buyer, &path).await;
    assert_eq!(order["status"], "COMPLETED", "{order}");
    assert_eq!(order["items"][0]["name"], "Mac m2");

    let (_, again) = buyer.order_until_answered(&items, "my-first-order").await;
    assert_eq!(again["orderId"], placed["orderId"]);
    assert_eq!(buyer.get("/api/products/1").await.1["quantity"], 4);

    let items = json!([{"product_id": 2, "price": "149.99", "quantity": 3}]);
    let (_, placed) = buyer.order_until_answered(&items, "too-many").await;
    let order = final_order(&buyer, &format!("/api/orders/{}", placed["orderId"])).await;
    assert_eq!(order["status"], "FAILED");
    assert_eq!(order["failure"][0]["reason"], "OUT_OF_STOCK");
    assert_eq!(order["failure"][0]["available"], 2);
    mesh.stop().await;
}

#[tokio::test]
async fn a_logout_makes_a_copied_cookie_void_at_every_service() {
    let mesh = Mesh::start(Options::default()).await.unwrap();
    let mut seller = Shopper::guest(mesh.url());
    seller.sign_in("/api/auth/demo-login", &json!({})).await;
    let thief = seller.clone();
    assert_eq!(thief.get("/api/products/").await.0, StatusCode::OK);

    seller.post("/api/auth/logout", &json!({})).await;

    for path in ["/api/products/", "/api/orders"] {
        let status = || async { thief.get(path).await.0 };
        eventually(status, |status| *status == StatusCode::UNAUTHORIZED).await;
    }
    mesh.stop().await;
}

async fn final_order(buyer: &Shopper, path: &str) -> serde_json::Value {
    let order = || async { buyer.get(path).await.1 };
    eventually(order, |order| order["status"] != "PENDING").await
}
