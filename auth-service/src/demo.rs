//! The demo accounts: one who sells and one who buys, with a password that everybody knows.

use sea_orm::{ConnectionTrait, DatabaseConnection, TransactionTrait, raw_sql};
use tracing::info;

use crate::{credentials::Password, error::Error, password::Passwords};

/// Signs in as the seller of the sample products 1 to 4; user 1.
pub(crate) const SELLER: &str = "demo";

/// Signs in as their buyer, and the seller of products 5 to 8; user 2.
pub(crate) const BUYER: &str = "demo2";

/// Creates the demo accounts when there is no account at all; running it again changes nothing.
///
/// # Errors
/// When the database fails.
pub async fn seed(db: &DatabaseConnection, passwords: &Passwords) -> Result<(), Error> {
    let hash = passwords.hash(Password::demo()).await?;
    let txn = db.begin().await?;
    let inserted = txn
        .execute_raw(raw_sql!(
            Postgres,
            "INSERT INTO users (id, username, email, password_hash)
             SELECT id, name, name || '@demo.com', {hash}
             FROM (VALUES (1, {SELLER}), (2, {BUYER})) AS demo (id, name)
             WHERE NOT EXISTS (SELECT FROM users)
             ON CONFLICT DO NOTHING"
        ))
        .await?;
    if inserted.rows_affected() > 0 {
        // The ids were given, so the sequence has not moved.
        txn.execute_unprepared("SELECT setval(pg_get_serial_sequence('users', 'id'), 2)")
            .await?;
        info!("demo accounts created");
    }
    txn.commit().await?;
    Ok(())
}
