//! Login: who is let in, and what the others learn.

use std::time::{Duration, Instant};

use auth_service::Passwords;
use http::StatusCode;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use shared::{auth::Revocations, db, id::UserId};
use shared_testing::{TestClient, TestLink, TestTokens, eventually};

use crate::stage::{COST, LOGIN, Stage, login_body, token_of, verifier};

#[tokio::test]
async fn the_right_password_opens_a_session_that_every_service_accepts() {
    let stage = Stage::create().await;
    stage.sign_up("zoe1").await;

    let answer = stage
        .guest
        .post(LOGIN, login_body("zoe1@demo.com", "password1"))
        .await;

    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.body, json!({"message": "Login successful"}));
    let verifier = verifier(&stage.pair, Revocations::default());
    let claims = verifier.verify(&token_of(&answer)).unwrap();
    assert_eq!(claims.user_id, UserId(1));
    assert_eq!(
        (claims.username.as_str(), claims.role.as_str()),
        ("zoe1", "USER")
    );
    assert_eq!(claims.email, "zoe1@demo.com");
}

#[tokio::test]
async fn each_login_opens_a_session_of_its_own() {
    let stage = Stage::create().await;
    stage.sign_up("zoe1").await;
    let verifier = verifier(&stage.pair, Revocations::default());

    let (first, second) = (stage.log_in("zoe1").await, stage.log_in("zoe1").await);

    let id = |token: &str| verifier.verify(token).unwrap().jti;
    assert_ne!(id(&first), id(&second));
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_get_the_same_answer() {
    let stage = Stage::create().await;
    stage.sign_up("zoe1").await;
    for (email, password) in [
        ("zoe1@demo.com", "password2"),
        ("zoe1@demo.com", "Password1"),
        ("zoe1@demo.com", "password1 "),
        ("nobody@demo.com", "password1"),
        ("nobody@demo.com", "nobody has this password"),
    ] {
        let mut answer = stage.guest.post(LOGIN, login_body(email, password)).await;

        assert_eq!(
            answer.status,
            StatusCode::UNAUTHORIZED,
            "{email} {password}"
        );
        assert!(answer.headers.get("set-cookie").is_none());
        answer.body["request_id"] = Value::Null;
        let expected =
            json!({"message": "Unauthorized", "code": "UNAUTHORIZED", "request_id": null});
        assert_eq!(answer.body, expected);
    }
}

#[tokio::test]
async fn an_unknown_address_takes_as_long_as_a_wrong_password() {
    let stage = Stage::create().await;
    // A cost at which the check is most of the time.
    let slow = Passwords::new(10).unwrap();
    let guest = stage.guest_with(|state| {
        state.logins.passwords = slow.clone();
        state.passwords = slow;
    });
    guest
        .post("/api/auth/signup", crate::stage::sign_up_body("zoe1"))
        .await;

    // The shortest of three or more: a busy machine slows down one or the other, and nothing makes
    // a check shorter than it is.
    let [mut known, mut unknown] = [Duration::MAX; 2];
    for round in 0..40 {
        let guest = guest.with("x-real-ip", &format!("192.0.2.{round}"));
        known = known.min(refusal(&guest, "zoe1@demo.com").await);
        unknown = unknown.min(refusal(&guest, "nobody@demo.com").await);
        if round >= 2 && known.abs_diff(unknown) < known.max(unknown) / 5 {
            return;
        }
    }

    panic!("{unknown:?} and {known:?}");
}

/// How long it takes to refuse a login with a wrong password.
async fn refusal(guest: &TestClient, email: &str) -> Duration {
    let started = Instant::now();
    let answer = guest.post(LOGIN, login_body(email, "password2")).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    started.elapsed()
}

#[tokio::test]
async fn a_login_without_its_fields_is_refused_before_any_look_up() {
    let stage = Stage::create().await;
    for (body, fields) in [
        (json!({"email": "a@b.co"}), vec!["password"]),
        (json!({"email": "a@b.co", "password": ""}), vec!["password"]),
        (json!({"password": "password1"}), vec!["email"]),
        (json!({}), vec!["email", "password"]),
        (
            json!({"email": "a@b.co", "password": "p", "role": "ADMIN"}),
            vec!["body"],
        ),
        (json!({"email": ["a@b.co"], "password": "p"}), vec!["body"]),
    ] {
        let answer = stage.guest.post(LOGIN, body.clone()).await;

        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body}");
        let errors = answer.body["errors"].as_array().unwrap();
        let named: Vec<_> = errors
            .iter()
            .map(|it| it["field"].as_str().unwrap())
            .collect();
        assert_eq!(named, fields, "{body}");
    }
}

