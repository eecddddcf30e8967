//! The supervision, tried on real servers; the services are not needed for it.

use std::time::Duration;

use rustix::process::{Pid, test_kill_process};
use tokio::time::{Instant, sleep};

use super::{Mesh, Options};
use crate::{
    postgres::{PostgresUrl, Purpose, databases},
    programs,
};

/// A mesh with PostgreSQL and Redis and nothing else, and the databases' URLs.
async fn servers(purpose: Purpose) -> (Mesh, Vec<PostgresUrl>) {
    let mesh = Mesh::prepare(Options::default()).await.unwrap();
    let (urls, _) = mesh.start_servers(purpose).await.unwrap();
    let urls = urls.iter().map(|url| PostgresUrl::parse(url).unwrap());
    let urls = urls.collect();
    (mesh, urls)
}

/// What the one column of the one row of `sql` is, for the owner of `url`.
fn ask(url: &PostgresUrl, sql: &str) -> anyhow::Result<String> {
    databases::run(&programs::psql().unwrap(), url, sql)
}

fn is_alive(pid: u32) -> bool {
    let pid = Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
    test_kill_process(pid).is_ok()
}

/// Waits until `condition` holds, for a while.
async fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !condition() {
        assert!(Instant::now() < deadline, "{what}: not within 20 s");
        sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_role_reaches_its_own_database_and_no_other() {
    let (mesh, urls) = servers(Purpose::ThrowAway).await;

    for owner in &urls {
        let made = "CREATE TABLE t (id int); INSERT INTO t VALUES (7); SELECT id FROM t";
        assert_eq!(ask(owner, made).unwrap(), "7");
        let others = databases::OWNERS.map(|name| format!("db_{name}"));
        let others = others
            .iter()
            .map(String::as_str)
            .chain(["postgres", "template1"]);
        for other in others.filter(|other| *other != owner.database) {
            let intruder = owner.with(&owner.user, &owner.password, other);
            let error = ask(&intruder, "SELECT 1").unwrap_err().to_string();
            assert!(error.contains("permission denied for database"), "{error}");
        }
    }
    mesh.stop().await;
}

#[tokio::test]
async fn what_is_killed_starts_again_and_has_kept_its_data() {
    let (mesh, urls) = servers(Purpose::Keep).await;
    ask(
        &urls[0],
        "CREATE TABLE t (id int); INSERT INTO t VALUES (7)",
    )
    .unwrap();
    let before = mesh.state();

    mesh.kill("postgres", 0).await.unwrap();
    mesh.kill("redis", 0).await.unwrap();
    mesh.start_again("postgres", 0).await.unwrap();
    mesh.start_again("redis", 0).await.unwrap();

    let now = mesh.state();
    assert!(now.postgres.pid.is_some() && now.postgres.pid != before.postgres.pid);
    assert!(now.redis.pid.is_some() && now.redis.pid != before.redis.pid);
    assert_eq!(now.redis.url, before.redis.url, "on the same port");
    assert_eq!(ask(&urls[0], "SELECT id FROM t").unwrap(), "7");
    mesh.stop().await;
}

#[tokio::test]
async fn what_is_held_down_stays_down_until_it_is_wanted_again() {
    let (mesh, _) = servers(Purpose::ThrowAway).await;

    mesh.hold_down("redis", 0).await.unwrap();

    assert_eq!(mesh.state().redis.pid, None);
    assert!(!crate::redis::answers(&mesh.state().redis.url).await);
    mesh.start_again("redis", 0).await.unwrap();
    assert!(crate::redis::answers(&mesh.state().redis.url).await);
    mesh.stop().await;
}

#[tokio::test]
async fn a_stopped_mesh_leaves_neither_process_nor_folder() {
    let (mesh, _) = servers(Purpose::ThrowAway).await;
    let pids = mesh.state().children();
    let folder = mesh.folder.root().to_owned();
    assert_eq!(pids.len(), 2);
    assert!(pids.iter().all(|pid| is_alive(*pid)));

    mesh.stop().await;
    let left: Vec<_> = pids.iter().filter(|pid| is_alive(**pid)).collect();
    drop(mesh);

    assert!(left.is_empty(), "{left:?}");
    assert!(!folder.exists());
}

#[tokio::test]
async fn a_dropped_mesh_leaves_no_process_either() {
    let (mesh, _) = servers(Purpose::ThrowAway).await;
    let pids = mesh.state().children();

    drop(mesh);

    eventually("the end of all processes", || {
        !pids.iter().any(|pid| is_alive(*pid))
    })
    .await;
}
