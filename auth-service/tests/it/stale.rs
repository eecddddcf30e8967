//! What was true of the caller when a request began, and no longer is.

use http::StatusCode;
use sea_orm::{ConnectionTrait, TransactionTrait};
use serde_json::{Value, json};
use shared::auth::{Bearer, Revocations, TokenSigner};
use shared_testing::{Answer, eventually};

use crate::stage::{COST, LOGIN, Stage, cookie, login_body, token_of, verifier};

const ME: &str = "/api/auth/me";
const REFRESH: &str = "/api/auth/refresh";

fn new_password() -> Value {
    json!({
        "password": "password2", "repeat_password": "password2", "old_password": "password1",
    })
}

fn assert_refused(answer: &Answer) {
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{answer:?}");
    assert_eq!(cookie(answer, "token"), None);
}

#[tokio::test]
async fn a_change_that_began_before_the_session_ended_changes_nothing() {
    let stage = Stage::create().await;
    stage.sign_up("zoe1").await;
    let (owner, thief) = (stage.enter("zoe1").await, stage.enter("zoe1").await);
    let held = stage.guest.bearing(&thief.token).begin_patch(ME).await;

    let changed = stage.guest.bearing(&owner.token);
    let changed = changed.patch(ME, new_password()).await;
    assert_eq!(changed.status, StatusCode::OK);

    assert_refused(&held.finish(json!({"username": "mine"})).await);
    let refreshed = thief.refreshing(&stage.guest);
    let refreshed = refreshed.send("POST", REFRESH, "").await;
    assert_eq!(refreshed.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_change_that_began_before_its_administrator_was_demoted_changes_nothing() {
    let stage = Stage::create().await;
    let first = stage.admin().await;
    stage.sign_up("zoe1").await;
    let zoe = "/api/auth/users/2";
    first.patch(zoe, json!({"role": "ADMIN"})).await;
    let second = stage.guest.bearing(&stage.log_in("zoe1").await);
    let held = second.begin_patch(zoe).await;

    first.patch(zoe, json!({"role": "USER"})).await;

    assert_refused(&held.finish(json!({"role": "ADMIN"})).await);
    let role = stage.text("SELECT role FROM users WHERE id = 2").await;
    assert_eq!(role, "USER");
}

#[tokio::test]
async fn a_process_that_has_not_heard_yet_gives_no_token_for_an_old_one() {
    let stage = Stage::create().await;
    stage.sign_up("zoe1").await;
    let (owner, thief) = (stage.enter("zoe1").await, stage.enter("zoe1").await);
    stage.admin().await;
    let deaf = stage.guest_with(|state| {
        state.tokens = verifier(&stage.pair, Revocations::default());
    });
    let changed = stage.guest.bearing(&owner.token);
    changed.patch(ME, new_password()).await;
    let thief = deaf.bearing(&thief.token);

    assert_eq!(thief.get(ME).await.status, StatusCode::OK, "it is deaf");
    assert_refused(&thief.patch(ME, json!({"username": "mine"})).await);
    assert_refused(&thief.delete("/api/auth/sessions").await);

    let admin = deaf.bearing(&stage.log_in("admin").await);
    let demoted = "UPDATE users SET token_version = 9 WHERE username = 'admin'";
    stage.db.execute_unprepared(demoted).await.unwrap();
    let disable = json!({"is_disabled": true});
    assert_refused(&admin.patch("/api/auth/users/1", disable).await);
}

#[tokio::test]
async fn only_a_refresh_makes_a_session_last_longer() {
    let stage = Stage::create().await;
    stage.sign_up("zoe1").await;
    let claims = stage.claims(&stage.log_in("zoe1").await).unwrap();
    let signer = TokenSigner::from_pem(stage.pair.private_pem.as_bytes()).unwrap();
    let bearer = Bearer {
        user_id: claims.user_id,
        username: &claims.username,
        email: &claims.email,
        role: &claims.role,
        permissions: &[shared::auth::Permission::WriteOwnAccount],
        session_id: claims.session_id,
        version: claims.version,
    };
    let end = claims.iat + 600;
    let zoe = stage
        .guest
        .bearing(&signer.sign_until(&bearer, end).unwrap());

    let nothing = zoe.patch(ME, json!({})).await;
    let renamed = zoe.patch(ME, json!({"username": "zoe2"})).await;

    assert_eq!(nothing.status, StatusCode::OK);
    assert_eq!(cookie(&nothing, "token"), None);
    assert_eq!(stage.claims(&token_of(&renamed)).unwrap().exp, end);
}

#[tokio::test]
async fn a_login_with_the_password_of_before_does_not_bring_it_back() {
    let stage = Stage::create().await;
    stage.sign_up("zoe1").await;
    let costly = auth_service::Passwords::new(COST + 1).unwrap();
    let raised = stage.guest_with(|state| state.logins.passwords = costly);
    let change = stage.db.begin().await.unwrap();
    let new = "UPDATE users SET password_hash = 'new' WHERE username = 'zoe1'";
    change.execute_unprepared(new).await.unwrap();

    let login = login_body("zoe1@demo.com", "password1");
    let login = tokio::spawn(async move { raised.post(LOGIN, login).await });
    let waiting = "SELECT count(*)::text FROM pg_stat_activity
                   WHERE datname = current_database() AND wait_event_type = 'Lock'";
    eventually(|| stage.text(waiting), |count| count == "1").await;
    change.commit().await.unwrap();

    assert_eq!(login.await.unwrap().status, StatusCode::OK);
    let hash = stage.text("SELECT password_hash FROM users").await;
    assert_eq!(hash, "new");
}
