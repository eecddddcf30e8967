//! The server knows the price, the name and the seller of what is ordered.

use http::StatusCode;
use serde_json::json;

use crate::stage::{ORDERS, Stage, cart, id_of, item, one_mac, path, product};

#[tokio::test]
async fn a_price_that_has_changed_is_told_line_by_line() {
    let stage = Stage::with_catalog().await;
    let body = cart(&[
        item(1, "0.01", 1),
        item(2, "149.99", 1),
        item(999, "1.00", 1),
    ]);

    let answer = stage.buyer.post(ORDERS, body).await;

    assert_eq!(answer.status, StatusCode::CONFLICT);
    assert_eq!(answer.body["code"], "PRICE_CHANGED");
    let lines = json!([{"product_id": 1, "old_price": "0.01", "new_price": "999.99"}]);
    assert_eq!(answer.body["lines"], lines);
    assert_eq!(stage.count("orders").await, 0);
    assert_eq!(stage.count("outbox").await, 0);
}

#[tokio::test]
async fn nobody_orders_their_own_product() {
    let stage = Stage::with_catalog().await;
    let body = cart(&[item(999, "1.00", 1), item(1, "999.99", 1)]);

    let answer = stage.seller.post(ORDERS, body).await;

    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert_eq!(answer.body["code"], "OWN_PRODUCT");
    assert_eq!(stage.count("orders").await, 0);
}

#[tokio::test]
async fn a_product_that_was_not_heard_of_yet_can_be_ordered() {
    let stage = Stage::with_catalog().await;

    let answer = stage
        .buyer
        .post(ORDERS, cart(&[item(999, "1.00", 1)]))
        .await;

    assert_eq!(answer.status, StatusCode::CREATED);
    let order = stage.buyer.get(&path(id_of(&answer))).await.body;
    let lines = json!([{"product_id": 999, "name": null, "price": "1.00", "quantity": 1}]);
    assert_eq!(order["items"], lines);
}

#[tokio::test]
async fn an_order_keeps_the_name_and_the_price_it_was_placed_with() {
    let stage = Stage::with_catalog().await;
    let id = path(id_of(&stage.buyer.post(ORDERS, one_mac()).await));
    let before = stage.buyer.get(&id).await.body;

    stage.announce(&product(1, 2, "Mac m5", "1999.99")).await;
    stage.informed().await;

    assert_eq!(stage.buyer.get(&id).await.body, before);
    assert_eq!(before["items"][0]["name"], "Mac m2");
}

#[tokio::test]
async fn a_total_is_the_exact_sum_and_may_be_no_other() {
    let stage = Stage::create().await;
    let items = [item(8, "0.10", 3), item(9, "0.20", 1)];
    for (claimed, status) in [
        (json!("0.50"), 201),
        (json!(0.5), 201),
        (json!("0.49"), 400),
        (json!("0.500"), 400),
        (json!("-0.50"), 400),
        (json!(""), 400),
        (json!([]), 400),
    ] {
        let body = json!({"total_price": claimed, "items": items});

        let answer = stage.buyer.post(ORDERS, body).await;

        assert_eq!(answer.status.as_u16(), status, "{claimed}");
        if status == 400 {
            assert_eq!(
                answer.body["errors"][0]["field"], "total_price",
                "{claimed}"
            );
            continue;
        }
        let order = stage.buyer.get(&path(id_of(&answer))).await.body;
        assert_eq!(order["total_price"], "0.50");
    }
}

#[tokio::test]
async fn the_largest_total_fits_and_one_cent_more_does_not() {
    let stage = Stage::create().await;
    let order = |items: &[_]| {
        let body = cart(items);
        let buyer = stage.buyer.clone();
        async move { buyer.post(ORDERS, body).await }
    };

    let fits = order(&[item(8, "99999999.98", 1), item(9, "0.01", 1)]).await;
    let exceeds = order(&[item(8, "99999999.99", 1), item(9, "0.01", 1)]).await;

    let order = stage.buyer.get(&path(id_of(&fits))).await.body;
    assert_eq!(order["total_price"], "99999999.99");
    assert_eq!(exceeds.status, StatusCode::BAD_REQUEST);
    assert_eq!(exceeds.body["errors"][0]["code"], "TOTAL_TOO_LARGE");
}
