//! A torture that cannot fail proves nothing: each bug that is planted is found and named.
//!
//! Each seed draws faults that meet its bug within seconds; any seed meets it in the end.

use std::time::Duration;

use mesh::torture::{Course, Invariant, Plant, torture};
use tokio::sync::Mutex;

const LENGTH: Duration = Duration::from_secs(30);

/// One at a time: on a busy machine there is too little load for a fault to hit.
static TURN: Mutex<()> = Mutex::const_new(());

/// What a torture of services with this bug finds broken.
async fn broken_by(plant: Plant, seed: u64) -> Vec<Invariant> {
    let _turn = TURN.lock().await;
    let course = Course {
        length: LENGTH,
        seed,
        plant: Some(plant),
    };
    let verdict = torture(course).await.unwrap();
    assert!(!verdict.is_clean(), "{verdict}");
    verdict.broken.into_iter().collect()
}

#[tokio::test]
async fn entries_that_are_acknowledged_before_their_commit_are_found() {
    let broken = broken_by(Plant::AckBeforeCommit, 23).await;

    assert_eq!(broken, [Invariant::AcknowledgeLast]);
}

#[tokio::test]
async fn messages_that_are_applied_twice_are_found() {
    let broken = broken_by(Plant::NoInbox, 139).await;

    assert_eq!(broken, [Invariant::Inbox]);
}

#[tokio::test]
async fn messages_without_an_outbox_are_found() {
    let broken = broken_by(Plant::PublishWithoutOutbox, 102).await;

    assert_eq!(broken, [Invariant::Outbox]);
}

#[tokio::test]
async fn stock_that_is_read_and_then_written_is_found() {
    let broken = broken_by(Plant::ReadThenWriteStock, 10).await;

    assert_eq!(broken, [Invariant::StockLock]);
}

#[tokio::test]
async fn messages_that_are_dropped_when_they_come_again_are_found() {
    let broken = broken_by(Plant::DropOnRetry, 55).await;

    assert_eq!(broken, [Invariant::AcknowledgeLast]);
}
