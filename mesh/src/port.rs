//! TCP ports of 127.0.0.1: finding free ones, and the sentence for one that is taken.

use std::net::{Ipv4Addr, TcpListener};

use anyhow::{Result, bail};
use rand::RngExt;

/// Where free ports are looked for.
///
/// Below the ports that systems give to outgoing connections (from 32768 on Linux, 49152
/// elsewhere): a client that connects to a service which is down could otherwise be given that
/// very port, be connected to itself, and keep the service from coming back.
const FREE: std::ops::Range<u16> = 20_000..32_000;

/// Ports tried before giving up; more than a few are only needed on a machine in trouble.
const TRIES: usize = 200;

/// A port that nothing listens on at the moment.
pub(crate) fn free() -> Result<u16> {
    for _ in 0..TRIES {
        let port = rand::rng().random_range(FREE);
        if is_free(port) {
            return Ok(port);
        }
    }
    bail!(
        "no free port of 127.0.0.1 between {} and {}",
        FREE.start,
        FREE.end
    )
}

/// Refuses a `port` that something else listens on.
///
/// # Errors
/// The sentence that the person who chose the port reads.
pub(crate) fn require(port: u16) -> Result<()> {
    if is_free(port) {
        return Ok(());
    }
    let other = port.checked_add(1).unwrap_or(8080);
    bail!("port {port} is taken; stop what uses it or choose another: cargo mesh up --port {other}")
}

/// Binding is the question; std sets `SO_REUSEADDR`, so that connections of an earlier server
/// which still linger do not count.
fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_refused_with_the_next_one_to_try() {
        let holder = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = holder.local_addr().unwrap().port();

        let error = require(port).unwrap_err().to_string();

        assert!(
            error.starts_with(&format!("port {port} is taken;")),
            "{error}"
        );
        assert!(
            error.ends_with(&format!("cargo mesh up --port {}", port + 1)),
            "{error}"
        );
    }

    #[test]
    fn a_free_port_can_be_listened_on() {
        let port = free().unwrap();

        TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap();
    }
}
