//! A service that reads from a replica of its database.

use std::{
    collections::BTreeMap,
    fs,
    path::PathBuf,
    process::{Child, Stdio},
};

use hyper::StatusCode;
use mesh::{Mesh, Options, free_port};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;

use crate::{
    metrics::value,
    server::Server,
    shopper::{Shopper, eventually},
};

/// A streaming replica of a mesh's PostgreSQL; ends when dropped.
struct Replica {
    process: Child,
    folder: PathBuf,
    port: u16,
}

impl Replica {
    fn start(server: &Server) -> Self {
        let folder = server.folder("replica");
        let data = folder.join("data");
        let data = data.to_str().unwrap();
        let primary = server.url("postgres");
        let copy = [
            "--pgdata",
            data,
            "--write-recovery-conf",
            "--checkpoint",
            "fast",
        ];
        server.run(
            "pg_basebackup",
            &[&copy[..], &["--dbname", &primary]].concat(),
        );
        let port = free_port().unwrap();
        let settings = [
            format!("port={port}"),
            format!("unix_socket_directories={}", folder.display()),
        ];
        let process = server
            .command("postgres")
            .args(["-D", data, "-c", &settings[0], "-c", &settings[1]])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self {
            process,
            folder,
            port,
        }
    }

    /// The URL of a primary's database, here.
    fn url_of(&self, primary: &str) -> String {
        let (login, place) = primary.rsplit_once('@').unwrap();
        let (_, database) = place.split_once('/').unwrap();
        let database = database.split('?').next().unwrap();
        format!("{login}@127.0.0.1:{}/{database}", self.port)
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        // Killed, it would leave children behind, who write into the folder a little longer.
        let pid = Pid::from_child(&self.process);
        kill_process(pid, Signal::QUIT).unwrap();
        self.process.wait().unwrap();
        fs::remove_dir_all(&self.folder).unwrap();
    }
}

/// A second orders-service, like the first one but for the replica; ends when dropped.
fn start_reader(mesh: &Mesh, replica: &Replica) -> (tokio::process::Child, String) {
    let services = mesh.state().services;
    let first = services.iter().find(|it| it.name == "orders-service");
    let process = format!("/proc/{}", first.unwrap().pid.unwrap());
    let environment = fs::read_to_string(format!("{process}/environ")).unwrap();
    let variables: BTreeMap<_, _> = environment
        .split('\0')
        .filter_map(|variable| variable.split_once('='))
        .collect();
    let address = format!("127.0.0.1:{}", free_port().unwrap());
    let child = tokio::process::Command::new(fs::read_link(format!("{process}/exe")).unwrap())
        .envs(variables.iter())
        .env("LISTEN", &address)
        .env(
            "DATABASE_READ_URL",
            replica.url_of(variables["DATABASE_URL"]),
        )
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    (child, format!("http://{address}"))
}

/// How many lists this instance has read from the replica.
async fn read_from_replica(site: &str) -> Option<f64> {
    let (_, text) = Shopper::guest(site).try_get("/metrics").await?;
    value(text.as_str()?, r#"database_reads_total{from="replica"}"#)
}

#[tokio::test]
async fn a_buyer_sees_their_own_order_though_the_replica_stands_still() {
    let mesh = Mesh::start(Options::default()).await.unwrap();
    let seller = Shopper::sign_up(mesh.url(), "seller").await;
    let buyer = Shopper::sign_up(mesh.url(), "buyer").await;
    let product = seller.list_product("2.50", 100).await;
    let server = Server::of(&mesh);
    let replica = Replica::start(&server);
    let (mut reader, site) = start_reader(&mesh, &replica);
    let mut here = buyer.behind_the_door(&site);
    let reads = async || {
        here.try_get("/api/orders").await;
        read_from_replica(&site).await
    };
    eventually(&reads, |count| *count > Some(0.0)).await;

    let standby = replica.url_of(&server.url("postgres"));
    server.ask(&standby, "SELECT pg_wal_replay_pause()");
    let items = json!([{"product_id": product, "price": "2.50", "quantity": 1}]);
    let (status, body) = here
        .post_and_keep("/api/orders", &json!({"items": items}))
        .await;
    assert_eq!(status, StatusCode::CREATED, "{body}");
    assert_eq!(here.orders().await.len(), 1, "at once, for whoever wrote");
    let elsewhere = buyer.behind_the_door(&site);
    let reads_of_one_list = async || {
        let before = read_from_replica(&site).await;
        let orders = elsewhere.orders().await.len();
        (orders, before == read_from_replica(&site).await)
    };
    eventually(reads_of_one_list, |left_alone| *left_alone == (1, true)).await;
    let count = read_from_replica(&site).await;

    server.ask(&standby, "SELECT pg_wal_replay_resume()");
    let reads = async || {
        assert_eq!(elsewhere.orders().await.len(), 1);
        read_from_replica(&site).await
    };
    eventually(reads, |reads| *reads > count).await;
    reader.kill().await.unwrap();
    mesh.stop().await;
}
