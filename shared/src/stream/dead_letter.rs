//! Dead letters: what an operator hears of a message that was given up.
//!
//! A dead letter is a message like any other: it goes through the outbox of the service that gave
//! up, in the transaction that records it, and so exists once and survives a loss of Redis.

use std::time::Duration;

use serde_json::{Value, json};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{DecodeError, Entry, Fields, Message};
use crate::id::MessageId;

/// Why a message is dead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeadLetterClass {
    /// The entry is not a message: a field is missing, malformed or out of range.
    Decode,
    /// The handler refused it for good.
    Permanent,
    /// It failed as often as a message may.
    Exhausted,
    /// The processes that handled it ended while they did, as often as a message may fail.
    CrashLoop,
}

impl DeadLetterClass {
    /// Its name on the wire and in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Decode => "decode",
            Self::Permanent => "permanent",
            Self::Exhausted => "exhausted",
            Self::CrashLoop => "crash_loop",
        }
    }
}

/// `message.died.v1`: a group has given up on a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// The message, as `dead-letters show` finds it.
    pub message_id: MessageId,
    /// Where it came from: stream, entry, group and the consumer that gave up.
    pub origin: Origin,
    /// How often it failed.
    pub attempts: i32,
    /// When it failed first.
    pub first_at: OffsetDateTime,
    /// When it was given up.
    pub last_at: OffsetDateTime,
    /// [`DeadLetterClass::name`].
    pub class: String,
    /// What went wrong, cut to 2 KiB.
    pub error: String,
    /// Equal for messages that died of the same cause.
    pub fingerprint: String,
    /// The original entry as JSON, see [`as_json`].
    pub entry: String,
}

/// Where a message was when it died.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Its stream.
    pub stream: String,
    /// Its entry in the stream.
    pub entry_id: String,
    /// The group that gave up.
    pub group: String,
    /// The consumer that gave up.
    pub consumer: String,
}

const MESSAGE_DIED: &str = "message.died.v1";

impl Message for DeadLetter {
    const STREAM: &'static str = super::DEAD_LETTERS;
    const GROUPS: &'static [&'static str] = &[];
    /// A week to look at them with `redis-cli`; the table `failures` keeps them for good.
    const RETENTION: Duration = Duration::from_hours(7 * 24);

    fn kind(&self) -> &'static str {
        MESSAGE_DIED
    }

    fn fields(&self) -> Fields {
        Fields::default()
            .with("message_id", self.message_id)
            .with("stream", &self.origin.stream)
            .with("entry_id", &self.origin.entry_id)
            .with("group", &self.origin.group)
            .with("consumer", &self.origin.consumer)
            .with("attempts", self.attempts)
            .with("first_at", millis(self.first_at))
            .with("last_at", millis(self.last_at))
            .with("class", &self.class)
            .with("error", &self.error)
            .with("fingerprint", &self.fingerprint)
            .with("entry", &self.entry)
    }

    fn decode(kind: &str, fields: &Fields) -> Result<Self, DecodeError> {
        if kind != MESSAGE_DIED {
            return Err(DecodeError::UnknownKind(kind.to_owned()));
        }
        let text = |name| fields.text(name).map(str::to_owned);
        Ok(Self {
            message_id: fields.parse("message_id")?,
            origin: Origin {
                stream: text("stream")?,
                entry_id: text("entry_id")?,
                group: text("group")?,
                consumer: text("consumer")?,
            },
            attempts: fields.parse("attempts")?,
            first_at: time_of(fields, "first_at")?,
            last_at: time_of(fields, "last_at")?,
            class: text("class")?,
            error: text("error")?,
            fingerprint: text("fingerprint")?,
            entry: text("entry")?,
        })
    }
}

fn millis(at: OffsetDateTime) -> i128 {
    at.unix_timestamp_nanos() / 1_000_000
}

fn time_of(fields: &Fields, name: &'static str) -> Result<OffsetDateTime, DecodeError> {
    let millis: i128 = fields.parse(name)?;
    OffsetDateTime::from_unix_timestamp_nanos(millis.saturating_mul(1_000_000)).map_err(|error| {
        DecodeError::Invalid {
            field: name,
            reason: error.to_string(),
        }
    })
}

/// The fields of an entry, verbatim and in order: `[[name, value], …]`. What is not UTF-8 stands
/// as `{"escaped": "\\xff\\x00"}`.
pub(super) fn as_json(entry: &Entry) -> String {
    let pairs = entry.fields.iter();
    let pairs = pairs.map(|(name, value)| json!([text_or_escaped(name), text_or_escaped(value)]));
    Value::Array(pairs.collect()).to_string()
}

fn text_or_escaped(bytes: &[u8]) -> Value {
    std::str::from_utf8(bytes).map_or_else(
        |_| json!({ "escaped": bytes.escape_ascii().to_string() }),
        Value::from,
    )
}

/// What an entry that is no message is filed under: made of its place, so that it is the same
/// however often the entry comes. Its own `id` would not do: it may be that of a good message.
pub(super) fn id_of_place(stream: &str, entry_id: &str) -> MessageId {
    let place = format!("{stream} {entry_id}");
    MessageId(Uuid::new_v5(&Uuid::NAMESPACE_OID, place.as_bytes()))
}

/// Equal for errors that differ only in numbers: twelve hexadecimal digits.
pub(super) fn fingerprint(class: DeadLetterClass, error: &str) -> String {
    let pattern = error.split(|c: char| c.is_ascii_digit());
    let pattern: Vec<_> = pattern.filter(|part| !part.is_empty()).collect();
    let text = format!("{} {}", class.name(), pattern.join("#"));
    let hash = Uuid::new_v5(&Uuid::NAMESPACE_OID, text.as_bytes());
    hash.simple().to_string().split_off(20)
}
