//! Whatever breaks, nothing is lost and nothing happens twice.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use redis::cmd;
use sea_orm::{DbErr, RuntimeErr};
use shared::{db, redis::Redis, stream::DEAD_LETTERS};
use shared_testing::{TestLink, TestRedis, entries, eventually, pending};
use tokio::sync::Semaphore;

use crate::stage::{GROUP, Recorder, STREAM, Stage, consume, notes};

/// A recorder that waits for the gate before each commit, and counts what it began.
fn gated(gate: &Arc<Semaphore>, begun: &Arc<AtomicU32>) -> Recorder {
    let (gate, begun) = (Arc::clone(gate), Arc::clone(begun));
    Recorder::with(move |_| {
        begun.fetch_add(1, Ordering::Relaxed);
        let gate = Arc::clone(&gate);
        async move {
            gate.acquire().await.unwrap().forget();
            Ok(())
        }
    })
}

async fn each_once(stage: &Stage, sent: &[String]) {
    stage.drained().await;
    let (mut effects, mut sent) = (stage.effects().await, sent.to_vec());
    effects.sort_unstable();
    sent.sort_unstable();
    assert_eq!(effects, sent);
}

async fn send(stage: &Stage, texts: &[String]) {
    let texts: Vec<_> = texts.iter().map(String::as_str).collect();
    stage.send(&texts).await;
}

#[tokio::test]
async fn what_a_consumer_was_given_comes_before_anything_newer() {
    let stage = Stage::create().await;
    stage.send(&["first", "second"]).await;
    let gate = Arc::new(Semaphore::new(0));
    let tries = Arc::new(AtomicU32::new(0));
    let (passage, count) = (Arc::clone(&gate), Arc::clone(&tries));
    stage.consume(Recorder::with(move |_| {
        let fails = count.fetch_add(1, Ordering::Relaxed) == 0;
        let passage = Arc::clone(&passage);
        async move {
            if !fails {
                return Ok(());
            }
            passage.acquire().await.unwrap().forget();
            Err(DbErr::Conn(RuntimeErr::Internal("away".to_owned())).into())
        }
    }));
    eventually(async || tries.load(Ordering::Relaxed), |count| *count == 1).await;

    stage.send(&["newer"]).await;
    gate.add_permits(1);
    stage.drained().await;

    assert_eq!(stage.effects().await, ["first", "second", "newer"]);
}

/// Somebody trims the stream below what is pending: such entries come back without their fields.
#[tokio::test]
async fn an_entry_that_is_deleted_while_it_is_pending_blocks_nothing() {
    let stage = Stage::create().await;
    let (redis, link) = TestRedis::linked(&stage.redis).await;
    let (gate, begun) = (Arc::new(Semaphore::new(0)), Arc::new(AtomicU32::new(0)));
    consume(redis, stage.db.clone(), gated(&gate, &begun));
    stage.send(&["deleted"]).await;
    eventually(async || begun.load(Ordering::Relaxed), |count| *count == 1).await;

    link.cut();
    let mut trim = cmd("XTRIM");
    trim.arg(stage.redis.key(STREAM)).arg("MAXLEN").arg(0);
    trim.exec_async(&mut stage.redis.commands()).await.unwrap();
    gate.add_permits(2);
    link.restore();
    stage.send(&["newer"]).await;
    stage.drained().await;

    assert_eq!(stage.effects().await, ["deleted", "newer"]);
}

#[tokio::test]
async fn an_acknowledgement_that_is_lost_repeats_no_effect() {
    let stage = Stage::create().await;
    let (redis, link) = TestRedis::linked(&stage.redis).await;
    let (gate, begun) = (Arc::new(Semaphore::new(0)), Arc::new(AtomicU32::new(0)));
    consume(redis, stage.db.clone(), gated(&gate, &begun));
    stage.send(&["once"]).await;
    eventually(async || begun.load(Ordering::Relaxed), |count| *count == 1).await;

    link.cut();
    gate.add_permits(1);
    eventually(|| stage.effects(), |effects| effects.len() == 1).await;
    assert_eq!(pending(&stage.redis, STREAM, GROUP).await, 1);
    link.restore();
    stage.drained().await;

    assert_eq!(stage.effects().await, ["once"]);
}

#[tokio::test]
async fn a_connection_that_breaks_loses_and_doubles_nothing() {
    let stage = Stage::create().await;
    let (redis, link) = TestRedis::linked(&stage.redis).await;
    consume(redis, stage.db.clone(), Recorder::new());
    let sent = notes(600);

    for hundred in sent.chunks(100) {
        send(&stage, &hundred[..50]).await;
        link.cut();
        send(&stage, &hundred[50..]).await;
        link.restore();
    }

    each_once(&stage, &sent).await;
}

#[tokio::test]
async fn while_the_database_is_away_messages_wait_and_none_dies() {
    let stage = Stage::create().await;
    let link = TestLink::to(&stage.database_url).await;
    let db = db::connect(link.url()).await.unwrap();
    consume(stage.redis.clone(), db, Recorder::new());
    let sent = notes(20);
    send(&stage, &sent[..10]).await;
    stage.drained().await;

    link.cut();
    send(&stage, &sent[10..]).await;
    let given = || pending(&stage.redis, STREAM, GROUP);
    eventually(given, |count| *count > 0).await;
    link.restore();

    each_once(&stage, &sent).await;
    assert!(entries(&stage.redis, DEAD_LETTERS).await.is_empty());
}

#[tokio::test]
async fn a_group_that_vanished_is_made_again() {
    let stage = Stage::create().await;
    stage.send(&["before"]).await;
    stage.consume(Recorder::new());
    stage.drained().await;

    delete_stream(&stage.redis).await;
    stage.send(&["after"]).await;
    stage.drained().await;

    assert_eq!(stage.effects().await, ["before", "after"]);
}

async fn delete_stream(redis: &Redis) {
    let mut delete = cmd("DEL");
    delete.arg(redis.key(STREAM));
    delete.exec_async(&mut redis.commands()).await.unwrap();
}

#[tokio::test]
async fn the_entries_of_a_dead_consumer_are_taken_over() {
    let stage = Stage::create().await;
    stage.send(&["first", "second"]).await;
    die_with_all_entries(&stage.redis).await;
    stage.send(&["newer"]).await;

    stage.consume(Recorder::new());
    let effects = eventually(|| stage.effects(), |effects| effects.len() == 3).await;

    assert_eq!(effects, ["newer", "first", "second"]);
    stage.drained().await;
}

/// Reads everything as a consumer that is never heard of again.
async fn die_with_all_entries(redis: &Redis) {
    let key = redis.key(STREAM);
    let mut create = cmd("XGROUP");
    create.arg("CREATE").arg(&key).arg(GROUP).arg("0");
    create.exec_async(&mut redis.commands()).await.unwrap();
    let mut read = cmd("XREADGROUP");
    read.arg("GROUP").arg(GROUP).arg("dead");
    read.arg("STREAMS").arg(&key).arg(">");
    read.exec_async(&mut redis.commands()).await.unwrap();
}
