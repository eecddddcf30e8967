//! Placing an order: accepted at once, announced once.

use futures_util::future::join_all;
use http::StatusCode;
use serde_json::json;
use shared::{
    id::{OrderId, ProductId, UserId},
    messages::orders::{OrderCreated, OrderLine},
};
use shared_testing::{entries, field};

use crate::stage::{BUYER, ORDERS, Stage, cart, id_of, item, one_mac, path};

#[tokio::test]
async fn the_body_of_the_shop_is_accepted_as_it_is() {
    let stage = Stage::with_catalog().await;
    let body = json!({
        "total_price": "1149.98",
        "status": "PENDING",
        "items": [item(1, "999.99", 1), item(2, "149.99", 1)],
    });
    for path in [ORDERS, "/api/orders/"] {
        let answer = stage.buyer.post(path, body.clone()).await;

        let id = id_of(&answer);
        let expected = json!({
            "message": "orders created successfully!", "orderId": id, "itemCount": 2,
            "status": "PENDING",
        });
        assert_eq!(answer.status, StatusCode::CREATED);
        assert_eq!(answer.body, expected);
        assert_eq!(answer.headers["location"], format!("/api/orders/{id}"));
    }
}

#[tokio::test]
async fn numbers_may_be_numbers_or_text() {
    let stage = Stage::with_catalog().await;
    for body in [
        json!({"total_price": 1999.98, "items": [{"product_id": "1", "price": 999.99, "quantity": "2"}]}),
        json!({"total_price": "1999.98", "items": [{"product_id": 1, "price": "999.99", "quantity": 2}]}),
        json!({"items": [item(1, "999.99", 2)]}),
    ] {
        let order = id_of(&stage.buyer.post(ORDERS, body).await);

        let order = stage.buyer.get(&path(order)).await.body;
        assert_eq!(order["total_price"], "1999.98");
        let lines = json!([{"product_id": 1, "name": "Mac m2", "price": "999.99", "quantity": 2}]);
        assert_eq!(order["items"], lines);
    }
}

#[tokio::test]
async fn a_status_in_the_body_completes_nothing() {
    let stage = Stage::with_catalog().await;
    let mut body = one_mac();
    body["status"] = json!("COMPLETED");

    let answer = stage.buyer.post(ORDERS, body).await;

    assert_eq!(answer.body["status"], "PENDING");
    let order = stage.buyer.get(&path(id_of(&answer))).await.body;
    assert_eq!(
        (&order["status"], &order["settled_at"]),
        (&json!("PENDING"), &json!(null))
    );
}

#[tokio::test]
async fn an_order_belongs_to_the_bearer_of_the_token_whatever_the_body_says() {
    let stage = Stage::with_catalog().await;
    let mut body = one_mac();
    body["user_id"] = json!(3);

    let answer = stage.buyer.post(ORDERS, body).await;

    let order = stage.buyer.get(&path(id_of(&answer))).await;
    assert_eq!(order.body["user_id"], BUYER);
}

#[tokio::test]
async fn a_guest_orders_nothing() {
    let stage = Stage::with_catalog().await;
    for guest in [&stage.guest, &stage.guest.bearing("garbage")] {
        let answer = guest.post(ORDERS, one_mac()).await;

        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(stage.count("orders").await, 0);
}

#[tokio::test]
async fn an_order_is_announced_with_its_request_and_its_trace() {
    let stage = Stage::with_catalog().await;
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let buyer = stage.buyer.with("x-request-id", "request-0001");
    let buyer = buyer.with("traceparent", trace);
    let body = cart(&[
        item(2, "149.99", 1),
        item(1, "999.99", 2),
        item(2, "149.99", 2),
    ]);
    let order_id = id_of(&buyer.post(ORDERS, body).await);

    stage.start_relay(stage.redis.clone());

    let line = |id, price: &str, quantity| OrderLine {
        product_id: ProductId(id),
        price: price.parse().unwrap(),
        quantity,
    };
    let expected = OrderCreated {
        order_id: OrderId(order_id.try_into().unwrap()),
        buyer_id: UserId(BUYER),
        lines: vec![line(1, "999.99", 2), line(2, "149.99", 3)],
    };
    assert_eq!(stage.announced(1).await, [expected]);
    let [entry] = entries(&stage.redis, "orders_stream")
        .await
        .try_into()
        .unwrap();
    assert_eq!(field(&entry, "type"), "order.created.v1");
    assert_eq!(field(&entry, "corr"), "request-0001");
    assert_eq!(field(&entry, "traceparent"), trace);
}

#[tokio::test]
async fn two_hundred_orders_at_once_are_two_hundred_orders() {
    let stage = Stage::with_catalog().await;

    let answers = join_all((0..200).map(|_| stage.buyer.post(ORDERS, one_mac()))).await;
    stage.start_relay(stage.redis.clone());

    let mut placed: Vec<_> = answers.iter().map(id_of).collect();
    placed.sort_unstable();
    placed.dedup();
    assert_eq!(placed.len(), 200);
    assert_eq!(stage.count("orders").await, 200);
    let announced = stage.announced(200).await;
    let mut announced: Vec<_> = announced
        .iter()
        .map(|it| i64::from(it.order_id.0))
        .collect();
    announced.sort_unstable();
    assert_eq!(announced, placed);
}

#[tokio::test]
async fn an_order_that_is_refused_spoils_none_that_is_stored_with_it() {
    let stage = Stage::with_catalog().await;
    let keyed = |key: &str| stage.buyer.with("idempotency-key", key);
    let (one, two) = (keyed("one"), keyed("two"));
    id_of(&two.post(ORDERS, cart(&[item(2, "149.99", 9)])).await);

    // All are waiting before the first of them is stored.
    let answers = join_all([
        stage.buyer.post(ORDERS, one_mac()),
        stage.buyer.post(ORDERS, cart(&[item(1, "0.01", 1)])),
        stage.seller.post(ORDERS, one_mac()),
        one.post(ORDERS, one_mac()),
        two.post(ORDERS, one_mac()),
        stage.other.post(ORDERS, cart(&[item(999, "1.00", 1)])),
    ])
    .await;

    let statuses: Vec<_> = answers
        .iter()
        .map(|answer| answer.status.as_u16())
        .collect();
    assert_eq!(statuses, [201, 409, 400, 201, 422, 201]);
    for (client, answer) in [(&stage.buyer, 0), (&stage.buyer, 3), (&stage.other, 5)] {
        let order = client.get(&path(id_of(&answers[answer]))).await;
        assert_eq!(order.status, StatusCode::OK, "answer {answer}");
    }
    assert_eq!(stage.count("orders").await, 4);
    assert_eq!(stage.count("outbox").await, 4);
}
