//! Looking after the streams: what Redis has lost is published again, what every group has
//! handled is trimmed, and rows that nobody needs any more are deleted.

use redis::Script;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, raw_sql};

use super::{Relay, RelayError, append};
use crate::stream::StreamPolicy;

/// Handled entries of a stream that are kept for people and late readers; older ones go even
/// when they are young.
const KEEP: usize = 100_000;

/// Rows that one upkeep deletes from a table.
const MOST_DELETED: i64 = 20_000;

/// The floor of a stream: every group has handled what is before it. Trims below the floor what
/// is too old or too much, but never the newest entry, which tells how far the stream has come.
/// Answers the floor in milliseconds, or -1 while a group that must exist does not.
const TRIM: &str = "
    local function parse(id)
        local ms, seq = string.match(id, '^(%d+)-(%d+)$')
        return tonumber(ms), tonumber(seq)
    end
    local function min(a, b)
        local ams, aseq = parse(a)
        local bms, bseq = parse(b)
        if ams < bms or (ams == bms and aseq < bseq) then return a else return b end
    end
    local newest = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)
    if #newest == 0 then return -1 end
    local time = redis.call('TIME')
    local cutoff = string.format('%.0f-0', time[1] * 1000 - ARGV[1])
    local floor, seen = nil, {}
    for _, info in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
        local group = {}
        for i = 1, #info, 2 do group[info[i]] = info[i + 1] end
        seen[group.name] = true
        local handled = group['last-delivered-id']
        if group.pending > 0 then
            handled = redis.call('XPENDING', KEYS[1], group.name)[2]
        end
        floor = floor and min(floor, handled) or handled
    end
    for i = 3, #ARGV do
        if not seen[ARGV[i]] then return -1 end
    end
    local has_groups = floor ~= nil
    floor = floor or cutoff
    local keep = cutoff
    if has_groups and redis.call('XLEN', KEYS[1]) > tonumber(ARGV[2]) then keep = floor end
    local below = min(min(floor, keep), newest[1][1])
    redis.call('XTRIM', KEYS[1], 'MINID', '~', below, 'LIMIT', 100000)
    return (parse(floor))";

impl Relay {
    /// One round of upkeep for every stream of this service.
    pub(super) async fn look_after_streams(&self) -> Result<(), RelayError> {
        let txn = self.lock().await?;
        let before = append::recorded(&txn).await?;
        for found in append::append(&self.redis, self.service, &before, &[]).await? {
            if !found.is_intact {
                append::publish_again(&txn, &found.stream).await?;
                append::expect_nothing(&txn, &found.stream).await?;
            }
        }
        for policy in &self.streams {
            let floor = self.trim(policy).await?;
            raise_floor(&txn, policy.name, floor).await?;
            delete_published(&txn, policy).await?;
        }
        delete_handled(&txn).await?;
        Ok(txn.commit().await?)
    }

    async fn trim(&self, policy: &StreamPolicy) -> Result<i64, RelayError> {
        let script = Script::new(TRIM);
        let mut call = script.key(self.redis.key(policy.name));
        call.arg(policy.retention.as_millis() as usize).arg(KEEP);
        for group in policy.groups {
            call.arg(*group);
        }
        Ok(call.invoke_async(&mut self.redis.commands()).await?)
    }
}

/// A floor stays reached, whatever Redis forgets: the effects are in PostgreSQL.
async fn raise_floor(txn: &DatabaseTransaction, stream: &str, floor: i64) -> Result<(), DbErr> {
    txn.execute_raw(raw_sql!(
        Postgres,
        "UPDATE published SET floor_ms = {floor} WHERE stream = {stream} AND floor_ms < {floor}"
    ))
    .await?;
    Ok(())
}

/// Deletes rows below the floor that are older, by a day, than what a stream keeps.
async fn delete_published(txn: &DatabaseTransaction, policy: &StreamPolicy) -> Result<(), DbErr> {
    let (stream, retention) = (policy.name, policy.retention.as_secs_f64());
    txn.execute_raw(raw_sql!(
        Postgres,
        "DELETE FROM outbox WHERE seq IN (
             SELECT seq FROM outbox JOIN published USING (stream)
             WHERE stream = {stream}
               AND created_at < now() - make_interval(secs => {retention}) - interval '1 day'
               AND published_at < to_timestamp(floor_ms / 1000.0) - interval '1 hour'
             LIMIT {MOST_DELETED})"
    ))
    .await?;
    Ok(())
}

/// Deletes ids of messages that can no longer come again: an outbox keeps its rows for less.
async fn delete_handled(txn: &DatabaseTransaction) -> Result<(), DbErr> {
    txn.execute_raw(raw_sql!(
        Postgres,
        "DELETE FROM inbox WHERE (message_id, consumer_group) IN (
             SELECT message_id, consumer_group FROM inbox
             WHERE processed_at < now() - interval '14 days' LIMIT {MOST_DELETED})"
    ))
    .await?;
    Ok(())
}
