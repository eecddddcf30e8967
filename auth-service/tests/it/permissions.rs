//! What roles may do, and the command that changes it.

use http::StatusCode;
use sea_orm::{ConnectionTrait, TransactionTrait};
use serde_json::json;
use shared_testing::eventually;
use tokio::process::Command;

use crate::stage::{Entered, Stage};

const USERS: &str = "/api/auth/users";
const ANNOUNCED: &str = "SELECT count(*)::text FROM outbox WHERE kind = 'user.changed.v1'";

/// Runs `auth-service permissions`; whether it succeeded, and what it said.
async fn permissions(stage: &Stage, arguments: &[&str]) -> (bool, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_auth-service"))
        .arg("permissions")
        .args(arguments)
        .env("DATABASE_URL", &stage.database_url)
        .output()
        .await
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).unwrap())
}

#[tokio::test]
async fn what_a_role_may_do_is_a_table() {
    let stage = Stage::create().await;
    let admin = stage.admin().await;
    assert_eq!(admin.get("/api/auth/users").await.status, StatusCode::OK);

    let less = "DELETE FROM role_permissions WHERE permission = 'user:manage'";
    stage.db.execute_unprepared(less).await.unwrap();

    let admin = stage.guest.bearing(&stage.log_in("admin").await);
    let may = admin.get("/api/auth/permissions").await.body;
    assert_eq!(may["role"], "ADMIN");
    assert!(
        !may["permissions"]
            .as_array()
            .unwrap()
            .contains(&json!("user:manage"))
    );
    assert_eq!(
        admin.get("/api/auth/users").await.status,
        StatusCode::FORBIDDEN
    );
}

#[tokio::test]
async fn what_a_role_may_not_do_any_more_is_refused_at_once_and_nobody_is_signed_out() {
    let stage = Stage::create().await;
    stage.start_workers().await;
    stage.admin().await;
    let browser = stage.enter("admin").await;
    stage.sign_up("zoe1").await;
    let zoe = stage.log_in("zoe1").await;

    let revoke = ["--role", "ADMIN", "--revoke", "user:manage"];
    let (succeeded, said) = permissions(&stage, &revoke).await;

    assert!(succeeded, "{said}");
    assert!(said.contains("order:read:any\n") && !said.contains("user:manage"));
    let with_old_token = stage.guest.bearing(&browser.token);
    eventually(
        || with_old_token.get(USERS),
        |answer| answer.status == StatusCode::UNAUTHORIZED,
    )
    .await;
    let refreshing = browser.refreshing(&stage.guest);
    let renewed = refreshing.send("POST", "/api/auth/refresh", "").await;
    let admin = stage.guest.bearing(&Entered::of(&renewed).token);
    assert_eq!(admin.get(USERS).await.status, StatusCode::FORBIDDEN);
    assert!(stage.claims(&zoe).is_some(), "another role is the same");
}

#[tokio::test]
async fn what_a_role_may_do_from_now_on_it_may_at_once() {
    let stage = Stage::create().await;
    stage.start_workers().await;
    stage.sign_up("zoe1").await;
    let token = stage.log_in("zoe1").await;

    let grant = ["--role", "USER", "--grant", "user:manage"];
    let (succeeded, said) = permissions(&stage, &grant).await;

    assert!(succeeded && said.contains("user:manage"), "{said}");
    eventually(async || stage.claims(&token), Option::is_none).await;
    let zoe = stage.guest.bearing(&stage.log_in("zoe1").await);
    assert_eq!(zoe.get(USERS).await.status, StatusCode::OK);

    permissions(&stage, &grant).await;
    assert_eq!(stage.text(ANNOUNCED).await, "1", "nothing has changed");
}

#[tokio::test]
async fn a_role_is_changed_for_however_many_have_it() {
    let stage = Stage::create().await;
    let many = "INSERT INTO users (username, email, password_hash)
                SELECT 'u' || n, 'u' || n || '@demo.com', '' FROM generate_series(1, 10001) AS n";
    stage.db.execute_unprepared(many).await.unwrap();

    permissions(&stage, &["--role", "USER", "--revoke", "order:place"]).await;

    let raised = "SELECT count(*)::text FROM users WHERE token_version = 1";
    assert_eq!(stage.text(raised).await, "10001");
    assert_eq!(stage.text(ANNOUNCED).await, "10001");
}

#[tokio::test]
async fn who_gets_the_role_meanwhile_is_no_exception() {
    let stage = Stage::create().await;
    stage.sign_up("zoe1").await;
    let promotion = stage.db.begin().await.unwrap();
    let promote = "UPDATE users SET role = 'ADMIN', token_version = 1";
    promotion.execute_unprepared(promote).await.unwrap();

    let waiting = "SELECT count(*)::text FROM pg_stat_activity
                   WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let revoke = ["--role", "ADMIN", "--revoke", "user:manage"];
    let ((succeeded, said), ()) = tokio::join!(permissions(&stage, &revoke), async {
        eventually(|| stage.text(waiting), |count| count == "1").await;
        promotion.commit().await.unwrap();
    });

    assert!(succeeded, "{said}");
    let version = "SELECT token_version::text FROM users";
    assert_eq!(stage.text(version).await, "2");
}

#[tokio::test]
async fn a_role_or_a_permission_that_does_not_exist_is_answered_with_those_that_do() {
    let stage = Stage::create().await;
    for (arguments, known) in [
        (["--role", "BOSS", "--grant", "order:place"], "USER, ADMIN"),
        (["--role", "USER", "--grant", "order:all"], "order:read:any"),
    ] {
        let (succeeded, said) = permissions(&stage, &arguments).await;

        assert!(!succeeded && said.contains(known), "{said}");
    }
}

#[tokio::test]
async fn what_a_role_may_do_is_told_without_a_change() {
    let stage = Stage::create().await;

    let (_, said) = permissions(&stage, &["--role", "USER"]).await;

    let own = "account:write:own\norder:place\norder:read:own\nproduct:write:own\n";
    assert_eq!(said, own);
    assert_eq!(stage.text(ANNOUNCED).await, "0");
}
