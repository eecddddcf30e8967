//! How many requests one client may send.

use std::{
    num::NonZero,
    sync::atomic::{AtomicUsize, Ordering},
};

use frontend_proxy::{Assets, Lasting, QuotaSettings, RateLimitSettings, Settings, Site};
use http::Method;
use shared::redis::Redis;
use shared_testing::{TestRedis, eventually};

use crate::{
    service::Service,
    stage::{Reply, Stage, settings},
};

/// Of a client that a trusted proxy names.
const ONE: (&str, &str) = ("x-forwarded-for", "198.51.100.1");
const OTHER: (&str, &str) = ("x-forwarded-for", "198.51.100.2");

/// The default limits, but so slow to recover that no test sees it.
fn slow(settings: &mut Settings) {
    let limits = &mut settings.rate_limits;
    *limits = RateLimitSettings::default();
    limits.redis_deadline_ms = 20_000;
    limits.per_address = quota(500);
    for class in &mut limits.classes {
        class.seconds = NonZero::new(86_400).unwrap();
    }
    settings.trusted_proxies = Some("127.0.0.0/8".parse().unwrap());
}

fn quota(requests: u32) -> QuotaSettings {
    QuotaSettings {
        requests: NonZero::new(requests).unwrap(),
        seconds: NonZero::new(86_400).unwrap(),
        burst: None,
    }
}

async fn sharing(redis: Redis, service: &Service, set: impl FnOnce(&mut Settings)) -> Stage {
    let mut settings = settings([&service.address.to_string(); 3]);
    slow(&mut settings);
    set(&mut settings);
    let assets = Assets::plain();
    Stage::open_with(Site { settings, assets }, Lasting::with(redis)).await
}

async fn order(stage: &Stage, user: i32, client: (&str, &str)) -> Reply {
    let cookie = format!("token={}", stage.keys.token_of(user));
    let headers = [client, ("cookie", &cookie)];
    stage
        .send(Method::POST, "/api/orders", &headers, "{}")
        .await
}

/// How many of so many orders pass.
async fn ordered(stage: &Stage, user: i32, count: usize) -> usize {
    let mut passed = 0;
    for _ in 0..count {
        let status = order(stage, user, ONE).await.status;
        assert!([200, 429].contains(&status.as_u16()), "{status}");
        passed += usize::from(status == 200);
    }
    passed
}

#[tokio::test]
async fn an_address_that_asks_too_often_is_refused_and_another_is_not() {
    let service = Service::echoing().await;
    let stage = Stage::set(&service, |settings| {
        slow(settings);
        settings.rate_limits.per_address = quota(20);
    });
    let stage = stage.await;

    for _ in 0..20 {
        let reply = stage.get_with("/api/products/", &[ONE]).await;
        assert_eq!(reply.status, 200);
    }
    let refused = stage.get_with("/api/products/", &[ONE]).await;
    let nothing = stage.get_with("/api/nothing", &[ONE]).await;
    let other = stage.get_with("/api/products/", &[OTHER]).await;

    refused.assert_refused(429, "RATE_LIMITED");
    assert_eq!(refused.header("ratelimit-limit"), Some("20"));
    assert_eq!(refused.header("ratelimit-remaining"), Some("0"));
    let wait: u32 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=4320).contains(&wait), "{wait}");
    assert_eq!(nothing.status, 429);
    assert_eq!(other.status, 200);
    assert_eq!(service.requests(), 21);
}

#[tokio::test]
async fn pages_and_health_are_not_counted() {
    let service = Service::echoing().await;
    let stage = Stage::set(&service, |settings| {
        slow(settings);
        settings.rate_limits.per_address = quota(1);
    });
    let stage = stage.await;

    for _ in 0..3 {
        assert_eq!(stage.get("/").await.status, 200);
        assert_eq!(stage.get("/health").await.status, 200);
    }
    assert_eq!(stage.get("/v1/products/").await.status, 200);
    assert_eq!(stage.get("/v1/products/").await.status, 429);
}

#[tokio::test]
async fn the_eleventh_order_is_refused_and_other_users_are_not() {
    let service = Service::echoing().await;
    let stage = Stage::set(&service, slow).await;

    let first = order(&stage, 1, ONE).await;
    assert_eq!(first.header("ratelimit-limit"), Some("10"));
    assert_eq!(first.header("ratelimit-remaining"), Some("9"));
    assert_eq!(ordered(&stage, 1, 9).await, 9);

    let elsewhere = order(&stage, 1, OTHER).await;
    elsewhere.assert_refused(429, "RATE_LIMITED");
    assert_eq!(order(&stage, 2, ONE).await.status, 200);
    let cookie = format!("token={}", stage.keys.token_of(1));
    let read = stage.get_with("/api/orders", &[("cookie", &cookie)]).await;
    assert_eq!(read.status, 200, "reading orders is another class");
    assert_eq!(read.header("ratelimit-limit"), None);
}

#[tokio::test]
async fn logins_are_counted_by_address_whoever_is_signed_in() {
    let service = Service::echoing().await;
    let stage = Stage::set(&service, slow).await;
    let login = async |user: i32, path: &str, client| {
        let cookie = format!("token={}", stage.keys.token_of(user));
        let headers = [client, ("cookie", cookie.as_str())];
        let reply = stage.send(Method::POST, path, &headers, "{}").await;
        reply.status.as_u16()
    };

    for user in 1..=3 {
        assert_eq!(login(user, "/api/auth/login", ONE).await, 200);
    }
    assert_eq!(login(4, "/auth/login/", ONE).await, 200);
    assert_eq!(login(5, "/v1/auth/signup", ONE).await, 200);
    assert_eq!(login(6, "/api/auth/login", ONE).await, 429);
    assert_eq!(login(6, "/api/auth/login", OTHER).await, 200);
    assert_eq!(login(6, "/api/auth/logout", ONE).await, 200);
}

