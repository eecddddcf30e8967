//! What sellers see of orders.

use http::StatusCode;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use shared::{
    id::UserId,
    messages::inventory::{ProductChanged, Verdict},
};

use crate::stage::{ORDERS, OTHER, Stage, cart, id_of, item, path, product};

const SALES: &str = "/api/orders/sales";

/// A stage that also knows product 3 of another seller.
async fn stage() -> Stage {
    let stage = Stage::with_catalog().await;
    let foreign = ProductChanged {
        seller_id: UserId(OTHER),
        ..product(3, 1, "Lamp", "12.50")
    };
    stage.announce(&foreign).await;
    stage.informed().await;
    stage
}

async fn buy(stage: &Stage, lines: &[Value], verdict: Verdict) -> i64 {
    let id = id_of(&stage.buyer.post(ORDERS, cart(lines)).await);
    stage.decide(id, verdict, &[]).await;
    stage.informed().await;
    id
}

#[tokio::test]
async fn a_seller_sees_their_own_lines_of_completed_orders() {
    let stage = stage().await;
    let lines = [
        item(1, "999.99", 2),
        item(2, "149.99", 1),
        item(3, "12.50", 4),
    ];

    let id = buy(&stage, &lines, Verdict::Completed).await;
    buy(&stage, &lines, Verdict::Failed).await;
    stage.buyer.post(ORDERS, cart(&lines)).await;

    let sold_at = stage.buyer.get(&path(id)).await.body["settled_at"].clone();
    let line = |product, name, price, quantity| {
        json!({
            "order_id": id, "product_id": product, "name": name, "price": price,
            "quantity": quantity, "sold_at": sold_at,
        })
    };
    let mine = [
        line(1, "Mac m2", "999.99", 2),
        line(2, "Desk Chair", "149.99", 1),
    ];
    let page =
        |items: &[Value], total| json!({"items": items, "total": total, "page": 1, "limit": 20});
    assert_eq!(stage.seller.get(SALES).await.body, page(&mine, 2));
    let theirs = [line(3, "Lamp", "12.50", 4)];
    assert_eq!(stage.other.get(SALES).await.body, page(&theirs, 1));
    assert_eq!(stage.buyer.get(SALES).await.body, page(&[], 0));
}

#[tokio::test]
async fn a_line_that_was_stored_while_its_product_was_heard_of_is_its_sellers() {
    let stage = stage().await;
    let id = id_of(
        &stage
            .buyer
            .post(ORDERS, cart(&[item(1, "999.99", 1)]))
            .await,
    );
    let not_heard_of = "UPDATE order_items SET seller_id = NULL, name = NULL";
    stage.db.execute_unprepared(not_heard_of).await.unwrap();

    stage.decide(id, Verdict::Completed, &[]).await;
    stage.informed().await;

    let sales = stage.seller.get(SALES).await.body;
    assert_eq!(sales["total"], 1);
    assert_eq!(sales["items"][0]["name"], "Mac m2");
}

#[tokio::test]
async fn sales_come_in_pages_the_newest_first() {
    let stage = stage().await;
    let mut sold = Vec::new();
    for _ in 0..5 {
        sold.push(buy(&stage, &[item(1, "999.99", 1)], Verdict::Completed).await);
    }

    let page = stage
        .seller
        .get(&format!("{SALES}/?page=2&limit=2"))
        .await
        .body;

    let ids: Vec<_> = page["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["order_id"])
        .collect();
    assert_eq!(ids, [sold[2], sold[1]]);
    assert_eq!((&page["total"], &page["page"]), (&json!(5), &json!(2)));
}

#[tokio::test]
async fn a_line_that_was_sold_before_its_seller_was_known_is_theirs_all_the_same() {
    let stage = stage().await;
    let id = buy(&stage, &[item(4, "5.00", 1)], Verdict::Completed).await;
    assert_eq!(stage.seller.get(SALES).await.body["total"], 0);

    stage.announce(&product(4, 1, "Mug", "5.00")).await;
    stage.informed().await;

    let sale = &stage.seller.get(SALES).await.body["items"][0];
    assert_eq!(
        (&sale["order_id"], &sale["name"]),
        (&json!(id), &json!("Mug"))
    );
}

#[tokio::test]
async fn sales_are_for_people_who_are_signed_in_and_pages_have_bounds() {
    let stage = stage().await;

    let guest = stage.guest.get(SALES).await;
    let none = stage.seller.get(&format!("{SALES}?limit=101")).await;

    assert_eq!(guest.status, StatusCode::UNAUTHORIZED);
    assert_eq!(none.status, StatusCode::BAD_REQUEST);
}
