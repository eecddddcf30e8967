//! The smallest questions that tell whether a server is ready.

use std::{io, net::SocketAddr, time::Duration};

use thiserror::Error;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::config::HealthCheck;

/// How long one question may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// Largest answer that is read (bytes); the rest is not needed to judge it.
const MOST: u64 = 4096;

/// The process that was asked is away, or not ready.
#[derive(Debug, Error)]
#[error("GET http://{address}{path} is not answered with 200")]
pub struct NotReady {
    address: SocketAddr,
    path: &'static str,
}

/// Asks the process beside this one: what the health check of a container runs, where there is
/// no shell and no other program that could ask.
///
/// # Errors
/// When `GET path` is not answered with 200 in two seconds.
pub async fn check(check: &HealthCheck, path: &'static str) -> Result<(), NotReady> {
    let address = check.listen;
    if answers_ok(address, path).await {
        return Ok(());
    }
    Err(NotReady { address, path })
}

/// Whether `GET path` on `address` is answered with 200 in two seconds.
pub async fn answers_ok(address: SocketAddr, path: &str) -> bool {
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    exchange(&address.to_string(), &request)
        .await
        .is_ok_and(|answer| answer.starts_with("HTTP/1.") && answer.get(8..13) == Some(" 200 "))
}

/// Sends `request` to `address` and reads the answer until the other side closes.
///
/// # Errors
/// When nobody accepts, the connection breaks, or two seconds are not enough.
pub async fn exchange(address: &str, request: &str) -> io::Result<String> {
    let talk = async {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.take(MOST).read_to_end(&mut answer).await?;
        Ok(String::from_utf8_lossy(&answer).into_owned())
    };
    timeout(PATIENCE, talk).await?
}
