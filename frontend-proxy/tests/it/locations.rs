//! What the configuration adds: paths of the API, and headers of answers.

use frontend_proxy::{Assets, Settings, Site};

use crate::{
    service::{Service, text},
    stage::{Reply, Stage, settings},
};

async fn named(name: &'static str) -> Service {
    Service::answering("127.0.0.1:0", move |_| async move { text(name) }).await
}

/// The proxy before the service of the mesh and another one, with this in its file besides.
async fn stage(mesh: &Service, other: &Service, text: &str) -> Stage {
    let text = format!(
        "[upstreams.reports]\naddresses = [\"{}\"]\n{text}",
        other.address
    );
    let added: Settings = toml::from_str(&text).unwrap();
    let mut settings = settings([&mesh.address.to_string(); 3]);
    settings.upstreams.others = added.upstreams.others;
    settings.locations = added.locations;
    settings.headers = added.headers;
    let assets = Assets::plain();
    Stage::open(Site { settings, assets }).await
}

fn told(reply: &Reply) -> (u16, &str) {
    let body = std::str::from_utf8(&reply.body).unwrap();
    (reply.status.as_u16(), body)
}

#[tokio::test]
async fn a_location_leads_to_its_service_and_the_longest_counts() {
    let (mesh, reports) = (named("mesh").await, named("reports").await);
    let file = r#"
        [[location]]
        prefix = "/api/reports"
        upstream = "reports"
        access = "anyone"

        [[location]]
        prefix = "/api/products/reports"
        upstream = "reports"
        access = "anyone"

        [[location]]
        prefix = "/api/reports/products"
        upstream = "products"
        access = "anyone"
    "#;
    let stage = stage(&mesh, &reports, file).await;

    for (path, name) in [
        ("/api/reports", "reports"),
        ("/api/reports/7?day=1", "reports"),
        ("/api/v1/reports", "reports"),
        ("/api/products/reports/7", "reports"),
        ("/api/products/7", "mesh"),
        ("/api/reports/products", "mesh"),
    ] {
        assert_eq!(told(&stage.get(path).await), (200, name), "{path}");
    }
    let beside = stage.get("/api/reportsX").await;
    beside.assert_refused(404, "NOT_FOUND");
}

#[tokio::test]
async fn a_location_is_for_those_who_are_signed_in_unless_it_says_otherwise() {
    let (mesh, reports) = (named("mesh").await, named("reports").await);
    let file = "[[location]]\nprefix = \"/api/reports\"\nupstream = \"reports\"";
    let stage = stage(&mesh, &reports, file).await;
    let cookie = format!("token={}", stage.keys.token_of(1));

    let guest = stage.get("/api/reports").await;
    let user = stage.get_with("/api/reports", &[("cookie", &cookie)]).await;

    guest.assert_refused(401, "UNAUTHORIZED");
    assert_eq!(told(&user), (200, "reports"));
}

#[tokio::test]
async fn answers_say_besides_what_the_configuration_wants() {
    let (mesh, reports) = (named("mesh").await, named("reports").await);
    let file = r#"
        [headers]
        pages = { Content-Security-Policy = "default-src 'self'", X-Robots-Tag = "noindex" }
        api = { X-Served-By = "mesh" }
    "#;
    let stage = stage(&mesh, &reports, file).await;

    let page = stage.get("/").await;
    let answer = stage.get("/api/products/").await;
    let refusal = stage.get("/api/nothing").await;

    let policy = page.header("content-security-policy");
    assert_eq!(policy, Some("default-src 'self'"));
    assert_eq!(page.header("x-robots-tag"), Some("noindex"));
    assert_eq!(page.header("x-served-by"), None);
    for reply in [answer, refusal] {
        assert_eq!(reply.header("x-served-by"), Some("mesh"));
        assert_eq!(reply.header("x-robots-tag"), None);
    }
}
