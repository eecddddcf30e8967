//! `WebSocket`s on which people hear what changes.
//!
//! A service has one [`Audience`] and one task that tells it the news, which rests while nobody
//! listens. Each WebSocket is a [`Socket`] with a [`Seat`] in that audience. What is news comes
//! from the streams, and what is true is read from the database: docs/decisions/0018.

mod audience;
mod handshake;
mod socket;

pub use audience::{Audience, News, Refused, Seat};
pub use handshake::Handshake;
pub use socket::{Close, Heard, Socket};
