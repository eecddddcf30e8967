//! Accepts connections and deals them to the workers.

use std::{
    future::poll_fn,
    io,
    net::SocketAddr,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    net::{TcpListener, TcpStream},
    sync::{mpsc, oneshot},
};
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

use crate::{connections::Connections, worker::Accepted};

/// Rest after a failed accept, which mostly means that there are no file descriptors left.
const ACCEPT_RETRY: Duration = Duration::from_millis(100);

/// Where connections come in.
pub(crate) struct Accepting {
    pub(crate) listeners: Vec<TcpListener>,
    pub(crate) connections: Arc<Connections>,
}

/// A worker's thread, as the listener sees it.
pub(crate) struct Hand {
    pub(crate) accepted: mpsc::Sender<Accepted>,
    pub(crate) ended: oneshot::Receiver<()>,
}

/// Deals connections to the workers in turn: every core gets its share of those that stay open,
/// which sockets that share a port, or workers that race for one listener, do not promise.
pub(crate) async fn accept(accepting: Accepting, hands: Vec<Hand>, stop: CancellationToken) {
    for (turn, hand) in hands.iter().cycle().enumerate() {
        let connection = tokio::select! {
            accepted = next(&accepting, turn) => accepted,
            () = stop.cancelled() => break,
        };
        if hand.accepted.send(connection).await.is_err() {
            warn!("a worker is gone and its turn is lost");
        }
    }
    drop(accepting);
    for Hand { accepted, ended } in hands {
        drop(accepted);
        // The other end is dropped, never used: an error is how the end of a worker looks.
        _ = ended.await;
    }
}

async fn next(accepting: &Accepting, turn: usize) -> Accepted {
    loop {
        let accepted = poll_fn(|context| poll_next(&accepting.listeners, turn, context)).await;
        let accepted = accepted
            .and_then(|(entrance, (socket, peer))| Ok((entrance, socket.into_std()?, peer)));
        let (entrance, socket, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                warn!(%error, "cannot accept a connection");
                tokio::time::sleep(ACCEPT_RETRY).await;
                continue;
            }
        };
        if let Some(seat) = accepting.connections.admit(peer.ip()) {
            return Accepted {
                socket,
                peer,
                entrance,
                seat,
            };
        }
        // Not answered: that would cost more than the one who asks for it pays.
        debug!(client.ip = %peer.ip(), "one connection too many");
    }
}

/// Asks the listeners in turn, so that a flood at one does not close the other.
fn poll_next(
    listeners: &[TcpListener],
    turn: usize,
    context: &mut Context<'_>,
) -> Poll<io::Result<(usize, (TcpStream, SocketAddr))>> {
    let count = listeners.len();
    for index in (0..count).map(|step| turn.wrapping_add(step) % count) {
        let polled = listeners.get(index).map(|it| it.poll_accept(context));
        if let Some(Poll::Ready(accepted)) = polled {
            return Poll::Ready(accepted.map(|accepted| (index, accepted)));
        }
    }
    Poll::Pending
}
