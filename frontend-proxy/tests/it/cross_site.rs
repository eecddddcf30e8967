//! What pages of other sites may make a browser do here.

use http::Method;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::{service::Service, stage::Stage};

const EVIL: (&str, &str) = ("origin", "https://evil.test");

#[tokio::test]
async fn a_page_of_another_site_changes_nothing() {
    let service = Service::echoing().await;
    let stage = Stage::before(&service).await;

    for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
        for sign in [
            EVIL,
            ("origin", "null"),
            ("origin", "http://mesh.test.evil.test"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
            ("sec-fetch-site", "Cross-Site"),
            ("sec-fetch-site", "another-site"),
        ] {
            let reply = stage
                .send(method.clone(), "/api/auth/logout", &[sign], "{}")
                .await;
            reply.assert_refused(403, "CROSS_SITE");
        }
    }
    assert_eq!(service.requests(), 0);
}

#[tokio::test]
async fn the_own_page_and_programs_change_things() {
    let service = Service::echoing().await;
    let stage = Stage::before(&service).await;

    let own = ("origin", "http://mesh.test");
    let fetched = ("sec-fetch-site", "same-origin");
    for headers in [vec![], vec![own], vec![fetched], vec![own, fetched]] {
        let reply = stage
            .send(Method::POST, "/api/auth/logout", &headers, "{}")
            .await;
        assert_eq!(reply.status, 200, "{headers:?}");
    }
}

#[tokio::test]
async fn a_page_of_another_site_may_lead_here() {
    let service = Service::echoing().await;
    let stage = Stage::before(&service).await;

    let linked = stage
        .get_with("/", &[("sec-fetch-site", "cross-site")])
        .await;
    let read = stage.get_with("/api/products/", &[EVIL]).await;

    assert_eq!(linked.status, 200);
    assert_eq!(read.status, 200);
    assert_eq!(read.header("access-control-allow-origin"), None);
}

#[tokio::test]
async fn a_page_of_another_site_signs_nobody_in() {
    let service = Service::echoing().await;
    let stage = Stage::before(&service).await;

    for path in [
        "/api/auth/demo",
        "/auth/demo",
        "/v1/auth/demo",
        "/api/auth/demo/",
        "/auth/demo/",
        "/v1/auth/demo/",
    ] {
        for method in [Method::GET, Method::HEAD] {
            let link = [("sec-fetch-site", "cross-site")];
            let reply = stage.send(method, path, &link, "").await;
            assert_eq!(reply.status, 403, "{path}");
        }
    }
    let typed = [("sec-fetch-site", "none")];
    assert_eq!(stage.get_with("/api/auth/demo", &typed).await.status, 200);
    assert_eq!(service.requests(), 1);
}

#[tokio::test]
async fn an_origin_that_only_looks_like_the_own_is_another() {
    let service = Service::echoing().await;
    let stage = Stage::before(&service).await;

    for origin in [
        "http://mesh.test:81",
        "http://mesh.test.",
        "http://www.mesh.test",
        "http://mesh.test@evil.test",
        "http://evil.test/mesh.test",
        "http://mesh.test, http://evil.test",
        "http://mesh.test/",
        "ftp://mesh.test",
        "mesh.test",
        "//mesh.test",
        "null",
        "",
    ] {
        let headers = [("origin", origin), ("sec-fetch-site", "same-origin")];
        let reply = stage
            .send(Method::POST, "/api/auth/logout", &headers, "{}")
            .await;
        reply.assert_refused(403, "CROSS_SITE");
    }
    assert_eq!(service.requests(), 0);
}

#[tokio::test]
async fn only_cookies_can_be_abused_by_other_sites() {
    let service = Service::echoing().await;
    let stage = Stage::before(&service).await;
    let bearer = format!("Bearer {}", stage.keys.token_of(2));
    let bearer = ("authorization", bearer.as_str());
    let send = async |headers: &[(&str, &str)]| {
        stage.send(Method::POST, "/api/orders", headers, "{}").await
    };

    assert_eq!(send(&[EVIL, bearer]).await.status, 200);
    for cookie in ["token=x", "a=1; refresh=x"] {
        let reply = send(&[EVIL, bearer, ("cookie", cookie)]).await;
        reply.assert_refused(403, "CROSS_SITE");
    }
}

#[tokio::test]
async fn a_page_of_another_site_opens_no_websocket() {
    let service = Service::echoing().await;
    let stage = Stage::before(&service).await;
    let mut socket = stage.socket().await;
    let mut answer = String::new();

    let handshake = "GET /api/products/ws HTTP/1.1\r\nhost: mesh.test\r\n\
                     connection: Upgrade, close\r\nupgrade: websocket\r\n\
                     origin: https://evil.test\r\n\r\n";
    socket.write_all(handshake.as_bytes()).await.unwrap();
    socket.read_to_string(&mut answer).await.unwrap();

    assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
    assert!(answer.contains("CROSS_SITE"), "{answer}");
    assert_eq!(service.requests(), 0);
}
