//! The wire form of a message: flat fields, so that an operator reads them in `redis-cli`.
//!
//! Every entry has `id` (of the message), `type` (its kind and version) and `ts` (when it was
//! written, milliseconds since 1970); `corr`, the request that caused it, and `traceparent`, its
//! trace, when there were any; and then the fields of its kind, under the names of the contract.

use std::{fmt::Display, time::Duration};

use serde::{Serialize, de::DeserializeOwned};
use thiserror::Error;

use super::Entry;
use crate::{
    cause::{Cause, TRACEPARENT},
    id::MessageId,
};

/// Everything that one stream may carry.
pub trait Message: Sized + Send + Sync + 'static {
    /// The Redis stream.
    const STREAM: &'static str;

    /// Groups that must have handled an entry before it may be trimmed, whether they exist yet
    /// or not. Other groups are respected once they exist.
    const GROUPS: &'static [&'static str];

    /// How long entries stay that are handled.
    const RETENTION: Duration;

    /// Wire name and version of this message, such as `order.created.v1`; never reused.
    fn kind(&self) -> &'static str;

    /// The fields of this message beside the envelope's.
    fn fields(&self) -> Fields;

    /// Reads a message of `kind` back.
    ///
    /// # Errors
    /// When the kind is unknown, or a field is missing or breaks its rule.
    fn decode(kind: &str, fields: &Fields) -> Result<Self, DecodeError>;
}

/// What the relay needs to know to look after a stream.
#[derive(Clone, Copy, Debug)]
pub struct StreamPolicy {
    /// [`Message::STREAM`].
    pub name: &'static str,
    /// [`Message::GROUPS`].
    pub groups: &'static [&'static str],
    /// [`Message::RETENTION`].
    pub retention: Duration,
}

impl StreamPolicy {
    /// The policy of the stream that carries `M`.
    pub fn of<M: Message>() -> Self {
        Self {
            name: M::STREAM,
            groups: M::GROUPS,
            retention: M::RETENTION,
        }
    }
}

/// A message as it arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received<M> {
    /// The same at every delivery.
    pub id: MessageId,
    /// The request that caused it, if there was one.
    pub cause: Cause,
    /// What it says.
    pub message: M,
}

/// Why an entry is not a message; such an entry can never be applied.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DecodeError {
    /// A required field is absent.
    #[error("field {0} is missing")]
    Missing(&'static str),
    /// A field is not of its type or out of its range.
    #[error("field {field} is not valid: {reason}")]
    Invalid {
        /// The field.
        field: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// Not a kind that this stream carries.
    #[error("unknown message type {0:?}")]
    UnknownKind(String),
    /// Bytes that are not text.
    #[error("a field is not UTF-8")]
    NotText,
}

/// Names and values, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// Adds a value as its text.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Display) -> Self {
        self.0.push((name.to_owned(), value.to_string()));
        self
    }

    /// Adds a value as JSON.
    ///
    /// # Panics
    /// Never for the plain structs of [`crate::messages`], which serialize infallibly.
    #[must_use]
    pub fn with_json(mut self, name: &str, value: &impl Serialize) -> Self {
        #[expect(
            clippy::expect_used,
            reason = "plain structs without maps of non-string keys serialize infallibly"
        )]
        let json = serde_json::to_string(value).expect("a plain struct serializes");
        self.0.push((name.to_owned(), json));
        self
    }

    /// The text of a field.
    ///
    /// # Errors
    /// When it is absent.
    pub fn text(&self, name: &'static str) -> Result<&str, DecodeError> {
        self.0
            .iter()
            .find(|(field, _)| field == name)
            .map(|(_, value)| value.as_str())
            .ok_or(DecodeError::Missing(name))
    }

    /// A field parsed from its text.
    ///
    /// # Errors
    /// When it is absent or does not parse.
    pub fn parse<T>(&self, name: &'static str) -> Result<T, DecodeError>
    where
        T: std::str::FromStr<Err: Display>,
    {
        let text = self.text(name)?;
        text.parse().map_err(|error: T::Err| DecodeError::Invalid {
            field: name,
            reason: error.to_string(),
        })
    }

    /// A field parsed from JSON.
    ///
    /// # Errors
    /// When it is absent or does not parse.
    pub fn json<T: DeserializeOwned>(&self, name: &'static str) -> Result<T, DecodeError> {
        serde_json::from_str(self.text(name)?).map_err(|error| DecodeError::Invalid {
            field: name,
            reason: error.to_string(),
        })
    }

    /// All names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl<M: Message> Received<M> {
    /// Reads an entry.
    ///
    /// # Errors
    /// When it is not a message of this stream.
    pub fn decode(entry: &Entry) -> Result<Self, DecodeError> {
        let text = |bytes: &[u8]| {
            std::str::from_utf8(bytes)
                .map(str::to_owned)
                .map_err(|_| DecodeError::NotText)
        };
        let fields = entry
            .fields
            .iter()
            .map(|(name, value)| Ok((text(name)?, text(value)?)))
            .collect::<Result<Vec<_>, _>>()
            .map(Fields)?;
        let id = fields.parse("id")?;
        let message = M::decode(fields.text("type")?, &fields)?;
        let optional = |name| fields.text(name).unwrap_or_default().to_owned();
        let cause = Cause {
            request_id: optional("corr"),
            traceparent: optional(TRACEPARENT),
        };
        Ok(Self { id, cause, message })
    }
}
