//! The proxy over real sockets, in front of scripted services.

mod assets;
mod failures;
mod forward;
mod health;
mod keys;
mod service;
mod session;
mod shutdown;
mod stage;
mod upgrade;
mod uploads;
