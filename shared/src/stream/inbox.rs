//! The inbox: ids of applied messages, committed together with their effects.

use std::collections::HashSet;

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr, prelude::Uuid, raw_sql,
};

use crate::{id::MessageId, plant::Plant};

/// Records `ids` for `group` and returns those that were not there yet: only these may take
/// effect. Insert comes first, so that a concurrent duplicate waits here for the outcome.
pub(super) async fn claim(
    txn: &DatabaseTransaction,
    group: &str,
    ids: impl Iterator<Item = MessageId>,
) -> Result<HashSet<MessageId>, DbErr> {
    let mut ids: Vec<Uuid> = ids.map(|id| id.0).collect();
    // One order for all transactions: two batches that share ids wait, they do not deadlock.
    ids.sort_unstable();
    if Plant::NoInbox.is_planted() {
        return Ok(ids.into_iter().map(MessageId).collect());
    }
    let rows = txn
        .query_all_raw(raw_sql!(
            Postgres,
            "INSERT INTO inbox (message_id, consumer_group)
             SELECT id, {group} FROM unnest({ids}) AS t (id)
             ON CONFLICT DO NOTHING RETURNING message_id"
        ))
        .await?;
    rows.iter()
        .map(|row| row.try_get_by_index(0).map(MessageId))
        .collect()
}

/// Which of `ids` were applied, or given up, by `group`.
pub(super) async fn known(
    db: &DatabaseConnection,
    group: &str,
    ids: Vec<Uuid>,
) -> Result<HashSet<MessageId>, DbErr> {
    let rows = db
        .query_all_raw(raw_sql!(
            Postgres,
            "SELECT message_id FROM inbox
             WHERE message_id = ANY({ids}) AND consumer_group = {group}"
        ))
        .await?;
    rows.iter()
        .map(|row| row.try_get_by_index(0).map(MessageId))
        .collect()
}
