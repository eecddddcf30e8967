//! A message that can never be applied, with everything needed to find out why.

use super::Entry;

/// Why a message is dead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DeadLetterClass {
    /// The entry is not a message: a field is missing, malformed or out of range.
    Decode,
    /// The handler refused it for good.
    Permanent,
}

impl DeadLetterClass {
    fn name(self) -> &'static str {
        match self {
            Self::Decode => "decode",
            Self::Permanent => "permanent",
        }
    }
}

/// An entry on its way to the dead letters.
pub(super) struct DeadLetter<'a> {
    pub(super) entry: &'a Entry,
    pub(super) class: DeadLetterClass,
    pub(super) error: String,
}

/// Longest error text kept (bytes).
const MAX_ERROR: usize = 2048;

impl DeadLetter<'_> {
    pub(super) fn entry_id(&self) -> &str {
        &self.entry.id
    }

    /// The fields of the dead letter: where it came from and why it died, each with the prefix
    /// `dead_`, then the original fields, verbatim.
    pub(super) fn fields(
        &self,
        stream: &str,
        group: &str,
        consumer: &str,
    ) -> Vec<(Vec<u8>, Vec<u8>)> {
        let mut error = self.error.clone();
        error.truncate(error.floor_char_boundary(MAX_ERROR));
        let origin = [
            ("dead_stream", stream),
            ("dead_entry", &self.entry.id),
            ("dead_group", group),
            ("dead_consumer", consumer),
            ("dead_class", self.class.name()),
            ("dead_error", &error),
        ];
        origin
            .into_iter()
            .map(|(name, value)| (name.into(), value.into()))
            .chain(self.entry.fields.iter().cloned())
            .collect()
    }
}
