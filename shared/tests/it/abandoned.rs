//! A session whose process is gone, or stands still, does not hold the others up.

use sea_orm::{ConnectionTrait, TransactionTrait};
use shared::db;

use crate::stage::Stage;

#[tokio::test]
async fn a_session_that_stands_still_lets_go_of_its_locks() {
    let stage = Stage::create().await;
    let still = stage.db.begin().await.unwrap();
    let hold = "SET LOCAL idle_in_transaction_session_timeout = '100ms';
                SELECT pg_advisory_xact_lock(7)";
    still.execute_unprepared(hold).await.unwrap();

    let other = db::connect(&stage.database_url).await.unwrap();
    let lock = "SELECT pg_advisory_xact_lock(7)";
    other.execute_unprepared(lock).await.unwrap();

    let error = still.execute_unprepared("SELECT 1").await.unwrap_err();
    assert!(db::is_unavailable(&error), "{error:?}");
}

#[tokio::test]
async fn a_service_asks_not_to_be_waited_for() {
    let stage = Stage::create().await;

    let patience = "SELECT current_setting('idle_in_transaction_session_timeout')";

    assert_eq!(stage.texts(patience).await, ["10s"]);
}
