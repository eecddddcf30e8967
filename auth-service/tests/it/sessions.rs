//! Sessions: kept by refreshing, listed by their owner, ended from anywhere.

use http::StatusCode;
use redis::cmd;
use serde_json::Value;
use shared_testing::{TestClient, TestRedis};

use crate::stage::{Entered, LOGIN, Stage, cookie, login_body, token_of};

const REFRESH: &str = "/api/auth/refresh";
const SESSIONS: &str = "/api/auth/sessions";

async fn refresh(stage: &Stage, browser: &Entered) -> shared_testing::Answer {
    browser
        .refreshing(&stage.guest)
        .send("POST", REFRESH, "")
        .await
}

async fn list(client: &TestClient) -> Vec<Value> {
    let answer = client.get(SESSIONS).await;
    answer.body["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_refresh_gives_a_new_token_of_the_same_session() {
    let stage = Stage::create().await;
    stage.sign_up("zoe1").await;
    let browser = stage.enter("zoe1").await;

    let answer = refresh(&stage, &browser).await;

    assert_eq!(answer.status, StatusCode::OK);
    let renewed = Entered::of(&answer);
    let (before, after) = (stage.claims(&browser.token), stage.claims(&renewed.token));
    let (before, after) = (before.unwrap(), after.unwrap());
    assert_eq!(before.session_id, after.session_id);
    assert_ne!(before.jti, after.jti);
    assert_ne!(browser.refresh, renewed.refresh);
}

#[tokio::test]
async fn a_refresh_cookie_that_is_used_twice_ends_the_session_for_both_who_have_it() {
    let stage = Stage::create().await;
    stage.sign_up("zoe1").await;
    let stolen = stage.enter("zoe1").await;
    let renewed = Entered::of(&refresh(&stage, &stolen).await);

    let replayed = refresh(&stage, &stolen).await;

    assert_eq!(replayed.status, StatusCode::UNAUTHORIZED);
    assert_eq!(cookie(&replayed, "refresh").unwrap()[0], "");
    assert_eq!(stage.claims(&renewed.token), None);
    assert_eq!(
        refresh(&stage, &renewed).await.status,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn of_many_who_refresh_with_one_cookie_at_once_at_most_one_succeeds() {
    let stage = Stage::create().await;
    stage.sign_up("zoe1").await;
    let browser = stage.enter("zoe1").await;

    let all = futures_util::future::join_all((0..8).map(|_| refresh(&stage, &browser))).await;

    let renewed = all.iter().filter(|answer| answer.status == StatusCode::OK);
    assert!(renewed.count() <= 1);
}

#[tokio::test]
async fn what_is_no_refresh_cookie_of_a_session_refreshes_nothing() {
    let stage = Stage::create().await;
    let secret = "0".repeat(64);
    let unknown = format!("019aa3b0000070008000000000000001.{secret}");
    for value in ["", "garbage", ".", &secret, unknown.as_str()] {
        let guest = stage.guest.with("cookie", &format!("refresh={value}"));

        let answer = guest.send("POST", REFRESH, "").await;

        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{value}");
    }
    let without = stage.guest.send("POST", REFRESH, "").await;
    assert_eq!(without.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn of_two_different_refresh_cookies_neither_is_used_and_neither_is_cleared() {
    let stage = Stage::create().await;
    for name in ["zoe1", "mallory"] {
        stage.sign_up(name).await;
    }
    let (own, planted) = (stage.enter("zoe1").await, stage.enter("mallory").await);
    let both = format!("refresh={}; refresh={}", planted.refresh, own.refresh);
    let confused = stage.guest.with("cookie", &both);

    let answer = confused.send("POST", REFRESH, "").await;

    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(cookie(&answer, "refresh"), None, "it would leave the other");
    assert_eq!(cookie(&answer, "token"), None);
    assert_eq!(refresh(&stage, &own).await.status, StatusCode::OK);
    assert_eq!(refresh(&stage, &planted).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_session_is_one_key_of_redis_that_lives_for_a_day_and_holds_no_secret() {
    let stage = Stage::create().await;
    stage.sign_up("zoe1").await;
    let browser = stage.enter("zoe1").await;
    let id = stage.claims(&browser.token).unwrap().session_id;
    let key = stage.redis.key(&format!("session:{id}"));
    let mut redis = stage.redis.commands();

    let ttl: i64 = cmd("TTL").arg(&key).query_async(&mut redis).await.unwrap();
    let kept: Vec<String> = cmd("HGETALL")
        .arg(&key)
        .query_async(&mut redis)
        .await
        .unwrap();

    assert!((86_000..=86_400).contains(&ttl), "{ttl}");
    let (_, secret) = browser.refresh.split_once('.').unwrap();
    assert!(!kept.iter().any(|text| text.contains(secret)), "{kept:?}");
}

#[tokio::test]
async fn people_see_where_they_are_signed_in_and_sign_out_there() {
    let stage = Stage::create().await;
    stage.sign_up("zoe1").await;
    let here = stage.guest.bearing(&stage.log_in("zoe1").await);
    let phone = stage.guest.with("user-agent", "Phone/1.0");
    let body = login_body("zoe1@demo.com", "password1");
    let there = Entered::of(&phone.post(LOGIN, body).await);

    let sessions = list(&here).await;
    assert_eq!(sessions.len(), 2);
    let other = sessions.iter().find(|it| it["current"] == false).unwrap();
    assert_eq!(other["user_agent"], "Phone/1.0");
    let path = format!("{SESSIONS}/{}", other["id"].as_str().unwrap());
    assert_eq!(here.delete(&path).await.status, StatusCode::OK);

    assert_eq!(stage.claims(&there.token), None);
    assert_eq!(
        refresh(&stage, &there).await.status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(list(&here).await.len(), 1);
}

#[tokio::test]
async fn one_click_ends_all_other_sessions() {
    let stage = Stage::create().await;
    stage.sign_up("zoe1").await;
    let others = [stage.enter("zoe1").await, stage.enter("zoe1").await];
    let here = stage.guest.bearing(&stage.log_in("zoe1").await);

    let answer = here.delete(SESSIONS).await;
    assert_eq!(answer.status, StatusCode::OK);

    for other in &others {
        assert_eq!(stage.claims(&other.token), None);
    }
    let left = list(&stage.guest.bearing(&token_of(&answer))).await;
    assert_eq!(left.len(), 1);
    assert_eq!(left[0]["current"], true);
}

#[tokio::test]
async fn sessions_end_however_many_there_are() {
    let stage = Stage::create().await;
    stage.sign_up("zoe1").await;
    let (first, second) = (stage.enter("zoe1").await, stage.enter("zoe1").await);
    for _ in 0..100 {
        stage.log_in("zoe1").await;
    }
    let here = stage.guest.bearing(&stage.log_in("zoe1").await);

    let id = stage.claims(&first.token).unwrap().session_id;
    let one = here.delete(&format!("{SESSIONS}/{id}")).await;
    let others = here.delete(SESSIONS).await;

    assert_eq!(
        (one.status, others.status),
        (StatusCode::OK, StatusCode::OK)
    );
    for ended in [first, second] {
        let refreshed = refresh(&stage, &ended).await;
        assert_eq!(refreshed.status, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn another_cookie_that_is_no_text_does_not_hide_the_session() {
    let stage = Stage::create().await;
    stage.sign_up("zoe1").await;
    let browser = stage.enter("zoe1").await;
    let cookies = format!("name=José; refresh={}", browser.refresh);

    let answer = stage.guest.with("cookie", &cookies);
    let answer = answer.send("POST", REFRESH, "").await;

    assert_eq!(answer.status, StatusCode::OK);
}

#[tokio::test]
async fn nobody_sees_or_ends_the_session_of_somebody_else() {
    let stage = Stage::create().await;
    stage.sign_up("zoe1").await;
    let token = stage.log_in("zoe1").await;
    let id = stage.claims(&token).unwrap().session_id;
    let eve = stage.newcomer("eve1").await;

    assert_eq!(list(&eve).await.len(), 1);
    for path in [format!("{SESSIONS}/{id}"), format!("{SESSIONS}/garbage")] {
        assert_eq!(eve.delete(&path).await.status, StatusCode::NOT_FOUND);
    }
    assert!(stage.claims(&token).is_some());
}

#[tokio::test]
async fn while_redis_is_away_people_stay_in_and_get_in_and_cannot_refresh() {
    let (linked, link) = TestRedis::linked(&TestRedis::create()).await;
    let stage = Stage::with_redis(linked).await;
    stage.sign_up("zoe1").await;
    let browser = stage.enter("zoe1").await;

    link.cut();
    let body = login_body("zoe1@demo.com", "password1");
    let login = stage.guest.post(LOGIN, body).await;
    let refreshed = refresh(&stage, &browser).await;

    assert!(stage.claims(&browser.token).is_some());
    assert_eq!(login.status, StatusCode::OK);
    assert!(stage.claims(&cookie(&login, "token").unwrap()[0]).is_some());
    let refresh_cookie = cookie(&login, "refresh").unwrap();
    assert_eq!(refresh_cookie[0], "", "the browser forgets that of another");
    assert_eq!(refreshed.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(
        cookie(&refreshed, "token"),
        None,
        "the browser keeps what it has"
    );
}
