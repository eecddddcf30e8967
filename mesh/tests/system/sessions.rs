//! Sessions and passwords through the door: a cookie that was copied, somebody who guesses, and no
//! Redis.

use std::net::Ipv4Addr;

use hyper::{
    Method, Response, StatusCode,
    body::Bytes,
    header::{CONTENT_TYPE, RETRY_AFTER},
};
use mesh::{Mesh, Options};
use serde_json::json;

use crate::shopper::{Shopper, cookies_of, eventually};

const ME: &str = "/api/auth/me";

/// Wrong passwords before the first wait.
const FREE_TRIES: usize = 5;

/// The first wait (seconds).
const FIRST_WAIT: u32 = 30;

async fn log_in(browser: &Shopper, name: &str, password: &str) -> Response<Bytes> {
    let login = json!({"email": format!("{name}@example.com"), "password": password});
    let request = browser.request(Method::POST, "/api/auth/login");
    let request = request.header(CONTENT_TYPE, "application/json");
    browser.exchange(request, login.to_string()).await.unwrap()
}

async fn refresh(browser: &Shopper) -> Response<Bytes> {
    let request = browser.request(Method::POST, "/api/auth/refresh");
    browser.exchange(request, "").await.unwrap()
}

/// The browser after this answer.
fn after(answer: &Response<Bytes>, browser: &Shopper) -> Shopper {
    let cookies: Vec<_> = cookies_of(answer).collect();
    browser.with_cookies(&cookies.join("; "))
}

#[tokio::test]
async fn a_refresh_cookie_works_once_and_its_second_use_signs_out_both_who_have_it() {
    let mesh = Mesh::start(Options::default()).await.unwrap();
    let guest = Shopper::guest(mesh.url());
    Shopper::sign_up(mesh.url(), "zoe").await;
    let stolen = after(&log_in(&guest, "zoe", "demotest1").await, &guest);
    let renewed = refresh(&stolen).await;
    assert_eq!(renewed.status(), StatusCode::OK);
    let owner = after(&renewed, &guest);
    assert_eq!(owner.get(ME).await.0, StatusCode::OK);

    assert_eq!(refresh(&stolen).await.status(), StatusCode::UNAUTHORIZED);

    for browser in [&owner, &stolen] {
        let status = || async { browser.get(ME).await.0 };
        eventually(status, |status| *status == StatusCode::UNAUTHORIZED).await;
        assert_eq!(refresh(browser).await.status(), StatusCode::UNAUTHORIZED);
    }
    mesh.stop().await;
}

#[tokio::test]
async fn who_guesses_waits_and_nobody_else_does() {
    let mesh = Mesh::start(Options::default()).await.unwrap();
    let here = Shopper::guest(mesh.url());
    let elsewhere = Shopper::guest_from(Ipv4Addr::new(127, 0, 0, 2).into(), mesh.url());
    for name in ["zoe", "ann"] {
        Shopper::sign_up(mesh.url(), name).await;
    }
    for _ in 0..FREE_TRIES {
        let wrong = log_in(&here, "zoe", "a wrong guess").await;
        assert_eq!(wrong.status(), StatusCode::UNAUTHORIZED);
    }

    let sixth = log_in(&here, "zoe", "a wrong guess").await;
    let right = log_in(&here, "zoe", "demotest1").await;

    for refused in [sixth, right] {
        assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
        let wait = refused.headers()[RETRY_AFTER].to_str().unwrap();
        let wait: u32 = wait.parse().unwrap();
        assert!((1..=FIRST_WAIT).contains(&wait), "{wait}");
    }
    for (browser, name) in [(&here, "ann"), (&elsewhere, "zoe")] {
        let answer = log_in(browser, name, "demotest1").await;
        assert_eq!(answer.status(), StatusCode::OK, "{name}");
    }
    mesh.stop().await;
}

#[tokio::test]
async fn without_redis_people_stay_in_and_get_in_for_the_hour_of_a_token() {
    let mesh = Mesh::start(Options::default()).await.unwrap();
    let guest = Shopper::guest(mesh.url());
    Shopper::sign_up(mesh.url(), "zoe").await;
    let before = after(&log_in(&guest, "zoe", "demotest1").await, &guest);

    mesh.hold_down("redis", 0).await.unwrap();

    assert_eq!(before.get(ME).await.0, StatusCode::OK);
    let login = log_in(&guest, "zoe", "demotest1").await;
    assert_eq!(login.status(), StatusCode::OK);
    let cookies: Vec<_> = cookies_of(&login).collect();
    assert!(cookies.contains(&"refresh="), "no session of a day");
    assert_eq!(after(&login, &guest).get(ME).await.0, StatusCode::OK);
    let refreshed = refresh(&before).await;
    assert_eq!(refreshed.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(cookies_of(&refreshed).next(), None, "the browser keeps it");
    mesh.stop().await;
}
