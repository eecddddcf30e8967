//! Which role may do what: rows of `role_permissions`, which a command changes.

use sea_orm::{ConnectionTrait, TransactionTrait, raw_sql};
use shared::{
    auth::Permission,
    db,
    id::UserId,
    stream::{Outgoing, outbox},
};
use tracing::warn;

use crate::{config::RolePermissions, error::Error, sessions::user_changed};

/// Accounts of one statement: enough for few round trips, and far from the time that it may take.
const BATCH: u16 = 10_000;

/// Changes what a role may do, if that is asked for, and returns what it may do now.
///
/// Tokens that say otherwise are void at once, wherever they are checked; sessions go on, with new
/// tokens.
///
/// # Errors
/// When the database fails; nothing is changed then.
pub async fn change_permissions(wanted: &RolePermissions) -> Result<Vec<Permission>, Error> {
    let db = db::connect(&wanted.accounts.database_url).await?;
    let role = wanted.role.as_str();
    let txn = db.begin().await?;
    if change(&txn, wanted).await? {
        void_tokens(&txn, role).await?;
    }
    let permissions = of_role(&txn, role).await?;
    txn.commit().await?;
    Ok(permissions)
}

/// What this role may do now. A name that this release does not know is nothing.
pub(crate) async fn of_role(
    db: &impl ConnectionTrait,
    role: &str,
) -> Result<Vec<Permission>, Error> {
    let rows = db
        .query_all_raw(raw_sql!(
            Postgres,
            "SELECT permission FROM role_permissions WHERE role = {role} ORDER BY permission"
        ))
        .await?;
    let mut permissions = Vec::with_capacity(rows.len());
    for row in rows {
        let name: String = row.try_get_by_index(0)?;
        match name.parse() {
            Ok(permission) => permissions.push(permission),
            Err(error) => warn!(%error, role, "a role has a permission that does not exist"),
        }
    }
    Ok(permissions)
}

/// Grants and revokes what is asked for; whether that changed anything.
async fn change(txn: &impl ConnectionTrait, wanted: &RolePermissions) -> Result<bool, Error> {
    let names =
        |of: &[Permission]| -> Vec<String> { of.iter().map(|it| it.as_str().to_owned()).collect() };
    let (granted, revoked) = (names(&wanted.grant), names(&wanted.revoke));
    let role = wanted.role.as_str();
    let added = txn
        .execute_raw(raw_sql!(
            Postgres,
            "INSERT INTO role_permissions (role, permission)
             SELECT {role}, permission FROM unnest({granted}) AS granted (permission)
             ON CONFLICT DO NOTHING"
        ))
        .await?;
    let removed = txn
        .execute_raw(raw_sql!(
            Postgres,
            "DELETE FROM role_permissions WHERE role = {role} AND permission = ANY({revoked})"
        ))
        .await?;
    Ok(added.rows_affected() + removed.rows_affected() > 0)
}

/// Makes the tokens of everybody with this role void when `txn` commits.
async fn void_tokens(txn: &impl ConnectionTrait, role: &str) -> Result<(), Error> {
    // Or somebody would sign up or get the role meanwhile, and keep a token from before. It is the
    // only lock that waits for those who have locked one account and have yet to change it.
    txn.execute_unprepared("LOCK TABLE users IN EXCLUSIVE MODE")
        .await?;
    let (mut after, limit) = (0, i64::from(BATCH));
    loop {
        let changed = txn
            .query_all_raw(raw_sql!(
                Postgres,
                "WITH batch AS (SELECT id FROM users WHERE role = {role} AND id > {after}
                                ORDER BY id LIMIT {limit})
                 UPDATE users SET token_version = token_version + 1 FROM batch
                 WHERE users.id = batch.id RETURNING users.id, token_version"
            ))
            .await?;
        let mut messages = Vec::with_capacity(changed.len());
        for row in &changed {
            let (id, version) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
            messages.push(Outgoing::new(user_changed(UserId(id), version)));
            after = after.max(id);
        }
        outbox::enqueue(txn, &messages).await?;
        if messages.len() < usize::from(BATCH) {
            return Ok(());
        }
    }
}
