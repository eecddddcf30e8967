//! TCP ports of 127.0.0.1: reserving free ones, and the sentence for one that is taken.

use std::{
    net::{Ipv4Addr, TcpListener},
    sync::{Mutex, PoisonError},
};

use anyhow::{Result, bail};
use rand::RngExt;

/// Where free ports are looked for.
///
/// Below the ports that systems give to outgoing connections (from 32768 on Linux, 49152
/// elsewhere): a client that connects to a service which is down could otherwise be given that
/// very port, be connected to itself, and keep the service from coming back.
const FREE: std::ops::Range<u16> = 20_000..26_000;

/// A port is reserved by listening this far above it, where nobody looks for a free port.
///
/// Between the choice of a port and the start of its process, and whenever that process is down,
/// nothing listens on the port itself. Another mesh that took it then would answer requests that
/// were meant for this one.
const TO_RESERVATION: u16 = 6_000;

/// Ports tried before giving up; more than a few are only needed on a machine in trouble.
const TRIES: usize = 200;

/// The reservations of this process; they end with it, however it ends.
static RESERVED: Mutex<Vec<TcpListener>> = Mutex::new(Vec::new());

/// A port that nothing listens on, and that no other call gives away while this process lives:
/// neither here nor in another process.
///
/// # Errors
/// There is no such port.
pub fn free() -> Result<u16> {
    for _ in 0..TRIES {
        let port = rand::rng().random_range(FREE);
        if let Some(reservation) = reserve(port) {
            let mut reserved = RESERVED.lock().unwrap_or_else(PoisonError::into_inner);
            reserved.push(reservation);
            return Ok(port);
        }
    }
    bail!(
        "no free port of 127.0.0.1 between {} and {}",
        FREE.start,
        FREE.end
    )
}

/// Keeps `port` from being given away, if it is free; for as long as what is returned lives.
fn reserve(port: u16) -> Option<TcpListener> {
    let reservation = TcpListener::bind((Ipv4Addr::LOCALHOST, port + TO_RESERVATION));
    reservation.ok().filter(|_| is_free(port))
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

    #[test]
    fn a_port_is_given_to_one_even_while_nothing_listens_on_it() {
        let port = free().unwrap();

        assert!(reserve(port).is_none());
    }
}
