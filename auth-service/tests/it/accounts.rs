//! Sign-up: what an account must be, and that there is one of each.

use futures_util::future::join_all;
use http::StatusCode;
use serde_json::{Value, json};

use crate::stage::{LOGIN, SIGN_UP, Stage, login_body, sign_up_body};

/// The fields that an answer complains about, with their codes.
fn complaints(body: &Value) -> Vec<(&str, &str)> {
    let errors = body["errors"].as_array().unwrap();
    errors
        .iter()
        .map(|error| {
            (
                error["field"].as_str().unwrap(),
                error["code"].as_str().unwrap(),
            )
        })
        .collect()
}

#[tokio::test]
async fn a_sign_up_answers_with_the_account_and_without_its_hash() {
    let stage = Stage::create().await;

    let answer = stage.sign_up("zoe1").await;

    assert_eq!(answer.status, StatusCode::CREATED);
    assert_eq!(answer.body["message"], "User registered successfully");
    let user = answer.body["user"].as_object().unwrap();
    let names: Vec<_> = user.keys().map(String::as_str).collect();
    assert_eq!(names, ["created_at", "email", "id", "role", "username"]);
    assert_eq!(user["username"], "zoe1");
    assert_eq!(user["email"], "zoe1@demo.com");
    assert_eq!(user["role"], "USER");
    assert!(user["created_at"].as_str().unwrap().ends_with('Z'));
    assert!(!answer.body.to_string().contains("$2b$"));
    assert!(answer.headers.get("set-cookie").is_none());
}

#[tokio::test]
async fn a_password_is_stored_as_a_bcrypt_hash_only() {
    let stage = Stage::create().await;
    stage.sign_up("zoe1").await;

    let row = stage
        .text("SELECT row_to_json(users)::text FROM users")
        .await;

    assert!(row.contains("\"password_hash\":\"$2b$04$"), "{row}");
    assert!(!row.contains("password1"), "{row}");
}

#[tokio::test]
async fn no_answer_shows_a_hash() {
    let stage = Stage::create().await;
    let created = stage.sign_up("zoe1").await;
    let zoe = stage.guest.bearing(&stage.log_in("zoe1").await);
    let wrong = login_body("zoe1@demo.com", "password2");
    for answer in [
        created,
        stage.sign_up("zoe1").await,
        zoe.post(LOGIN, wrong).await,
        zoe.get("/api/auth/checkIsAuth").await,
        zoe.send("POST", "/api/auth/logout", "").await,
    ] {
        let text = format!("{answer:?}");
        assert!(!text.contains("$2b$") && !text.contains("hash"), "{text}");
    }
}

#[tokio::test]
async fn each_field_of_a_sign_up_has_its_rule() {
    let stage = Stage::create().await;
    for (field, value, code) in [
        ("username", json!(""), "USERNAME"),
        ("username", json!("ab"), "USERNAME"),
        ("username", json!("a".repeat(31)), "USERNAME"),
        ("username", json!("zo\u{e9}"), "USERNAME"),
        ("username", json!("zoe 1"), "USERNAME"),
        ("username", json!("<b>zoe</b>"), "USERNAME"),
        ("email", json!("zoe1"), "EMAIL"),
        ("email", json!("zoe1@demo"), "EMAIL"),
        ("email", json!("zoe 1@demo.com"), "EMAIL"),
        ("email", json!("Zoe <zoe1@demo.com>"), "EMAIL"),
        ("email", json!("zoe1@[127.0.0.1]"), "EMAIL"),
        ("email", json!("zoe1@demo.com\u{0}"), "EMAIL"),
        (
            "email",
            json!(format!("zoe1@{}.com", "a.".repeat(130))),
            "EMAIL",
        ),
        ("repeat_password", json!("password2"), "MISMATCH"),
        ("repeat_password", json!(""), "MISMATCH"),
    ] {
        let mut body = sign_up_body("zoe1");
        body[field] = value.clone();

        let answer = stage.guest.post(SIGN_UP, body).await;

        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{field}: {value}");
        assert_eq!(answer.body["message"], "Validation Error");
        assert_eq!(complaints(&answer.body), [(field, code)], "{value}");
    }
    assert_eq!(stage.text("SELECT count(*)::text FROM users").await, "0");
}

