//! What a person needs who wants to know what went wrong: tables and streams as files.

use std::{fs, path::Path};

use ::redis::{Value, streams::StreamId};
use anyhow::{Context, Result};

use super::{backstage::Backstage, streams::Streams};
use crate::say::Say;

/// Tables that tell the story of an order, and the database of each.
const TABLES: [(&str, &str); 10] = [
    ("orders", "orders"),
    ("orders", "order_items"),
    ("orders", "outbox"),
    ("orders", "inbox"),
    ("orders", "catalog"),
    ("orders", "failures"),
    ("products", "products"),
    ("products", "outbox"),
    ("products", "inbox"),
    ("products", "failures"),
];

const STREAMS: [&str; 3] = ["orders_stream", "inventory_stream", "dead_letter_stream"];

/// Writes everything into `folder`; what cannot be read is told and left out.
pub(super) async fn collect(backstage: &Backstage, folder: &Path, say: Say) {
    if let Err(error) = fs::create_dir_all(folder) {
        return say.line(format_args!("no evidence: {error}"));
    }
    for (owner, table) in TABLES {
        let file = folder.join(format!("{owner}.{table}.csv"));
        let sql = format!("COPY {table} TO STDOUT CSV HEADER");
        let written = async { write(&file, &backstage.ask(owner, &sql).await?) };
        if let Err(error) = written.await {
            say.line(format_args!("no {table} of {owner}: {error:#}"));
        }
    }
    for stream in STREAMS {
        let file = folder.join(format!("{stream}.txt"));
        let written = async { write(&file, &entries(backstage, stream).await?) };
        if let Err(error) = written.await {
            say.line(format_args!("no {stream}: {error:#}"));
        }
    }
}

async fn entries(backstage: &Backstage, stream: &str) -> Result<String> {
    let mut streams = Streams::connect(&backstage.redis_url).await?;
    let entries = streams.entries(stream).await?;
    Ok(entries.ids.iter().map(line).collect())
}

fn line(entry: &StreamId) -> String {
    let field = |(name, value): (&String, &Value)| match value {
        Value::BulkString(bytes) => format!(" {name}={}", bytes.escape_ascii()),
        other => format!(" {name}={other:?}"),
    };
    let fields: String = entry.map.iter().map(field).collect();
    format!("{}{fields}\n", entry.id)
}

fn write(file: &Path, text: &str) -> Result<()> {
    fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))
}
