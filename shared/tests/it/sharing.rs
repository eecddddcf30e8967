//! Several consumers of one group, and how each of them stops.

use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
};

use redis::{Value, cmd};
use shared_testing::{TestRedis, consumers, eventually, pending};
use tokio::sync::{Barrier, Semaphore};

use crate::stage::{GROUP, Recorder, STREAM, Stage, consume, not_now, notes, stop};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_consumers_share_the_work_and_do_none_of_it_twice() {
    let stage = Stage::create().await;
    let sent = notes(500);
    stage
        .send(&sent.iter().map(String::as_str).collect::<Vec<_>>())
        .await;
    // Nobody's first batch ends before the other has one, too.
    let both_work = Arc::new(Barrier::new(2));
    let at_work = Arc::new(Mutex::new(HashSet::new()));
    for consumer in [1, 2] {
        let (both_work, at_work) = (Arc::clone(&both_work), Arc::clone(&at_work));
        stage.consume(Recorder::with(move |_| {
            let both_work = Arc::clone(&both_work);
            let is_first = at_work.lock().unwrap().insert(consumer);
            async move {
                if is_first {
                    both_work.wait().await;
                }
                Ok(())
            }
        }));
    }

    stage.drained().await;

    let effects = stage.effects().await;
    assert_eq!(effects.len(), 500);
    let effects: HashSet<String> = effects.into_iter().collect();
    assert_eq!(effects, sent.into_iter().collect());
}

#[tokio::test]
async fn a_consumer_that_stops_finishes_its_batch_and_leaves_the_group() {
    let stage = Stage::create().await;
    let gate = Arc::new(Semaphore::new(0));
    let begun = Arc::new(AtomicU32::new(0));
    let (passage, count) = (Arc::clone(&gate), Arc::clone(&begun));
    let consumer = stage.consume(Recorder::with(move |_| {
        let passage = Arc::clone(&passage);
        count.fetch_add(1, Ordering::Relaxed);
        async move {
            passage.acquire().await.unwrap().forget();
            Ok(())
        }
    }));
    stage.send(&["under way"]).await;
    eventually(async || begun.load(Ordering::Relaxed), |count| *count == 1).await;

    consumer.trigger();
    gate.add_permits(1);
    stop(consumer).await;

    assert_eq!(stage.effects().await, ["under way"]);
    assert_eq!(pending(&stage.redis, STREAM, GROUP).await, 0);
    assert!(consumers(&stage.redis, STREAM, GROUP).await.is_empty());
}

#[tokio::test]
async fn a_consumer_that_stops_takes_nothing_with_it() {
    let stage = Stage::create().await;
    let sent = notes(300);
    let texts: Vec<_> = sent.iter().map(String::as_str).collect();

    for hundred in texts.chunks(100) {
        let consumer = stage.consume(Recorder::new());
        stage.send(hundred).await;
        stop(consumer).await;
    }
    stage.consume(Recorder::new());
    stage.drained().await;

    assert_eq!(stage.effects().await, sent);
}

#[tokio::test]
async fn what_waits_for_another_attempt_is_free_for_others_once_its_consumer_stops() {
    let stage = Stage::create().await;
    let consumer = stage.consume(Recorder::failing_on("weak", u32::MAX, not_now));
    stage.send(&["weak"]).await;
    let failures = || stage.texts("SELECT state FROM failures");
    eventually(failures, |rows| rows == &["retrying"]).await;

    stop(consumer).await;

    // As long without a sign of life as the entries of a dead consumer, though it failed just now.
    let free: Vec<Value> = cmd("XPENDING")
        .arg(stage.redis.key(STREAM))
        .arg(GROUP)
        .arg(&["IDLE", "12000", "-", "+", "10"])
        .query_async(&mut stage.redis.commands())
        .await
        .unwrap();
    assert_eq!(free.len(), 1);
}

#[tokio::test]
async fn a_consumer_and_a_relay_stop_while_redis_is_away() {
    let stage = Stage::create().await;
    let (redis, link) = TestRedis::linked(&stage.redis).await;
    let consumer = consume(redis.clone(), stage.db.clone(), Recorder::new());
    let relay = stage.publish_to(redis);
    stage.send(&["before"]).await;
    stage.drained().await;

    link.cut();

    tokio::join!(stop(consumer), stop(relay));
}
