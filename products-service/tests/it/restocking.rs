//! Restocking: units are added to what is there, by the seller alone.

use futures_util::future::join_all;
use http::StatusCode;
use serde_json::{Value, json};

use crate::stage::{Stage, path};

fn restock(id: i32) -> String {
    format!("{}/restock", path(id))
}

#[tokio::test]
async fn restocking_adds_to_what_is_there_and_is_announced() {
    let stage = Stage::create().await;
    let id = stage.list(5).await;

    let answer = stage
        .seller
        .post(&restock(id), json!({"quantity": 7}))
        .await;
    stage.start_worker();
    stage.settled().await;

    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.body["product"]["quantity"], 12);
    assert_eq!(stage.stock(id).await, 12);
    let versions: Vec<_> = stage.changes().await.iter().map(|it| it.version).collect();
    assert_eq!(versions, [1, 2]);
}

#[tokio::test]
async fn units_that_arrive_while_others_are_sold_are_all_counted() {
    let stage = Stage::create().await;
    let id = stage.list(50).await;
    stage.start_worker();

    for number in 1..=50 {
        stage.order(number, &[(id, 1)]).await;
    }
    let (seller, path) = (&stage.seller, restock(id));
    let answers = join_all((0..20).map(|_| seller.post(&path, json!({"quantity": 2})))).await;
    stage.settled().await;

    assert!(answers.iter().all(|answer| answer.status == StatusCode::OK));
    assert_eq!(stage.stock(id).await, 40);
}

#[tokio::test]
async fn a_restocking_that_makes_no_sense_changes_nothing() {
    let stage = Stage::create().await;
    let id = stage.list(5).await;
    let broken = [
        json!({}),
        json!({"quantity": 0}),
        json!({"quantity": -1}),
        json!({"quantity": 1.5}),
        json!({"quantity": 1_000_001}),
        json!({"quantity": 999_996}),
        json!({"quantity": Value::Null}),
    ];
    for body in broken {
        let answer = stage.seller.post(&restock(id), body.clone()).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body}");
        assert_eq!(answer.body["code"], "VALIDATION_ERROR", "{body}");
    }

    assert_eq!(stage.stock(id).await, 5);
}

#[tokio::test]
async fn only_its_seller_restocks_a_product() {
    let stage = Stage::create().await;
    let id = stage.list(5).await;
    let units = json!({"quantity": 1});

    let guest = stage.guest.post(&restock(id), units.clone()).await;
    let other = stage.buyer.post(&restock(id), units.clone()).await;
    let nothing = stage.seller.post(&restock(999), units).await;

    assert_eq!(guest.status, StatusCode::UNAUTHORIZED);
    assert_eq!(other.status, StatusCode::FORBIDDEN);
    assert_eq!(nothing.status, StatusCode::NOT_FOUND);
    assert_eq!(stage.stock(id).await, 5);
}
