//! No order waits for ever.

use orders_service::remind;
use sea_orm::ConnectionTrait;
use shared::{
    messages::orders::{OrdersMessage, VerdictWanted},
    shutdown::Shutdown,
    stream::Outbox,
};

use crate::stage::{ORDERS, Stage, id_of, one_mac};

/// Places an order `minutes` ago.
async fn placed_ago(stage: &Stage, minutes: u32) -> i64 {
    let id = id_of(&stage.buyer.post(ORDERS, one_mac()).await);
    let ago =
        format!("UPDATE orders SET created_at = now() - interval '{minutes} min' WHERE id = {id}");
    stage.db.execute_unprepared(&ago).await.unwrap();
    id
}

fn start_reminding(stage: &Stage) {
    let token = Shutdown::default().token();
    tokio::spawn(remind(stage.db.clone(), Outbox::default(), token));
}

#[tokio::test]
async fn an_order_that_waits_too_long_asks_for_its_verdict_with_its_announcement() {
    let stage = Stage::with_catalog().await;
    placed_ago(&stage, 1).await;
    placed_ago(&stage, 3).await;
    stage.start_relay(stage.redis.clone());

    start_reminding(&stage);
    let sent = stage.sent(3).await;

    let [first, second, asked] = sent.try_into().unwrap();
    let OrdersMessage::OrderCreated(order) = second.message else {
        panic!("{second:?}");
    };
    let wanted = VerdictWanted {
        order,
        announcement: second.id,
    };
    assert_eq!(asked.message, OrdersMessage::VerdictWanted(wanted));
    assert_ne!(first.id, asked.id);
    assert_ne!(second.id, asked.id);
}

#[tokio::test]
async fn an_order_that_was_asked_for_is_asked_for_again_more_and_more_rarely() {
    let stage = Stage::with_catalog().await;
    let (early, late) = (placed_ago(&stage, 7).await, placed_ago(&stage, 9).await);
    let asked_twice = "UPDATE orders SET reminders = 2";
    stage.db.execute_unprepared(asked_twice).await.unwrap();

    start_reminding(&stage);
    let asked = || stage.count("orders WHERE reminders = 3");
    shared_testing::eventually(asked, |asked| *asked == 1).await;

    assert_eq!(
        stage
            .count(&format!("orders WHERE reminders = 2 AND id = {early}"))
            .await,
        1
    );
    assert_eq!(
        stage
            .count(&format!("orders WHERE reminders = 3 AND id = {late}"))
            .await,
        1
    );
}
