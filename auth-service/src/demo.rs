//! The demo accounts: one who sells and one who buys, with a password that everybody knows.

use sea_orm::{ConnectionTrait, DatabaseConnection, EntityTrait, TransactionTrait, raw_sql};
use shared::id::UserId;
use tracing::info;

use crate::{credentials::Password, entity::user, error::Error, password::Passwords};

/// The seller of the sample products 1 to 4.
pub(crate) const SELLER: UserId = UserId(1);

/// Their buyer, and the seller of products 5 to 8.
pub(crate) const BUYER: UserId = UserId(2);

/// The demo account with this id. Ids 1 and 2 may belong to real people where the shop was opened
/// before demo logins were switched on: the address must be the demo's too.
pub(crate) async fn find(
    db: &DatabaseConnection,
    id: UserId,
) -> Result<Option<user::Model>, Error> {
    let user = user::Entity::find_by_id(id.0).one(db).await?;
    Ok(user.filter(|user| ["demo@demo.com", "demo2@demo.com"].contains(&user.email.as_str())))
}

/// Creates the demo accounts when there is no account at all; running it again changes nothing.
///
/// # Errors
/// When the database fails.
pub async fn seed(db: &DatabaseConnection, passwords: &Passwords) -> Result<(), Error> {
    let hash = passwords.hash(Password::demo()).await?;
    let (seller, buyer) = (SELLER.0, BUYER.0);
    let txn = db.begin().await?;
    let inserted = txn
        .execute_raw(raw_sql!(
            Postgres,
            "INSERT INTO users (id, username, email, password_hash)
             SELECT id, name, name || '@demo.com', {hash}
             FROM (VALUES ({seller}, 'demo'), ({buyer}, 'demo2')) AS demo (id, name)
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
