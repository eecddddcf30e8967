//! The sample catalog.

use products_service::demo;
use serde_json::json;

use crate::stage::{PRODUCTS, Stage, ids};

#[tokio::test]
async fn both_demo_users_sell_four_of_eight_products() {
    let stage = Stage::create().await;
    demo::seed(&stage.db).await.unwrap();

    let all = stage.guest.get("/api/products/public").await.body;
    let first = stage.seller.get(PRODUCTS).await.body;
    let second = stage.buyer.get(PRODUCTS).await.body;

    assert_eq!(ids(&all), (1..=8).collect::<Vec<_>>());
    assert_eq!(ids(&first), [1, 2, 3, 4]);
    assert_eq!(ids(&second), [5, 6, 7, 8]);
    assert_eq!(
        (&all[0]["name"], &all[0]["price"]),
        (&json!("Mac m2"), &json!("999.99"))
    );
    assert_eq!(stage.list(1).await, 9);
}

#[tokio::test]
async fn seeding_again_changes_nothing_and_announces_nothing() {
    let stage = Stage::create().await;
    demo::seed(&stage.db).await.unwrap();
    let before = stage.guest.get("/api/products/public").await.body;

    demo::seed(&stage.db).await.unwrap();
    stage.start_worker();
    stage.settled().await;

    assert_eq!(stage.guest.get("/api/products/public").await.body, before);
    let mut announced: Vec<_> = stage
        .changes()
        .await
        .iter()
        .map(|it| it.product_id.0)
        .collect();
    announced.sort_unstable();
    assert_eq!(announced, (1..=8).collect::<Vec<_>>());
}

#[tokio::test]
async fn two_instances_that_seed_together_make_the_samples_once() {
    let stage = Stage::create().await;

    let (first, second) = tokio::join!(demo::seed(&stage.db), demo::seed(&stage.db));

    assert!(first.is_ok() && second.is_ok(), "{first:?} {second:?}");
    assert_eq!(stage.count("SELECT count(*) FROM products").await, 8);
    assert_eq!(stage.count("SELECT count(*) FROM outbox").await, 8);
}

#[tokio::test]
async fn seeding_leaves_a_shop_alone_that_has_products() {
    let stage = Stage::create().await;
    let id = stage.list(1).await;
    stage.seller.delete(&format!("{PRODUCTS}/{id}")).await;

    demo::seed(&stage.db).await.unwrap();

    assert_eq!(stage.count("SELECT count(*) FROM products").await, 1);
}
