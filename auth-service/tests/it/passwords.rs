//! The password pool: bounded, and never cheap.

use auth_service::{Config, Passwords};
use clap::Parser;
use futures_util::future::join_all;
use http::StatusCode;

use crate::stage::{Stage, retry_after};

#[tokio::test]
async fn more_than_a_hundred_waiting_checks_are_told_to_try_again() {
    let stage = Stage::create().await;

    let names: Vec<_> = (0..150).map(|number| format!("zoe{number}")).collect();
    let answers = join_all(names.iter().map(|name| stage.sign_up(name))).await;

    let (stored, refused): (Vec<_>, Vec<_>) = answers
        .iter()
        .partition(|answer| answer.status == StatusCode::CREATED);
    assert!(stored.len() >= 100, "{} stored", stored.len());
    assert!(!refused.is_empty());
    for answer in refused {
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(answer.body["code"], "UNAVAILABLE");
        let wait = retry_after(answer);
        assert!((2..=6).contains(&wait), "{wait}");
    }
    assert_eq!(stage.sign_up("later").await.status, StatusCode::CREATED);
}

#[test]
fn a_cost_that_bcrypt_does_not_know_is_refused() {
    assert!(Passwords::new(3).is_err());
    assert!(Passwords::new(32).is_err());
}

#[test]
fn a_service_cannot_be_started_with_a_cost_below_ten() {
    let start = |cost: &str| {
        let required = [
            "--database-url=a",
            "--token-signing-key-file=a",
            "--redis-url=a",
        ];
        let others = ["--token-public-keys-file=a", "--bcrypt-cost", cost];
        Config::try_parse_from(["auth-service"].into_iter().chain(required).chain(others))
    };

    assert_eq!(start("10").ok().unwrap().accounts.bcrypt_cost, 10);
    assert!(start("9").is_err());
    assert!(start("17").is_err());
}
