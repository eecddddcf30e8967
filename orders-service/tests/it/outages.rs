//! Orders while something is away, or overloaded.

use futures_util::future::join_all;
use http::{StatusCode, header};
use sea_orm::{ConnectionTrait, TransactionTrait};
use shared::db;
use shared_testing::{TestLink, TestRedis, eventually};

use crate::stage::{ORDERS, Stage, id_of, one_mac, start};

#[tokio::test]
async fn while_redis_is_away_orders_are_accepted_and_announced_later() {
    let stage = Stage::create().await;
    let (redis, link) = TestRedis::linked(&stage.redis).await;
    stage.start_relay(redis);
    stage.buyer.post(ORDERS, one_mac()).await;
    stage.announced(1).await;
    // The relay knows it too.
    let unpublished = async || stage.count("outbox WHERE published_at IS NULL").await;
    eventually(unpublished, |count| *count == 0).await;

    link.cut();
    let answers = join_all((0..5).map(|_| stage.buyer.post(ORDERS, one_mac()))).await;
    assert!(
        answers
            .iter()
            .all(|answer| answer.status == StatusCode::CREATED)
    );
    assert_eq!(stage.announced(1).await.len(), 1);
    link.restore();

    let announced = stage.announced(6).await;
    let announced: Vec<_> = announced
        .iter()
        .map(|it| i64::from(it.order_id.0))
        .collect();
    assert_eq!(announced.len(), 6);
    assert!(
        answers
            .iter()
            .all(|answer| announced.contains(&id_of(answer)))
    );
}

#[tokio::test]
async fn while_the_database_is_away_the_answer_is_try_again() {
    let stage = Stage::create().await;
    let link = TestLink::to(&stage.database_url).await;
    let linked = start(db::connect(link.url()).await.unwrap(), &stage.tokens);
    let buyer = linked
        .bearing(&stage.tokens.of(2))
        .with("idempotency-key", "checkout-1");
    assert_eq!(buyer.get(ORDERS).await.status, StatusCode::OK);

    link.cut();
    for answer in [buyer.post(ORDERS, one_mac()).await, buyer.get(ORDERS).await] {
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(answer.body["code"], "UNAVAILABLE");
        assert!(answer.headers.contains_key(header::RETRY_AFTER));
    }

    link.restore();
    let place = || buyer.post(ORDERS, one_mac());
    eventually(place, |answer| answer.status == StatusCode::CREATED).await;
    assert_eq!(stage.count("orders").await, 1);
    assert_eq!(stage.count("outbox").await, 1);
}

#[tokio::test]
async fn more_orders_than_may_wait_are_told_to_try_again() {
    let stage = Stage::create().await;
    let lock = stage.db.begin().await.unwrap();
    lock.execute_unprepared("LOCK TABLE orders").await.unwrap();
    let orders = join_all((0..1200).map(|_| stage.buyer.post(ORDERS, one_mac())));
    let release = async {
        // By now every order waits or was refused: nothing else happens while the lock is held.
        let waiting = "pg_locks JOIN pg_database ON pg_database.oid = database
                       WHERE datname = current_database() AND NOT granted";
        eventually(|| stage.count(waiting), |count| *count > 0).await;
        lock.commit().await.unwrap();
    };

    let (answers, ()) = tokio::join!(orders, release);

    let (stored, refused): (Vec<_>, Vec<_>) = answers
        .iter()
        .partition(|answer| answer.status == StatusCode::CREATED);
    assert!(stored.len() >= 1024, "{} stored", stored.len());
    assert!(!refused.is_empty());
    for answer in refused {
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(answer.headers[header::RETRY_AFTER], "1");
    }
    assert_eq!(
        stage.count("orders").await,
        i64::try_from(stored.len()).unwrap()
    );
}
