//! Which role may do what: rows of `role_permissions`.

use sea_orm::{ConnectionTrait, raw_sql};
use shared::auth::Permission;
use tracing::warn;

use crate::error::Error;

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
