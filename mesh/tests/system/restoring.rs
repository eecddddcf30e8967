//! A backup that was made while people bought, and the mesh that is made of it.

use std::{
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use hyper::StatusCode;
use mesh::{Mesh, Options};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::{
    server::Server,
    shopper::{Shopper, eventually},
};

/// In the order of a backup: an order of the first has its verdict in the second and its buyer in
/// the third.
const OWNERS: [&str; 3] = ["orders", "products", "auth"];

const BUYERS: usize = 4;

const STOCK: i64 = 100_000;

/// Orders before, between and after the dumps.
const ORDERS_BETWEEN: usize = 100;

#[derive(Clone, Default)]
struct Load {
    is_over: Arc<AtomicBool>,
    accepted: Arc<AtomicUsize>,
}

impl Load {
    async fn wait_for_more(&self) {
        let goal = self.accepted.load(Ordering::SeqCst) + ORDERS_BETWEEN;
        let accepted = || async { self.accepted.load(Ordering::SeqCst) };
        eventually(accepted, |accepted| *accepted >= goal).await;
    }
}

/// Orders one piece at a time until the load is over.
async fn buy(buyer: Shopper, product: i64, load: Load) {
    let items = json!([{"product_id": product, "price": "2.50", "quantity": 1}]);
    for number in 0.. {
        if load.is_over.load(Ordering::SeqCst) {
            break;
        }
        let (status, body) = buyer
            .order_until_answered(&items, &number.to_string())
            .await;
        assert_eq!(status, StatusCode::CREATED, "{body}");
        load.accepted.fetch_add(1, Ordering::SeqCst);
    }
}

/// As docs/OPERATIONS.md says it.
async fn back_up(mesh: &Mesh, load: &Load, folder: &Path) {
    let server = Server::of(mesh);
    for owner in OWNERS {
        load.wait_for_more().await;
        let file = folder.join(owner);
        let url = server.url(&format!("db_{owner}"));
        let file = ["--file", file.to_str().unwrap()];
        server.run("pg_dump", &["--format", "custom", file[0], file[1], &url]);
    }
    load.wait_for_more().await;
}

/// As docs/OPERATIONS.md says it: into a database beside the one there is, with a gap in the ids.
async fn restore(mesh: &Mesh, folder: &Path) {
    let server = Server::of(mesh);
    for service in OWNERS {
        let service = format!("{service}-service");
        mesh.hold_down(&service, 0).await.unwrap();
    }
    for owner in OWNERS {
        let (admin, restored) = (server.url("postgres"), server.url("restored"));
        let dump = folder.join(owner);
        server.ask(&admin, &format!("CREATE DATABASE restored OWNER {owner}"));
        let into = [
            "--no-owner",
            "--exit-on-error",
            "--role",
            owner,
            "--dbname",
            &restored,
        ];
        server.run(
            "pg_restore",
            &[&into[..], &[dump.to_str().unwrap()]].concat(),
        );
        server.ask(
            &restored,
            "SELECT setval(format('%I.%I', schemaname, sequencename)::regclass,
                           coalesce(last_value, 0) + 100000) FROM pg_sequences",
        );
        server.ask(&admin, &format!("DROP DATABASE db_{owner}"));
        server.ask(
            &admin,
            &format!("ALTER DATABASE restored RENAME TO db_{owner}"),
        );
    }
    for service in OWNERS {
        let service = format!("{service}-service");
        mesh.start_again(&service, 0).await.unwrap();
    }
}

fn are_completed(orders: &[Value]) -> bool {
    orders.iter().all(|order| order["status"] == "COMPLETED")
}

#[tokio::test]
async fn a_mesh_restored_from_a_backup_made_under_load_has_its_orders_and_sells_none_twice() {
    let mesh = Mesh::start(Options::default()).await.unwrap();
    let seller = Shopper::sign_up(mesh.url(), "seller").await;
    let product = seller.list_product("2.50", STOCK).await;
    let load = Load::default();
    let mut buyers = JoinSet::new();
    for number in 0..BUYERS {
        let buyer = Shopper::sign_up(mesh.url(), &format!("buyer{number}")).await;
        buyers.spawn(buy(buyer, product, load.clone()));
    }
    let folder = Server::of(&mesh).folder("backup");
    back_up(&mesh, &load, &folder).await;
    load.is_over.store(true, Ordering::SeqCst);
    buyers.join_all().await;
    mesh.stop().await;

    let mesh = Mesh::start(Options::default()).await.unwrap();
    restore(&mesh, &folder).await;
    fs::remove_dir_all(&folder).unwrap();

    let mut sold = 0;
    for number in 0..BUYERS {
        let buyer = Shopper::sign_in_again(mesh.url(), &format!("buyer{number}")).await;
        let orders = eventually(|| buyer.orders(), |orders| are_completed(orders)).await;
        sold += orders.len();
    }
    assert!(sold >= ORDERS_BETWEEN, "{sold} orders came back");
    assert!(sold < load.accepted.load(Ordering::SeqCst));
    let buyer = Shopper::sign_in_again(mesh.url(), "buyer0").await;
    let (_, body) = buyer.get(&format!("/api/products/{product}")).await;
    let left = body["quantity"].as_i64().unwrap();
    assert!(left <= STOCK - i64::try_from(sold).unwrap(), "{left} left");

    let items = json!([{"product_id": product, "price": "2.50", "quantity": 1}]);
    let (status, body) = buyer.order_until_answered(&items, "after").await;
    assert_eq!(status, StatusCode::CREATED, "{body}");
    eventually(|| buyer.orders(), |orders| are_completed(orders)).await;
    mesh.stop().await;
}
