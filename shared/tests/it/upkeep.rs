//! What Redis loses is published again; what nobody needs any more is trimmed.

use redis::{Value, cmd};
use sea_orm::ConnectionTrait;
use shared::redis::Redis;
use shared_testing::{entries, eventually};

use crate::stage::{GROUP, Recorder, STREAM, Stage, notes, stop};

const MARKER: &str = "relay:noter";

async fn run(redis: &Redis, command: &[&str]) -> Value {
    let mut line = cmd(command[0]);
    line.arg(&command[1..]);
    line.query_async(&mut redis.commands()).await.unwrap()
}

async fn on_stream(stage: &Stage, count: usize) {
    let entries = || entries(&stage.redis, STREAM);
    eventually(entries, |entries| entries.len() >= count).await;
}

#[tokio::test]
async fn what_a_flushed_redis_lost_is_published_again_and_takes_effect_once() {
    let stage = Stage::create().await;
    stage.publish();
    stage.commit(&notes(3)).await;
    on_stream(&stage, 3).await;
    let (stream, marker) = (stage.redis.key(STREAM), stage.redis.key(MARKER));

    run(&stage.redis, &["DEL", &stream, &marker]).await;
    on_stream(&stage, 3).await;
    run(&stage.redis, &["DEL", &stream, &marker]).await;
    stage.commit(&["new".to_owned()]).await;
    on_stream(&stage, 4).await;
    stage.consume(Recorder::new());
    stage.drained().await;

    let mut effects = stage.effects().await;
    effects.sort_unstable();
    assert_eq!(effects, ["new", "note 0", "note 1", "note 2"]);
}

#[tokio::test]
async fn what_an_old_snapshot_lacks_is_published_again() {
    let stage = Stage::create().await;
    stage.publish();
    stage.commit(&["old".to_owned()]).await;
    on_stream(&stage, 1).await;
    let (stream, marker) = (stage.redis.key(STREAM), stage.redis.key(MARKER));
    let Value::BulkString(snapshot) = run(&stage.redis, &["DUMP", &marker]).await else {
        panic!("no marker");
    };
    stage.commit(&["lost".to_owned()]).await;
    on_stream(&stage, 2).await;

    let newest = entries(&stage.redis, STREAM).await.pop().unwrap().id;
    run(&stage.redis, &["XDEL", &stream, &newest]).await;
    let mut restore = cmd("RESTORE");
    restore.arg(&marker).arg(0).arg(snapshot).arg("REPLACE");
    restore
        .exec_async(&mut stage.redis.commands())
        .await
        .unwrap();
    stage.consume(Recorder::new());
    let effects = eventually(|| stage.effects(), |effects| effects.len() == 2).await;

    assert_eq!(effects, ["old", "lost"]);
}

/// The stream's entries are packed by the hundred; whole packs are trimmed.
const MANY: usize = 500;

#[tokio::test]
async fn entries_that_every_group_has_handled_are_trimmed() {
    let stage = Stage::create().await;
    stage.publish();
    stage.consume(Recorder::new());
    stage.commit(&notes(MANY)).await;

    eventually(|| stage.effects(), |effects| effects.len() == MANY).await;
    let left = || entries(&stage.redis, STREAM);
    let left = eventually(left, |left| left.len() < MANY / 2).await;

    assert!(!left.is_empty(), "the newest entry stays");
}

#[tokio::test]
async fn an_entry_that_a_group_still_needs_is_never_trimmed() {
    let stage = Stage::create().await;
    let relay = stage.publish();
    stage.commit(&notes(MANY)).await;
    on_stream(&stage, MANY).await;
    stop(relay).await;

    // The next relay begins with an upkeep: the group that must read them does not exist yet.
    let relay = stage.publish();
    stage.commit(&["one more".to_owned()]).await;
    on_stream(&stage, MANY + 1).await;
    stop(relay).await;
    assert_eq!(entries(&stage.redis, STREAM).await.len(), MANY + 1);

    // Now it exists and has read half.
    let key = stage.redis.key(STREAM);
    run(&stage.redis, &["XGROUP", "CREATE", &key, GROUP, "0"]).await;
    let half = (MANY / 2).to_string();
    let read = [
        "XREADGROUP",
        "GROUP",
        GROUP,
        "sleeper",
        "COUNT",
        &half,
        "STREAMS",
        &key,
        ">",
    ];
    run(&stage.redis, &read).await;
    let relay = stage.publish();
    stage.commit(&["and another".to_owned()]).await;
    on_stream(&stage, MANY + 2).await;
    stop(relay).await;
    assert_eq!(entries(&stage.redis, STREAM).await.len(), MANY + 2);
}

#[tokio::test]
async fn rows_that_nobody_needs_any_more_are_deleted() {
    let stage = Stage::create().await;
    let (relay, consumer) = (stage.publish(), stage.consume(Recorder::new()));
    stage.commit(&["old".to_owned(), "young".to_owned()]).await;
    eventually(|| stage.effects(), |effects| effects.len() == 2).await;
    stop(consumer).await;
    stop(relay).await;

    let age = "UPDATE outbox SET created_at = now() - interval '2 days',
                                 published_at = now() - interval '2 days'
               WHERE fields->>'text' = 'old';
               UPDATE inbox SET processed_at = now() - interval '15 days'
               WHERE message_id = (SELECT id FROM outbox WHERE fields->>'text' = 'old');
               UPDATE published SET floor_ms = extract(epoch FROM now()) * 1000";
    stage.db.execute_unprepared(age).await.unwrap();
    stage.publish();

    let left = async || {
        let outbox = stage.texts("SELECT fields->>'text' FROM outbox").await;
        (
            outbox,
            stage
                .texts("SELECT message_id::text FROM inbox")
                .await
                .len(),
        )
    };
    eventually(left, |left| *left == (vec!["young".to_owned()], 1)).await;
}
