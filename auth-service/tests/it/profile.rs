//! One's own account: read, changed with the old password, and addresses.

use http::StatusCode;
use serde_json::{Value, json};

use crate::stage::{LOGIN, Stage, login_body, token_of};

const ME: &str = "/api/auth/me";
const ADDRESSES: &str = "/api/auth/addresses";

fn address(name: &str) -> Value {
    json!({
        "name": name, "line1": "1 Main Street", "city": "Tokyo",
        "postal_code": "100-0001", "country": "jp",
    })
}

#[tokio::test]
async fn a_changed_name_shows_at_once_and_in_the_new_token() {
    let stage = Stage::create().await;
    let zoe = stage.newcomer("zoe1").await;

    let answer = zoe.patch(ME, json!({"username": "zoe2"})).await;

    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.body["user"]["username"], "zoe2");
    let token = token_of(&answer);
    assert_eq!(stage.claims(&token).unwrap().username, "zoe2");
    assert_eq!(
        stage.guest.bearing(&token).get(ME).await.body["username"],
        "zoe2"
    );
    assert_eq!(
        zoe.get(ME).await.status,
        StatusCode::UNAUTHORIZED,
        "the old one is void"
    );
}

#[tokio::test]
async fn a_change_of_nothing_voids_no_token() {
    let stage = Stage::create().await;
    let zoe = stage.newcomer("zoe1").await;

    assert_eq!(zoe.patch(ME, json!({})).await.status, StatusCode::OK);

    assert_eq!(zoe.get(ME).await.status, StatusCode::OK);
}

#[tokio::test]
async fn address_and_password_change_only_with_the_old_password() {
    let stage = Stage::create().await;
    let zoe = stage.newcomer("zoe1").await;
    let password = json!({"password": "password2", "repeat_password": "password2"});
    for change in [password, json!({"email": "zoe2@demo.com"})] {
        let without = zoe.patch(ME, change.clone()).await;
        let mut wrong = change;
        wrong["old_password"] = json!("password3");
        let wrong = zoe.patch(ME, wrong).await;

        assert_eq!(without.status, StatusCode::BAD_REQUEST);
        assert_eq!(without.body["errors"][0]["field"], "old_password");
        assert_eq!(wrong.status, StatusCode::FORBIDDEN);
        assert_eq!(wrong.body["code"], "WRONG_PASSWORD");
        assert_eq!(wrong.body["errors"][0]["field"], "old_password");
    }
    stage.log_in("zoe1").await;
}

#[tokio::test]
async fn a_new_password_ends_every_session_but_the_one_that_asks() {
    let stage = Stage::create().await;
    stage.sign_up("zoe1").await;
    let (here, there) = (stage.enter("zoe1").await, stage.enter("zoe1").await);
    let change = json!({
        "password": "password2", "repeat_password": "password2", "old_password": "password1",
    });

    let answer = stage.guest.bearing(&here.token).patch(ME, change).await;
    assert_eq!(answer.status, StatusCode::OK);

    let refresh = async |browser: &crate::stage::Entered| {
        let client = browser.refreshing(&stage.guest);
        client.send("POST", "/api/auth/refresh", "").await.status
    };
    assert_eq!(stage.claims(&there.token), None);
    assert_eq!(refresh(&there).await, StatusCode::UNAUTHORIZED);
    assert_eq!(refresh(&here).await, StatusCode::OK);
    let log_in = async |password| {
        let body = login_body("zoe1@demo.com", password);
        stage.guest.post(LOGIN, body).await.status
    };
    assert_eq!(log_in("password1").await, StatusCode::UNAUTHORIZED);
    assert_eq!(log_in("password2").await, StatusCode::OK);
}

