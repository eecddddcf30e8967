//! The message runtime: how a fact that one service has committed takes effect, exactly once,
//! in another.
//!
//! # The life of a message
//!
//! 1. A service commits a change of state together with a row of its [`outbox`].
//! 2. The [`relay`] appends the row to a Redis stream and then marks it published. A crash in
//!    between appends it again: messages arrive *at least* once, never less.
//! 3. A [`consumer`] of each group that reads the stream takes a batch, and commits the effect
//!    together with the message ids in its [`inbox`]. An id that is already there has no effect
//!    again: effects happen *exactly* once.
//! 4. Only after that commit does it acknowledge. A crash before leaves the entry pending, and
//!    the same consumer or, when that is gone, another one takes it up again.
//!
//! Redis may therefore be slow, away or repeat itself; PostgreSQL on both ends holds the truth.
//! What can never be applied goes to [`DEAD_LETTERS`], with the reason.

mod entry;
mod envelope;
mod follow;

#[cfg(feature = "database")]
pub mod consumer;
#[cfg(feature = "database")]
mod dead_letter;
#[cfg(feature = "database")]
mod failures;
#[cfg(feature = "database")]
mod gauges;
#[cfg(feature = "database")]
mod group;
#[cfg(feature = "database")]
mod inbox;
#[cfg(feature = "database")]
pub mod outbox;
#[cfg(feature = "database")]
pub mod relay;
#[cfg(feature = "database")]
pub mod replay;
#[cfg(feature = "database")]
pub mod standing;
#[cfg(feature = "database")]
pub mod tables;

pub use entry::Entry;
pub use envelope::{DecodeError, Fields, Message, Received, StreamPolicy};
pub use follow::{follow, listen};

#[cfg(feature = "database")]
pub use consumer::{Consumer, HandleError, Handler};
#[cfg(feature = "database")]
pub use dead_letter::{DeadLetter, DeadLetterClass, Origin};
#[cfg(feature = "database")]
pub use gauges::Gauges;
#[cfg(feature = "database")]
pub use outbox::{Outbox, OutboxRows, Outgoing};
#[cfg(feature = "database")]
pub use relay::Relay;

/// Where messages end that can never be applied.
pub const DEAD_LETTERS: &str = "dead_letter_stream";
