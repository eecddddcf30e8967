//! Each message takes effect exactly once, and is acknowledged after that.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use sea_orm::DatabaseTransaction;
use shared::{
    id::MessageId,
    stream::{HandleError, Handler, Received},
};
use shared_testing::{append, eventually, is_drained, pending};
use tokio::sync::Semaphore;

use crate::stage::{GROUP, Note, Recorder, STREAM, Stage, not_now, record};

#[tokio::test]
async fn a_message_that_comes_again_later_has_no_effect_again() {
    let stage = Stage::create().await;
    let id = MessageId::generate();
    let note = Note("once".to_owned());
    append(&stage.redis, id, &note).await;
    stage.consume(Recorder::new());
    stage.drained().await;

    append(&stage.redis, id, &note).await;
    stage.send(&["after"]).await;
    stage.drained().await;

    assert_eq!(stage.effects().await, ["once", "after"]);
}

#[tokio::test]
async fn the_same_message_twice_in_one_batch_takes_effect_once() {
    let stage = Stage::create().await;
    let id = MessageId::generate();
    let note = Note("once".to_owned());
    append(&stage.redis, id, &note).await;
    stage.send(&["between"]).await;
    append(&stage.redis, id, &note).await;

    stage.consume(Recorder::new());
    stage.drained().await;

    assert_eq!(stage.effects().await, ["once", "between"]);
}

#[tokio::test]
async fn entries_sent_before_the_group_existed_are_delivered_in_order() {
    let stage = Stage::create().await;
    stage.send(&["first", "second", "third"]).await;

    stage.consume(Recorder::new());
    stage.drained().await;

    assert_eq!(stage.effects().await, ["first", "second", "third"]);
}

#[tokio::test]
async fn an_entry_is_acknowledged_only_after_its_effect_is_committed() {
    let stage = Stage::create().await;
    let gate = Arc::new(Semaphore::new(0));
    let begun = Arc::new(AtomicU32::new(0));
    let (passage, count) = (Arc::clone(&gate), Arc::clone(&begun));
    stage.consume(Recorder::with(move |_| {
        let passage = Arc::clone(&passage);
        count.fetch_add(1, Ordering::Relaxed);
        async move {
            passage.acquire().await.unwrap().forget();
            Ok(())
        }
    }));
    stage.send(&["slow"]).await;
    eventually(async || begun.load(Ordering::Relaxed), |count| *count == 1).await;

    assert_eq!(pending(&stage.redis, STREAM, GROUP).await, 1);
    assert!(stage.effects().await.is_empty());

    gate.add_permits(1);
    stage.drained().await;
    assert_eq!(stage.effects().await, ["slow"]);
}

#[tokio::test]
async fn a_message_that_fails_is_tried_again_and_delays_no_other() {
    let stage = Stage::create().await;
    stage.send(&["good", "weak", "fine"]).await;
    // Once in the batch and once alone; the third try succeeds.
    stage.consume(Recorder::failing_on("weak", 2, not_now));

    stage.drained().await;

    assert_eq!(stage.effects().await, ["good", "fine", "weak"]);
}

#[tokio::test]
async fn a_handler_that_panics_does_not_end_the_consumer() {
    let stage = Stage::create().await;
    let panics = AtomicU32::new(1);
    stage.consume(Recorder::with(move |_| {
        let panics = panics.swap(0, Ordering::Relaxed) == 1;
        async move {
            assert!(!panics, "the test wants a panic");
            Ok(())
        }
    }));

    stage.send(&["first", "second"]).await;
    stage.drained().await;

    assert_eq!(stage.effects().await, ["first", "second"]);
}

/// A second service that reads the same stream.
struct Auditor;

impl Handler for Auditor {
    type Message = Note;
    const GROUP: &'static str = "auditors";

    async fn handle(
        &self,
        txn: &DatabaseTransaction,
        batch: &[&Received<Note>],
    ) -> Result<(), HandleError> {
        let audited = |it: &&Received<Note>| format!("audited {}", it.message.0);
        let texts: Vec<String> = batch.iter().map(audited).collect();
        Ok(record(txn, &texts).await?)
    }
}

#[tokio::test]
async fn every_group_gets_every_message_from_the_first_on() {
    let stage = Stage::create().await;
    stage.send(&["one", "two"]).await;
    stage.consume(Recorder::new());
    stage.drained().await;

    // Both groups share one inbox, as two groups of one service do.
    stage.consume(Auditor);
    let audited = || is_drained(&stage.redis, STREAM, "auditors");
    eventually(audited, |is_drained| *is_drained).await;

    let effects = stage.effects().await;
    assert_eq!(effects, ["one", "two", "audited one", "audited two"]);
}
