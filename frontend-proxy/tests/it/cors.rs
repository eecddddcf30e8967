//! Pages of listed sites use the API; those of others do not.

use http::Method;

use crate::{
    service::Service,
    stage::{Reply, Stage},
};

const PARTNER: (&str, &str) = ("origin", "https://partner.test");
const EVIL: (&str, &str) = ("origin", "https://evil.test");

async fn with_a_partner(service: &Service) -> Stage {
    let origins = vec!["https://partner.test".to_owned().try_into().unwrap()];
    Stage::set(service, |settings| settings.cors.origins = origins).await
}

async fn preflight(stage: &Stage, origin: (&str, &str)) -> Reply {
    let headers = [
        origin,
        ("access-control-request-method", "PATCH"),
        ("access-control-request-headers", "content-type"),
    ];
    stage
        .send(Method::OPTIONS, "/api/products/7", &headers, "")
        .await
}

#[tokio::test]
async fn a_listed_site_may_read_and_write_with_cookies() {
    let service = Service::echoing().await;
    let stage = with_a_partner(&service).await;

    let asked = preflight(&stage, PARTNER).await;
    let headers = [PARTNER, ("sec-fetch-site", "cross-site")];
    let written = stage
        .send(Method::PATCH, "/api/products/7", &headers, "{}")
        .await;

    assert_eq!(asked.status, 204);
    let methods = asked.header("access-control-allow-methods").unwrap();
    assert!(methods.contains("PATCH"), "{methods}");
    assert_eq!(service.requests(), 1, "the proxy itself answers preflights");
    assert_eq!(written.status, 200);
    for reply in [asked, written] {
        assert_eq!(
            reply.header("access-control-allow-origin"),
            Some("https://partner.test")
        );
        assert_eq!(
            reply.header("access-control-allow-credentials"),
            Some("true")
        );
        assert_eq!(reply.header("vary"), Some("origin"));
    }
}

#[tokio::test]
async fn a_listed_site_can_read_why_it_is_refused() {
    let service = Service::echoing().await;
    let stage = with_a_partner(&service).await;

    let reply = stage.get_with("/api/orders", &[PARTNER]).await;

    reply.assert_refused(401, "UNAUTHORIZED");
    assert_eq!(
        reply.header("access-control-allow-origin"),
        Some("https://partner.test")
    );
}

#[tokio::test]
async fn a_site_that_is_not_listed_reads_nothing() {
    let service = Service::echoing().await;
    let open = with_a_partner(&service).await;
    let closed = Stage::before(&service).await;

    for stage in [&open, &closed] {
        let asked = preflight(stage, EVIL).await;
        let read = stage.get_with("/api/products/", &[EVIL]).await;
        asked.assert_refused(403, "CROSS_SITE");
        for reply in [asked, read] {
            assert_eq!(reply.header("access-control-allow-origin"), None);
        }
    }
    assert_eq!(service.requests(), 2, "no preflight");
}

#[tokio::test]
async fn caches_know_that_answers_depend_on_the_page() {
    let service = Service::echoing().await;
    let stage = with_a_partner(&service).await;

    let reply = stage.get("/api/products/").await;

    assert_eq!(reply.header("vary"), Some("origin"));
    assert_eq!(stage.get("/").await.header("vary"), None);
}