#[tokio::test]
async fn what_somebody_else_has_cannot_be_taken() {
    let stage = Stage::create().await;
    stage.sign_up("zoe1").await;
    let eve = stage.newcomer("eve1").await;
    for change in [
        json!({"username": "ZOE1"}),
        json!({"email": "Zoe1@demo.com", "old_password": "password1"}),
    ] {
        let answer = eve.patch(ME, change).await;

        assert_eq!(answer.status, StatusCode::CONFLICT);
        assert_eq!(answer.body["code"], "ACCOUNT_EXISTS");
    }
    for change in [
        json!({"role": "ADMIN"}),
        json!({"username": "a"}),
        json!({"password": "x"}),
    ] {
        assert_eq!(eve.patch(ME, change).await.status, StatusCode::BAD_REQUEST);
    }
}

#[tokio::test]
async fn an_address_book_has_one_default_as_long_as_it_has_any_address() {
    let stage = Stage::create().await;
    let zoe = stage.newcomer("zoe1").await;
    let defaults = async || {
        let all = zoe.get(ADDRESSES).await.body;
        let all = all["items"].as_array().unwrap().clone();
        let of = |it: &Value| {
            (
                it["name"].as_str().unwrap().to_owned(),
                it["is_default"] == true,
            )
        };
        all.iter().map(of).collect::<Vec<_>>()
    };
    let entry = |name: &str, is_default| (name.to_owned(), is_default);

    let home = zoe.post(ADDRESSES, address("Home")).await;
    assert_eq!(home.status, StatusCode::CREATED);
    assert_eq!(home.body["address"]["country"], "JP");
    let work = zoe.post(ADDRESSES, address("Work")).await.body["address"]["id"].clone();
    assert_eq!(
        defaults().await,
        [entry("Home", true), entry("Work", false)]
    );

    let path = format!("{ADDRESSES}/{work}");
    let changed = zoe
        .patch(&path, json!({"is_default": true, "line2": "Floor 2"}))
        .await;
    assert_eq!(changed.body["address"]["line2"], "Floor 2");
    assert_eq!(changed.body["address"]["city"], "Tokyo");
    assert_eq!(
        defaults().await,
        [entry("Home", false), entry("Work", true)]
    );

    assert_eq!(zoe.delete(&path).await.status, StatusCode::OK);
    assert_eq!(defaults().await, [entry("Home", true)]);
    assert_eq!(zoe.delete(&path).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_address_says_field_by_field_what_is_wrong_with_it() {
    let stage = Stage::create().await;
    let zoe = stage.newcomer("zoe1").await;
    let mut broken = address(" ");
    broken["country"] = json!("Japan");
    broken["line1"] = json!("a\u{0}b");

    let answer = zoe.post(ADDRESSES, broken).await;

    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    let errors = answer.body["errors"].as_array().unwrap();
    let fields: Vec<_> = errors
        .iter()
        .map(|it| it["field"].as_str().unwrap())
        .collect();
    assert_eq!(fields, ["name", "line1", "country"]);
    let mut unknown = address("Home");
    unknown["planet"] = json!("Earth");
    assert_eq!(
        zoe.post(ADDRESSES, unknown).await.status,
        StatusCode::BAD_REQUEST
    );
}

#[tokio::test]
async fn an_address_book_is_its_owners_alone_and_has_an_end() {
    let stage = Stage::create().await;
    let (zoe, eve) = (stage.newcomer("zoe1").await, stage.newcomer("eve1").await);
    let first = zoe.post(ADDRESSES, address("Home")).await.body["address"]["id"].clone();
    let path = format!("{ADDRESSES}/{first}");

    assert_eq!(eve.get(ADDRESSES).await.body["items"], json!([]));
    assert_eq!(
        eve.patch(&path, address("Mine")).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(eve.delete(&path).await.status, StatusCode::NOT_FOUND);
    for _ in 1..20 {
        let answer = zoe.post(ADDRESSES, address("More")).await;
        assert_eq!(answer.status, StatusCode::CREATED);
    }
    let answer = zoe.post(ADDRESSES, address("Too many")).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    assert_eq!(answer.body["code"], "TOO_MANY_ADDRESSES");
}
