//! Who gets in, and as whom.

use http::Method;

use crate::{
    keys::Keys,
    service::{Service, text},
    stage::Stage,
};

const CLEARED: &str = "token=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict; Secure";

fn cookie(token: &str) -> String {
    format!("theme=dark; token={token}; lang=en")
}

fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

#[tokio::test]
async fn a_session_cookie_goes_on_as_a_bearer_token() {
    let service = Service::echoing().await;
    let stage = Stage::before(&service).await;
    let token = stage.keys.token_of(2);

    let reply = stage
        .get_with("/api/orders", &[("cookie", &cookie(&token))])
        .await;

    assert_eq!(reply.status, 200);
    assert_eq!(reply.received("authorization"), Some(bearer(&token)));
    assert_eq!(
        reply.received("cookie").as_deref(),
        Some("theme=dark; lang=en")
    );
    assert_eq!(reply.header("set-cookie"), None);
}

#[tokio::test]
async fn a_bearer_token_is_accepted_like_a_cookie() {
    let service = Service::echoing().await;
    let stage = Stage::before(&service).await;
    let token = stage.keys.token_of(2);

    let reply = stage
        .get_with("/api/orders", &[("authorization", &bearer(&token))])
        .await;

    assert_eq!(reply.status, 200);
    assert_eq!(reply.received("authorization"), Some(bearer(&token)));
}

#[tokio::test]
async fn of_a_cookie_and_a_bearer_token_the_cookie_counts() {
    let service = Service::echoing().await;
    let stage = Stage::before(&service).await;
    let (in_cookie, in_header) = (stage.keys.token_of(1), stage.keys.token_of(2));

    let reply = stage
        .get_with(
            "/api/orders",
            &[
                ("cookie", &cookie(&in_cookie)),
                ("authorization", &bearer(&in_header)),
            ],
        )
        .await;

    assert_eq!(reply.received("authorization"), Some(bearer(&in_cookie)));
}

