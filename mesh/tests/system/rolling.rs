//! A new version goes in, one process after the other, and nobody notices.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use hyper::StatusCode;
use mesh::{Mesh, Options};
use serde_json::{Value, json};
use tokio::{task::JoinSet, time::interval};

use crate::shopper::{Shopper, eventually};

const INSTANCES: usize = 2;
const BUYERS: usize = 4;

/// Of each buyer; together a hundred requests in a second.
const PACE: Duration = Duration::from_millis(40);

/// Orders between two restarts.
const ORDERS_BETWEEN: usize = 100;

#[derive(Clone, Default)]
struct Load {
    is_over: Arc<AtomicBool>,
    answered: Arc<AtomicUsize>,
}

/// Orders at a steady pace, each once; answers by status, 0 for none.
async fn buy(buyer: Shopper, items: Value, number: usize, load: Load) -> BTreeMap<u16, usize> {
    let mut answers = BTreeMap::new();
    let mut ticks = interval(PACE);
    for order in 0.. {
        if load.is_over.load(Ordering::SeqCst) {
            break;
        }
        ticks.tick().await;
        let status = buyer.order(&items, &format!("{number}-{order}")).await;
        *answers
            .entry(status.map_or(0, |it| it.as_u16()))
            .or_default() += 1;
        load.answered.fetch_add(1, Ordering::SeqCst);
    }
    answers
}

#[tokio::test]
async fn a_rolling_restart_under_load_fails_no_request() {
    let mesh = Mesh::start(Options {
        instances: INSTANCES,
        ..Options::default()
    })
    .await
    .unwrap();
    let seller = Shopper::sign_up(mesh.url(), "seller").await;
    let product = seller.list_product("2.50", 1_000_000).await;
    let items = json!([{"product_id": product, "price": "2.50", "quantity": 1}]);
    let load = Load::default();
    let mut buyers = JoinSet::new();
    let mut people = Vec::new();
    for number in 0..BUYERS {
        let buyer = Shopper::sign_up(mesh.url(), &format!("buyer{number}")).await;
        people.push(buyer.clone());
        buyers.spawn(buy(buyer, items.clone(), number, load.clone()));
    }

    for service in ["auth-service", "products-service", "orders-service"] {
        for instance in 0..INSTANCES {
            let before = load.answered.load(Ordering::SeqCst);
            let answered = || async { load.answered.load(Ordering::SeqCst) };
            eventually(answered, |now| *now >= before + ORDERS_BETWEEN).await;
            mesh.restart(service, instance).await.unwrap();
        }
    }
    load.is_over.store(true, Ordering::SeqCst);

    let created = StatusCode::CREATED.as_u16();
    while let Some(answers) = buyers.join_next().await {
        let answers = answers.unwrap();
        let statuses: Vec<u16> = answers.keys().copied().collect();
        assert_eq!(statuses, [created], "{answers:?}");
    }
    for buyer in people {
        let is_final = |order: &Value| order["status"] == "COMPLETED";
        eventually(|| buyer.orders(), |orders| orders.iter().all(is_final)).await;
    }
    mesh.stop().await;
}
