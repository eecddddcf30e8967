//! Administrators: who becomes one, and what they may do to accounts.

use std::process::Stdio;

use http::StatusCode;
use serde_json::{Value, json};
use tokio::{io::AsyncWriteExt, process::Command};

use crate::stage::{LOGIN, Stage, login_body};

const USERS: &str = "/api/auth/users";

fn names(body: &Value) -> Vec<&str> {
    let items = body["items"].as_array().unwrap();
    items
        .iter()
        .map(|it| it["username"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn administrators_find_accounts_by_name_and_address() {
    let stage = Stage::create().await;
    let admin = stage.admin().await;
    for name in ["demo1", "demo2", "zoe1"] {
        stage.sign_up(name).await;
    }

    let found = admin.get(&format!("{USERS}?search=DEMO1")).await.body;
    assert_eq!(names(&found), ["demo1"]);
    let found = admin
        .get(&format!("{USERS}?search=@demo.com&limit=2&page=2"))
        .await
        .body;
    assert_eq!(
        (names(&found), &found["total"]),
        (vec!["demo2", "zoe1"], &json!(4))
    );
    for nothing in ["%25", "_", "%5C", "%27%20OR%201%3D1--"] {
        let found = admin.get(&format!("{USERS}?search={nothing}")).await;
        assert_eq!(
            (found.status, &found.body["total"]),
            (StatusCode::OK, &json!(0)),
            "{nothing}"
        );
    }
}

#[tokio::test]
async fn a_search_for_what_no_name_holds_is_refused() {
    let stage = Stage::create().await;
    let admin = stage.admin().await;

    let answer = admin.get(&format!("{USERS}?search=%00")).await;

    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert_eq!(answer.body["code"], "BAD_QUERY");
}

#[tokio::test]
async fn a_new_role_counts_from_the_next_refresh_and_the_old_token_no_longer() {
    let stage = Stage::create().await;
    let admin = stage.admin().await;
    stage.sign_up("zoe1").await;
    let browser = stage.enter("zoe1").await;

    let answer = admin
        .patch(&format!("{USERS}/2"), json!({"role": "ADMIN"}))
        .await;

    assert_eq!(
        (answer.status, &answer.body["user"]["role"]),
        (StatusCode::OK, &json!("ADMIN"))
    );
    assert_eq!(stage.claims(&browser.token), None);
    let refreshing = browser.refreshing(&stage.guest);
    let renewed = refreshing.send("POST", "/api/auth/refresh", "").await;
    let zoe = stage.guest.bearing(&crate::stage::token_of(&renewed));
    assert_eq!(zoe.get(USERS).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_disabled_account_is_out_at_once_and_stays_out() {
    let stage = Stage::create().await;
    let admin = stage.admin().await;
    stage.sign_up("zoe1").await;
    let browser = stage.enter("zoe1").await;
    let set = async |is_disabled| {
        let change = json!({"is_disabled": is_disabled});
        admin.patch(&format!("{USERS}/2"), change).await.status
    };

    assert_eq!(set(true).await, StatusCode::OK);

    assert_eq!(stage.claims(&browser.token), None);
    let refreshed = browser
        .refreshing(&stage.guest)
        .send("POST", "/api/auth/refresh", "")
        .await;
    assert_eq!(refreshed.status, StatusCode::UNAUTHORIZED);
    let log_in = || {
        stage
            .guest
            .post(LOGIN, login_body("zoe1@demo.com", "password1"))
    };
    let refused = log_in().await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(refused.body["code"], "ACCOUNT_DISABLED");

    assert_eq!(set(false).await, StatusCode::OK);
    assert_eq!(log_in().await.status, StatusCode::OK);
}

#[tokio::test]
async fn there_is_always_one_administrator() {
    let stage = Stage::create().await;
    let admin = stage.admin().await;
    for change in [json!({"role": "USER"}), json!({"is_disabled": true})] {
        let answer = admin.patch(&format!("{USERS}/1"), change).await;

        assert_eq!(answer.status, StatusCode::CONFLICT);
        assert_eq!(answer.body["code"], "LAST_ADMIN");
    }
}

#[tokio::test]
async fn two_administrators_who_demote_each_other_leave_one() {
    let stage = Stage::create().await;
    let first = stage.admin().await;
    stage.sign_up("zoe1").await;
    first
        .patch(&format!("{USERS}/2"), json!({"role": "ADMIN"}))
        .await;
    let second = stage.guest.bearing(&stage.log_in("zoe1").await);

    let demote = json!({"role": "USER"});
    let (one, two) = (format!("{USERS}/1"), format!("{USERS}/2"));
    tokio::join!(
        first.patch(&two, demote.clone()),
        second.patch(&one, demote)
    );

    let admins = stage
        .text("SELECT count(*)::text FROM users WHERE role = 'ADMIN'")
        .await;
    assert_eq!(admins, "1");
}

#[tokio::test]
async fn accounts_are_managed_by_administrators_only() {
    let stage = Stage::create().await;
    let zoe = stage.newcomer("zoe1").await;
    let change = json!({"role": "ADMIN"});

    let (list, patch) = (
        zoe.get(USERS).await,
        zoe.patch(&format!("{USERS}/1"), change).await,
    );

    for answer in [list, patch] {
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        assert_eq!(answer.body["code"], "FORBIDDEN");
    }
    assert_eq!(
        stage.guest.get(USERS).await.status,
        StatusCode::UNAUTHORIZED
    );
    let admin = stage.admin().await;
    let nobody = admin
        .patch(&format!("{USERS}/99"), json!({"role": "USER"}))
        .await;
    assert_eq!(nobody.status, StatusCode::NOT_FOUND);
}

/// Runs `auth-service create-admin` with this password; whether it succeeded, and what it said.
async fn create_admin(stage: &Stage, password: &str) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_auth-service"))
        .args([
            "create-admin",
            "--username",
            "boss",
            "--email",
            "boss@demo.com",
        ])
        .env("DATABASE_URL", &stage.database_url)
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut stdin = command.stdin.take().unwrap();
    stdin
        .write_all(format!("{password}\n").as_bytes())
        .await
        .unwrap();
    drop(stdin);
    let output = command.wait_with_output().await.unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    (output.status.success(), said)
}

#[tokio::test]
async fn the_first_administrator_is_made_by_a_command_once() {
    let stage = Stage::create().await;

    let (too_short, said) = create_admin(&stage, "short").await;
    assert!(
        !too_short && said.contains("At least 8 characters"),
        "{said}"
    );
    let (created, said) = create_admin(&stage, "password1").await;
    assert!(created, "{said}");
    let boss = stage.guest.bearing(&stage.log_in("boss").await);
    assert_eq!(boss.get(USERS).await.status, StatusCode::OK);

    let (again, said) = create_admin(&stage, "password2").await;
    assert!(!again && said.contains("administrator already"), "{said}");
}
