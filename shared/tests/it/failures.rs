//! A message that fails is tried again, more and more rarely, and not for ever.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use redis::cmd;
use sea_orm::{ConnectionTrait, DbErr, RuntimeErr};
use shared::id::MessageId;
use shared_testing::{append, eventually, pending};
use tokio::sync::Semaphore;

use crate::stage::{GROUP, Note, Recorder, STREAM, Stage, not_now};

const FAILURES: &str = "SELECT concat_ws(' ', state, attempts, class, error) FROM failures";

fn fails() -> Recorder {
    Recorder::with(|_| async { Err(not_now().into()) })
}

/// Sends a message that has failed five times, the last time in the hands of `consumer`.
async fn send_with_five_failures(stage: &Stage, consumer: Option<&str>) {
    let id = MessageId::generate();
    append(&stage.redis, id, &Note("weak".to_owned())).await;
    let consumer = consumer.map_or("NULL".to_owned(), |name| format!("'{name}'"));
    let row = format!(
        "INSERT INTO failures (message_id, consumer_group, stream, entry_id, entry, attempts,
                               consumer, error)
         VALUES ('{id}', '{GROUP}', '{STREAM}', '1-0', '[]', 5, {consumer}, 'before')"
    );
    stage.db.execute_unprepared(&row).await.unwrap();
}

#[tokio::test]
async fn a_failed_attempt_is_recorded_with_its_error_and_the_next_one_waits() {
    let stage = Stage::create().await;
    stage.send(&["weak"]).await;

    stage.consume(fails());
    let failures = || stage.texts(FAILURES);
    let failures = eventually(failures, |rows| rows.iter().any(|row| row.contains(" 2 "))).await;

    assert!(failures[0].starts_with("retrying 2 "), "{failures:?}");
    assert!(failures[0].contains("not now"), "{failures:?}");
    let wait = "SELECT (next_at - last_at BETWEEN interval '1.5 s' AND interval '2.5 s')::text
                FROM failures";
    assert_eq!(
        stage.texts(wait).await,
        ["true"],
        "the second wait is 2 s, give or take"
    );
    assert_eq!(pending(&stage.redis, STREAM, GROUP).await, 1);
}

#[tokio::test]
async fn a_message_that_failed_six_times_dies() {
    let stage = Stage::create().await;
    send_with_five_failures(&stage, None).await;

    stage.consume(fails());
    stage.drained().await;

    let failures = stage.texts(FAILURES).await;
    assert!(failures[0].starts_with("dead 6 exhausted"), "{failures:?}");
}

#[tokio::test]
async fn a_message_whose_consumers_died_six_times_dies_without_being_tried() {
    let stage = Stage::create().await;
    // In the batch it fails like any other message; alone it is recognised.
    send_with_five_failures(&stage, Some("dead consumer")).await;
    let tries = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&tries);

    stage.consume(Recorder::with(move |_| {
        count.fetch_add(1, Ordering::Relaxed);
        async { Err(not_now().into()) }
    }));
    stage.drained().await;

    assert_eq!(tries.load(Ordering::Relaxed), 1, "only in the batch");
    let failures = stage.texts(FAILURES).await;
    assert!(failures[0].starts_with("dead 6 crash_loop"), "{failures:?}");
}

#[tokio::test]
async fn a_database_that_is_away_uses_up_no_attempt() {
    let stage = Stage::create().await;
    stage.send(&["patient"]).await;
    let away = || DbErr::Conn(RuntimeErr::Internal("away".to_owned()));

    stage.consume(Recorder::failing_on("patient", 3, away));
    stage.drained().await;

    assert_eq!(stage.effects().await, ["patient"]);
    assert!(stage.texts(FAILURES).await.is_empty());
}

#[tokio::test]
async fn a_message_that_succeeds_in_the_end_keeps_its_story() {
    let stage = Stage::create().await;
    stage.send(&["weak"]).await;
    stage.consume(Recorder::failing_on("weak", 2, not_now));
    stage.drained().await;

    assert_eq!(stage.effects().await, ["weak"]);
    let story = stage.texts(FAILURES).await;
    assert!(story[0].starts_with("settled 1 "), "{story:?}");
}

/// The idle time of the one pending entry, in milliseconds; 0 until the consumer holds it, for
/// which it first has to make its group.
async fn idle(stage: &Stage) -> u64 {
    let mut pending = cmd("XPENDING");
    pending.arg(stage.redis.key(STREAM)).arg(GROUP);
    pending.arg("-").arg("+").arg(1);
    let held: Vec<(String, String, u64, u64)> = pending
        .query_async(&mut stage.redis.commands())
        .await
        .unwrap_or_default();
    held.first().map_or(0, |entry| entry.2)
}

#[tokio::test]
async fn a_handler_that_takes_long_keeps_its_lease() {
    let stage = Stage::create().await;
    let gate = Arc::new(Semaphore::new(0));
    let passage = Arc::clone(&gate);
    stage.consume(Recorder::with(move |_| {
        let passage = Arc::clone(&passage);
        async move {
            passage.acquire().await.unwrap().forget();
            Ok(())
        }
    }));
    stage.send(&["slow"]).await;

    eventually(|| idle(&stage), |idle| *idle > 2000).await;
    eventually(|| idle(&stage), |idle| *idle < 1000).await;

    gate.add_permits(1);
    stage.drained().await;
    assert_eq!(stage.effects().await, ["slow"]);
}

#[tokio::test]
async fn a_message_that_fails_and_succeeds_when_it_comes_again_is_settled() {
    let stage = Stage::create().await;
    let (id, note) = (MessageId::generate(), Note("weak".to_owned()));
    append(&stage.redis, id, &note).await;
    stage.consume(Recorder::failing_on("weak", 2, not_now));
    eventually(
        || stage.texts(FAILURES),
        |rows| rows.iter().any(|row| row.contains(" 1 ")),
    )
    .await;

    append(&stage.redis, id, &note).await;
    stage.drained().await;

    assert_eq!(stage.effects().await, ["weak"]);
    let story = stage.texts(FAILURES).await;
    assert!(story[0].starts_with("settled 1 "), "{story:?}");
}
