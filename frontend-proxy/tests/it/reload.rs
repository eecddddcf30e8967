//! A configuration that is read again while requests are under way.

use std::{
    fs,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    time::Duration,
};

use frontend_proxy::{Assets, Site};
use http::Method;
use shared_testing::eventually;

use crate::{
    config::File,
    program::Program,
    service::{Service, text},
    stage::{Stage, connect, get, read, request, settings},
};

async fn named(name: &'static str) -> Service {
    Service::answering("127.0.0.1:0", move |_| async move { text(name) }).await
}

fn site(service: &Service) -> Site {
    let address = service.address.to_string();
    Site {
        settings: settings([&address; 3]),
        assets: Assets::plain(),
    }
}

#[tokio::test]
async fn the_next_request_of_an_open_connection_finds_the_new_configuration() {
    let (old, new) = (named("old").await, named("new").await);
    let mut stage = Stage::before(&old).await;
    let mut client = stage.connect().await;
    let mut bodies = Vec::new();

    for _ in 0..2 {
        client.ready().await.unwrap();
        let request = request(Method::GET, "/api/products/", "");
        bodies.push(read(client.send_request(request).await.unwrap()).await.body);
        stage.door.renew(site(&new)).await;
    }

    assert_eq!(bodies, ["old", "new"]);
}

#[tokio::test]
async fn what_was_learnt_of_a_service_outlives_a_reading_of_the_configuration() {
    let hanging = Service::answering("127.0.0.1:0", |_| std::future::pending()).await;
    let impatient = || {
        let mut site = site(&hanging);
        site.settings.upstreams.products.answer_deadline = Duration::from_millis(50);
        site.settings.upstreams.products.breaker.failures = 1;
        site.settings.upstreams.products.breaker.open = Duration::from_mins(1);
        site
    };
    let mut stage = Stage::open(impatient()).await;
    let found_out = stage.get("/api/products/").await;

    stage.door.renew(impatient()).await;
    let left_alone = stage.get("/api/products/").await;

    assert_eq!(found_out.status, 504);
    left_alone.assert_refused(503, "UNAVAILABLE");
    assert_eq!(hanging.requests(), 1);
}

#[tokio::test]
async fn no_request_fails_while_the_configuration_is_read_again() {
    let service = named("one").await;
    let mut stage = Stage::before(&service).await;
    let (is_over, answered) = (AtomicBool::new(false), AtomicUsize::new(0));
    let address = stage.address;
    let ask = async || {
        let mut client = connect(address).await;
        while !is_over.load(Ordering::Relaxed) {
            client.ready().await.unwrap();
            let request = request(Method::POST, "/api/products/", "{}");
            let reply = read(client.send_request(request).await.unwrap()).await;
            assert_eq!((reply.status.as_u16(), &reply.body[..]), (200, &b"one"[..]));
            answered.fetch_add(1, Ordering::Relaxed);
        }
    };
    let renew = async {
        for round in 1..=50 {
            stage.door.renew(site(&service)).await;
            // Some requests between one renewal and the next, however slow the machine is.
            let seen = async || answered.load(Ordering::Relaxed);
            eventually(seen, |seen| *seen >= round * 4).await;
        }
        is_over.store(true, Ordering::Relaxed);
    };

    tokio::join!(ask(), ask(), ask(), ask(), renew);

    assert_eq!(service.requests(), answered.into_inner());
}

#[tokio::test]
async fn a_hangup_makes_the_program_read_its_file_again_and_a_fault_in_it_changes_nothing() {
    let (old, new) = (named("old").await, named("new").await);
    let text = |service: &Service| {
        format!(
            "[[listener]]\naddress = \"127.0.0.1:0\"\n\
             [upstreams.products]\naddresses = [\"{}\"]\n",
            service.address
        )
    };
    let file = File::of(&text(&old));
    let mut program = Program::start(&file);
    let address = program.address();

    let first = get(address, "/api/products/").await.body;
    fs::write(&file.0, text(&new)).unwrap();
    program.hang_up();
    program.said("the configuration was read again");
    let second = get(address, "/api/products/").await.body;
    fs::write(&file.0, "nonsense = 1\n").unwrap();
    program.hang_up();
    let complaint = program.said("the old configuration stays");
    let third = get(address, "/api/products/").await.body;

    assert_eq!([first, second, third], ["old", "new", "new"]);
    let complaint = complaint["error"].as_str().unwrap();
    assert!(complaint.contains("toml:1: unknown field"), "{complaint}");
}
