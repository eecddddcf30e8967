//! The smallest questions that tell whether a server is ready.

use std::{io, net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

/// How long one question may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// Largest answer that is read; the rest is not needed to judge it.
const MOST: u64 = 4096;

/// Whether `GET path` on `address` is answered with 200.
pub(crate) async fn answers_ok(address: SocketAddr, path: &str) -> bool {
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    exchange(&address.to_string(), &request)
        .await
        .is_ok_and(|answer| answer.starts_with("HTTP/1.") && answer.get(8..13) == Some(" 200 "))
}

/// Sends `request` to `address` and reads the answer until the other side closes.
pub(crate) async fn exchange(address: &str, request: &str) -> io::Result<String> {
    let talk = async {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.take(MOST).read_to_end(&mut answer).await?;
        Ok(String::from_utf8_lossy(&answer).into_owned())
    };
    timeout(PATIENCE, talk).await?
}