#[tokio::test]
async fn without_a_session_orders_are_refused_at_the_door() {
    let service = Service::echoing().await;
    let stage = Stage::before(&service).await;

    let read = stage.get("/api/orders").await;
    let written = stage
        .send(Method::POST, "/api/orders", &[], r#"{"items":[]}"#)
        .await;

    read.assert_refused(401, "UNAUTHORIZED");
    assert_eq!(read.json()["message"], "Unauthorized");
    written.assert_refused(401, "UNAUTHORIZED");
    assert_eq!(service.requests(), 0);
}

#[tokio::test]
async fn guests_may_look_at_products() {
    let service = Service::echoing().await;
    let stage = Stage::before(&service).await;

    let reply = stage.get("/api/products/public/").await;

    assert_eq!(reply.status, 200);
    assert_eq!(reply.received("authorization"), None);
}

#[tokio::test]
async fn tokens_that_do_not_verify_get_nowhere() {
    let service = Service::echoing().await;
    let stage = Stage::before(&service).await;
    let (ours, other) = (&stage.keys, Keys::create());
    let good = ours.token_of(2);
    let (head, signature) = good.rsplit_once('.').unwrap();
    let half = &signature[..signature.len() / 2];

    for (what, token) in [
        ("garbage", "garbage".to_owned()),
        ("empty", String::new()),
        ("no signature", format!("{head}.")),
        ("half a signature", format!("{head}.{half}")),
        (
            "another key under our name",
            ours.token_ending_in(60, &other),
        ),
        ("another mesh", other.token_of(2)),
    ] {
        let by_cookie = stage
            .get_with("/api/orders", &[("cookie", &cookie(&token))])
            .await;
        let by_bearer = stage
            .get_with("/api/orders", &[("authorization", &bearer(&token))])
            .await;
        assert_eq!(by_cookie.status, 401, "{what}");
        assert_eq!(by_cookie.header("set-cookie"), Some(CLEARED), "{what}");
        assert_eq!(by_bearer.status, 401, "{what}");
        assert_eq!(by_bearer.header("set-cookie"), None, "{what}");
    }
    assert_eq!(service.requests(), 0);
}

#[tokio::test]
async fn an_expired_session_is_refused_at_the_door() {
    let service = Service::echoing().await;
    let stage = Stage::before(&service).await;
    let ask = async |seconds| {
        let token = stage.keys.token_ending_in(seconds, &stage.keys);
        let cookie = cookie(&token);
        stage.get_with("/api/orders", &[("cookie", &cookie)]).await
    };

    let lasting = ask(60).await;
    let ended = ask(-60).await;

    assert_eq!(lasting.status, 200);
    assert_eq!(ended.status, 401);
    assert_eq!(ended.header("set-cookie"), Some(CLEARED));
    assert_eq!(service.requests(), 1);
}

#[tokio::test]
async fn a_revoked_session_is_refused_at_once() {
    let service = Service::echoing().await;
    let stage = Stage::before(&service).await;
    let token = stage.keys.token_of(2);
    let ask = async || {
        let cookie = cookie(&token);
        let reply = stage.get_with("/api/orders", &[("cookie", &cookie)]).await;
        reply.status
    };
    assert_eq!(ask().await, 200);

    stage.keys.end_session(&token);

    assert_eq!(ask().await, 401);
    assert_eq!(service.requests(), 1);
}

#[tokio::test]
async fn a_dead_cookie_makes_a_guest_and_is_cleared() {
    let service = Service::echoing().await;
    let stage = Stage::before(&service).await;

    let reply = stage
        .get_with("/api/products/", &[("cookie", &cookie("dead"))])
        .await;

    assert_eq!(reply.status, 200);
    assert_eq!(reply.received("authorization"), None);
    assert_eq!(
        reply.received("cookie").as_deref(),
        Some("theme=dark; lang=en")
    );
    assert_eq!(reply.header("set-cookie"), Some(CLEARED));
}

#[tokio::test]
async fn two_different_session_cookies_are_no_session() {
    let service = Service::echoing().await;
    let stage = Stage::before(&service).await;
    let (own, planted) = (stage.keys.token_of(1), stage.keys.token_of(2));
    let ask = async |path: &str, headers: &[(&str, &str)]| stage.get_with(path, headers).await;
    let one = format!("token={own}; token={planted}");
    let (first, second) = (format!("token={planted}"), format!("token={own}"));

    for headers in [
        vec![("cookie", one.as_str())],
        vec![("cookie", &first), ("cookie", &second)],
        vec![("cookie", &one), ("authorization", &bearer(&own))],
    ] {
        let reply = ask("/api/orders", &headers).await;
        reply.assert_refused(401, "UNAUTHORIZED");
        assert_eq!(reply.header("set-cookie"), None, "it would leave the other");
    }
    let same = format!("token={own}; token={own}");
    assert_eq!(ask("/api/orders", &[("cookie", &same)]).await.status, 200);
    let guest = ask("/api/products/", &[("cookie", &one)]).await;
    assert_eq!(guest.received("authorization"), None);
}

#[tokio::test]
async fn a_login_with_a_dead_cookie_keeps_the_new_one() {
    const NEW: &str = "token=new; HttpOnly; SameSite=Strict; Path=/";
    let service = Service::answering("127.0.0.1:0", async |_| {
        let mut answer = text("{}");
        let headers = answer.headers_mut();
        headers.insert("set-cookie", NEW.parse().unwrap());
        answer
    });
    let service = service.await;
    let stage = Stage::before(&service).await;

    let reply = stage
        .send(
            Method::POST,
            "/api/auth/login",
            &[("cookie", "token=dead")],
            "{}",
        )
        .await;

    let cookies: Vec<_> = reply.headers.get_all("set-cookie").iter().collect();
    assert_eq!(cookies, [NEW]);
}

#[tokio::test]
async fn credentials_of_other_kinds_go_no_further() {
    let service = Service::echoing().await;
    let stage = Stage::before(&service).await;

    for value in ["Basic ZGVtbzpkZW1v", "Bearer", "Bearer dead", "nonsense"] {
        let reply = stage
            .get_with("/api/products/", &[("authorization", value)])
            .await;
        assert_eq!(reply.received("authorization"), None, "{value}");
    }
}

#[tokio::test]
async fn nobody_can_say_who_they_are_by_header() {
    let service = Service::echoing().await;
    let stage = Stage::before(&service).await;

    let reply = stage
        .get_with(
            "/api/products/",
            &[
                ("x-user-id", "1"),
                ("X-User-Role", "ADMIN"),
                ("x-user-email", "a@b.c"),
            ],
        )
        .await;

    for name in ["x-user-id", "x-user-role", "x-user-email"] {
        assert_eq!(reply.received(name), None, "{name}");
    }
}
