//! The verdict on an order: what it says, and on the wire.

use serde_json::{Value, json};
use shared::{id::MessageId, stream::Message};
use shared_testing::{append, append_fields, entries, field};

use crate::stage::{BUYER, ORDERS, SELLER, Stage, order, path};

#[tokio::test]
async fn a_verdict_names_what_was_taken_or_each_line_that_cannot_be_served() {
    let stage = Stage::create().await;
    let (few, gone) = (stage.list(2).await, stage.list(5).await);
    stage.seller.delete(&path(gone)).await;
    let orders = [
        order(1, BUYER, &[(few, 3)], "10.00"),
        order(2, BUYER, &[(few, 1)], "0.01"),
        order(3, BUYER, &[(gone, 1), (999, 1)], "10.00"),
        order(4, SELLER, &[(few, 1)], "10.00"),
        order(5, BUYER, &[(few, 2)], "10.00"),
        order(6, BUYER, &[(few, 1)], "10.00"),
    ];
    for message in &orders {
        append(&stage.redis, MessageId::generate(), message).await;
    }

    stage.start_worker();
    stage.settled().await;

    let unknown = |id| json!({"product_id": id, "reason": "UNKNOWN_PRODUCT"});
    let out_of_stock =
        |left| json!([{"product_id": few, "reason": "OUT_OF_STOCK", "available": left}]);
    let changed = json!([{"product_id": few, "reason": "PRICE_CHANGED", "price": "10.00"}]);
    let expected = [
        ("1", "FAILED", out_of_stock(2)),
        ("2", "FAILED", changed),
        ("3", "FAILED", json!([unknown(gone), unknown(999)])),
        (
            "4",
            "FAILED",
            json!([{"product_id": few, "reason": "OWN_PRODUCT"}]),
        ),
        ("5", "COMPLETED", json!([])),
        ("6", "FAILED", out_of_stock(0)),
    ];
    let entries = entries(&stage.redis, "inventory_stream").await;
    let verdicts = entries
        .iter()
        .filter(|it| field(it, "type") == "verdict.reached.v1");
    for (entry, (order_id, status, shortages)) in verdicts.zip(&expected) {
        assert_eq!(field(entry, "order_id"), *order_id);
        let taken = if *status == "COMPLETED" {
            format!("[{few}]")
        } else {
            "[]".to_owned()
        };
        assert_eq!(field(entry, "taken"), taken);
        assert_eq!(field(entry, "status"), *status, "order {order_id}");
        let told: Value = serde_json::from_str(&field(entry, "shortages")).unwrap();
        assert_eq!(&told, shortages, "order {order_id}");
    }
    assert_eq!(stage.verdicts().await.len(), expected.len());
    assert_eq!(stage.stock(few).await, 0);
}

#[tokio::test]
async fn a_verdict_carries_on_the_request_and_the_trace_that_placed_the_order() {
    let stage = Stage::create().await;
    let id = stage.list(5).await;
    let message = order(1, BUYER, &[(id, 1)], "10.00");
    let (message_id, fields) = (MessageId::generate().to_string(), message.fields());
    let envelope = [
        ("id", message_id.as_str()),
        ("type", message.kind()),
        ("corr", "request-1"),
        (
            "traceparent",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        ),
    ];
    let fields: Vec<_> = envelope.into_iter().chain(fields.iter()).collect();
    append_fields(&stage.redis, ORDERS, &fields).await;

    stage.start_worker();
    stage.settled().await;

    let entries = entries(&stage.redis, "inventory_stream").await;
    let verdict = entries.last().unwrap();
    assert_eq!(field(verdict, "corr"), "request-1");
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    assert_eq!(field(verdict, "traceparent"), trace);
}
