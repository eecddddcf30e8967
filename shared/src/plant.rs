//! Bugs on purpose, one for each promise of the message runtime: a torture that does not find them
//! proves nothing.
//!
//! Only a build with the feature `plants` can have one; in every other build [`Plant::is_planted`]
//! is the constant `false`, and the compiler leaves the bug out.

use clap::ValueEnum;

/// A bug that `cargo mesh torture --plant` puts into the services.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Plant {
    /// Entries are acknowledged before their effect is committed.
    AckBeforeCommit,
    /// Ids of messages are not looked up in the inbox.
    NoInbox,
    /// No row of the outbox outlives the attempt to publish it.
    PublishWithoutOutbox,
    /// Stock is read, and later written without a lock or a condition.
    ReadThenWriteStock,
    /// A message that comes a second time is acknowledged and forgotten.
    DropOnRetry,
}

impl Plant {
    /// Whether this process has the bug.
    #[cfg(feature = "plants")]
    pub fn is_planted(self) -> bool {
        use std::sync::LazyLock;
        static PLANTED: LazyLock<Option<Plant>> = LazyLock::new(crate::config::planted);
        *PLANTED == Some(self)
    }

    /// Whether this process has the bug: never.
    #[cfg(not(feature = "plants"))]
    pub const fn is_planted(self) -> bool {
        false
    }

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::AckBeforeCommit => "ack-before-commit",
            Self::NoInbox => "no-inbox",
            Self::PublishWithoutOutbox => "publish-without-outbox",
            Self::ReadThenWriteStock => "read-then-write-stock",
            Self::DropOnRetry => "drop-on-retry",
        }
    }
}
