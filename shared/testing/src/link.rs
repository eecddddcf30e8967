//! A wire between a service and its server that a test can cut.

use std::net::SocketAddr;

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// Passes bytes between a free local port and a server, until it is cut.
pub struct TestLink {
    url: String,
    is_whole: watch::Sender<bool>,
}

impl TestLink {
    /// A whole link to the server of this URL.
    pub async fn to(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (before, host, after) = split(server);
        let url = format!("{before}{}{after}", listener.local_addr().unwrap());
        let server: SocketAddr = tokio::net::lookup_host(host).await.unwrap().next().unwrap();
        let is_whole = watch::Sender::new(true);
        tokio::spawn(accept(listener, server, is_whole.subscribe()));
        Self { url, is_whole }
    }

    /// The URL of the server, by way of this link.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Drops every connection, and every new one until [`TestLink::restore`].
    pub fn cut(&self) {
        self.is_whole.send_replace(false);
    }

    /// Lets new connections through again.
    pub fn restore(&self) {
        self.is_whole.send_replace(true);
    }
}

/// What stands before the host of a URL, host and port, and what stands after.
fn split(url: &str) -> (&str, &str, &str) {
    let start = url.rfind('@').or_else(|| url.find("//").map(|at| at + 1));
    let start = start.unwrap() + 1;
    let end = url[start..].find('/').map_or(url.len(), |at| start + at);
    (&url[..start], &url[start..end], &url[end..])
}

async fn accept(listener: TcpListener, server: SocketAddr, is_whole: watch::Receiver<bool>) {
    while let Ok((client, _)) = listener.accept().await {
        if *is_whole.borrow() {
            tokio::spawn(pass(client, server, is_whole.clone()));
        }
    }
}

async fn pass(mut client: TcpStream, server: SocketAddr, mut is_whole: watch::Receiver<bool>) {
    let Ok(mut server) = TcpStream::connect(server).await else {
        return;
    };
    tokio::select! {
        // Either side may close its half as it likes; how is of no interest here.
        _ = copy_bidirectional(&mut client, &mut server) => {}
        _ = is_whole.wait_for(|is_whole| !is_whole) => {}
    }
}
