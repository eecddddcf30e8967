//! What the others are told about a product.

use futures_util::future::join_all;
use http::StatusCode;
use serde_json::json;
use shared::{
    id::{ProductId, UserId},
    messages::inventory::ProductChanged,
};
use shared_testing::entries;

use crate::stage::{SELLER, Stage, path};

#[tokio::test]
async fn every_change_of_a_product_is_announced_in_its_order() {
    let stage = Stage::create().await;
    let id = stage.list(5).await;
    stage
        .seller
        .patch(&path(id), json!({"name": "Desk lamp", "price": "12.34"}))
        .await;
    stage.seller.delete(&path(id)).await;

    stage.start_worker();
    stage.settled().await;

    let change = |version, name: &str, price: &str, is_listed| ProductChanged {
        product_id: ProductId(id),
        version,
        seller_id: UserId(SELLER),
        name: name.to_owned(),
        price: price.parse().unwrap(),
        is_listed,
    };
    let expected = [
        change(1, "Lamp", "10.00", true),
        change(2, "Desk lamp", "12.34", true),
        change(3, "Desk lamp", "12.34", false),
    ];
    assert_eq!(stage.changes().await, expected);
}

#[tokio::test]
async fn changes_at_the_same_time_are_announced_with_rising_versions() {
    let stage = Stage::create().await;
    let id = path(stage.list(5).await);

    let changes = (0..20).map(|quantity| stage.seller.patch(&id, json!({"quantity": quantity})));
    let answers = join_all(changes).await;
    stage.start_worker();
    stage.settled().await;

    assert!(answers.iter().all(|answer| answer.status == StatusCode::OK));
    let versions: Vec<_> = stage.changes().await.iter().map(|it| it.version).collect();
    assert_eq!(versions, (1..=21).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_change_that_is_refused_is_not_announced() {
    let stage = Stage::create().await;
    let id = path(stage.list(5).await);
    let price = json!({"price": "11.00"});
    for answer in [
        stage.buyer.patch(&id, price.clone()).await,
        stage.guest.patch(&id, price).await,
        stage
            .seller
            .patch(&id, json!({"price": "11.00", "version": 9}))
            .await,
        stage.seller.patch(&id, json!({"price": "-1"})).await,
        stage.buyer.delete(&id).await,
    ] {
        assert!(answer.status.is_client_error());
    }

    stage.start_worker();
    stage.settled().await;

    assert_eq!(stage.changes().await.len(), 1);
    assert_eq!(entries(&stage.redis, "inventory_stream").await.len(), 1);
}
