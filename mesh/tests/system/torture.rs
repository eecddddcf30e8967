//! A short torture: it takes minutes to meet everything, but this meets half of it.

use std::time::Duration;

/// As long as the faults need to fall into each other.
const LENGTH: Duration = Duration::from_secs(45);

/// Any will do; a fixed one meets the same faults again when it failed.
const SEED: u64 = 7;

#[tokio::test]
async fn a_tortured_mesh_keeps_its_books() {
    let verdict = mesh::torture::torture(LENGTH, SEED).await.unwrap();

    assert!(verdict.is_clean(), "{verdict}");
}
