//! What this service learns of products.

use shared_testing::classes_of_the_dead;

use crate::stage::{ORDERS, Stage, cart, item, product};

/// The price at which product 1 can be ordered.
async fn price(stage: &Stage) -> String {
    let answer = stage.buyer.post(ORDERS, cart(&[item(1, "0.01", 1)])).await;
    answer.body["lines"][0]["new_price"]
        .as_str()
        .unwrap_or("unknown")
        .to_owned()
}

#[tokio::test]
async fn an_older_change_that_comes_later_does_not_hide_a_newer_one() {
    let stage = Stage::create().await;
    stage.start_consumer();
    for (version, expected) in [
        (2, "2.00"),
        (1, "2.00"),
        (4, "4.00"),
        (3, "4.00"),
        (4, "4.00"),
    ] {
        let told = format!("{version}.00");
        stage.announce(&product(1, version, "Lamp", &told)).await;
        stage.informed().await;

        assert_eq!(price(&stage).await, expected, "after version {version}");
    }
}

#[tokio::test]
async fn of_changes_that_come_together_the_newest_counts() {
    let stage = Stage::create().await;
    for version in [1, 3, 2] {
        let told = format!("{version}.00");
        stage.announce(&product(1, version, "Lamp", &told)).await;
    }

    stage.start_consumer();
    stage.informed().await;

    assert_eq!(price(&stage).await, "3.00");
}

#[tokio::test]
async fn of_a_product_that_was_taken_off_sale_no_price_is_known() {
    let stage = Stage::with_catalog().await;
    assert_eq!(price(&stage).await, "999.99");
    let mut withdrawn = product(1, 2, "Mac m2", "999.99");
    withdrawn.is_listed = false;

    stage.announce(&withdrawn).await;
    stage.informed().await;

    assert_eq!(price(&stage).await, "unknown");
}

/// Retried for ever, it would fill the log every two seconds and never be seen by anybody.
#[tokio::test]
async fn a_change_that_the_database_cannot_hold_goes_to_the_dead_letters() {
    let stage = Stage::create().await;
    stage.announce(&product(1, 1, "Lamp", "10.00")).await;
    stage
        .announce(&product(2, 1, &"a".repeat(256), "10.00"))
        .await;
    stage.announce(&product(3, 1, "a\u{0}b", "10.00")).await;

    stage.start_consumer();
    stage.informed().await;

    assert_eq!(price(&stage).await, "10.00");
    assert_eq!(classes_of_the_dead(&stage.db).await, ["permanent"; 2]);
}
