//! One connection of a client, from its first byte to its last.

use std::{
    error::Error as StdError,
    future::{poll_fn, ready},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::future::Either;
use http::Request;
use hyper::{
    body::Incoming,
    server::conn::{http1, http2},
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::{MissedTickBehavior, interval, timeout},
};
use tokio_util::sync::CancellationToken;
use tracing::debug;

use crate::{
    body::discard,
    client_io::ClientIo,
    config::LimitSettings,
    door,
    entrance::Entrance,
    peer::{HTTPS, Peer},
    streams::{Streams, noting},
    timer::HeadTimer,
    tls::{HTTP_2, Tls},
    traffic::Present,
    worker::{Accepted, Core},
};

/// Requests of one HTTP/2 connection at one time: as many as browsers use, and nginx allows.
const MAX_STREAMS: u32 = 128;

/// Streams that a client began and reset before we looked at them; one more ends the connection
/// (CVE-2023-44487). Those that we reset have a bound in hyper.
const MAX_RESET_STREAMS: usize = 20;

/// What waits in memory for one slow reader of one stream (bytes).
const MAX_SEND_BUFFER: usize = 64 * 1024;

type Outcome = Result<(), Box<dyn StdError + Send + Sync>>;

/// A connection, apart from its bytes.
struct Connection {
    core: Arc<Core>,
    entrance: Arc<Entrance>,
    peer: Peer,
    limits: LimitSettings,
    stop: CancellationToken,
    /// Requests so far.
    begun: AtomicUsize,
}

/// Serves one connection until it ends.
pub(crate) async fn serve(core: Arc<Core>, accepted: Accepted) {
    let _present = Present::connection();
    let ip = accepted.peer.ip();
    if let Err(error) = try_serve(core, accepted).await {
        debug!(client.ip = %ip, error, "a connection broke");
    }
}

async fn try_serve(core: Arc<Core>, accepted: Accepted) -> Outcome {
    accepted.socket.set_nodelay(true)?;
    let socket = TcpStream::from_std(accepted.socket)?;
    let peer = Peer::plain(accepted.peer.ip()).ok_or("the client's address is no text")?;
    let worker = core.worker();
    let limits = worker.limits.clone();
    let entrance = worker.entrances.get(accepted.entrance);
    let entrance = Arc::clone(entrance.ok_or("the listener is gone")?);
    let large = Arc::clone(&worker.assets.large);
    drop(worker);
    let socket = ClientIo::new(socket, accepted.seat, large, limits.stall_deadline);
    let connection = Connection {
        stop: core.stop(),
        core,
        entrance: Arc::clone(&entrance),
        peer,
        limits,
        begun: AtomicUsize::new(0),
    };
    match &entrance.tls {
        Some(tls) => connection.serve_tls(tls, socket).await,
        None => connection.serve_http1(socket).await,
    }
}

impl Connection {
    async fn serve_tls(mut self, tls: &Tls, socket: ClientIo) -> Outcome {
        self.peer.scheme = HTTPS;
        let accepted = timeout(self.limits.head_deadline, tls.acceptor().accept(socket));
        let stop = self.stop.clone();
        let Some(socket) = stop.run_until_cancelled(accepted).await else {
            return Ok(());
        };
        let socket = socket??;
        if socket.get_ref().1.alpn_protocol() == Some(HTTP_2) {
            return self.serve_http2(socket).await;
        }
        self.serve_http1(socket).await
    }

    async fn serve_http1<I>(self, socket: I) -> Outcome
    where
        I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let this = Arc::new(self);
        let served = Arc::clone(&this);
        let service = service_fn(move |request| served.answer(request));
        let connection = http1::Builder::new()
            .timer(HeadTimer(this.limits.head_deadline))
            // An idle connection counts too: opening a new one costs a browser little.
            .header_read_timeout(this.limits.head_deadline)
            .max_header_size(this.limits.max_head_bytes.get() as usize)
            .serve_connection(TokioIo::new(socket), service)
            .with_upgrades();
        let mut connection = std::pin::pin!(connection);
        tokio::select! {
            biased;
            ended = &mut connection => ended?,
            () = this.stop.cancelled() => {
                connection.as_mut().graceful_shutdown();
                connection.await?;
            }
        }
        Ok(())
    }

    async fn serve_http2<I>(self, socket: I) -> Outcome
    where
        I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let this = Arc::new(self);
        let served = Arc::clone(&this);
        let service = service_fn(move |request| noting(served.answer(request)));
        let streams = Streams::new(this.limits.stall_deadline);
        let connection = http2::Builder::new(streams.clone())
            .timer(TokioTimer::new())
            .max_concurrent_streams(MAX_STREAMS)
            .max_pending_accept_reset_streams(MAX_RESET_STREAMS)
            .max_send_buf_size(MAX_SEND_BUFFER)
            .max_header_list_size(this.limits.max_head_bytes.get())
            .serve_connection(TokioIo::new(socket), service);
        let mut connection = std::pin::pin!(connection);
        tokio::select! {
            ended = &mut connection => return Ok(ended?),
            () = this.stop.cancelled() => {}
            () = this.fell_idle() => {}
        }
        // Requests under way are finished.
        connection.as_mut().graceful_shutdown();
        leave(connection, &streams, this.limits.stall_deadline).await
    }

    /// Waits until no request has begun for a while.
    async fn fell_idle(&self) {
        let mut ticks = interval(self.limits.idle_deadline);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        ticks.tick().await;
        let mut before = None;
        loop {
            let begun = self.begun.load(Ordering::Relaxed);
            if before == Some(begun) {
                return;
            }
            before = Some(begun);
            ticks.tick().await;
        }
    }

    fn answer(&self, request: Request<Incoming>) -> door::Answer {
        self.begun.fetch_add(1, Ordering::Relaxed);
        if let Some(answer) = self.entrance.redirect(&request) {
            discard(request);
            return Either::Left(ready(Ok(answer)));
        }
        let hsts = self.entrance.tls.as_ref().and_then(|tls| tls.hsts.clone());
        door::answer(self.core.worker(), self.peer.clone(), hsts, request)
    }
}

/// Waits for the end of a connection that was told to go, but not for a client that does not agree
/// to it: one without streams ends when nothing has come or gone for a while.
async fn leave<E>(
    mut connection: Pin<&mut impl Future<Output = Result<(), E>>>,
    streams: &Streams,
    patience: Duration,
) -> Outcome
where
    E: Into<Box<dyn StdError + Send + Sync>>,
{
    loop {
        let mut polls = 0;
        let counted = poll_fn(|context| {
            polls += 1;
            connection.as_mut().poll(context)
        });
        if let Ok(ended) = timeout(patience, counted).await {
            return ended.map_err(Into::into);
        }
        // Polled when the wait began and when it was over, and whenever there was reason to.
        if polls <= 2 && !streams.are_under_way() {
            return Ok(());
        }
    }
}
