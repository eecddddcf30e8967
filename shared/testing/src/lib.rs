//! What a test of a service needs: its own database, its own keys in Redis, a client.
//!
//! The servers come from `cargo mesh test`, which puts their URLs into `MESH_TEST_POSTGRES_URL`
//! and `MESH_TEST_REDIS_URL`.

#![expect(
    clippy::missing_panics_doc,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot set up its stage shall fail on the spot"
)]

mod client;
mod contract;
mod database;
mod eventually;
mod link;
mod socket;
mod streams;
mod tokens;

pub use client::{Answer, TestClient};
pub use contract::Contract;
pub use database::{TestDatabase, classes_of_the_dead};
pub use eventually::eventually;
pub use link::TestLink;
pub use socket::{TestSocket, serve_router};
pub use streams::{
    TestRedis, append, append_fields, consumers, entries, field, is_drained, pending,
};
pub use tokens::TestTokens;

/// A variable that `cargo mesh test` sets.
#[expect(
    clippy::disallowed_methods,
    reason = "tests have no config.rs; this is the one place that reads their environment"
)]
fn server_url(variable: &str) -> String {
    std::env::var(variable)
        .unwrap_or_else(|_| panic!("{variable} is not set: run the tests with `cargo mesh test`"))
}
