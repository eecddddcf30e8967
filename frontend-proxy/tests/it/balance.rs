//! Several instances of a service, of which some come, go or hang.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use frontend_proxy::{Assets, Settings, Site};
use http::{Method, StatusCode};
use shared_testing::eventually;
use tokio::{net::TcpListener, sync::Notify};

use crate::{
    service::{Service, text},
    stage::{Stage, connect, read, request, settings},
};

/// Often enough that a test need not wait.
const INTERVAL: Duration = Duration::from_millis(20);

fn watching(addresses: &str) -> Settings {
    let mut settings = settings([addresses; 3]);
    let upstreams = &mut settings.upstreams;
    for upstream in [
        &mut upstreams.auth,
        &mut upstreams.products,
        &mut upstreams.orders,
    ] {
        upstream.health_check.interval = INTERVAL;
    }
    settings
}

async fn stage(settings: Settings) -> Stage {
    let assets = Assets::plain();
    Stage::open(Site { settings, assets }).await
}

/// A service that says whether it is ready, and whose answers carry its name.
async fn named(name: &'static str, is_ready: Arc<AtomicBool>) -> Service {
    Service::answering("127.0.0.1:0", move |request| {
        let is_check = request.uri().path() == "/health/ready";
        let mut answer = text(name);
        if is_check && !is_ready.load(Ordering::SeqCst) {
            *answer.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        }
        async { answer }
    })
    .await
}

async fn ready(name: &'static str) -> Service {
    named(name, Arc::new(AtomicBool::new(true))).await
}

/// Who answers eight requests, in alphabetical order.
async fn answering(stage: &Stage) -> Vec<String> {
    let mut names = Vec::new();
    for _ in 0..8 {
        let body = stage.get("/api/products/").await.body;
        names.push(String::from_utf8(body.to_vec()).unwrap());
    }
    names.sort_unstable();
    names.dedup();
    names
}

#[tokio::test]
async fn requests_of_one_connection_are_spread_over_all_instances() {
    let (one, two) = (ready("one").await, ready("two").await);
    let addresses = format!("{},{}", one.address, two.address);
    let stage = Stage::with(&addresses, Assets::plain()).await;
    let mut client = stage.connect().await;

    for _ in 0..10 {
        client.ready().await.unwrap();
        let request = request(Method::GET, "/api/products/", "");
        read(client.send_request(request).await.unwrap()).await;
    }

    assert_eq!((one.requests(), two.requests()), (5, 5));
}

#[tokio::test]
async fn an_instance_that_is_not_ready_gets_no_request_until_it_is() {
    let is_ready = Arc::new(AtomicBool::new(false));
    let (one, two) = (
        ready("one").await,
        named("two", Arc::clone(&is_ready)).await,
    );
    let stage = stage(watching(&format!("{},{}", one.address, two.address))).await;

    eventually(async || answering(&stage).await, |it| *it == ["one"]).await;
    is_ready.store(true, Ordering::SeqCst);
    eventually(async || answering(&stage).await, |it| it.len() == 2).await;
    is_ready.store(false, Ordering::SeqCst);
    eventually(async || answering(&stage).await, |it| *it == ["one"]).await;
}

#[tokio::test]
async fn a_service_of_which_no_instance_is_ready_still_answers_for_itself() {
    let one = named("one", Arc::new(AtomicBool::new(false))).await;
    let stage = stage(watching(&one.address.to_string())).await;

    // Until it was asked whether it is ready, several times.
    let asked = async || one.requests();
    eventually(asked, |asked| *asked > 8).await;

    assert_eq!(answering(&stage).await, ["one"]);
}