#[tokio::test]
async fn an_account_is_changed_so_often_and_a_demo_begun_so_often() {
    let service = Service::echoing().await;
    let stage = Stage::set(&service, slow).await;
    let cookie = format!("token={}", stage.keys.token_of(1));
    let passed = async |method: Method, path: &str, count: usize| {
        let mut passed = 0;
        for _ in 0..count {
            let headers = [("cookie", cookie.as_str())];
            let reply = stage.send(method.clone(), path, &headers, "{}").await;
            passed += usize::from(reply.status == 200);
        }
        passed
    };

    assert_eq!(passed(Method::PATCH, "/api/auth/me", 12).await, 10);
    assert_eq!(passed(Method::GET, "/api/auth/me", 12).await, 12);
    assert_eq!(passed(Method::POST, "/api/auth/demo-login", 20).await, 20);
    assert_eq!(passed(Method::GET, "/v1/auth/demo", 12).await, 10);
    assert_eq!(passed(Method::HEAD, "/v1/auth/demo", 1).await, 0);
}

#[tokio::test]
async fn a_made_up_address_evades_no_limit() {
    let service = Service::echoing().await;
    let stage = Stage::set(&service, |settings| {
        slow(settings);
        settings.trusted_proxies = None;
    });
    let stage = stage.await;
    let mut passed = 0;

    for number in 0..12 {
        let made_up = format!("198.51.100.{number}");
        let names = ["x-forwarded-for", "x-real-ip", "forwarded", "x-client-ip"];
        let headers = names.map(|name| (name, made_up.as_str()));
        let reply = stage.send(Method::POST, "/api/auth/login", &headers, "{}");
        passed += usize::from(reply.await.status == 200);
    }

    assert_eq!(passed, 5);
}

#[tokio::test]
async fn switched_off_nobody_is_refused() {
    let service = Service::echoing().await;
    let stage = Stage::before(&service).await;

    assert_eq!(ordered(&stage, 1, 30).await, 30);
}

#[tokio::test]
async fn proxies_that_share_a_redis_count_orders_as_one() {
    let service = Service::echoing().await;
    let redis = TestRedis::create();
    let one = sharing(redis.clone(), &service, |_| ()).await;
    let two = sharing(redis, &service, |_| ()).await;

    let passed = tokio::join!(ordered(&one, 1, 8), ordered(&two, 1, 8));

    assert_eq!(passed.0 + passed.1, 10);
    assert_eq!(ordered(&two, 2, 1).await, 1);
}

#[tokio::test]
async fn proxies_that_share_a_redis_learn_how_often_an_address_asked_the_others() {
    let service = Service::echoing().await;
    let redis = TestRedis::create();
    let set = |settings: &mut Settings| settings.rate_limits.per_address = quota(200);
    let one = sharing(redis.clone(), &service, set).await;
    let two = sharing(redis, &service, set).await;
    for _ in 0..200 {
        assert_eq!(one.get_with("/api/products/", &[ONE]).await.status, 200);
    }

    let passed = AtomicUsize::new(0);
    eventually(
        || two.get_with("/api/products/", &[ONE]),
        |reply| {
            passed.fetch_add(usize::from(reply.status == 200), Ordering::Relaxed);
            reply.status == 429
        },
    )
    .await;

    let passed = passed.into_inner();
    assert!(
        (1..200).contains(&passed),
        "alone it would let 200 pass: {passed}"
    );
}

#[tokio::test]
async fn without_redis_a_proxy_counts_alone_and_goes_on_where_it_was() {
    let service = Service::echoing().await;
    let (redis, link) = TestRedis::linked(&TestRedis::create()).await;
    let stage = sharing(redis, &service, |_| ()).await;
    assert_eq!(ordered(&stage, 1, 4).await, 4);

    link.cut();

    assert_eq!(ordered(&stage, 1, 8).await, 6);
    assert_eq!(ordered(&stage, 2, 11).await, 10);
}

#[tokio::test]
async fn a_redis_that_is_silent_holds_nobody_up() {
    let service = Service::echoing().await;
    // Takes connections and says nothing.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let redis = Redis::new(&shared::config::RedisConfig {
        redis_url: format!("redis://{}", silent.local_addr().unwrap()),
        redis_key_prefix: String::new(),
    });
    let stage = sharing(redis.unwrap(), &service, |settings| {
        settings.rate_limits.redis_deadline_ms = 1;
    });
    let stage = stage.await;

    assert_eq!(ordered(&stage, 1, 11).await, 10);
}

#[tokio::test]
async fn what_was_counted_outlives_a_new_configuration() {
    let service = Service::echoing().await;
    let mut stage = Stage::set(&service, slow).await;
    assert_eq!(ordered(&stage, 1, 10).await, 10);

    let mut settings = settings([&service.address.to_string(); 3]);
    slow(&mut settings);
    let assets = Assets::plain();
    stage.door.renew(Site { settings, assets }).await;

    assert_eq!(ordered(&stage, 1, 1).await, 0);
}
