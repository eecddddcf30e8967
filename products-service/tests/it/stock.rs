//! Stock: never below zero, taken once, for all of an order or nothing of it.

use shared::{db, id::MessageId, messages::inventory::Verdict};
use shared_testing::{append, append_fields, classes_of_the_dead};

use crate::stage::{BUYER, ORDERS, Stage, order};

/// How many verdicts are COMPLETED and how many FAILED.
async fn tally(stage: &Stage) -> (usize, usize) {
    let verdicts = stage.verdicts().await;
    let is_completed = |it: &&_| it == &&Verdict::Completed;
    let statuses: Vec<_> = verdicts.iter().map(|it| it.status).collect();
    let completed = statuses.iter().filter(is_completed).count();
    (completed, statuses.len() - completed)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_instances_sell_exactly_what_is_there() {
    let stage = Stage::create().await;
    let id = stage.list(50).await;
    stage.start_worker();
    stage.start_worker_on(db::connect(&stage.database_url).await.unwrap());

    for number in 1..=200 {
        stage.order(number, &[(id, 1)]).await;
    }
    stage.settled().await;

    assert_eq!(tally(&stage).await, (50, 150));
    assert_eq!(stage.stock(id).await, 0);
    let mut orders: Vec<_> = stage
        .verdicts()
        .await
        .iter()
        .map(|it| it.order_id.0)
        .collect();
    orders.sort_unstable();
    assert_eq!(orders, (1..=200).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn orders_that_name_products_in_any_order_do_not_block_each_other() {
    let stage = Stage::create().await;
    let (one, two) = (stage.list(1000).await, stage.list(1000).await);
    stage.start_worker();
    stage.start_worker_on(db::connect(&stage.database_url).await.unwrap());

    for number in 1..=100 {
        stage.order(2 * number, &[(one, 1), (two, 2)]).await;
        stage.order(2 * number + 1, &[(two, 2), (one, 1)]).await;
    }
    stage.settled().await;

    assert_eq!(tally(&stage).await, (200, 0));
    assert_eq!((stage.stock(one).await, stage.stock(two).await), (800, 600));
    assert!(classes_of_the_dead(&stage.db).await.is_empty());
}

#[tokio::test]
async fn an_order_takes_all_of_its_lines_or_none() {
    let stage = Stage::create().await;
    let (plenty, few) = (stage.list(10).await, stage.list(1).await);
    stage.order(1, &[(plenty, 3), (few, 2)]).await;
    stage.order(2, &[(plenty, 10), (few, 1)]).await;

    stage.start_worker();
    stage.settled().await;

    let statuses: Vec<_> = stage.verdicts().await.iter().map(|it| it.status).collect();
    assert_eq!(statuses, [Verdict::Failed, Verdict::Completed]);
    assert_eq!((stage.stock(plenty).await, stage.stock(few).await), (0, 0));
}

#[tokio::test]
async fn an_order_that_is_delivered_twice_takes_its_stock_once() {
    let stage = Stage::create().await;
    let id = stage.list(10).await;
    let (message, message_id) = (order(1, BUYER, &[(id, 3)], "10.00"), MessageId::generate());
    append(&stage.redis, message_id, &message).await;
    append(&stage.redis, message_id, &message).await;
    stage.start_worker();
    stage.settled().await;

    append(&stage.redis, message_id, &message).await;
    stage.order(2, &[(id, 1)]).await;
    stage.settled().await;

    assert_eq!(stage.stock(id).await, 6);
    assert_eq!(tally(&stage).await, (2, 0));
}

#[tokio::test]
async fn an_entry_that_no_order_can_be_touches_no_stock() {
    let stage = Stage::create().await;
    let id = stage.list(10).await;
    let line = |quantity: &str| {
        format!("[{{\"product_id\":{id},\"price\":\"10.00\",\"quantity\":{quantity}}}]")
    };
    let broken = ["-5", "0", "1001", "1.5", "\"1\""].map(line);
    for products in broken
        .iter()
        .map(String::as_str)
        .chain(["not-json", "[]", "null"])
    {
        let message_id = MessageId::generate().to_string();
        let fields = [
            ("id", message_id.as_str()),
            ("type", "order.created.v1"),
            ("order_id", "1"),
            ("user_id", "2"),
            ("products", products),
        ];
        append_fields(&stage.redis, ORDERS, &fields).await;
    }
    stage.order(2, &[(id, 1)]).await;

    stage.start_worker();
    stage.settled().await;

    assert_eq!(stage.stock(id).await, 9);
    assert_eq!(tally(&stage).await, (1, 0));
    assert_eq!(classes_of_the_dead(&stage.db).await, ["decode"; 8]);
}

#[tokio::test]
async fn orders_sent_while_nobody_worked_are_all_decided() {
    let stage = Stage::create().await;
    let id = stage.list(10).await;
    for number in 1..=5 {
        stage.order(number, &[(id, 1)]).await;
    }
    let first = stage.start_worker();
    stage.settled().await;
    first.trigger();
    first.finish().await;
    for number in 6..=10 {
        stage.order(number, &[(id, 1)]).await;
    }

    stage.start_worker();
    stage.settled().await;

    assert_eq!(stage.stock(id).await, 0);
    assert_eq!(tally(&stage).await, (10, 0));
}
