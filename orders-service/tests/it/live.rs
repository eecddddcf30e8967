//! The socket of orders and sales: what is heard, by whom, and after what.

use std::net::SocketAddr;

use http::StatusCode;
use orders_service::{Live, tell_news};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use shared::{
    db,
    id::UserId,
    messages::inventory::{ProductChanged, Verdict},
    redis::Redis,
    shutdown::Shutdown,
};
use shared_testing::{TestRedis, TestSocket, serve_router};

use crate::stage::{
    BUYER, ORDERS, OTHER, SELLER, Stage, cart, id_of, item, one_mac, product, routes,
};

/// An instance that listens on a port.
struct Instance {
    address: SocketAddr,
    shutdown: Shutdown,
}

impl Instance {
    /// Of the stage's database, with connections of its own.
    async fn start(stage: &Stage, redis: Redis) -> Self {
        let shutdown = Shutdown::default();
        let db = db::connect(&stage.database_url).await.unwrap();
        let live = Live::new(shutdown.token());
        shutdown.spawn(tell_news(live.clone(), db.clone(), redis));
        let address = serve_router(routes(db, &stage.tokens, live)).await;
        Self { address, shutdown }
    }

    async fn open(&self, token: &str, since: &str) -> Result<TestSocket, StatusCode> {
        let path = format!("{ORDERS}/ws{since}");
        let bearer = format!("Bearer {token}");
        TestSocket::open(self.address, &path, &[("authorization", &bearer)]).await
    }

    /// A socket of a user, and its first message.
    async fn listen(&self, stage: &Stage, user: i32, since: &str) -> (TestSocket, Value) {
        let mut socket = self.open(&stage.tokens.of(user), since).await.unwrap();
        let first = socket.hear().await;
        (socket, first)
    }
}

/// A stage on which messages flow, and an instance of it.
async fn live_stage() -> (Stage, Instance) {
    let stage = Stage::with_catalog().await;
    stage.start_relay(stage.redis.clone());
    let instance = Instance::start(&stage, stage.redis.clone()).await;
    (stage, instance)
}

async fn place(stage: &Stage) -> i64 {
    id_of(&stage.buyer.post(ORDERS, one_mac()).await)
}

/// Whether a message says that an order has this status.
fn says(id: i64, status: &str) -> impl Fn(&Value) -> bool {
    move |message| {
        let orders = message["orders"].as_array().unwrap();
        orders
            .iter()
            .any(|order| order["id"] == id && order["status"] == status)
    }
}

#[tokio::test]
async fn a_buyer_hears_of_their_orders_and_of_no_others() {
    let (stage, instance) = live_stage().await;
    let (mut socket, first) = instance.listen(&stage, BUYER, "").await;
    let theirs = id_of(&stage.other.post(ORDERS, one_mac()).await);
    stage.decide(theirs, Verdict::Completed, &[]).await;

    let id = place(&stage).await;
    let mut heard = vec![socket.hear_until(says(id, "PENDING")).await];
    stage.decide(id, Verdict::Completed, &[]).await;
    heard.push(socket.hear_until(says(id, "COMPLETED")).await);

    assert_eq!(
        (&first["orders"], &first["sales"]),
        (&json!([]), &json!([]))
    );
    assert_eq!(
        (&first["type"], &first["complete"]),
        (&json!("orders"), &json!(true))
    );
    assert!(first["cursor"].is_string());
    let shown = stage.buyer.get(&format!("{ORDERS}/{id}")).await.body;
    let last = &heard[1]["orders"][0];
    assert_eq!(last["settled_at"], shown["settled_at"]);
    for message in &heard {
        assert_eq!(message["orders"].as_array().unwrap().len(), 1);
        assert_eq!(message["sales"], json!([]));
    }
}

#[tokio::test]
async fn whichever_instance_handles_an_order_both_tell_of_it() {
    let (stage, one) = live_stage().await;
    let two = Instance::start(&stage, stage.redis.clone()).await;
    let (mut at_one, _) = one.listen(&stage, BUYER, "").await;
    let (mut at_two, _) = two.listen(&stage, BUYER, "").await;

    let id = place(&stage).await;
    stage.decide(id, Verdict::Failed, &[]).await;

    at_one.hear_until(says(id, "FAILED")).await;
    at_two.hear_until(says(id, "FAILED")).await;
}

