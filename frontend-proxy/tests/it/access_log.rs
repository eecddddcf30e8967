//! The access log, as it stands in its file.

use std::{
    fs,
    path::{Path, PathBuf},
};

use frontend_proxy::{AccessLogFormat, AccessLogSettings, Assets, Settings, Site};
use serde_json::Value;
use shared_testing::eventually;
use uuid::Uuid;

use crate::{
    service::Service,
    stage::{Stage, settings},
};

/// The name of a file that goes when the test ends.
struct Log(PathBuf);

impl Log {
    fn create() -> Self {
        let name = format!("access-{}.log", Uuid::now_v7());
        Self(Path::new(env!("CARGO_TARGET_TMPDIR")).join(name))
    }

    /// Settings that write here.
    fn json(&self, settings: &mut Settings) {
        settings.access_log = AccessLogSettings {
            format: Some(AccessLogFormat::Json),
            file: Some(self.0.clone()),
        };
    }

    /// The lines, once there are so many.
    async fn lines(&self, count: usize) -> Vec<Value> {
        let read = async || fs::read_to_string(&self.0).unwrap_or_default();
        let text = eventually(read, |text| text.lines().count() >= count).await;
        let lines = text.lines().map(serde_json::from_str);
        lines.collect::<Result<_, _>>().unwrap()
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        fs::remove_file(&self.0).ok();
    }
}

#[tokio::test]
async fn every_answer_is_a_line_without_secrets() {
    let service = Service::echoing().await;
    let log = Log::create();
    let stage = Stage::set(&service, |settings| log.json(settings)).await;
    let token = stage.keys.token_of(7);
    let cookie = format!("token={token}");

    stage
        .get_with(
            "/v1/orders/12?q=private",
            &[
                ("cookie", &cookie),
                ("user-agent", "test \"agent\""),
                ("referer", "https://mesh.test/search?q=private"),
                ("x-request-id", "request-1"),
            ],
        )
        .await;
    stage.get("/api/orders").await;
    stage.get("/").await;

    let lines = log.lines(3).await;
    let line = lines
        .iter()
        .find(|line| line["request_id"] == "request-1")
        .unwrap();
    for (name, value) in [
        ("client", "127.0.0.1"),
        ("method", "GET"),
        ("path", "/v1/orders/12"),
        ("protocol", "HTTP/1.1"),
        ("upstream", "orders"),
        ("route", "/api/orders/{id}"),
        ("user_agent", "test \"agent\""),
        ("referer", "https://mesh.test/search"),
    ] {
        assert_eq!(line[name], value, "{name}");
    }
    assert_eq!(
        (&line["status"], &line["user_id"]),
        (&200.into(), &7.into())
    );
    assert!(line["bytes"].as_u64() > Some(0));
    let mut statuses: Vec<_> = lines.iter().map(|line| line["status"].as_u64()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [Some(200), Some(200), Some(401)]);
    let text = fs::read_to_string(&log.0).unwrap();
    assert!(!text.contains("private") && !text.contains(&token));
}

#[tokio::test]
async fn after_a_reload_a_moved_log_is_a_new_file() {
    let service = Service::echoing().await;
    let (log, moved) = (Log::create(), Log::create());
    let mut stage = Stage::set(&service, |settings| log.json(settings)).await;
    stage.get("/one").await;
    log.lines(1).await;

    fs::rename(&log.0, &moved.0).unwrap();
    let mut settings = settings([&service.address.to_string(); 3]);
    log.json(&mut settings);
    let assets = Assets::plain();
    stage.door.renew(Site { settings, assets }).await;
    stage.get("/two").await;

    assert_eq!(log.lines(1).await[0]["path"], "/two");
    assert_eq!(moved.lines(1).await[0]["path"], "/one");
}
