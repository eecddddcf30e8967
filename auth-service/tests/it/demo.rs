//! The demo accounts and their login with one click.

use auth_service::demo;
use http::StatusCode;
use serde_json::{Value, json};
use shared::auth::Permission;
use shared_testing::{Answer, TestClient};

use crate::stage::{LOGIN, Stage, login_body, token_of};

const DEMO_LOGIN: &str = "/api/auth/demo-login";
const SESSIONS: &str = "/api/auth/sessions";
const ACCOUNTS: &str = "SELECT json_agg(users ORDER BY id)::text FROM users";

/// A stage with the demo accounts, and a guest who may use them.
async fn demo_stage() -> (Stage, TestClient) {
    let stage = Stage::create().await;
    demo::seed(&stage.db, &stage.state.passwords).await.unwrap();
    let guest = stage.guest_with(|state| state.logins.open.demo = true);
    (stage, guest)
}

/// Who an answer signs in.
fn user_of(stage: &Stage, answer: &Answer) -> (i32, String) {
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.body["message"], "Login successful");
    let claims = stage.state.tokens.verify(&token_of(answer)).unwrap();
    (claims.user_id.0, claims.username.clone())
}

#[tokio::test]
async fn one_click_signs_in_as_the_seller_or_as_the_buyer() {
    let (stage, guest) = demo_stage().await;
    let (seller, buyer) = ((1, "demo".to_owned()), (2, "demo2".to_owned()));

    for (body, expected) in [
        ("", &seller),
        ("{}", &seller),
        ("{\"as\":\"seller\"}", &seller),
        ("{\"as\":\"buyer\"}", &buyer),
    ] {
        let answer = guest.send("POST", DEMO_LOGIN, body).await;

        assert_eq!(&user_of(&stage, &answer), expected, "{body}");
    }
    let alias = guest.get("/api/auth/demo").await;
    assert_eq!(user_of(&stage, &alias), seller);
}

#[tokio::test]
async fn one_click_signs_in_as_nobody_else() {
    let (stage, guest) = demo_stage().await;
    stage.sign_up("admin").await;
    for body in [
        json!({"as": "admin"}),
        json!({"as": 1}),
        json!({"username": "admin"}),
    ] {
        let answer = guest.post(DEMO_LOGIN, body.clone()).await;

        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body}");
        assert!(answer.headers.get("set-cookie").is_none());
    }
}

#[tokio::test]
async fn where_demo_logins_are_off_there_are_none() {
    let (stage, _) = demo_stage().await;

    let by_post = stage.guest.post(DEMO_LOGIN, json!({"as": "buyer"})).await;
    let by_get = stage.guest.get("/api/auth/demo").await;

    for answer in [by_post, by_get] {
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
        assert_eq!(answer.body["code"], "NOT_FOUND");
        assert!(answer.headers.get("set-cookie").is_none());
    }
}

#[tokio::test]
async fn the_demo_accounts_have_the_password_that_everybody_knows() {
    let (_stage, guest) = demo_stage().await;
    for email in ["demo@demo.com", "demo2@demo.com"] {
        let answer = guest.post(LOGIN, login_body(email, "demotest")).await;

        assert_eq!(answer.status, StatusCode::OK, "{email}");
    }
}

#[tokio::test]
async fn a_password_that_everybody_knows_opens_nothing_where_the_demo_is_off() {
    let (stage, _) = demo_stage().await;
    let passwords = &stage.state.passwords;
    demo::seed_admin(&stage.db, passwords).await.unwrap();
    for email in ["demo@demo.com", "demo2@demo.com", "admin@admin.com"] {
        let answer = stage.guest.post(LOGIN, login_body(email, "demotest")).await;

        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{email}");
    }
}

