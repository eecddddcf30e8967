//! What stands behind both proxies: a server that answers everything with the same 4 KiB of JSON.

use std::{
    convert::Infallible,
    net::{Ipv4Addr, SocketAddr, TcpListener as StdTcpListener},
    thread,
};

use anyhow::Result;
use http_body_util::Full;
use hyper::{
    Response,
    body::Bytes,
    header::{self, HeaderValue},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpListener, runtime};

/// Bytes of its answer.
const SIZE: usize = 4096;

/// A server on a thread of its own, until this process ends.
pub(super) struct Upstream {
    pub(super) address: SocketAddr,
}

impl Upstream {
    /// Starts it on a free port.
    pub(super) fn start() -> Result<Self> {
        let listener = StdTcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        thread::spawn(move || runtime.block_on(serve(listener)));
        Ok(Self { address })
    }
}

/// Serves until there is no listener, which is never; what ends one connection ends no other.
async fn serve(listener: StdTcpListener) -> Result<()> {
    let listener = TcpListener::from_std(listener)?;
    let body = Bytes::from(json());
    loop {
        let (socket, _) = listener.accept().await?;
        socket.set_nodelay(true)?;
        let body = body.clone();
        let answer = service_fn(move |_| {
            let mut response = Response::new(Full::new(body.clone()));
            let json = HeaderValue::from_static("application/json");
            response.headers_mut().insert(header::CONTENT_TYPE, json);
            async move { Ok::<_, Infallible>(response) }
        });
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(socket), answer));
    }
}

fn json() -> String {
    let (before, after) = (r#"{"text":""#, r#""}"#);
    let text = "x".repeat(SIZE - before.len() - after.len());
    format!("{before}{text}{after}")
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn the_answer_is_json_of_4_kib() {
        assert_eq!(json().len(), 4096);
        assert!(serde_json::from_str::<Value>(&json()).is_ok());
    }
}