#[tokio::test]
async fn a_password_has_eight_characters_to_72_bytes() {
    let stage = Stage::create().await;
    for (number, (password, code)) in [
        ("short12".to_owned(), Some("TOO_SHORT")),
        ("\u{e9}".repeat(7), Some("TOO_SHORT")),
        ("eight888".to_owned(), None),
        ("a b\u{e9}\u{1f511} $%\"".to_owned(), None),
        ("a".repeat(72), None),
        ("a".repeat(73), Some("TOO_LONG")),
        ("\u{e9}".repeat(37), Some("TOO_LONG")),
        ("password\u{0}1".to_owned(), Some("ZERO_BYTE")),
    ]
    .into_iter()
    .enumerate()
    {
        let mut body = sign_up_body(&format!("zoe{number}"));
        body["password"] = json!(password);
        body["repeat_password"] = json!(password);

        let answer = stage.guest.post(SIGN_UP, body).await;

        match code {
            None => assert_eq!(answer.status, StatusCode::CREATED, "{password}"),
            Some(code) => assert_eq!(complaints(&answer.body), [("password", code)]),
        }
    }
}

#[tokio::test]
async fn all_that_is_wrong_is_told_at_once() {
    let stage = Stage::create().await;

    let answer = stage.guest.post(SIGN_UP, json!({})).await;

    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    let fields: Vec<_> = complaints(&answer.body).iter().map(|it| it.0).collect();
    assert_eq!(fields, ["username", "email", "password"]);
}

#[tokio::test]
async fn nobody_signs_up_with_a_field_that_is_not_theirs_to_set() {
    let stage = Stage::create().await;
    for field in ["role", "id", "password_hash", "created_at"] {
        let mut body = sign_up_body("zoe1");
        body[field] = json!("ADMIN");

        let answer = stage.guest.post(SIGN_UP, body).await;

        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{field}");
        assert_eq!(answer.body["code"], "VALIDATION_ERROR");
    }
}

#[tokio::test]
async fn a_name_or_an_address_is_taken_in_any_case() {
    let stage = Stage::create().await;
    stage.sign_up("zoe1").await;
    for (field, value) in [
        ("username", "zoe1"),
        ("username", "ZOE1"),
        ("email", "zoe1@demo.com"),
        ("email", "Zoe1@DEMO.com"),
    ] {
        let mut body = sign_up_body("other");
        body[field] = json!(value);

        let answer = stage.guest.post(SIGN_UP, body).await;

        assert_eq!(answer.status, StatusCode::CONFLICT, "{field}: {value}");
        assert_eq!(answer.body["code"], "ACCOUNT_EXISTS");
        assert_eq!(answer.body["message"], "Username or Email already exists");
    }
    assert_eq!(stage.sign_up("other").await.status, StatusCode::CREATED);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_twenty_who_want_one_name_at_once_one_gets_it() {
    let stage = Stage::create().await;

    let answers = join_all((0..20).map(|_| stage.sign_up("zoe1"))).await;

    let count = |status| {
        answers
            .iter()
            .filter(|answer| answer.status == status)
            .count()
    };
    assert_eq!(count(StatusCode::CREATED), 1);
    assert_eq!(count(StatusCode::CONFLICT), 19);
}

#[tokio::test]
async fn an_address_is_kept_in_lower_case_and_found_in_any() {
    let stage = Stage::create().await;
    let mut body = sign_up_body("zoe1");
    body["email"] = json!("Zoe.Smith+shop@Demo.COM");
    let answer = stage.guest.post(SIGN_UP, body).await;
    assert_eq!(answer.body["user"]["email"], "zoe.smith+shop@demo.com");

    let login = login_body("ZOE.smith+SHOP@demo.com", "password1");

    assert_eq!(stage.guest.post(LOGIN, login).await.status, StatusCode::OK);
}
