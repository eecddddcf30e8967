//! The first administrator, made by a command: there is no default one to forget about.

use std::io::{Read, stdin};

use anyhow::{Context, bail};
use sea_orm::{ConnectionTrait, TransactionTrait, raw_sql};
use shared::db;

use crate::{
    config::FirstAdmin,
    credentials::{Email, Password, Username},
    password::Passwords,
};

/// Creates an administrator whose password stands in the first line of standard input.
///
/// # Errors
/// When there is an administrator already, a field is not well-formed or taken, or the database
/// fails.
pub async fn create_admin(wanted: &FirstAdmin) -> anyhow::Result<()> {
    let refused = |field: &str, (_, message): (&str, String)| anyhow::anyhow!("{field} {message}");
    let username = Username::parse(&wanted.username).map_err(|it| refused("the name", it))?;
    let email = Email::parse_new(&wanted.email).map_err(|it| refused("the address", it))?;
    let password = read_password().context("cannot read the password from standard input")?;
    let password = Password::parse_new(password).map_err(|it| refused("the password:", it))?;
    let hash = Passwords::new(wanted.accounts.bcrypt_cost)?
        .hash(password)
        .await?;

    let db = db::connect(&wanted.accounts.database_url).await?;
    let (username, email) = (username.as_str(), email.as_str());
    let txn = db.begin().await?;
    // Of two of these commands at once, the second sees the administrator of the first.
    txn.execute_unprepared("LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE")
        .await
        .context("the database has no accounts yet: start auth-service once")?;
    let inserted = txn
        .execute_raw(raw_sql!(
            Postgres,
            "INSERT INTO users (username, email, password_hash, role)
             SELECT {username}, {email}, {hash}, 'ADMIN'
             WHERE NOT EXISTS (SELECT FROM users WHERE role = 'ADMIN')"
        ))
        .await
        .context("the name or the address belongs to somebody else")?;
    txn.commit().await?;
    if inserted.rows_affected() == 0 {
        bail!("there is an administrator already, who can make others one too");
    }
    Ok(())
}

fn read_password() -> std::io::Result<String> {
    let mut text = String::new();
    stdin().take(1024).read_to_string(&mut text)?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}
