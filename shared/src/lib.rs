//! Mechanisms that two or more members of the mesh use, and the messages they exchange.
//!
//! The modules stand in the order of their dependencies: a later one may use an earlier one,
//! never the reverse. No module knows a table, a route or a rule of a service.

pub mod config;
pub mod metrics;
pub mod probe;

pub mod panic;
pub mod plant;
pub mod shutdown;

mod backoff;

pub mod cause;
pub mod trace;

pub mod telemetry;

mod hex;
pub mod id;
pub mod money;

#[cfg(feature = "database")]
pub mod db;

pub mod redis;

pub mod http;

pub mod api;

pub mod address;

pub mod live;

pub mod stream;

pub mod messages;

pub mod auth;

pub use hex::hex;

/// The allocator of every program that links this crate: docs/decisions/0012.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
