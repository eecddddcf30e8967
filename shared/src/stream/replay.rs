//! What an operator decides about dead letters: send them again, or let them rest.
//!
//! Both happen in the database of the service that gave up, in one transaction, and are recorded
//! there. A replay deletes the id from the inbox and puts the original message into the outbox,
//! for this group only: it is applied like any other message, once, however often somebody asks.

use std::collections::BTreeMap;

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr, FromQueryResult,
    TransactionTrait,
    prelude::{TimeDateTimeWithTimeZone, Uuid},
    raw_sql,
};
use serde_json::Value;

use super::inbox;
use crate::id::MessageId;

/// A message that a group has given up on.
#[derive(Clone, Debug, FromQueryResult)]
pub struct DeadMessage {
    /// What it is filed under.
    pub message_id: Uuid,
    /// The group that gave up.
    pub consumer_group: String,
    /// Where it came from.
    pub stream: String,
    /// Its entry in the stream.
    pub entry_id: String,
    /// The original fields as JSON, `[[name, value], …]`.
    pub entry: String,
    /// How often it failed.
    pub attempts: i32,
    /// Why it died: `decode`, `permanent`, `exhausted` or `crash_loop`.
    pub class: String,
    /// What went wrong.
    pub error: String,
    /// Equal for messages that died of the same cause.
    pub fingerprint: String,
    /// When it failed first.
    pub first_at: TimeDateTimeWithTimeZone,
    /// When it was given up.
    pub last_at: TimeDateTimeWithTimeZone,
}

/// Which dead letters are meant; an empty selection means all.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// This message.
    pub message_id: Option<Uuid>,
    /// Those that died of this cause.
    pub fingerprint: Option<String>,
    /// Those of this class.
    pub class: Option<String>,
}

/// What to do with a dead letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Send it again.
    Replay,
    /// Let it rest.
    Discard,
}

impl Decision {
    fn state(self) -> &'static str {
        match self {
            Self::Replay => "replayed",
            Self::Discard => "discarded",
        }
    }
}

/// The dead letters of one database, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn dead_messages(
    db: &impl ConnectionTrait,
    selection: &Selection,
) -> Result<Vec<DeadMessage>, DbErr> {
    let id = selection.message_id.map(|id| id.to_string());
    let id = id.unwrap_or_default();
    let fingerprint = selection.fingerprint.clone().unwrap_or_default();
    let class = selection.class.clone().unwrap_or_default();
    DeadMessage::find_by_statement(raw_sql!(
        Postgres,
        "SELECT message_id, consumer_group, stream, entry_id, entry::text AS entry, attempts,
                class, error, fingerprint, first_at, last_at
         FROM failures
         WHERE state = 'dead'
           AND ({id} = '' OR message_id::text = {id})
           AND ({fingerprint} = '' OR fingerprint = {fingerprint})
           AND ({class} = '' OR class = {class})
         ORDER BY last_at, message_id
         FOR UPDATE"
    ))
    .all(db)
    .await
}

/// Decides about dead letters in the name of `by`, and returns those that it concerned. What is
/// not text cannot be replayed and stays dead.
///
/// # Errors
/// When the database fails; nothing is decided then.
pub async fn decide(
    db: &DatabaseConnection,
    selection: &Selection,
    decision: Decision,
    by: &str,
) -> Result<Vec<DeadMessage>, DbErr> {
    let txn = db.begin().await?;
    let mut decided = Vec::new();
    for dead in dead_messages(&txn, selection).await? {
        if decision == Decision::Replay {
            let Some(fields) = text_fields(&dead.entry) else {
                continue;
            };
            send_again(&txn, &dead, fields).await?;
        }
        record(&txn, &dead, decision, by).await?;
        decided.push(dead);
    }
    txn.commit().await?;
    Ok(decided)
}

/// The fields of an original entry, unless some of them are not text.
fn text_fields(entry: &str) -> Option<BTreeMap<String, String>> {
    let pairs: Vec<[Value; 2]> = serde_json::from_str(entry).ok()?;
    let text = |value: &Value| value.as_str().map(str::to_owned);
    pairs
        .iter()
        .map(|[name, value]| Some((text(name)?, text(value)?)))
        .collect()
}

async fn send_again(
    txn: &DatabaseTransaction,
    dead: &DeadMessage,
    mut fields: BTreeMap<String, String>,
) -> Result<(), DbErr> {
    // The relay writes these itself.
    let mut take = |name| fields.remove(name).unwrap_or_default();
    let (id, kind, correlation, _) = (take("id"), take("type"), take("corr"), take("ts"));
    let id: Uuid = id.parse().unwrap_or(dead.message_id);
    fields.insert("only".to_owned(), dead.consumer_group.clone());
    let fields = serde_json::to_string(&fields).unwrap_or_default();
    let (message_id, group, stream) = (dead.message_id, &dead.consumer_group, &dead.stream);
    txn.execute_raw(raw_sql!(
        Postgres,
        "WITH forgotten AS (
             DELETE FROM inbox WHERE message_id = {message_id} AND consumer_group = {group}
         )
         INSERT INTO outbox (id, stream, kind, correlation, fields)
         VALUES ({id}, {stream}, {kind}, {correlation}, {fields}::json)"
    ))
    .await?;
    Ok(())
}

/// Makes sure that a message has no effect in `group` any more, dead or alive, in the transaction
/// that does something in its place. False when it has had its effect, or was withdrawn before.
///
/// # Errors
/// When the database fails.
pub async fn withdraw(
    txn: &DatabaseTransaction,
    group: &str,
    id: MessageId,
    by: &str,
) -> Result<bool, DbErr> {
    if !inbox::claim(txn, group, [id].into_iter()).await?.is_empty() {
        return Ok(true);
    }
    let selection = Selection {
        message_id: Some(id.0),
        ..Selection::default()
    };
    let dead = dead_messages(txn, &selection).await?;
    let Some(dead) = dead.iter().find(|dead| dead.consumer_group == group) else {
        return Ok(false);
    };
    record(txn, dead, Decision::Discard, by).await?;
    Ok(true)
}

async fn record(
    txn: &DatabaseTransaction,
    dead: &DeadMessage,
    decision: Decision,
    by: &str,
) -> Result<(), DbErr> {
    let (id, group, state) = (dead.message_id, &dead.consumer_group, decision.state());
    txn.execute_raw(raw_sql!(
        Postgres,
        "UPDATE failures
         SET state = {state},
             decisions = (decisions::jsonb || jsonb_build_object(
                 'what', {state}::text, 'by', {by}::text, 'at', clock_timestamp()))::json
         WHERE message_id = {id} AND consumer_group = {group}"
    ))
    .await?;
    Ok(())
}
