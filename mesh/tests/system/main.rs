//! Whole-system tests: a mesh of real processes, reached through its only door.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot set up its stage shall fail on the spot"
)]

mod access;
mod buying;
mod dashboards;
mod document;
mod logs;
mod metrics;
mod operating;
mod plants;
mod replica;
mod restoring;
mod rolling;
mod server;
mod sessions;
mod shopper;
mod survival;
mod torture;
mod tracing;
