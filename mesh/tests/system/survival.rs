//! Kill anything in the middle of a load: every accepted order ends, once, and stock adds up.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use hyper::StatusCode;
use mesh::{Mesh, Options};
use serde_json::{Value, json};
use tokio::{task::JoinSet, time::sleep};

use crate::shopper::{Shopper, eventually};

/// Units of each product: the first ones run out during the test, the last ones do not.
const STOCK: [i64; 4] = [50, 200, 100_000, 100_000];

const BUYERS: usize = 6;

/// Orders that are accepted between two faults, so that each falls into the middle of work.
const ORDERS_BETWEEN_FAULTS: usize = 150;

const VICTIMS: [&str; 6] = [
    "orders-service",
    "products-service",
    "redis",
    "auth-service",
    "frontend-proxy",
    "postgres",
];

#[tokio::test]
async fn whatever_is_killed_no_order_is_lost_doubled_or_oversold() {
    let options = Options {
        instances: 2,
        ..Options::default()
    };
    let mesh = Mesh::start(options).await.unwrap();
    let seller = Shopper::sign_up(mesh.url(), "seller").await;
    let mut products = Vec::new();
    for quantity in STOCK {
        products.push(seller.list_product("2.50", quantity).await);
    }
    let load = Load::default();
    let mut buyers = JoinSet::new();
    for number in 0..BUYERS {
        let buyer = Shopper::sign_up(mesh.url(), &format!("buyer{number}")).await;
        buyers.spawn(buy(buyer, number, products.clone(), load.clone()));
    }

    for victim in VICTIMS {
        load.wait_for_more().await;
        mesh.kill(victim, 0).await.unwrap();
    }
    load.wait_for_more().await;
    load.is_over.store(true, Ordering::SeqCst);

    let mut sold = BTreeMap::new();
    while let Some(buyer) = buyers.join_next().await {
        let (buyer, accepted) = buyer.unwrap();
        let orders = eventually(|| buyer.orders(), |orders| are_final(orders)).await;
        let ids: BTreeSet<i64> = orders
            .iter()
            .map(|order| order["id"].as_i64().unwrap())
            .collect();
        assert_eq!(ids, accepted, "orders of one buyer and what was accepted");
        add_up(&mut sold, &orders);
    }
    for (product, start) in products.into_iter().zip(STOCK) {
        let (_, body) = seller.get(&format!("/api/products/{product}")).await;
        let left = body["quantity"].as_i64().unwrap();
        let sold = sold.get(&product).copied().unwrap_or_default();
        assert_eq!(left, start - sold, "stock of product {product}");
    }
    mesh.stop().await;
}

/// What the buyers and the test share.
#[derive(Clone, Default)]
struct Load {
    accepted: Arc<AtomicUsize>,
    is_over: Arc<AtomicBool>,
}

impl Load {
    async fn wait_for_more(&self) {
        let goal = self.accepted.load(Ordering::SeqCst) + ORDERS_BETWEEN_FAULTS;
        let accepted = || async { self.accepted.load(Ordering::SeqCst) };
        eventually(accepted, |accepted| *accepted >= goal).await;
    }
}

/// Orders two products at a time until the load is over; returns the ids that were accepted.
async fn buy(
    buyer: Shopper,
    number: usize,
    products: Vec<i64>,
    load: Load,
) -> (Shopper, BTreeSet<i64>) {
    let mut accepted = BTreeSet::new();
    for round in 0_usize.. {
        if load.is_over.load(Ordering::SeqCst) {
            break;
        }
        let first = (number + round) % products.len();
        let second = (first + 1 + round % 2) % products.len();
        let items = json!([
            {"product_id": products[first], "price": "2.50", "quantity": 1},
            {"product_id": products[second], "price": "2.50", "quantity": 2},
        ]);
        let key = format!("{number}-{round}");
        let (status, body) = buyer.order_until_answered(&items, &key).await;
        assert_eq!(status, StatusCode::CREATED, "{body}");
        let id = body["orderId"].as_i64().unwrap();
        assert!(
            accepted.insert(id),
            "order {id} was accepted under two keys"
        );
        load.accepted.fetch_add(1, Ordering::SeqCst);
        // A person's pace: the faults shall fall into a running system, not into a full queue.
        sleep(Duration::from_millis(2)).await;
    }
    (buyer, accepted)
}

fn are_final(orders: &[Value]) -> bool {
    orders.iter().all(|order| order["status"] != "PENDING")
}

fn add_up(sold: &mut BTreeMap<i64, i64>, orders: &[Value]) {
    for order in orders.iter().filter(|order| order["status"] == "COMPLETED") {
        for item in order["items"].as_array().unwrap() {
            let product = item["product_id"].as_i64().unwrap();
            *sold.entry(product).or_default() += item["quantity"].as_i64().unwrap();
        }
    }
}
