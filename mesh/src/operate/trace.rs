//! `cargo mesh trace`: the story of one order across services, in the order of time.

use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;
use redis::{RedisResult, Value};
use sea_orm::{DatabaseConnection, FromQueryResult, prelude::Uuid};
use shared::{redis::Redis, stream::Entry};

use super::{
    Target,
    databases::{has_table, statement},
    span,
};
use crate::say;

/// Tells the story of one order: rows, messages, entries, attempts, times.
#[derive(Args)]
pub struct Trace {
    /// The order.
    order_id: i32,
    #[command(flatten)]
    target: Target,
}

/// Something that happened, and when (milliseconds since 1970).
#[derive(FromQueryResult)]
struct Event {
    at: f64,
    what: String,
}

/// A message about the order.
#[derive(FromQueryResult)]
struct Told {
    id: Uuid,
    stream: String,
    published: Option<f64>,
}

/// Prints the story; the exit code is 1 when there is no such order.
///
/// # Errors
/// A server is down, or nothing says where the mesh is.
pub async fn run(trace: Trace) -> Result<ExitCode> {
    let parts = trace.target.parts()?;
    let mut story = Vec::new();
    let mut messages = Vec::new();
    let mut databases = Vec::new();
    for database in &parts.databases {
        let db = database.connect().await?;
        if !has_table(&db, "outbox").await? {
            continue;
        }
        story.extend(order_events(&db, trace.order_id).await?);
        story.extend(outbox_events(&db, &database.name, trace.order_id).await?);
        messages.extend(messages_about(&db, trace.order_id).await?);
        databases.push((database.name.as_str(), db));
    }
    let ids: Vec<Uuid> = messages.iter().map(|message| message.id).collect();
    for (name, db) in &databases {
        story.extend(inbox_events(db, name, ids.clone()).await?);
    }
    for message in &messages {
        let found = entry_of(&parts.redis, message).await;
        story.extend(found.context("Redis is down")?);
    }
    story.sort_by(|one, other| one.at.total_cmp(&other.at));
    let Some(begin) = story.first().map(|event| event.at) else {
        say::line(format_args!("no order {}", trace.order_id));
        return Ok(ExitCode::FAILURE);
    };
    for event in &story {
        let since = span((event.at - begin) / 1000.0);
        say::line(format_args!("{:>10}  {}", format!("+{since}"), event.what));
    }
    Ok(ExitCode::SUCCESS)
}

async fn order_events(db: &DatabaseConnection, order_id: i32) -> Result<Vec<Event>> {
    if !has_table(db, "orders").await? {
        return Ok(Vec::new());
    }
    let sql = "SELECT (extract(epoch FROM created_at) * 1000)::float8 AS at,
                      format('order %s of user %s placed at %s: %s in all, %s lines', id, user_id,
                             created_at, total_price,
                             (SELECT count(*) FROM order_items WHERE order_id = id)) AS what
               FROM orders WHERE id = $1
               UNION ALL
               SELECT (extract(epoch FROM settled_at) * 1000)::float8,
                      concat('order is ', status, ' ', failure::text)
               FROM orders WHERE id = $1 AND settled_at IS NOT NULL";
    events(db, sql, order_id.into()).await
}

async fn outbox_events(db: &DatabaseConnection, name: &str, order_id: i32) -> Result<Vec<Event>> {
    let sql = "SELECT (extract(epoch FROM created_at) * 1000)::float8 AS at,
                      concat('written to the outbox: ', kind, ' ', id) AS what
               FROM outbox WHERE fields->>'order_id' = $1
               UNION ALL
               SELECT (extract(epoch FROM published_at) * 1000)::float8,
                      concat('published: ', kind, ' ', id)
               FROM outbox WHERE fields->>'order_id' = $1 AND published_at IS NOT NULL";
    let found = events(db, sql, order_id.to_string().into()).await?;
    Ok(named(name, found))
}

async fn inbox_events(db: &DatabaseConnection, name: &str, ids: Vec<Uuid>) -> Result<Vec<Event>> {
    let sql = "SELECT (extract(epoch FROM processed_at) * 1000)::float8 AS at,
                      concat('handled by ', consumer_group, ': ', message_id) AS what
               FROM inbox WHERE message_id = ANY($1)
               UNION ALL
               SELECT (extract(epoch FROM last_at) * 1000)::float8,
                      concat(state, ' after ', attempts, ' failed attempts in ', consumer_group,
                             ', first at ', first_at, ': ', message_id, ' ', class, ' ', error)
               FROM failures WHERE message_id = ANY($1)";
    Ok(named(name, events(db, sql, ids.into()).await?))
}

fn named(database: &str, events: Vec<Event>) -> Vec<Event> {
    let named = |event: Event| Event {
        what: format!("{database}: {}", event.what),
        ..event
    };
    events.into_iter().map(named).collect()
}

async fn events(db: &DatabaseConnection, sql: &str, value: sea_orm::Value) -> Result<Vec<Event>> {
    let found = Event::find_by_statement(statement(sql, [value])).all(db);
    Ok(found.await?)
}

async fn messages_about(db: &DatabaseConnection, order_id: i32) -> Result<Vec<Told>> {
    let sql = "SELECT id, stream, (extract(epoch FROM published_at) * 1000)::float8 AS published
               FROM outbox WHERE fields->>'order_id' = $1";
    let told = Told::find_by_statement(statement(sql, [order_id.to_string().into()])).all(db);
    Ok(told.await?)
}

/// The entry of a message, looked for around the time at which it was published.
async fn entry_of(redis: &Redis, message: &Told) -> RedisResult<Option<Event>> {
    let Some(published) = message.published else {
        return Ok(None);
    };
    let answer: Value = redis::cmd("XRANGE")
        .arg(redis.key(&message.stream))
        .arg(format!("{:.0}", published - 2_000.0))
        .arg(format!("{:.0}", published + 5_000.0))
        .query_async(&mut redis.commands())
        .await?;
    let id = message.id.to_string();
    let is_it = |entry: &Entry| {
        let mut fields = entry.fields.iter();
        fields.any(|(name, value)| name == b"id" && value == id.as_bytes())
    };
    let Some(entry) = Entry::of_range(answer).into_iter().find(is_it) else {
        return Ok(None);
    };
    let millis = entry.id.split('-').next().and_then(|ms| ms.parse().ok());
    Ok(Some(Event {
        at: millis.unwrap_or(published),
        what: format!("{}: entry {} holds {id}", message.stream, entry.id),
    }))
}