#[tokio::test]
async fn killing_one_of_two_instances_under_load_fails_no_read() {
    let (one, two) = (ready("one").await, ready("two").await);
    let stage = stage(watching(&format!("{},{}", one.address, two.address))).await;
    let (answered, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
    let address = stage.address;
    let ask = async || {
        let mut client = connect(address).await;
        while !is_over.load(Ordering::Relaxed) {
            client.ready().await.unwrap();
            let request = request(Method::GET, "/api/products/", "");
            let reply = read(client.send_request(request).await.unwrap()).await;
            assert_eq!(reply.status, 200, "{reply:?}");
            answered.fetch_add(1, Ordering::Relaxed);
        }
    };
    let kill = async {
        let seen = async || answered.load(Ordering::Relaxed);
        eventually(seen, |seen| *seen > 100).await;
        one.kill().await;
        let before = answered.load(Ordering::Relaxed);
        eventually(seen, |seen| *seen > before + 200).await;
        is_over.store(true, Ordering::Relaxed);
    };

    tokio::join!(ask(), ask(), ask(), ask(), kill);

    assert!(one.requests() > 0 && two.requests() > 0);
}

#[tokio::test]
async fn an_instance_that_comes_back_gets_requests_again() {
    let (one, two) = (ready("one").await, ready("two").await);
    let stage = stage(watching(&format!("{},{}", one.address, two.address))).await;
    one.kill().await;
    eventually(async || answering(&stage).await, |it| *it == ["two"]).await;

    let address = one.address.to_string();
    let _back = Service::answering(&address, async |_| text("one")).await;

    eventually(async || answering(&stage).await, |it| it.len() == 2).await;
}

#[tokio::test]
async fn a_service_that_hangs_is_given_up_on_at_once_and_the_others_are_not() {
    let catalogue = ready("catalogue").await;
    // It accepts and says nothing, as a stopped process does.
    let hanging = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut settings = watching(&catalogue.address.to_string());
    let orders = &mut settings.upstreams.orders;
    let address = hanging.local_addr().unwrap().to_string();
    orders.addresses = Some(address.parse().unwrap());
    orders.health_check.deadline = INTERVAL;
    let stage = stage(settings).await;
    let cookie = format!("token={}", stage.keys.token_of(1));
    let headers = [("cookie", cookie.as_str())];

    // Nobody has to ask for it to be found out.
    let ask = async || {
        let begun = Instant::now();
        let reply = stage.get_with("/api/orders", &headers);
        let reply = tokio::time::timeout(Duration::from_secs(2), reply).await;
        (reply.ok(), begun.elapsed())
    };
    let (reply, _) = eventually(ask, |(reply, _)| reply.is_some()).await;

    let reply = reply.unwrap();
    reply.assert_refused(503, "UNAVAILABLE");
    assert!(reply.header("retry-after").is_some());
    assert_eq!(answering(&stage).await, ["catalogue"]);
}

#[tokio::test]
async fn requests_without_an_answer_open_the_breaker_and_one_with_an_answer_closes_it() {
    let proceed = Arc::new(AtomicBool::new(false));
    let hangs = Arc::clone(&proceed);
    let service = Service::answering("127.0.0.1:0", move |_| {
        let hangs = !hangs.load(Ordering::SeqCst);
        async move {
            if hangs {
                std::future::pending::<()>().await;
            }
            text("back")
        }
    });
    let service = service.await;
    let mut settings = settings([&service.address.to_string(); 3]);
    let products = &mut settings.upstreams.products;
    products.answer_deadline = Duration::from_millis(50);
    products.breaker.failures = 3;
    products.breaker.open = Duration::from_millis(300);
    let stage = stage(settings).await;
    let ask = async || stage.get("/api/products/").await;

    for _ in 0..3 {
        let unanswered = ask().await;
        unanswered.assert_refused(504, "GATEWAY_TIMEOUT");
        assert!(unanswered.header("retry-after").is_some());
    }
    // The next one, unless the machine stood still for so long that it was a trial.
    let refused = eventually(ask, |reply| reply.status == 503).await;
    proceed.store(true, Ordering::SeqCst);

    refused.assert_refused(503, "UNAVAILABLE");
    assert!(refused.header("retry-after").is_some());
    eventually(async || answering(&stage).await, |it| *it == ["back"]).await;
}

#[tokio::test]
async fn nobody_waits_for_a_service_that_is_left_alone() {
    let service = Service::answering("127.0.0.1:0", async |_| std::future::pending().await).await;
    let mut settings = settings([&service.address.to_string(); 3]);
    let products = &mut settings.upstreams.products;
    products.answer_deadline = Duration::from_secs(3);
    products.breaker.failures = 1;
    products.breaker.open = Duration::ZERO;
    let stage = stage(settings).await;
    stage
        .get("/api/products/")
        .await
        .assert_refused(504, "GATEWAY_TIMEOUT");

    let begun = Instant::now();
    let trial = stage.get("/api/products/").await;

    trial.assert_refused(503, "UNAVAILABLE");
    assert!(begun.elapsed() < Duration::from_secs(3));
}

#[tokio::test]
async fn a_path_may_have_a_deadline_of_its_own() {
    let service = Service::answering("127.0.0.1:0", async |_| std::future::pending().await).await;
    let mut settings = settings([&service.address.to_string(); 3]);
    let soon = Duration::from_millis(10).into();
    settings.deadlines.insert("/api/products/".to_owned(), soon);
    let stage = stage(settings).await;

    let reply = stage.get("/api/products/public").await;

    reply.assert_refused(504, "GATEWAY_TIMEOUT");
}

#[tokio::test]
async fn only_so_many_requests_may_wait_for_a_service() {
    let (arrived, proceed) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (tell, wait) = (Arc::clone(&arrived), Arc::clone(&proceed));
    let service = Service::answering("127.0.0.1:0", move |_| {
        let (tell, wait) = (Arc::clone(&tell), Arc::clone(&wait));
        async move {
            tell.notify_one();
            wait.notified().await;
            text("done")
        }
    });
    let service = service.await;
    let mut settings = settings([&service.address.to_string(); 3]);
    settings.upstreams.products.max_waiting = 1;
    let stage = stage(settings).await;
    let address = stage.address;
    let first = tokio::spawn(async move { crate::stage::get(address, "/api/products/").await });
    arrived.notified().await;

    let second = stage.get("/api/products/").await;
    proceed.notify_one();
    let first = first.await.unwrap();
    proceed.notify_one();
    let third = stage.get("/api/products/").await;

    second.assert_refused(503, "UNAVAILABLE");
    assert_eq!([first.status, third.status], [200, 200]);
}