#[tokio::test]
async fn the_administrator_of_a_development_machine_stays_out_where_only_the_demo_is_on() {
    let (stage, guest) = demo_stage().await;
    let passwords = &stage.state.passwords;
    demo::seed_admin(&stage.db, passwords).await.unwrap();

    let login = login_body("admin@admin.com", "demotest");
    let answer = guest.post(LOGIN, login).await;

    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_development_machine_has_an_administrator_unless_there_is_one() {
    let (stage, _) = demo_stage().await;
    let guest = stage.guest_with(|state| state.logins.open.dev_admin = true);
    let passwords = &stage.state.passwords;
    demo::seed_admin(&stage.db, passwords).await.unwrap();
    let before = stage.text(ACCOUNTS).await;

    demo::seed_admin(&stage.db, passwords).await.unwrap();

    assert_eq!(stage.text(ACCOUNTS).await, before);
    let answer = guest
        .post(LOGIN, login_body("admin@admin.com", "demotest"))
        .await;
    let claims = stage.claims(&token_of(&answer)).unwrap();
    assert!(claims.permit(Permission::ManageUsers));
}

#[tokio::test]
async fn nobody_changes_the_account_that_everybody_uses() {
    let (_stage, guest) = demo_stage().await;
    let token = token_of(&guest.send("POST", DEMO_LOGIN, "").await);
    for body in [
        json!({"username": "mine"}),
        json!({"password": "password2", "repeat_password": "password2", "old_password": "demotest"}),
    ] {
        let answer = guest.bearing(&token).patch("/api/auth/me", body).await;

        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        assert_eq!(answer.body["code"], "DEMO_ACCOUNT");
    }
}

#[tokio::test]
async fn nobody_sees_or_ends_the_sessions_of_others_in_the_account_that_everybody_uses() {
    let (stage, guest) = demo_stage().await;
    let token = token_of(&guest.send("POST", DEMO_LOGIN, "").await);
    let other = token_of(&guest.send("POST", DEMO_LOGIN, "").await);
    let id = |token: &str| stage.claims(token).unwrap().session_id.to_string();
    let (own, theirs) = (id(&token), id(&other));
    let visitor = guest.bearing(&token);

    let items = visitor.get(SESSIONS).await.body["items"].clone();
    let one = visitor.delete(&format!("{SESSIONS}/{theirs}")).await;
    let all = visitor.delete(SESSIONS).await;

    let listed: Vec<_> = items
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["id"])
        .collect();
    assert_eq!(listed, [&json!(own)]);
    for answer in [one, all] {
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        assert_eq!(answer.body["code"], "DEMO_ACCOUNT");
    }
    assert!(stage.claims(&other).is_some());
    let mine = visitor.delete(&format!("{SESSIONS}/{own}")).await;
    assert_eq!(mine.status, StatusCode::OK);
    assert!(stage.claims(&token).is_none());
}

#[tokio::test]
async fn seeding_again_changes_nothing() {
    let (stage, _) = demo_stage().await;
    let before = stage.text(ACCOUNTS).await;

    demo::seed(&stage.db, &stage.state.passwords).await.unwrap();

    assert_eq!(stage.text(ACCOUNTS).await, before);
    assert_eq!(stage.sign_up("zoe1").await.body["user"]["id"], 3);
}

#[tokio::test]
async fn two_instances_that_seed_together_make_the_accounts_once() {
    let stage = Stage::create().await;
    let seed = || demo::seed(&stage.db, &stage.state.passwords);

    let (first, second) = tokio::join!(seed(), seed());

    assert!(first.is_ok() && second.is_ok(), "{first:?} {second:?}");
    let names = stage
        .text("SELECT json_agg(username ORDER BY id)::text FROM users")
        .await;
    let names: Value = serde_json::from_str(&names).unwrap();
    assert_eq!(names, json!(["demo", "demo2"]));
}

#[tokio::test]
async fn seeding_leaves_a_shop_alone_that_has_accounts() {
    let stage = Stage::create().await;
    stage.sign_up("zoe1").await;

    demo::seed(&stage.db, &stage.state.passwords).await.unwrap();

    assert_eq!(stage.text("SELECT count(*)::text FROM users").await, "1");
}
