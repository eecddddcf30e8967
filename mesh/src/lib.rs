//! The whole marketplace on one machine, for people and for tests.
//!
//! [`Mesh::start`] brings up PostgreSQL, Redis, the three services and the proxy, each on a port
//! of 127.0.0.1, and starts again whatever dies. `cargo mesh up` is that and a wait for Ctrl-C;
//! whole-system tests use it to kill named parts and look at what is left.

mod account;
pub mod bench;
#[cfg(feature = "containers")]
mod containers;
mod customer;
mod folder;
mod install;
mod leftover;
pub mod lint;
mod made;
pub mod openapi;
pub mod operate;
mod part;
mod port;
mod postgres;
mod process;
mod programs;
mod redis;
pub mod say;
mod secret;
pub mod secrets;
mod services;
mod state;
mod system;
pub mod test;
mod tidy;
pub mod torture;
pub mod up;
mod version;
mod web;
mod workspace;

pub use crate::{
    install::Missing,
    port::free as free_port,
    say::Say,
    state::State,
    system::{Mesh, Options},
};
