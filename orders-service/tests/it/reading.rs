//! What buyers see of their orders, and of nobody else's.

use futures_util::future::join_all;
use http::StatusCode;
use serde_json::{Value, json};

use crate::stage::{BUYER, ORDERS, Stage, cart, id_of, item, one_mac, path};

fn ids(page: &Value) -> Vec<i64> {
    let items = page["items"].as_array().unwrap();
    items
        .iter()
        .map(|order| order["id"].as_i64().unwrap())
        .collect()
}

#[tokio::test]
async fn an_order_shows_its_lines_its_total_and_its_way() {
    let stage = Stage::with_catalog().await;
    let body = cart(&[item(2, "149.99", 3), item(1, "999.99", 1)]);
    let id = id_of(&stage.buyer.post(ORDERS, body).await);

    let mut order = stage.buyer.get(&path(id)).await.body;

    let created_at = order["created_at"].take();
    assert!(created_at.as_str().unwrap().ends_with('Z'), "{created_at}");
    let expected = json!({
        "id": id, "user_id": BUYER, "total_price": "1449.96", "status": "PENDING",
        "failure": null, "created_at": null, "settled_at": null,
        "timeline": [{"status": "PENDING", "at": created_at}],
        "address": null,
        "items": [
            {"product_id": 1, "name": "Mac m2", "price": "999.99", "quantity": 1},
            {"product_id": 2, "name": "Desk Chair", "price": "149.99", "quantity": 3},
        ],
    });
    assert_eq!(order, expected);
}

#[tokio::test]
async fn two_hundred_readers_at_once_share_six_connections_and_none_is_refused() {
    let stage = Stage::with_catalog().await;
    stage.buyer.post(ORDERS, cart(&[one_mac()])).await;

    let answers = join_all((0..200).map(|_| stage.buyer.get(ORDERS))).await;

    assert!(answers.iter().all(|answer| answer.status == StatusCode::OK));
}

#[tokio::test]
async fn nobody_sees_the_order_of_another() {
    let stage = Stage::with_catalog().await;
    let id = path(id_of(&stage.buyer.post(ORDERS, one_mac()).await));

    for (client, status) in [
        (&stage.buyer, StatusCode::OK),
        (&stage.other, StatusCode::NOT_FOUND),
        (&stage.seller, StatusCode::NOT_FOUND),
        (&stage.guest, StatusCode::UNAUTHORIZED),
    ] {
        assert_eq!(client.get(&id).await.status, status);
        assert_eq!(client.get(&format!("{id}/")).await.status, status);
    }
    assert_eq!(ids(&stage.other.get(ORDERS).await.body), Vec::<i64>::new());
    assert_eq!(
        stage.guest.get(ORDERS).await.status,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn an_administrator_sees_the_order_of_anybody() {
    let stage = Stage::with_catalog().await;
    let id = path(id_of(&stage.buyer.post(ORDERS, one_mac()).await));
    let admin = stage.guest.bearing(&stage.tokens.of_admin(9));

    let seen = admin.get(&id).await;

    assert_eq!(seen.status, StatusCode::OK);
    assert_eq!(seen.body["user_id"], BUYER);
}

#[tokio::test]
async fn an_order_keeps_the_address_that_it_was_placed_with() {
    let stage = Stage::with_catalog().await;
    let address = json!({
        "name": "Zoe", "line1": "1 Main Street", "line2": null, "city": "Tokyo",
        "postal_code": "100-0001", "country": "JP",
    });
    let mut body = cart(&[item(1, "999.99", 1)]);
    body["address"] = address.clone();

    let id = id_of(&stage.buyer.post(ORDERS, body.clone()).await);

    assert_eq!(stage.buyer.get(&path(id)).await.body["address"], address);
    body["address"]["country"] = json!("Japan");
    body["address"]["city"] = json!("");
    let refused = stage.buyer.post(ORDERS, body).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    let fields = ["address.city", "address.country"];
    for (error, field) in refused.body["errors"]
        .as_array()
        .unwrap()
        .iter()
        .zip(fields)
    {
        assert_eq!(error["field"], field);
    }
}

#[tokio::test]
async fn whoever_lacks_the_permission_neither_orders_nor_reads() {
    let stage = Stage::with_catalog().await;
    let id = path(id_of(&stage.buyer.post(ORDERS, one_mac()).await));
    let barred = stage.guest.bearing(&stage.tokens.with(BUYER, &[]));

    for answer in [
        barred.post(ORDERS, one_mac()).await,
        barred.get(ORDERS).await,
        barred.get(&id).await,
        barred.get("/api/orders/sales").await,
    ] {
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        assert_eq!(answer.body["code"], "FORBIDDEN");
    }
}

#[tokio::test]
async fn an_order_that_is_none_is_not_found() {
    let stage = Stage::create().await;
    for (id, status) in [
        ("1", 404),
        ("0", 404),
        ("99999999999", 404),
        ("abc", 400),
        ("-1", 400),
    ] {
        let answer = stage.buyer.get(&format!("{ORDERS}/{id}")).await;

        assert_eq!(answer.status.as_u16(), status, "{id}");
    }
}

#[tokio::test]
async fn a_list_has_the_buyers_own_orders_newest_first_page_by_page() {
    let stage = Stage::with_catalog().await;
    let mut own = Vec::new();
    for _ in 0..25 {
        own.push(id_of(&stage.buyer.post(ORDERS, one_mac()).await));
        stage.other.post(ORDERS, one_mac()).await;
    }
    own.reverse();
    let page = async |query: &str| stage.buyer.get(&format!("{ORDERS}{query}")).await.body;

    let default = page("").await;
    let second = page("/?page=2&limit=10").await;
    let third = page("?page=3&limit=10").await;
    let beyond = page("?page=4&limit=10").await;

    assert_eq!(ids(&default), own[..20]);
    assert_eq!(ids(&second), own[10..20]);
    assert_eq!(ids(&third), own[20..]);
    assert!(ids(&beyond).is_empty());
    assert_eq!((&second["page"], &second["limit"]), (&json!(2), &json!(10)));
    for list in [&default, &second, &third, &beyond] {
        assert_eq!(list["total"], 25);
    }
    let shown = stage.buyer.get(&path(own[0])).await.body;
    assert_eq!(default["items"][0], shown);
}

#[tokio::test]
async fn a_page_out_of_range_is_refused() {
    let stage = Stage::create().await;
    for query in ["page=0", "limit=0", "limit=101", "page=10001", "page=x"] {
        let answer = stage.buyer.get(&format!("{ORDERS}?{query}")).await;

        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{query}");
    }
}
