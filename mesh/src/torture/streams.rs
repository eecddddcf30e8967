//! Redis as an intruder uses it: repeats, poison, a flush; and as an auditor reads it.

use std::time::Duration;

use ::redis::{
    AsyncConnectionConfig, Client, Value,
    aio::MultiplexedConnection,
    streams::{StreamInfoGroupsReply, StreamRangeReply},
};
use anyhow::{Context, Result};
use rand::seq::IndexedRandom;

use super::plan::{Stream, Venom};

/// A command that is not answered in this time has failed.
const PATIENCE: Duration = Duration::from_secs(5);

/// Entries among which those to repeat are chosen.
const RECENT: usize = 200;

/// The field that marks poison; its value is [`MARK`] and a number.
const MARK_FIELD: &str = "mark";

/// What marks poison wherever it ends up.
pub(super) const MARK: &str = "torture-poison-";

/// How far a group is behind.
pub(super) struct Group {
    pub(super) name: String,
    /// Entries that a consumer was given and has not acknowledged.
    pub(super) pending: u64,
    /// Entries that nobody was given.
    pub(super) unread: u64,
}

/// A connection past the gate.
pub(super) struct Streams(MultiplexedConnection);

impl Streams {
    pub(super) async fn connect(url: &str) -> Result<Self> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(Some(PATIENCE));
        let client = Client::open(url)?;
        let connection = client.get_multiplexed_async_connection_with_config(&config);
        Ok(Self(connection.await.context("Redis is away")?))
    }

    /// Adds `count` recent entries again, each as it was.
    pub(super) async fn repeat(&mut self, stream: Stream, count: usize) -> Result<()> {
        let recent: StreamRangeReply = ::redis::cmd("XREVRANGE")
            .arg(stream.name)
            .arg("+")
            .arg("-")
            .arg("COUNT")
            .arg(RECENT)
            .query_async(&mut self.0)
            .await?;
        // Poison is counted, so it comes once.
        let entries: Vec<_> = recent
            .ids
            .into_iter()
            .filter(|entry| !entry.map.contains_key(MARK_FIELD))
            .collect();
        let chosen: Vec<_> = entries.sample(&mut rand::rng(), count).collect();
        for entry in chosen {
            let fields = entry.map.iter().filter_map(|(name, value)| match value {
                Value::BulkString(bytes) => Some((name.as_bytes(), bytes.as_slice())),
                _ => None,
            });
            self.add(stream, fields).await?;
        }
        Ok(())
    }

    /// Adds an entry that nobody can apply, marked with `number`.
    pub(super) async fn poison(
        &mut self,
        stream: Stream,
        venom: Venom,
        number: usize,
    ) -> Result<()> {
        let (id, mark) = (message_id(), format!("{MARK}{number}"));
        let envelope = [
            ("id", id.as_bytes()),
            ("ts", b"1700000000000"),
            (MARK_FIELD, mark.as_bytes()),
        ];
        let kind = ("type", stream.kind.as_bytes());
        let rest: Vec<(&str, &[u8])> = match venom {
            Venom::NotJson => vec![
                kind,
                ("order_id", b"1"),
                ("user_id", b"1"),
                ("status", b"COMPLETED"),
                (stream.json, b"[{\"product_id\":"),
            ],
            Venom::MissingFields => vec![kind],
            Venom::UnknownKind => vec![("type", b"order.forgotten.v9")],
            Venom::NotText => vec![kind, ("order_id", b"\xff\xfe\x00\xc3")],
        };
        let fields = envelope.into_iter().chain(rest);
        let fields = fields.map(|(name, value)| (name.as_bytes(), value));
        self.add(stream, fields).await
    }

    /// Forgets everything.
    pub(super) async fn flush(&mut self) -> Result<()> {
        Ok(::redis::cmd("FLUSHALL").exec_async(&mut self.0).await?)
    }

    /// The groups of a stream and how far each is behind.
    pub(super) async fn groups(&mut self, stream: Stream) -> Result<Vec<Group>> {
        let groups: StreamInfoGroupsReply = ::redis::cmd("XINFO")
            .arg("GROUPS")
            .arg(stream.name)
            .query_async(&mut self.0)
            .await
            .with_context(|| format!("the groups of {} cannot be read", stream.name))?;
        let mut found = Vec::new();
        for group in groups.groups {
            found.push(Group {
                unread: self.unread(stream, &group.last_delivered_id).await?,
                name: group.name,
                pending: group.pending as u64,
            });
        }
        Ok(found)
    }

    /// Every entry of a stream, as text.
    pub(super) async fn entries(&mut self, stream: &str) -> Result<StreamRangeReply> {
        let command = ::redis::cmd("XRANGE")
            .arg(stream)
            .arg("-")
            .arg("+")
            .to_owned();
        Ok(command.query_async(&mut self.0).await?)
    }

    async fn unread(&mut self, stream: Stream, delivered: &str) -> Result<u64> {
        let rest: StreamRangeReply = ::redis::cmd("XRANGE")
            .arg(stream.name)
            .arg(format!("({delivered}"))
            .arg("+")
            .query_async(&mut self.0)
            .await?;
        Ok(rest.ids.len() as u64)
    }

    async fn add<'a>(
        &mut self,
        stream: Stream,
        fields: impl Iterator<Item = (&'a [u8], &'a [u8])>,
    ) -> Result<()> {
        let mut add = ::redis::cmd("XADD");
        add.arg(stream.name).arg("*");
        for (name, value) in fields {
            add.arg(name).arg(value);
        }
        Ok(add.exec_async(&mut self.0).await?)
    }
}

/// A UUID of version 7, as far as anybody looks.
fn message_id() -> String {
    let (high, low): (u64, u64) = (rand::random(), rand::random());
    format!(
        "{:08x}-{:04x}-7{:03x}-8{:03x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xfff,
        low >> 52,
        low & 0xffff_ffff_ffff
    )
}
