//! What browsers are told not to do.

use crate::{
    service::{Service, text},
    stage::Stage,
};

const NOTHING: &str = "default-src 'none'; frame-ancestors 'none'";

#[tokio::test]
async fn answers_for_programs_are_harmless_as_pages() {
    let service = Service::echoing().await;
    let stage = Stage::before(&service).await;

    for path in [
        "/api/products/",
        "/api/nothing",
        "/api/orders",
        "/health",
        "/x.js",
    ] {
        let reply = stage.get(path).await;
        assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(reply.header("content-security-policy"), Some(NOTHING));
        assert_eq!(
            reply.header("cross-origin-resource-policy"),
            Some("same-origin"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn no_cache_on_the_way_keeps_an_answer_of_the_api_unless_the_service_says_so() {
    let silent = Service::echoing().await;
    let saying = Service::answering("127.0.0.1:0", async |_| {
        let mut answer = text("");
        let keep = "public, max-age=60".parse().unwrap();
        answer.headers_mut().insert("cache-control", keep);
        answer
    });
    let saying = saying.await;
    let ask = async |service: &Service| {
        let stage = Stage::before(service).await;
        let reply = stage.get("/api/products/").await;
        reply.header("cache-control").map(str::to_owned)
    };

    assert_eq!(ask(&silent).await.as_deref(), Some("private, no-cache"));
    assert_eq!(ask(&saying).await.as_deref(), Some("public, max-age=60"));
}

#[tokio::test]
async fn pages_cannot_be_framed_and_keep_their_addresses() {
    let stage = Stage::before(&Service::echoing().await).await;

    let page = stage.get("/").await;

    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        assert_eq!(page.header(name), Some(value));
    }
    let permissions = page.header("permissions-policy").unwrap();
    assert!(permissions.contains("camera=()"), "{permissions}");
}

#[tokio::test]
async fn a_service_sets_its_own_policy_and_does_not_name_its_programs() {
    const OWN: &str = "default-src 'self'";
    let service = Service::answering("127.0.0.1:0", async |_| {
        let mut answer = text("<p>");
        for (name, value) in [
            ("server", "service/1.0"),
            ("x-powered-by", "rust"),
            ("content-security-policy", OWN),
        ] {
            answer.headers_mut().insert(name, value.parse().unwrap());
        }
        answer
    });
    let service = service.await;
    let stage = Stage::before(&service).await;

    let reply = stage.get("/api/products/").await;

    assert_eq!(reply.header("content-security-policy"), Some(OWN));
    assert_eq!(reply.header("server"), None);
    assert_eq!(reply.header("x-powered-by"), None);
}
