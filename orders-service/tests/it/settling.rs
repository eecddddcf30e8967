//! The verdict ends an order, once.

use serde_json::{Value, json};
use shared::{
    id::{MessageId, ProductId},
    messages::inventory::{Shortage, ShortageReason, Verdict},
};
use shared_testing::{append_fields, classes_of_the_dead};

use crate::stage::{INVENTORY, ORDERS, Stage, id_of, one_mac, path};

async fn place(stage: &Stage) -> i64 {
    id_of(&stage.buyer.post(ORDERS, one_mac()).await)
}

async fn show(stage: &Stage, id: i64) -> Value {
    stage.buyer.get(&path(id)).await.body
}

fn out_of_stock() -> Shortage {
    Shortage {
        product_id: ProductId(1),
        reason: ShortageReason::OutOfStock,
        available: Some(2),
        price: None,
    }
}

#[tokio::test]
async fn an_order_that_can_be_served_is_completed() {
    let stage = Stage::with_catalog().await;
    let id = place(&stage).await;

    stage.decide(id, Verdict::Completed, &[]).await;
    stage.informed().await;

    let order = show(&stage, id).await;
    assert_eq!(order["status"], "COMPLETED");
    assert_eq!(order["failure"], Value::Null);
    let timeline = json!([
        {"status": "PENDING", "at": order["created_at"]},
        {"status": "COMPLETED", "at": order["settled_at"]},
    ]);
    assert_eq!(order["timeline"], timeline);
    assert!(order["settled_at"].as_str() > order["created_at"].as_str());
}

#[tokio::test]
async fn an_order_that_cannot_be_served_fails_with_the_reasons() {
    let stage = Stage::with_catalog().await;
    let id = place(&stage).await;
    let changed = Shortage {
        product_id: ProductId(2),
        reason: ShortageReason::PriceChanged,
        available: None,
        price: Some("159.99".parse().unwrap()),
    };

    stage
        .decide(id, Verdict::Failed, &[out_of_stock(), changed])
        .await;
    stage.informed().await;

    let order = show(&stage, id).await;
    assert_eq!(order["status"], "FAILED");
    let failure = json!([
        {"product_id": 1, "reason": "OUT_OF_STOCK", "available": 2},
        {"product_id": 2, "reason": "PRICE_CHANGED", "price": "159.99"},
    ]);
    assert_eq!(order["failure"], failure);
    assert_eq!(order["timeline"][1]["status"], "FAILED");
}

#[tokio::test]
async fn a_verdict_that_comes_late_changes_nothing() {
    let stage = Stage::with_catalog().await;
    for (first, late) in [
        (Verdict::Completed, Verdict::Failed),
        (Verdict::Failed, Verdict::Completed),
        (Verdict::Completed, Verdict::Completed),
    ] {
        let id = place(&stage).await;
        stage.decide(id, first, &[]).await;
        stage.informed().await;
        let settled = show(&stage, id).await;

        stage.decide(id, late, &[out_of_stock()]).await;
        stage.informed().await;

        assert_eq!(show(&stage, id).await, settled);
    }
}

#[tokio::test]
async fn of_two_verdicts_that_come_together_the_first_counts() {
    let stage = Stage::create().await;
    let mut ids = Vec::new();
    for number in 0..10 {
        let id = place(&stage).await;
        let (first, second) = match number % 2 {
            0 => (Verdict::Completed, Verdict::Failed),
            _ => (Verdict::Failed, Verdict::Completed),
        };
        stage.decide(id, first, &[]).await;
        stage.decide(id, second, &[]).await;
        ids.push((id, first));
    }

    // Everything was sent before, so all of it is one batch.
    stage.start_consumer();
    stage.informed().await;

    for (id, first) in ids {
        assert_eq!(show(&stage, id).await["status"], first.name());
    }
}

#[tokio::test]
async fn a_verdict_on_an_order_that_is_not_there_is_passed_over() {
    let stage = Stage::with_catalog().await;
    let id = place(&stage).await;

    stage.decide(999_999, Verdict::Completed, &[]).await;
    stage.decide(id, Verdict::Completed, &[]).await;
    stage.informed().await;

    assert_eq!(show(&stage, id).await["status"], "COMPLETED");
    assert!(classes_of_the_dead(&stage.db).await.is_empty());
}

#[tokio::test]
async fn a_verdict_that_is_none_goes_to_the_dead_letters() {
    let stage = Stage::with_catalog().await;
    let id = place(&stage).await;
    let order_id = id.to_string();
    let message_id = MessageId::generate().to_string();
    let fields = |order_id, status, shortages| {
        [
            ("id", message_id.as_str()),
            ("type", "verdict.reached.v1"),
            ("order_id", order_id),
            ("status", status),
            ("shortages", shortages),
        ]
    };
    for broken in [
        fields(&order_id, "MAYBE", "[]"),
        fields(&order_id, "completed", "[]"),
        fields(&order_id, "FAILED", "not-json"),
        fields("first", "COMPLETED", "[]"),
    ] {
        append_fields(&stage.redis, INVENTORY, &broken).await;
    }
    stage.informed().await;

    assert_eq!(show(&stage, id).await["status"], "PENDING");
    assert_eq!(classes_of_the_dead(&stage.db).await, ["decode"; 4]);
}
