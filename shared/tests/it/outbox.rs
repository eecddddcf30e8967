//! What is committed is published, and nothing else.

use sea_orm::{ConnectionTrait, TransactionTrait};
use shared::{
    cause::Cause,
    id::MessageId,
    stream::{Entry, Outgoing, Received, outbox},
};
use shared_testing::{TestRedis, entries, eventually, field};
use tokio::join;

use crate::stage::{Note, STREAM, Stage, enqueue, notes, stop};

fn texts(entries: &[Entry]) -> Vec<String> {
    entries.iter().map(|entry| field(entry, "text")).collect()
}

/// The texts on the stream, once there are `count` of them at least.
async fn published(stage: &Stage, count: usize) -> Vec<String> {
    let on_stream = || entries(&stage.redis, STREAM);
    texts(&eventually(on_stream, |entries| entries.len() >= count).await)
}

const UNPUBLISHED: &str = "SELECT id::text FROM outbox WHERE published_at IS NULL";

#[tokio::test]
async fn a_transaction_that_is_rolled_back_publishes_nothing() {
    let stage = Stage::create().await;
    let txn = stage.db.begin().await.unwrap();
    enqueue(&txn, &["undone".to_owned()]).await;
    txn.rollback().await.unwrap();
    stage.commit(&["done".to_owned()]).await;

    let relay = stage.publish();
    published(&stage, 1).await;
    stop(relay).await;

    assert_eq!(texts(&entries(&stage.redis, STREAM).await), ["done"]);
}

#[tokio::test]
async fn messages_are_published_in_the_order_in_which_they_were_written() {
    let stage = Stage::create().await;
    let written = notes(600);
    for batch in written.chunks(7) {
        stage.commit(batch).await;
    }

    stage.publish();

    assert_eq!(published(&stage, 600).await, written);
}

#[tokio::test]
async fn a_message_is_published_without_a_wake_up() {
    let stage = Stage::create().await;
    stage.publish();
    stage.commit(&["first".to_owned()]).await;
    published(&stage, 1).await;

    stage.commit(&["second".to_owned()]).await;

    assert_eq!(published(&stage, 2).await, ["first", "second"]);
}

#[tokio::test]
async fn a_message_whose_mark_was_lost_is_published_again_under_the_same_id() {
    let stage = Stage::create().await;
    stage.commit(&["once".to_owned()]).await;
    stop(stage.publish()).await;
    let forget = "UPDATE outbox SET published_at = NULL";
    stage.db.execute_unprepared(forget).await.unwrap();

    stage.publish();
    published(&stage, 2).await;

    let [first, second] = entries(&stage.redis, STREAM).await.try_into().unwrap();
    assert_eq!(first.fields, second.fields);
    assert_ne!(first.id, second.id);
}

#[tokio::test]
async fn two_relays_publish_everything_once_and_in_order() {
    let stage = Stage::create().await;
    let written = notes(1000);
    let relays = [stage.publish(), stage.publish()];
    for batch in written.chunks(10) {
        stage.commit(batch).await;
    }
    eventually(|| stage.texts(UNPUBLISHED), Vec::is_empty).await;

    let [first, second] = relays;
    join!(stop(first), stop(second));

    assert_eq!(texts(&entries(&stage.redis, STREAM).await), written);
}

#[tokio::test]
async fn while_redis_is_away_messages_wait_and_then_leave_in_order() {
    let stage = Stage::create().await;
    let (redis, link) = TestRedis::linked(&stage.redis).await;
    stage.publish_to(redis);
    stage.commit(&notes(1)).await;
    published(&stage, 1).await;
    // The relay knows it too.
    eventually(|| stage.texts(UNPUBLISHED), Vec::is_empty).await;
    link.cut();
    let written = notes(300);
    stage.commit(&written[1..]).await;
    eventually(|| stage.texts(UNPUBLISHED), |waiting| waiting.len() == 299).await;

    link.restore();

    assert_eq!(published(&stage, 300).await, written);
}

#[tokio::test]
async fn a_relay_that_stops_publishes_what_was_committed_before() {
    let stage = Stage::create().await;
    let written = notes(300);
    stage.commit(&written).await;

    stop(stage.publish()).await;

    assert_eq!(texts(&entries(&stage.redis, STREAM).await), written);
}

#[tokio::test]
async fn an_entry_shows_its_envelope_and_its_fields_as_text() {
    const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let stage = Stage::create().await;
    let cause = Cause {
        request_id: "request-1".to_owned(),
        traceparent: TRACE.to_owned(),
    };
    let note = Outgoing {
        message: Note("caf\u{e9} \"1\"\n".to_owned()),
        cause: cause.clone(),
    };
    let txn = stage.db.begin().await.unwrap();
    outbox::enqueue(&txn, &[note]).await.unwrap();
    txn.commit().await.unwrap();

    stop(stage.publish()).await;

    let [entry] = entries(&stage.redis, STREAM).await.try_into().unwrap();
    let names: Vec<_> = entry
        .fields
        .iter()
        .map(|(name, _)| name.as_slice())
        .collect();
    let expected: [&[u8]; 6] = [b"id", b"type", b"ts", b"corr", b"text", b"traceparent"];
    assert_eq!(names, expected);
    assert!(field(&entry, "id").parse::<MessageId>().is_ok());
    assert_eq!(field(&entry, "type"), "note.taken.v1");
    assert!(field(&entry, "ts").parse::<u64>().unwrap() > 1_600_000_000_000);
    assert_eq!(field(&entry, "corr"), "request-1");
    assert_eq!(field(&entry, "traceparent"), TRACE);
    assert_eq!(Received::<Note>::decode(&entry).unwrap().cause, cause);
    assert_eq!(field(&entry, "text"), "caf\u{e9} \"1\"\n");
}
