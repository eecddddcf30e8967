//! An orders-service of one test, its buyers, and what products-service tells it.

use std::sync::LazyLock;

use axum::Router;
use orders_service::{
    AppState, Live, Migrator, Placements, consumers::InventoryHandler, router, write_placements,
};
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};
use serde_json::{Value, json};
use shared::{
    http::with_layers,
    id::{MessageId, OrderId, ProductId, UserId},
    messages::{
        inventory::{InventoryMessage, ProductChanged, Shortage, Verdict, VerdictReached},
        orders::{OrderCreated, OrdersMessage},
    },
    redis::Redis,
    shutdown::Shutdown,
    stream::{Consumer, DeadLetter, Message, Outbox, Received, Relay, StreamPolicy},
};
use shared_testing::{
    Answer, Contract, TestClient, TestDatabase, TestRedis, TestTokens, append, entries, eventually,
    is_drained,
};

pub(crate) const ORDERS: &str = "/api/orders";
pub(crate) const INVENTORY: &str = InventoryMessage::STREAM;
const GROUP: &str = "orders-service";

/// Who sells every product that is announced, and two who buy.
pub(crate) const SELLER: i32 = 1;
pub(crate) const BUYER: i32 = 2;
pub(crate) const OTHER: i32 = 3;

/// What the service says of itself; every answer is held against it.
static CONTRACT: LazyLock<Contract> = LazyLock::new(|| Contract::new(&orders_service::document()));

pub(crate) struct Stage {
    pub(crate) db: DatabaseConnection,
    pub(crate) database_url: String,
    pub(crate) redis: Redis,
    pub(crate) tokens: TestTokens,
    pub(crate) guest: TestClient,
    pub(crate) seller: TestClient,
    pub(crate) buyer: TestClient,
    pub(crate) other: TestClient,
}

impl Stage {
    pub(crate) async fn create() -> Self {
        let TestDatabase { db, url } = TestDatabase::create::<Migrator>().await;
        let tokens = TestTokens::create();
        let guest = start(db.clone(), &tokens);
        Self {
            db,
            database_url: url,
            redis: TestRedis::create(),
            seller: guest.bearing(&tokens.of(SELLER)),
            buyer: guest.bearing(&tokens.of(BUYER)),
            other: guest.bearing(&tokens.of(OTHER)),
            guest,
            tokens,
        }
    }

    /// A stage that knows product 1, `Mac m2` for 999.99, and product 2, `Desk Chair` for 149.99.
    pub(crate) async fn with_catalog() -> Self {
        let stage = Self::create().await;
        stage.announce(&product(1, 1, "Mac m2", "999.99")).await;
        stage.announce(&product(2, 1, "Desk Chair", "149.99")).await;
        stage.start_consumer();
        stage.informed().await;
        stage
    }

    /// Starts the consumer of verdicts and announcements.
    pub(crate) fn start_consumer(&self) {
        let (redis, db) = (self.redis.clone(), self.db.clone());
        let consumer = Consumer::new(redis, db, Outbox::default(), InventoryHandler);
        tokio::spawn(consumer.run(Shutdown::default().token()));
    }

    /// Starts the relay of announced orders.
    pub(crate) fn start_relay(&self, redis: Redis) {
        let (db, token) = (self.db.clone(), Shutdown::default().token());
        let streams = vec![
            StreamPolicy::of::<OrdersMessage>(),
            StreamPolicy::of::<DeadLetter>(),
        ];
        let relay = Relay::new((db, redis, Outbox::default()), "orders-service", streams);
        tokio::spawn(relay.run(token));
    }

    /// Sends what products-service says of a product.
    pub(crate) async fn announce(&self, change: &ProductChanged) {
        self.send(InventoryMessage::ProductChanged(change.clone()))
            .await;
    }

    /// Sends a verdict of products-service.
    pub(crate) async fn decide(&self, order_id: i64, status: Verdict, shortages: &[Shortage]) {
        let verdict = VerdictReached {
            order_id: OrderId(order_id.try_into().unwrap()),
            status,
            shortages: shortages.to_vec(),
            taken: Vec::new(),
        };
        self.send(InventoryMessage::VerdictReached(verdict)).await;
    }

    async fn send(&self, message: InventoryMessage) {
        append(&self.redis, MessageId::generate(), &message).await;
    }

    /// Waits until everything that was sent has taken effect.
    pub(crate) async fn informed(&self) {
        let is_drained = || is_drained(&self.redis, INVENTORY, GROUP);
        eventually(is_drained, |is_drained| *is_drained).await;
    }

    /// What is on the stream of orders, once there are `count` messages at least.
    pub(crate) async fn sent(&self, count: usize) -> Vec<Received<OrdersMessage>> {
        let on_stream = || entries(&self.redis, OrdersMessage::STREAM);
        let entries = eventually(on_stream, |entries| entries.len() >= count).await;
        let decode = |entry| Received::decode(entry).unwrap();
        entries.iter().map(decode).collect()
    }

    /// The orders on the stream, once there are `count` at least.
    pub(crate) async fn announced(&self, count: usize) -> Vec<OrderCreated> {
        let order = |received: Received<OrdersMessage>| match received.message {
            OrdersMessage::OrderCreated(order) => order,
            OrdersMessage::VerdictWanted(wanted) => panic!("{wanted:?}"),
        };
        self.sent(count).await.into_iter().map(order).collect()
    }

    /// How many rows a table has.
    pub(crate) async fn count(&self, table: &str) -> i64 {
        let count = format!("SELECT count(*) FROM {table}");
        let query = Statement::from_string(sea_orm::DbBackend::Postgres, count);
        let row = self.db.query_one_raw(query).await.unwrap().unwrap();
        row.try_get_by_index(0).unwrap()
    }
}

/// Starts what an instance runs behind its routes, and returns a guest of it.
pub(crate) fn start(db: DatabaseConnection, tokens: &TestTokens) -> TestClient {
    let live = Live::new(Shutdown::default().token());
    TestClient::new(routes(db, tokens, live))
}

/// Starts what an instance runs behind its routes, and returns these.
pub(crate) fn routes(db: DatabaseConnection, tokens: &TestTokens, live: Live) -> Router {
    let (placements, queue) = Placements::new();
    tokio::spawn(write_placements(queue, db.clone(), Outbox::default()));
    let state = AppState {
        reads: db.clone().into(),
        db,
        placements,
        live,
        tokens: tokens.verifier.clone(),
    };
    CONTRACT.around(with_layers(router(state)))
}

/// What products-service says of a product of the seller.
pub(crate) fn product(id: i32, version: i32, name: &str, price: &str) -> ProductChanged {
    ProductChanged {
        product_id: ProductId(id),
        version,
        seller_id: UserId(SELLER),
        name: name.to_owned(),
        price: price.parse().unwrap(),
        is_listed: true,
    }
}

pub(crate) fn item(id: i32, price: &str, quantity: u32) -> Value {
    json!({"product_id": id, "price": price, "quantity": quantity})
}

/// A cart of items, without a total.
pub(crate) fn cart(items: &[Value]) -> Value {
    json!({ "items": items })
}

/// One `Mac m2`.
pub(crate) fn one_mac() -> Value {
    cart(&[item(1, "999.99", 1)])
}

/// The id in the answer to a placed order.
pub(crate) fn id_of(answer: &Answer) -> i64 {
    answer.body["orderId"]
        .as_i64()
        .unwrap_or_else(|| panic!("no order in {answer:?}"))
}

pub(crate) fn path(id: i64) -> String {
    format!("{ORDERS}/{id}")
}
