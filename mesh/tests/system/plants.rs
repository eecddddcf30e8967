//! A torture that cannot fail proves nothing: each bug that is planted is found and named.

use std::time::Duration;

use mesh::torture::{Course, Invariant, Plant, Verdict, torture};

const LENGTH: Duration = Duration::from_secs(20);

/// Each bug, a seed that draws faults which meet it within seconds (any seed does in the end), and
/// what is broken then.
const PLANTS: [(Plant, u64, Invariant); 5] = [
    (Plant::AckBeforeCommit, 23, Invariant::AcknowledgeLast),
    (Plant::NoInbox, 139, Invariant::Inbox),
    (Plant::PublishWithoutOutbox, 102, Invariant::Outbox),
    (Plant::ReadThenWriteStock, 10, Invariant::StockLock),
    (Plant::DropOnRetry, 55, Invariant::AcknowledgeLast),
];

/// Courses that a bug may take: whether a fault meets it, and what else that looks like, is also a
/// matter of moments.
const COURSES: u64 = 3;

/// What a torture says of this bug: the first that names it, or the last.
async fn tortured(plant: Plant, seed: u64, broken: Invariant) -> Verdict {
    let mut seeds = seed..seed + COURSES;
    loop {
        let course = Course {
            length: LENGTH,
            seed: seeds.next().unwrap(),
            plant: Some(plant),
        };
        let verdict = torture(course).await.unwrap();
        if verdict.broken.iter().eq([&broken]) || seeds.is_empty() {
            return verdict;
        }
    }
}

/// One test, since each torture needs enough of the machine for a fault to hit something.
#[tokio::test]
async fn every_planted_bug_is_found_and_named() {
    for (plant, seed, broken) in PLANTS {
        let verdict = tortured(plant, seed, broken).await;

        assert!(!verdict.is_clean(), "{plant:?}: {verdict}");
        let found: Vec<_> = verdict.broken.iter().copied().collect();
        assert_eq!(found, [broken], "{plant:?}: {verdict}");
    }
}
