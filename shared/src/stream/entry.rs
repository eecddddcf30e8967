//! An entry of a stream as Redis answers it.
//!
//! The general reply types of the client build several maps per entry; this walk moves the
//! bytes out of the answer and nothing else.

use std::mem::take;

use redis::Value;

/// One entry: its id in the stream, and its fields in order, as bytes that anybody may have
/// written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Id in the stream, such as `1700000000000-0`.
    pub id: String,
    /// Names and values; empty when the entry was deleted while it was pending.
    pub fields: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Entry {
    /// The entries in an answer to XREAD or XREADGROUP of one stream; none when it timed out.
    pub fn of_read(mut answer: Value) -> Vec<Self> {
        match &mut answer {
            // [[stream, [entry, …]]]
            Value::Array(streams) => match streams.first_mut() {
                Some(Value::Array(stream)) => stream.pop().map(Self::of_range).unwrap_or_default(),
                _ => Vec::new(),
            },
            // RESP3: {stream: [entry, …]}
            Value::Map(streams) => streams
                .pop()
                .map(|(_, entries)| Self::of_range(entries))
                .unwrap_or_default(),
            _ => Vec::new(),
        }
    }

    /// The entries in a list of entries, as XRANGE answers.
    pub fn of_range(answer: Value) -> Vec<Self> {
        let Value::Array(entries) = answer else {
            return Vec::new();
        };
        entries.into_iter().filter_map(Self::of_value).collect()
    }

    /// Whether it was sent again, by an operator, for another group than `group`.
    #[cfg(feature = "database")]
    pub(super) fn is_for_other_than(&self, group: &str) -> bool {
        let only = self.fields.iter().find(|(name, _)| name == b"only");
        only.is_some_and(|(_, wanted)| wanted != group.as_bytes())
    }

    fn of_value(value: Value) -> Option<Self> {
        let Value::Array(mut pair) = value else {
            return None;
        };
        let fields = pair.pop().map(fields_of).unwrap_or_default();
        let id = String::from_utf8(bytes_of(pair.pop()?)).ok()?;
        Some(Self { id, fields })
    }
}

fn fields_of(value: Value) -> Vec<(Vec<u8>, Vec<u8>)> {
    let Value::Array(mut flat) = value else {
        return Vec::new();
    };
    flat.chunks_exact_mut(2)
        .map(|pair| match pair {
            [name, value] => (bytes_of(take_value(name)), bytes_of(take_value(value))),
            _ => (Vec::new(), Vec::new()),
        })
        .collect()
}

fn take_value(value: &mut Value) -> Value {
    std::mem::replace(value, Value::Nil)
}

fn bytes_of(value: Value) -> Vec<u8> {
    match value {
        Value::BulkString(mut bytes) => take(&mut bytes),
        Value::SimpleString(text) => text.into_bytes(),
        _ => Vec::new(),
    }
}
