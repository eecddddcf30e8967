//! The demo accounts: one who sells and one who buys, with a password that everybody knows. On a
//! machine for development there is an administrator too.

use sea_orm::{ConnectionTrait, DatabaseConnection, EntityTrait, TransactionTrait, raw_sql};
use serde::Deserialize;
use tracing::info;
use utoipa::ToSchema;

use crate::{
    credentials::{Email, Password},
    entity::user,
    error::Error,
    password::Passwords,
};

/// The password of all of them.
const PASSWORD: &str = "demotest";

const SELLER: &str = "demo@demo.com";
const BUYER: &str = "demo2@demo.com";
const ADMIN: &str = "admin@admin.com";

/// Which of these accounts may be entered by everybody.
#[derive(Clone, Copy, Default)]
pub struct Open {
    /// The seller and the buyer.
    pub demo: bool,
    /// The administrator.
    pub dev_admin: bool,
}

impl Open {
    /// Whether this password, if it is the one that everybody knows, may open this account.
    pub(crate) fn admits(self, email: &Email, password: &Password) -> bool {
        let is_open = match email.as_str() {
            SELLER | BUYER => self.demo,
            ADMIN => self.dev_admin,
            _ => true,
        };
        is_open || !password.is(PASSWORD)
    }
}

/// Which demo account someone wants to try.
#[derive(Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Part {
    /// Of the sample products 1 to 4.
    #[default]
    Seller,
    /// Their buyer, and the seller of products 5 to 8.
    Buyer,
}

/// The demo account of this part. Ids 1 and 2 may belong to real people where the shop was opened
/// before demo logins were switched on: the address must be the demo's too.
pub(crate) async fn find(
    db: &DatabaseConnection,
    part: Part,
) -> Result<Option<user::Model>, Error> {
    let (id, email) = match part {
        Part::Seller => (1, SELLER),
        Part::Buyer => (2, BUYER),
    };
    let user = user::Entity::find_by_id(id).one(db).await?;
    Ok(user.filter(|user| user.email == email))
}

/// Whether this is an account that everybody may enter: its owner is nobody, so nobody may
/// change its name, address or password, or see and end the sessions of others.
pub(crate) fn is_shared(user: &user::Model) -> bool {
    [SELLER, BUYER].contains(&user.email.as_str())
}

/// Creates the demo accounts when there is no account at all; running it again changes nothing.
///
/// # Errors
/// When the database fails.
pub async fn seed(db: &DatabaseConnection, passwords: &Passwords) -> Result<(), Error> {
    let hash = passwords.hash(Password::well_known(PASSWORD)).await?;
    let txn = db.begin().await?;
    let inserted = txn
        .execute_raw(raw_sql!(
            Postgres,
            "INSERT INTO users (id, username, email, password_hash)
             SELECT id, name, email, {hash}
             FROM (VALUES (1, 'demo', {SELLER}), (2, 'demo2', {BUYER})) AS demo (id, name, email)
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

/// Creates the administrator of a machine for development, unless there is one.
///
/// # Errors
/// When the database fails.
pub async fn seed_admin(db: &DatabaseConnection, passwords: &Passwords) -> Result<(), Error> {
    let hash = passwords.hash(Password::well_known(PASSWORD)).await?;
    let inserted = db
        .execute_raw(raw_sql!(
            Postgres,
            "INSERT INTO users (username, email, password_hash, role)
             SELECT 'admin', {ADMIN}, {hash}, 'ADMIN'
             WHERE NOT EXISTS (SELECT FROM users WHERE role = 'ADMIN')
             ON CONFLICT DO NOTHING"
        ))
        .await?;
    if inserted.rows_affected() > 0 {
        info!("administrator of this development machine created: {ADMIN}");
    }
    Ok(())
}
