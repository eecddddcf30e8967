//! A products-service of one test, its users, and the orders that reach it.

use std::sync::LazyLock;

use axum::Router;
use products_service::{
    AppState, Live, Migrator, Showcase, Studio, consumers::OrdersHandler, router, serve_showcase,
};
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};
use serde_json::{Value, json};
use shared::{
    http::with_layers,
    id::{MessageId, OrderId, ProductId, UserId},
    messages::{
        inventory::{InventoryMessage, ProductChanged, VerdictReached},
        orders::{OrderCreated, OrderLine, OrdersMessage},
    },
    redis::Redis,
    shutdown::Shutdown,
    stream::{Consumer, Message, Outbox, Received, Relay, StreamPolicy},
};
use shared_testing::{
    Answer, Contract, TestClient, TestDatabase, TestRedis, TestTokens, append, entries, eventually,
    is_drained,
};

pub(crate) const PRODUCTS: &str = "/api/products";
pub(crate) const ORDERS: &str = OrdersMessage::STREAM;
pub(crate) const GROUP: &str = "products-service";

/// The seller of most products, and who buys them.
pub(crate) const SELLER: i32 = 1;
pub(crate) const BUYER: i32 = 2;

/// What the service says of itself; every answer is held against it.
static CONTRACT: LazyLock<Contract> =
    LazyLock::new(|| Contract::new(&products_service::document()));

pub(crate) struct Stage {
    pub(crate) db: DatabaseConnection,
    pub(crate) database_url: String,
    pub(crate) redis: Redis,
    pub(crate) tokens: TestTokens,
    pub(crate) guest: TestClient,
    pub(crate) seller: TestClient,
    pub(crate) buyer: TestClient,
}

impl Stage {
    pub(crate) async fn create() -> Self {
        let TestDatabase { db, url } = TestDatabase::create::<Migrator>().await;
        let tokens = TestTokens::create();
        let guest = client(db.clone(), &tokens);
        Self {
            db,
            database_url: url,
            redis: TestRedis::create(),
            seller: guest.bearing(&tokens.of(SELLER)),
            buyer: guest.bearing(&tokens.of(BUYER)),
            guest,
            tokens,
        }
    }

    /// Lists a product of the seller for 10.00 and returns its id.
    pub(crate) async fn list(&self, quantity: u32) -> i32 {
        id_of(&list(&self.seller, quantity).await)
    }

    /// Starts what an instance runs beside its routes.
    pub(crate) fn start_worker(&self) -> Shutdown {
        self.start_worker_on(self.db.clone())
    }

    /// Starts a worker with connections of its own.
    pub(crate) fn start_worker_on(&self, db: DatabaseConnection) -> Shutdown {
        let (shutdown, outbox, redis) =
            (Shutdown::default(), Outbox::default(), self.redis.clone());
        let consumer = Consumer::new(redis.clone(), db.clone(), outbox.clone(), OrdersHandler);
        shutdown.spawn(consumer.run(shutdown.token()));
        let streams = vec![StreamPolicy::of::<InventoryMessage>()];
        let relay = Relay::new((db, redis, outbox), "products-service", streams);
        shutdown.spawn(relay.run(shutdown.token()));
        shutdown
    }

    /// Sends an order of the buyer: products and quantities, 10.00 each.
    pub(crate) async fn order(&self, order_id: i32, lines: &[(i32, u32)]) {
        let message = order(order_id, BUYER, lines, "10.00");
        append(&self.redis, MessageId::generate(), &message).await;
    }

    /// Waits until every order was decided and every message of it has left.
    pub(crate) async fn settled(&self) {
        let is_done = async || {
            is_drained(&self.redis, ORDERS, GROUP).await && self.count(UNPUBLISHED).await == 0
        };
        eventually(is_done, |is_done| *is_done).await;
    }

    /// Every verdict on the stream.
    pub(crate) async fn verdicts(&self) -> Vec<VerdictReached> {
        let verdict = |message| match message {
            InventoryMessage::VerdictReached(verdict) => Some(verdict),
            InventoryMessage::ProductChanged(_) => None,
        };
        self.inventory()
            .await
            .into_iter()
            .filter_map(verdict)
            .collect()
    }

    /// Every change of a product on the stream.
    pub(crate) async fn changes(&self) -> Vec<ProductChanged> {
        let change = |message| match message {
            InventoryMessage::ProductChanged(change) => Some(change),
            InventoryMessage::VerdictReached(_) => None,
        };
        self.inventory()
            .await
            .into_iter()
            .filter_map(change)
            .collect()
    }

    async fn inventory(&self) -> Vec<InventoryMessage> {
        let entries = entries(&self.redis, InventoryMessage::STREAM).await;
        let decode = |entry| Received::decode(entry).unwrap().message;
        entries.iter().map(decode).collect()
    }

    /// How many of a product are left.
    pub(crate) async fn stock(&self, id: i32) -> i64 {
        self.count(&format!(
            "SELECT quantity::bigint FROM products WHERE id = {id}"
        ))
        .await
    }

    /// The number that a query gives.
    pub(crate) async fn count(&self, query: &str) -> i64 {
        let query = Statement::from_string(sea_orm::DbBackend::Postgres, query);
        let row = self.db.query_one_raw(query).await.unwrap().unwrap();
        row.try_get_by_index(0).unwrap()
    }
}

const UNPUBLISHED: &str = "SELECT count(*) FROM outbox WHERE published_at IS NULL";

/// A guest of a service on this database.
pub(crate) fn client(db: DatabaseConnection, tokens: &TestTokens) -> TestClient {
    let live = Live::new(Shutdown::default().token());
    TestClient::new(routes(db, tokens, live))
}

/// Starts what an instance runs behind its routes, and returns these.
pub(crate) fn routes(db: DatabaseConnection, tokens: &TestTokens, live: Live) -> Router {
    let (showcase, queue) = Showcase::new();
    tokio::spawn(serve_showcase(queue, db.clone()));
    let state = AppState {
        showcase,
        reads: db.clone().into(),
        db,
        outbox: Outbox::default(),
        live,
        studio: Studio::default(),
        tokens: tokens.verifier.clone(),
    };
    CONTRACT.around(with_layers(router(state)))
}

/// A good listing.
pub(crate) fn lamp() -> Value {
    json!({"name": "Lamp", "price": "10.00", "category": "Home", "quantity": 5})
}

/// Lists a product for 10.00.
pub(crate) async fn list(seller: &TestClient, quantity: u32) -> Answer {
    let mut body = lamp();
    body["quantity"] = json!(quantity);
    seller.post(PRODUCTS, body).await
}

/// The id of the product in an answer.
pub(crate) fn id_of(answer: &Answer) -> i32 {
    answer.body["product"]["id"]
        .as_i64()
        .unwrap()
        .try_into()
        .unwrap()
}

/// The ids in a list of products, in its order.
pub(crate) fn ids(list: &Value) -> Vec<i64> {
    let products = list.as_array().unwrap();
    products
        .iter()
        .map(|it| it["id"].as_i64().unwrap())
        .collect()
}

pub(crate) fn path(id: i32) -> String {
    format!("{PRODUCTS}/{id}")
}

pub(crate) fn order(id: i32, buyer: i32, lines: &[(i32, u32)], price: &str) -> OrdersMessage {
    let line = |&(product, quantity): &(i32, u32)| OrderLine {
        product_id: ProductId(product),
        price: price.parse().unwrap(),
        quantity,
    };
    OrdersMessage::OrderCreated(OrderCreated {
        order_id: OrderId(id),
        buyer_id: UserId(buyer),
        lines: lines.iter().map(line).collect(),
    })
}
