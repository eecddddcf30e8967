//! The gate between the services and Redis: it passes bytes on, until it is told not to.

use std::{net::SocketAddr, sync::Arc};

use anyhow::{Context, Result};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
    task::AbortHandle,
};

use crate::{redis, system::Mesh};

/// Bytes that are passed on at a time.
const PIECE: usize = 16 * 1024;

/// What connections are to do.
#[derive(Clone, Copy, Default)]
struct Orders {
    /// Connections made before the last of so many cuts are over.
    cuts: u32,
    is_stalled: bool,
}

/// An address of which every connection leads to the Redis of a mesh.
pub(super) struct Gate {
    address: SocketAddr,
    orders: watch::Sender<Orders>,
    task: Option<AbortHandle>,
}

impl Gate {
    /// Takes an address; nobody is let in before [`Gate::lead`].
    pub(super) async fn new() -> Result<(Self, TcpListener)> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await;
        let listener = listener.context("cannot listen")?;
        let gate = Self {
            address: listener.local_addr()?,
            orders: watch::Sender::default(),
            task: None,
        };
        Ok((gate, listener))
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Lets connections through to the Redis of `mesh`.
    pub(super) fn lead(&mut self, listener: TcpListener, mesh: Arc<Mesh>) {
        let orders = self.orders.subscribe();
        let accept = async move {
            while let Ok((client, _)) = listener.accept().await {
                let (mesh, orders) = (Arc::clone(&mesh), orders.clone());
                // A connection that breaks is what its two ends have to live with.
                tokio::spawn(async move { pass(client, &mesh, orders).await.ok() });
            }
        };
        self.task = Some(tokio::spawn(accept).abort_handle());
    }

    /// Breaks every connection.
    pub(super) fn cut(&self) {
        self.orders.send_modify(|orders| orders.cuts += 1);
    }

    /// Holds every byte back, or lets them go.
    pub(super) fn stall(&self, is_stalled: bool) {
        self.orders
            .send_modify(|orders| orders.is_stalled = is_stalled);
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.cut();
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

async fn pass(client: TcpStream, mesh: &Mesh, mut orders: watch::Receiver<Orders>) -> Result<()> {
    let cuts = orders.borrow().cuts;
    let server = TcpStream::connect(redis::address(&mesh.state().redis.url)?).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    tokio::select! {
        end = pump(from_client, to_server, orders.clone()) => end,
        end = pump(from_server, to_client, orders.clone()) => end,
        _ = orders.wait_for(|orders| orders.cuts != cuts) => Ok(()),
    }
}

async fn pump(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut orders: watch::Receiver<Orders>,
) -> Result<()> {
    let mut piece = vec![0; PIECE];
    loop {
        let count = from.read(&mut piece).await?;
        if count == 0 {
            return Ok(());
        }
        orders.wait_for(|orders| !orders.is_stalled).await?;
        to.write_all(&piece[..count]).await?;
    }
}