#[tokio::test]
async fn a_seller_hears_of_their_sold_lines_and_nothing_of_the_buyer() {
    let (stage, instance) = live_stage().await;
    let foreign = ProductChanged {
        seller_id: UserId(OTHER),
        ..product(3, 1, "Lamp", "12.50")
    };
    stage.announce(&foreign).await;
    stage.informed().await;
    let (mut socket, _) = instance.listen(&stage, SELLER, "").await;

    let lines = [item(1, "999.99", 2), item(3, "12.50", 1)];
    let failed = id_of(&stage.buyer.post(ORDERS, cart(&lines)).await);
    stage.decide(failed, Verdict::Failed, &[]).await;
    let id = id_of(&stage.buyer.post(ORDERS, cart(&lines)).await);
    stage.decide(id, Verdict::Completed, &[]).await;
    let heard = socket
        .hear_until(|message| message["sales"] != json!([]))
        .await;

    let shown = stage.buyer.get(&format!("{ORDERS}/{id}")).await.body;
    let sale = json!({
        "order_id": id, "product_id": 1, "name": "Mac m2", "price": "999.99", "quantity": 2,
        "sold_at": shown["settled_at"],
    });
    assert_eq!(heard["sales"], json!([sale]));
    assert_eq!(heard["orders"], json!([]));
}

#[tokio::test]
async fn an_order_whose_verdict_is_under_way_is_told_once_it_is_final() {
    let stage = Stage::create().await;
    stage.start_relay(stage.redis.clone());
    let instance = Instance::start(&stage, stage.redis.clone()).await;
    let (mut socket, _) = instance.listen(&stage, BUYER, "").await;
    let id = place(&stage).await;
    socket.hear_until(says(id, "PENDING")).await;

    stage.decide(id, Verdict::Completed, &[]).await;
    let next = place(&stage).await;
    socket.hear_until(says(next, "PENDING")).await;
    stage.start_consumer();

    socket.hear_until(says(id, "COMPLETED")).await;
}

#[tokio::test]
async fn who_comes_back_with_a_cursor_has_missed_nothing() {
    let (stage, instance) = live_stage().await;
    let (socket, first) = instance.listen(&stage, BUYER, "").await;
    drop(socket);
    let (done, waiting) = (place(&stage).await, place(&stage).await);
    stage.decide(done, Verdict::Completed, &[]).await;
    stage.informed().await;

    let since = format!("?since={}", first["cursor"].as_str().unwrap());
    let (_socket, buyer) = instance.listen(&stage, BUYER, &since).await;
    let (_socket, seller) = instance.listen(&stage, SELLER, &since).await;
    let (_socket, fresh) = instance.listen(&stage, BUYER, "").await;

    assert!(says(done, "COMPLETED")(&buyer) && says(waiting, "PENDING")(&buyer));
    assert_eq!(buyer["complete"], true);
    assert_eq!(seller["sales"][0]["order_id"], done);
    assert_eq!(fresh["orders"], json!([]));
}

#[tokio::test]
async fn what_is_too_much_to_tell_is_said_to_be_incomplete() {
    let (stage, instance) = live_stage().await;
    let (_socket, first) = instance.listen(&stage, BUYER, "").await;
    let many = format!(
        "INSERT INTO orders (user_id, total_price) SELECT {BUYER}, 1 FROM generate_series(1, 201)"
    );
    stage.db.execute_unprepared(&many).await.unwrap();

    let since = format!("?since={}", first["cursor"].as_str().unwrap());
    let (_socket, back) = instance.listen(&stage, BUYER, &since).await;

    assert_eq!(back["complete"], false);
    assert_eq!(back["orders"].as_array().unwrap().len(), 200);
}

