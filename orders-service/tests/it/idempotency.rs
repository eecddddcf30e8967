//! The same Idempotency-Key and the same cart are one order.

use futures_util::future::join_all;
use http::StatusCode;
use serde_json::json;
use shared::{db, messages::inventory::Verdict};
use shared_testing::{Answer, TestClient};

use crate::stage::{ORDERS, Stage, cart, id_of, item, one_mac, product, start};

fn keyed(client: &TestClient, key: &str) -> TestClient {
    client.with("idempotency-key", key)
}

async fn assert_one_order(stage: &Stage) {
    assert_eq!(stage.count("orders").await, 1);
    assert_eq!(stage.count("order_items").await, 1);
    assert_eq!(stage.count("outbox").await, 1);
}

#[tokio::test]
async fn a_repeated_order_gets_the_first_answer_again() {
    let stage = Stage::with_catalog().await;
    let buyer = keyed(&stage.buyer, "checkout-1");

    let first = buyer.post(ORDERS, one_mac()).await;
    let again = buyer.post(ORDERS, one_mac()).await;

    assert_eq!(first.status, StatusCode::CREATED);
    assert_eq!(again.status, first.status);
    assert_eq!(again.body, first.body);
    assert_eq!(again.headers["location"], first.headers["location"]);
    assert_one_order(&stage).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_at_once_with_one_key_are_one_order_with_ten_equal_answers() {
    let stage = Stage::with_catalog().await;
    // Two instances, so that both the batch and the database have to see the duplicates.
    let second = start(
        db::connect(&stage.database_url).await.unwrap(),
        &stage.tokens,
    );
    let second = second.bearing(&stage.tokens.of(2));
    let buyers = [
        keyed(&stage.buyer, "checkout-1"),
        keyed(&second, "checkout-1"),
    ];

    let orders = (0..10).map(|number| buyers[number % 2].post(ORDERS, one_mac()));
    let answers: Vec<Answer> = join_all(orders).await;

    assert!(
        answers.iter().all(|answer| answer.body == answers[0].body),
        "{answers:?}"
    );
    assert_eq!(answers[0].status, StatusCode::CREATED);
    assert_one_order(&stage).await;
}

#[tokio::test]
async fn the_same_items_in_another_order_are_the_same_cart() {
    let stage = Stage::with_catalog().await;
    let buyer = keyed(&stage.buyer, "checkout-1");
    let (mac, chair) = (item(1, "999.99", 2), item(2, "149.99", 1));

    let first = buyer.post(ORDERS, cart(&[mac, chair.clone()])).await;
    let one_mac = item(1, "999.99", 1);
    let again = buyer
        .post(ORDERS, cart(&[one_mac.clone(), chair, one_mac]))
        .await;

    assert_eq!(id_of(&again), id_of(&first));
}

#[tokio::test]
async fn another_cart_under_the_same_key_is_refused() {
    let stage = Stage::with_catalog().await;
    let buyer = keyed(&stage.buyer, "checkout-1");
    buyer.post(ORDERS, one_mac()).await;
    for other in [
        cart(&[item(1, "999.99", 2)]),
        cart(&[item(2, "149.99", 1)]),
        cart(&[item(1, "999.99", 1), item(2, "149.99", 1)]),
    ] {
        let answer = buyer.post(ORDERS, other).await;

        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(answer.body["code"], "KEY_REUSED");
    }
    assert_one_order(&stage).await;
}

#[tokio::test]
async fn of_two_carts_with_one_key_at_once_one_is_placed() {
    let stage = Stage::with_catalog().await;
    let buyer = keyed(&stage.buyer, "checkout-1");

    let (first, second) = tokio::join!(
        buyer.post(ORDERS, one_mac()),
        buyer.post(ORDERS, cart(&[item(2, "149.99", 1)])),
    );

    let mut statuses = [first.status.as_u16(), second.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 422]);
    assert_one_order(&stage).await;
}

#[tokio::test]
async fn the_key_of_one_buyer_is_free_for_another() {
    let stage = Stage::with_catalog().await;

    let first = keyed(&stage.buyer, "checkout-1")
        .post(ORDERS, one_mac())
        .await;
    let other = keyed(&stage.other, "checkout-1")
        .post(ORDERS, one_mac())
        .await;

    assert_eq!(other.status, StatusCode::CREATED);
    assert_ne!(id_of(&other), id_of(&first));
}

#[tokio::test]
async fn without_a_key_every_order_is_a_new_one() {
    let stage = Stage::with_catalog().await;

    let first = stage.buyer.post(ORDERS, one_mac()).await;
    let second = stage.buyer.post(ORDERS, one_mac()).await;

    assert_ne!(id_of(&first), id_of(&second));
}

#[tokio::test]
async fn a_key_that_is_none_is_refused() {
    let stage = Stage::with_catalog().await;
    for key in ["", " ", "two words", "caf\u{e9}", &"a".repeat(256)] {
        let answer = keyed(&stage.buyer, key).post(ORDERS, one_mac()).await;

        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{key:?}");
        assert_eq!(answer.body["code"], "BAD_IDEMPOTENCY_KEY");
    }
    let longest = keyed(&stage.buyer, &"a".repeat(255))
        .post(ORDERS, one_mac())
        .await;
    assert_eq!(longest.status, StatusCode::CREATED);
}

/// The first answer was lost, and the buyer's browser asks again: it must not hear that the
/// price has changed, and offer to order once more what is ordered already.
#[tokio::test]
async fn a_repeated_order_finds_itself_though_the_price_has_changed_since() {
    let stage = Stage::with_catalog().await;
    let buyer = keyed(&stage.buyer, "checkout-1");
    let first = buyer.post(ORDERS, one_mac()).await;
    stage.announce(&product(1, 2, "Mac m2", "1099.99")).await;
    stage.decide(id_of(&first), Verdict::Completed, &[]).await;
    stage.informed().await;

    let again = buyer.post(ORDERS, one_mac()).await;

    assert_eq!(again.status, StatusCode::CREATED, "{:?}", again.body);
    assert_eq!(again.body["orderId"], json!(id_of(&first)));
    assert_one_order(&stage).await;
}

#[tokio::test]
async fn a_key_is_free_again_when_its_order_was_refused() {
    let stage = Stage::with_catalog().await;
    let buyer = keyed(&stage.buyer, "checkout-1");
    let refused = buyer.post(ORDERS, cart(&[item(1, "0.01", 1)])).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);

    let placed = buyer.post(ORDERS, one_mac()).await;

    assert_eq!(placed.status, StatusCode::CREATED);
}
