//! Asks one instance whether it is ready, over a connection of its own.

use std::{fmt, io, time::Duration};

use bytes::Bytes;
use http::{Request, StatusCode, header};
use http_body_util::Empty;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::{net::TcpStream, time::timeout};
use tokio_util::task::AbortOnDropHandle;

use crate::instance::{Health, Instance};

/// What an instance answered.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// This, in time.
    Answer(StatusCode),
    /// Nothing: no connection, or one that broke.
    Unreachable,
    /// Nothing in this time.
    Late(Duration),
}

impl Outcome {
    /// What it says about the instance.
    pub(crate) fn health(&self) -> Health {
        match self {
            Self::Answer(status) if status.is_success() => Health::Ready,
            Self::Answer(_) => Health::Unready,
            Self::Unreachable | Self::Late(_) => Health::Silent,
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answer(status) => write!(out, "answers {}", status.as_u16()),
            Self::Unreachable => write!(out, "is not reachable"),
            Self::Late(deadline) => {
                write!(out, "does not answer within {} s", deadline.as_secs_f32())
            }
        }
    }
}

/// `GET path` of this instance.
pub(crate) async fn probe(instance: &Instance, path: &str, deadline: Duration) -> Outcome {
    match timeout(deadline, ask(instance, path)).await {
        Ok(Ok(status)) => Outcome::Answer(status),
        Ok(Err(_)) => Outcome::Unreachable,
        Err(_) => Outcome::Late(deadline),
    }
}

async fn ask(instance: &Instance, path: &str) -> io::Result<StatusCode> {
    let request = Request::get(path)
        .header(header::HOST, instance.address.to_string())
        .body(Empty::<Bytes>::new())
        .map_err(io::Error::other)?;
    let socket = TcpStream::connect(instance.address).await?;
    let (mut connection, driver) = http1::handshake(TokioIo::new(socket))
        .await
        .map_err(io::Error::other)?;
    // What breaks it, the request hears too.
    let _driver = AbortOnDropHandle::new(tokio::spawn(driver));
    let response = connection.send_request(request).await;
    Ok(response.map_err(io::Error::other)?.status())
}