#[tokio::test]
async fn what_happens_while_redis_is_away_is_told_when_it_is_back() {
    let stage = Stage::with_catalog().await;
    let (linked, link) = TestRedis::linked(&stage.redis).await;
    let instance = Instance::start(&stage, linked).await;
    let (mut socket, _) = instance.listen(&stage, BUYER, "").await;
    stage.start_relay(stage.redis.clone());
    let before = place(&stage).await;
    socket.hear_until(says(before, "PENDING")).await;

    link.cut();
    let id = place(&stage).await;
    stage.decide(id, Verdict::Completed, &[]).await;
    stage.informed().await;
    link.restore();

    socket.hear_until(says(id, "COMPLETED")).await;
}

#[tokio::test]
async fn a_verdict_of_an_outage_is_told_although_it_takes_effect_later() {
    let stage = Stage::create().await;
    let (linked, link) = TestRedis::linked(&stage.redis).await;
    let instance = Instance::start(&stage, linked).await;
    let (mut socket, _) = instance.listen(&stage, BUYER, "").await;
    stage.start_relay(stage.redis.clone());
    // Nobody consumes verdicts yet; this one shows that the instance hears them.
    let before = place(&stage).await;
    let settle = "UPDATE orders SET status = 'COMPLETED', settled_at = now()";
    stage.db.execute_unprepared(settle).await.unwrap();
    stage.decide(before, Verdict::Completed, &[]).await;
    socket.hear_until(says(before, "COMPLETED")).await;

    link.cut();
    let id = place(&stage).await;
    stage.decide(id, Verdict::Completed, &[]).await;
    link.restore();
    socket.hear_until(says(id, "PENDING")).await;
    stage.start_consumer();

    socket.hear_until(says(id, "COMPLETED")).await;
}

#[tokio::test]
async fn strangers_and_what_is_no_cursor_are_refused() {
    let (stage, instance) = live_stage().await;
    let token = stage.tokens.of(BUYER);
    let bearer = format!("Bearer {token}");
    let path = format!("{ORDERS}/ws");
    let own = format!("http://{}", instance.address);
    let page_of = async |origin| {
        let headers = [("authorization", bearer.as_str()), ("origin", origin)];
        TestSocket::open(instance.address, &path, &headers).await
    };

    let guest = TestSocket::open(instance.address, &path, &[]).await.err();
    let page = page_of("http://evil.example").await;
    let own = page_of(&own).await;
    let broken = instance.open(&token, "?since=yesterday").await.err();
    let plain = stage.buyer.get(&path).await;

    assert_eq!(guest, Some(StatusCode::UNAUTHORIZED));
    assert_eq!(page.err(), Some(StatusCode::FORBIDDEN));
    assert!(own.is_ok());
    assert_eq!(broken, Some(StatusCode::BAD_REQUEST));
    assert_eq!(plain.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_socket_ends_with_the_session_that_opened_it() {
    let (stage, instance) = live_stage().await;
    let token = stage.tokens.of(BUYER);
    let mut socket = instance.open(&token, "").await.unwrap();
    let (mut other, _) = instance.listen(&stage, BUYER, "").await;

    stage.tokens.end_session(&token);

    assert_eq!(socket.closed().await, Some(4401));
    let id = place(&stage).await;
    other.hear_until(says(id, "PENDING")).await;
}

#[tokio::test]
async fn the_eleventh_socket_of_a_user_is_closed_and_the_others_stay() {
    let (stage, instance) = live_stage().await;
    let mut sockets = Vec::new();
    for _ in 0..10 {
        sockets.push(instance.listen(&stage, BUYER, "").await.0);
    }

    let mut eleventh = instance.open(&stage.tokens.of(BUYER), "").await.unwrap();
    assert_eq!(eleventh.closed().await, Some(4429));

    let id = place(&stage).await;
    for socket in &mut sockets {
        socket.hear_until(says(id, "PENDING")).await;
    }
}

#[tokio::test]
async fn a_process_that_stops_tells_its_listeners_to_come_again() {
    let (stage, instance) = live_stage().await;
    let (mut socket, _) = instance.listen(&stage, BUYER, "").await;

    instance.shutdown.trigger();

    assert_eq!(socket.closed().await, Some(1012));
    instance.shutdown.finish().await;
}