#[tokio::test]
async fn whether_somebody_is_signed_in_is_always_answered() {
    let stage = Stage::create().await;
    stage.sign_up("zoe1").await;
    let token = stage.log_in("zoe1").await;
    let nobody = json!({"isAuth": false});
    let zoe = json!({"isAuth": true, "user": {
        "id": 1, "username": "zoe1", "email": "zoe1@demo.com", "role": "USER",
        "permissions": [
            "account:write:own", "order:place", "order:read:own", "product:write:own",
        ],
    }});

    for (client, expected) in [
        (stage.guest.clone(), &nobody),
        (stage.guest.bearing("garbage"), &nobody),
        (stage.guest.bearing(&TestTokens::create().of(1)), &nobody),
        (stage.guest.bearing(&token), &zoe),
    ] {
        let answer = client.get("/api/auth/checkIsAuth").await;

        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(&answer.body, expected);
    }
}

#[tokio::test]
async fn a_hash_gets_the_cost_that_is_asked_for_now_at_the_next_login() {
    let stage = Stage::create().await;
    stage.sign_up("zoe1").await;
    let stored = || stage.text("SELECT password_hash FROM users");
    let costly = Passwords::new(COST + 1).unwrap();
    let raised = stage.guest_with(|state| state.logins.passwords = costly);
    let login = || login_body("zoe1@demo.com", "password1");
    raised
        .post(LOGIN, login_body("zoe1@demo.com", "password2"))
        .await;
    assert!(
        stored().await.starts_with("$2b$04$"),
        "a wrong password changes nothing"
    );

    assert_eq!(raised.post(LOGIN, login()).await.status, StatusCode::OK);
    let renewed = stored().await;
    assert!(renewed.starts_with("$2b$05$"), "{renewed}");

    // A lower cost is no reason to weaken a hash, and the password still fits the new one.
    assert_eq!(
        stage.guest.post(LOGIN, login()).await.status,
        StatusCode::OK
    );
    assert_eq!(stored().await, renewed);
}

#[tokio::test]
async fn a_hash_made_by_the_earlier_shop_still_opens_its_account() {
    let stage = Stage::create().await;
    // `demotest` at cost 10, as its database seed had it.
    let insert = "INSERT INTO users (username, email, password_hash) VALUES ('old', \
                  'old@demo.com', '$2b$10$KNOWN')";
    let hash = bcrypt::hash_with_salt("demotest", 10, *b"sixteen bytes ok").unwrap();
    let hash = hash.format_for_version(bcrypt::Version::TwoB);
    let insert = insert.replace("$2b$10$KNOWN", &hash);
    stage.db.execute_unprepared(&insert).await.unwrap();

    let answer = stage
        .guest
        .post(LOGIN, login_body("old@demo.com", "demotest"))
        .await;

    assert_eq!(answer.status, StatusCode::OK);
}

#[tokio::test]
async fn while_the_database_is_away_the_answer_is_try_again() {
    let stage = Stage::create().await;
    stage.sign_up("zoe1").await;
    let link = TestLink::to(&stage.database_url).await;
    let linked = db::connect(link.url()).await.unwrap();
    let guest = stage.guest_with(|state| state.logins.db = linked);
    let log_in = || guest.post(LOGIN, login_body("zoe1@demo.com", "password1"));
    assert_eq!(log_in().await.status, StatusCode::OK);

    link.cut();
    let answer = log_in().await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.body["code"], "UNAVAILABLE");

    link.restore();
    eventually(log_in, |answer| answer.status == StatusCode::OK).await;
}
