//! The browser app and the built-in page.

use std::{
    fs,
    path::PathBuf,
    sync::atomic::{AtomicUsize, Ordering},
};

use frontend_proxy::{Assets, StartError};
use http::Method;

use crate::stage::{Reply, Stage};

const SCRIPT: &str = "console.log('mesh')";

/// A folder with these files, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn with(files: &[(&str, &str)]) -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::SeqCst);
        let name = format!("web-{}-{number}", std::process::id());
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        for (path, content) in files {
            let path = folder.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        Self(folder)
    }

    fn app() -> Self {
        Self::with(&[
            ("index.html", "<h1>app</h1>"),
            ("logo with space.svg", "<svg/>"),
            ("assets/app-1a2b.js", SCRIPT),
            ("assets/app-1a2b.js.br", "in brotli"),
            ("assets/app-1a2b.js.gz", "in gzip"),
            (".env", "SECRET=1"),
        ])
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

async fn stage() -> Stage {
    let app = Folder::app();
    Stage::with("", Assets::load(&app.0).unwrap()).await
}

fn text(reply: &Reply) -> &str {
    std::str::from_utf8(&reply.body).unwrap()
}

#[tokio::test]
async fn a_file_is_served_with_its_type_and_how_long_it_keeps() {
    let stage = stage().await;

    let script = stage.get("/assets/app-1a2b.js").await;
    let logo = stage.get("/logo%20with%20space.svg").await;
    let index = stage.get("/").await;

    assert_eq!(text(&script), SCRIPT);
    assert_eq!(
        script.header("content-type"),
        Some("text/javascript; charset=utf-8")
    );
    let forever = "public, max-age=31536000, immutable";
    assert_eq!(script.header("cache-control"), Some(forever));
    assert_eq!(script.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(logo.header("content-type"), Some("image/svg+xml"));
    assert_eq!(logo.header("cache-control"), Some("no-cache"));
    assert_eq!(text(&index), "<h1>app</h1>");
    assert_eq!(
        index.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    assert_eq!(index.header("cache-control"), Some("no-cache"));
}

#[tokio::test]
async fn pages_of_the_app_are_its_index() {
    let stage = stage().await;

    for path in ["/cart", "/orders/7", "/products/7/", "/authentic?x=1"] {
        let reply = stage.get(path).await;
        assert_eq!(
            (reply.status.as_u16(), text(&reply)),
            (200, "<h1>app</h1>"),
            "{path}"
        );
        let policy = reply.header("content-security-policy").unwrap();
        assert!(policy.contains("script-src 'self'") && !policy.contains("unsafe"));
    }
}

#[tokio::test]
async fn what_is_missing_is_not_found() {
    let stage = stage().await;

    for path in [
        "/assets/missing.js",
        "/assets/missing",
        "/missing.js",
        "/.env",
    ] {
        let reply = stage.get(path).await;
        assert_eq!(reply.status, 404, "{path}");
        assert_ne!(
            reply.header("content-type"),
            Some("text/html; charset=utf-8")
        );
    }
}

#[tokio::test]
async fn no_path_leads_out_of_the_folder() {
    let stage = stage().await;

    for path in [
        "/..%2f..%2fetc/passwd",
        "/../etc/passwd",
        "/assets/%2e%2e/%2e%2e/etc/passwd",
        "/%2fetc%2fpasswd.txt",
        "/..%5c..%5cetc/passwd",
        "/index.html%00.js",
        "/%ff",
    ] {
        let reply = stage.get(path).await;
        assert!(
            [400, 404].contains(&reply.status.as_u16()),
            "{path}: {reply:?}"
        );
    }
}

#[tokio::test]
async fn only_reading_is_allowed() {
    let stage = stage().await;

    let head = stage
        .send(Method::HEAD, "/assets/app-1a2b.js", &[], "")
        .await;
    let post = stage.send(Method::POST, "/cart", &[], "{}").await;

    assert_eq!(head.status, 200);
    assert_eq!(head.header("content-length"), Some("19"));
    assert!(head.body.is_empty());
    assert_eq!(post.status, 405);
    assert_eq!(post.header("allow"), Some("GET, HEAD"));
}

#[tokio::test]
async fn the_best_copy_that_the_client_can_read_is_sent() {
    let stage = stage().await;

    for (accepted, body, coding) in [
        ("gzip, deflate, br", "in brotli", Some("br")),
        ("gzip, deflate", "in gzip", Some("gzip")),
        ("br;q=0, gzip;q=0.5", "in gzip", Some("gzip")),
        ("identity", SCRIPT, None),
    ] {
        let headers = [("accept-encoding", accepted)];
        let reply = stage.get_with("/assets/app-1a2b.js", &headers).await;
        assert_eq!(text(&reply), body, "{accepted}");
        assert_eq!(reply.header("content-encoding"), coding, "{accepted}");
        assert_eq!(reply.header("vary"), Some("accept-encoding"));
        let script = Some("text/javascript; charset=utf-8");
        assert_eq!(reply.header("content-type"), script);
    }
    assert_eq!(stage.get("/assets/app-1a2b.js.br").await.status, 404);
}

#[tokio::test]
async fn what_a_client_has_is_not_sent_again() {
    let stage = stage().await;
    let etag = stage.get("/").await.header("etag").unwrap().to_owned();
    let weak = format!("\"other\", W/{etag}");

    for known in [etag.as_str(), &weak, "*"] {
        let reply = stage.get_with("/", &[("if-none-match", known)]).await;
        assert_eq!(
            (reply.status.as_u16(), reply.body.len()),
            (304, 0),
            "{known}"
        );
        assert_eq!(reply.header("etag"), Some(etag.as_str()));
    }
    let changed = stage.get_with("/", &[("if-none-match", "\"other\"")]).await;
    assert_eq!(changed.status, 200);
}

#[tokio::test]
async fn every_copy_has_an_etag_of_its_own() {
    let stage = stage().await;
    let etag = async |accepted: &str| {
        let headers = [("accept-encoding", accepted)];
        let reply = stage.get_with("/assets/app-1a2b.js", &headers).await;
        reply.header("etag").unwrap().to_owned()
    };

    assert_ne!(etag("br").await, etag("gzip").await);
    assert_ne!(etag("br").await, etag("identity").await);
}

#[tokio::test]
async fn one_part_of_a_file_can_be_asked_for() {
    let stage = stage().await;
    let ask = async |range: &str| {
        let headers = [("range", range), ("accept-encoding", "br")];
        stage.get_with("/assets/app-1a2b.js", &headers).await
    };

    let part = ask("bytes=0-6").await;
    assert_eq!((part.status.as_u16(), text(&part)), (206, "console"));
    assert_eq!(part.header("content-range"), Some("bytes 0-6/19"));
    assert_eq!(part.header("content-encoding"), None);
    let end = ask("bytes=-2").await;
    assert_eq!((end.status.as_u16(), text(&end)), (206, "')"));
    let beyond = ask("bytes=19-").await;
    assert_eq!((beyond.status.as_u16(), text(&beyond)), (416, ""));
    assert_eq!(beyond.header("content-range"), Some("bytes */19"));
    let several = ask("bytes=0-1,3-4").await;
    assert_eq!((several.status.as_u16(), text(&several)), (200, SCRIPT));
}

#[tokio::test]
async fn a_part_of_another_version_is_answered_with_the_whole() {
    let stage = stage().await;

    let reply = stage
        .get_with(
            "/assets/app-1a2b.js",
            &[("range", "bytes=0-6"), ("if-range", "\"other\"")],
        )
        .await;

    assert_eq!((reply.status.as_u16(), text(&reply)), (200, SCRIPT));
}

#[tokio::test]
async fn without_an_app_a_page_says_what_this_is() {
    let stage = Stage::with("", Assets::plain()).await;

    let page = stage.get("/").await;
    let style = stage.get("/plain.css").await;

    assert_eq!(
        page.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    assert!(text(&page).contains("demo2@demo.com"));
    assert!(!text(&page).contains("<script"));
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'"));
    assert_eq!(
        style.header("content-type"),
        Some("text/css; charset=utf-8")
    );
}

#[test]
fn a_folder_without_an_index_is_no_app() {
    let folder = Folder::with(&[("readme.txt", "?")]);

    let loaded = Assets::load(&folder.0);

    assert!(matches!(loaded, Err(StartError::NoIndex(_))));
}

#[test]
fn a_folder_that_is_too_large_is_refused() {
    let folder = Folder::with(&[("index.html", "")]);
    let large = fs::File::create(folder.0.join("large.bin")).unwrap();
    large.set_len(64 * 1024 * 1024 + 1).unwrap();

    let loaded = Assets::load(&folder.0);

    assert!(matches!(loaded, Err(StartError::TooMuch(_))));
}
