//! A verdict that is asked for again: the one that was reached, or that it never will be.

use sea_orm::ConnectionTrait;
use shared::{
    id::MessageId,
    messages::{
        inventory::{ShortageReason, Verdict},
        orders::{OrdersMessage, VerdictWanted},
    },
};
use shared_testing::append;

use crate::stage::{BUYER, Stage, order};

/// Announces an order of one unit.
async fn announce(stage: &Stage, product: i32) -> (MessageId, VerdictWanted) {
    let message = order(1, BUYER, &[(product, 1)], "10.00");
    let announcement = MessageId::generate();
    append(&stage.redis, announcement, &message).await;
    (announcement, wanted(message, announcement))
}

fn wanted(message: OrdersMessage, announcement: MessageId) -> VerdictWanted {
    let OrdersMessage::OrderCreated(order) = message else {
        panic!("{message:?}");
    };
    VerdictWanted {
        order,
        announcement,
    }
}

async fn ask(stage: &Stage, wanted: VerdictWanted) {
    let question = OrdersMessage::VerdictWanted(wanted);
    append(&stage.redis, MessageId::generate(), &question).await;
}

#[tokio::test]
async fn a_verdict_that_was_reached_is_said_again_and_nothing_is_taken_again() {
    let stage = Stage::create().await;
    let id = stage.list(10).await;
    let (_, wanted) = announce(&stage, id).await;
    // In the same batch, and then later.
    ask(&stage, wanted.clone()).await;
    stage.start_worker();
    stage.settled().await;
    ask(&stage, wanted).await;
    stage.settled().await;

    let verdicts = stage.verdicts().await;
    assert_eq!(verdicts.len(), 2, "{verdicts:?}");
    assert_eq!(verdicts[0], verdicts[1]);
    assert_eq!(verdicts[0].status, Verdict::Completed);
    assert_eq!(stage.stock(id).await, 9);
}

#[tokio::test]
async fn an_order_that_was_never_decided_fails_and_takes_nothing_when_it_comes_after_all() {
    let stage = Stage::create().await;
    let id = stage.list(10).await;
    let message = order(1, BUYER, &[(id, 1)], "10.00");
    let announcement = MessageId::generate();
    stage.start_worker();
    ask(&stage, wanted(message.clone(), announcement)).await;
    stage.settled().await;

    append(&stage.redis, announcement, &message).await;
    stage.settled().await;

    let [verdict] = stage.verdicts().await.try_into().unwrap();
    assert_eq!(verdict.status, Verdict::Failed);
    assert_eq!(verdict.shortages[0].reason, ShortageReason::Timeout);
    assert_eq!(stage.stock(id).await, 10);
}

#[tokio::test]
async fn an_order_whose_message_is_dead_fails_and_cannot_be_replayed() {
    let stage = Stage::create().await;
    let id = stage.list(10).await;
    let message = order(1, BUYER, &[(id, 1)], "10.00");
    let announcement = MessageId::generate();
    let dead = format!(
        "INSERT INTO inbox (message_id, consumer_group) VALUES ('{announcement}', 'products-service');
         INSERT INTO failures (message_id, consumer_group, stream, entry_id, entry, state, class,
                               error, fingerprint)
         VALUES ('{announcement}', 'products-service', 'orders_stream', '1-0', '[]', 'dead',
                 'exhausted', 'not now', 'f')"
    );
    stage.db.execute_unprepared(&dead).await.unwrap();
    stage.start_worker();

    for _ in 0..2 {
        ask(&stage, wanted(message.clone(), announcement)).await;
        stage.settled().await;
    }

    let verdicts = stage.verdicts().await;
    assert!(
        verdicts.iter().all(|it| it.status == Verdict::Failed),
        "{verdicts:?}"
    );
    assert_eq!(verdicts.len(), 2, "said, and said again");
    assert_eq!(
        stage
            .count("SELECT count(*) FROM failures WHERE state = 'discarded'")
            .await,
        1
    );
    assert_eq!(stage.stock(id).await, 10);
}
