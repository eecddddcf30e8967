//! The socket of stock and catalog: what is heard, and after what.

use std::net::SocketAddr;

use http::StatusCode;
use products_service::{Live, tell_news};
use serde_json::{Value, json};
use shared::{db, redis::Redis, shutdown::Shutdown};
use shared_testing::{TestRedis, TestSocket, serve_router};

use crate::stage::{PRODUCTS, Stage, path, routes};

/// An instance that listens on a port.
pub(crate) struct Instance {
    pub(crate) address: SocketAddr,
    pub(crate) shutdown: Shutdown,
}

impl Instance {
    /// Of the stage's database, with connections of its own.
    pub(crate) async fn start(stage: &Stage, redis: Redis) -> Self {
        let shutdown = Shutdown::default();
        let db = db::connect(&stage.database_url).await.unwrap();
        let live = Live::new(shutdown.token());
        shutdown.spawn(tell_news(live.clone(), db.clone(), redis));
        let address = serve_router(routes(db, &stage.tokens, live)).await;
        Self { address, shutdown }
    }

    pub(crate) async fn open(&self, headers: &[(&str, &str)]) -> Result<TestSocket, StatusCode> {
        TestSocket::open(self.address, &format!("{PRODUCTS}/ws"), headers).await
    }

    /// A guest's socket that watches these products, and what there is of them.
    async fn watch(&self, ids: &[i32]) -> (TestSocket, Value) {
        let mut socket = self.open(&[]).await.unwrap();
        let stock = watch(&mut socket, ids).await;
        (socket, stock)
    }
}

async fn watch(socket: &mut TestSocket, ids: &[i32]) -> Value {
    socket.say(json!({ "watch": ids })).await;
    socket
        .hear_until(|message| message["type"] == "stock")
        .await
}

/// A stage on which orders are decided, and an instance of it.
async fn live_stage() -> (Stage, Instance) {
    let stage = Stage::create().await;
    stage.start_worker();
    let instance = Instance::start(&stage, stage.redis.clone()).await;
    (stage, instance)
}

/// Whether a message says that so many are left of a product.
fn says(id: i32, quantity: impl Into<Value>) -> impl Fn(&Value) -> bool {
    let level = json!({"id": id, "quantity": quantity.into()});
    move |message| {
        let products = message["products"].as_array();
        products.is_some_and(|products| products.contains(&level))
    }
}

#[tokio::test]
async fn who_watches_products_hears_at_once_how_many_are_left() {
    let (stage, instance) = live_stage().await;
    let (few, gone) = (stage.list(3).await, stage.list(5).await);
    stage.seller.delete(&path(gone)).await;

    let (_socket, stock) = instance.watch(&[gone, few, 999]).await;

    let levels = json!([
        {"id": few, "quantity": 3},
        {"id": gone, "quantity": null},
        {"id": 999, "quantity": null},
    ]);
    assert_eq!(stock, json!({"type": "stock", "products": levels}));
}

#[tokio::test]
async fn whichever_instance_takes_stock_both_tell_of_it() {
    let (stage, one) = live_stage().await;
    let two = Instance::start(&stage, stage.redis.clone()).await;
    let id = stage.list(10).await;
    let (mut at_one, _) = one.watch(&[id]).await;
    let (mut at_two, _) = two.watch(&[id]).await;

    stage.order(1, &[(id, 3)]).await;

    at_one.hear_until(says(id, 7)).await;
    at_two.hear_until(says(id, 7)).await;
}

#[tokio::test]
async fn what_a_seller_does_to_the_stock_is_told() {
    let (stage, instance) = live_stage().await;
    let id = stage.list(10).await;
    let (mut socket, _) = instance.watch(&[id]).await;

    let restock = format!("{}/restock", path(id));
    stage.seller.post(&restock, json!({"quantity": 5})).await;
    socket.hear_until(says(id, 15)).await;
    stage.seller.patch(&path(id), json!({"quantity": 2})).await;
    socket.hear_until(says(id, 2)).await;
    stage.seller.delete(&path(id)).await;
    socket.hear_until(says(id, Value::Null)).await;
}

#[tokio::test]
async fn a_change_of_the_catalog_is_told_to_all() {
    let (stage, instance) = live_stage().await;
    let mut socket = instance.open(&[]).await.unwrap();
    let is_catalog = |message: &Value| *message == json!({"type": "catalog"});
    // The first is about what happened before the service listened.
    socket.hear_until(is_catalog).await;

    stage.list(1).await;

    socket.hear_until(is_catalog).await;
}

#[tokio::test]
async fn only_what_was_asked_for_last_is_told() {
    let (stage, instance) = live_stage().await;
    let (old, new) = (stage.list(10).await, stage.list(10).await);
    let (mut socket, _) = instance.watch(&[old]).await;
    stage.order(1, &[(old, 1)]).await;
    socket.hear_until(says(old, 9)).await;

    socket.say(json!({ "watch": [new] })).await;
    socket.hear_until(says(new, 10)).await;
    stage.order(2, &[(old, 1), (new, 1)]).await;
    let heard = socket.hear_until(says(new, 9)).await;

    assert_eq!(heard["products"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn what_happens_while_redis_is_away_is_told_when_it_is_back() {
    let stage = Stage::create().await;
    let (linked, link) = TestRedis::linked(&stage.redis).await;
    let instance = Instance::start(&stage, linked).await;
    stage.start_worker();
    let id = stage.list(10).await;
    let (mut socket, _) = instance.watch(&[id]).await;
    stage.order(1, &[(id, 1)]).await;
    socket.hear_until(says(id, 9)).await;

    link.cut();
    stage.order(2, &[(id, 1)]).await;
    stage.settled().await;
    link.restore();

    socket.hear_until(says(id, 8)).await;
}
