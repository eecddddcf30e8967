//! A logout is known to everybody who checks tokens.

use shared::{
    auth::{Revocations, follow_revocations},
    id::MessageId,
    messages::sessions::{SessionRevoked, SessionsMessage},
    redis::Redis,
    shutdown::Shutdown,
    stream::Message,
};
use shared_testing::{TestRedis, append, append_fields, eventually};
use uuid::Uuid;

use crate::stage::stop;

/// Tells of a logout as auth-service does, and returns the id of its session.
async fn revoke(redis: &Redis) -> Uuid {
    let session_id = Uuid::now_v7();
    let revoked = end_of(session_id, u64::from(u32::MAX));
    append(redis, MessageId::generate(), &revoked).await;
    session_id
}

fn end_of(session_id: Uuid, expires_at: u64) -> SessionsMessage {
    SessionsMessage::SessionRevoked(SessionRevoked {
        session_id,
        expires_at,
    })
}

async fn follow(redis: &Redis) -> (Revocations, Shutdown) {
    let revocations = Revocations::default();
    let shutdown = Shutdown::default();
    let known = revocations.clone();
    follow_revocations(redis.clone(), known, &shutdown).await;
    (revocations, shutdown)
}

async fn learnt(revocations: &Revocations, token: Uuid) {
    eventually(async || revocations.has_ended(token), |is_known| *is_known).await;
}

#[tokio::test]
async fn a_logout_is_learnt_by_those_who_run_and_those_who_start_later() {
    let redis = TestRedis::create();
    let (early, shutdown) = follow(&redis).await;

    let token = revoke(&redis).await;
    learnt(&early, token).await;
    let (late, _) = follow(&redis).await;
    learnt(&late, token).await;

    assert!(!early.has_ended(Uuid::now_v7()));
    stop(shutdown).await;
}

#[tokio::test]
async fn who_starts_knows_of_every_logout_before_it_goes_on() {
    let redis = TestRedis::create();
    let mut ended = Vec::new();
    // One more than are read at once.
    for _ in 0..501 {
        ended.push(revoke(&redis).await);
    }

    let (revocations, _) = follow(&redis).await;

    assert!(ended.iter().all(|it| revocations.has_ended(*it)));
}

#[tokio::test]
async fn who_starts_while_redis_is_away_goes_on_without_it() {
    let redis = TestRedis::create();
    let (linked, link) = TestRedis::linked(&redis).await;
    let ended = revoke(&redis).await;
    link.cut();

    let (revocations, _) = follow(&linked).await;

    assert!(!revocations.has_ended(ended));
    link.restore();
    learnt(&revocations, ended).await;
}

#[tokio::test]
async fn logouts_while_redis_was_away_are_learnt_and_none_is_forgotten() {
    let redis = TestRedis::create();
    let (linked, link) = TestRedis::linked(&redis).await;
    let (revocations, shutdown) = follow(&linked).await;
    let before = revoke(&redis).await;
    learnt(&revocations, before).await;

    link.cut();
    let meanwhile = revoke(&redis).await;
    assert!(revocations.has_ended(before));
    link.restore();

    learnt(&revocations, meanwhile).await;
    assert!(revocations.has_ended(before));
    stop(shutdown).await;
}

#[tokio::test]
async fn an_entry_that_is_no_logout_does_not_stop_the_following() {
    let redis = TestRedis::create();
    let (revocations, _) = follow(&redis).await;
    let stream = SessionsMessage::STREAM;
    append_fields(&redis, stream, &[("text", b"\xff\xfe")]).await;

    let token = revoke(&redis).await;

    learnt(&revocations, token).await;
}

#[test]
fn a_revocation_is_forgotten_once_its_session_would_have_ended() {
    let revocations = Revocations::default();
    let (expired, current) = (Uuid::now_v7(), Uuid::now_v7());

    revocations.apply(&end_of(expired, 1));
    revocations.apply(&end_of(current, u64::from(u32::MAX)));

    assert!(!revocations.has_ended(expired));
    assert!(revocations.has_ended(current));
}
