//! The streams of a connection of HTTP/2, each as long as its client takes it: what has no room in
//! the window of a stream waits, and keeps a connection to a service, while the socket is idle and
//! other streams go on.

use std::{
    cell::Cell,
    convert::Infallible,
    future::poll_fn,
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use futures_util::FutureExt;
use http::Response;
use hyper::{
    body::{Frame, SizeHint},
    rt::Executor,
};
use tokio::time::{Sleep, sleep};

use crate::{body::Body, door};

/// How many times longer than its connection a stream may stand still: many share what a slow
/// client takes, and 16 KiB may have to go before it moves again.
const TURNS: u32 = 10;

thread_local! {
    /// Whom the stream that this thread polls waits for.
    static AWAITED: Cell<Awaited> = const { Cell::new(Awaited::Client) };
}

/// Whom a stream waits for.
#[derive(Clone, Copy)]
enum Awaited {
    /// The client, as before.
    Client,
    /// The client, for what came just now.
    ClientAgain,
    /// The service.
    Service,
}

/// The streams of a connection, and what runs them.
#[derive(Clone)]
pub(crate) struct Streams {
    patience: Duration,
    under_way: Arc<AtomicUsize>,
}

/// One that is under way; dropped, it no longer is.
struct UnderWay(Arc<AtomicUsize>);

/// The body of an answer, which notes whom its stream waits for.
pub(crate) struct Noting(Body);

/// The answer of a stream, which notes the same.
pub(crate) fn noting(
    mut answer: door::Answer,
) -> impl Future<Output = Result<Response<Noting>, Infallible>> {
    poll_fn(move |context| {
        let answer = answer.poll_unpin(context);
        if answer.is_pending() {
            AWAITED.set(Awaited::Service);
        }
        answer.map_ok(|response| response.map(Noting))
    })
}

impl Streams {
    /// Those of a connection that may stand still for so long.
    pub(crate) fn new(stall_deadline: Duration) -> Self {
        Self {
            patience: stall_deadline.saturating_mul(TURNS),
            under_way: Arc::default(),
        }
    }

    /// Whether there is one.
    pub(crate) fn are_under_way(&self) -> bool {
        self.under_way.load(Ordering::Relaxed) > 0
    }

    fn begin(&self) -> UnderWay {
        self.under_way.fetch_add(1, Ordering::Relaxed);
        UnderWay(Arc::clone(&self.under_way))
    }
}

impl<S> Executor<S> for Streams
where
    S: Future + Send + 'static,
{
    fn execute(&self, stream: S) {
        let (under_way, patience) = (self.begin(), self.patience);
        tokio::spawn(async move {
            let _under_way = under_way;
            // Dropped before its end, it is reset.
            let mut stream = pin!(stream);
            let mut stalled = None;
            poll_fn(|context| {
                AWAITED.set(Awaited::Client);
                if stream.as_mut().poll(context).is_ready() {
                    return Poll::Ready(());
                }
                poll_stalled(&mut stalled, patience, context)
            })
            .await;
        });
    }
}

/// Ready when the client has made no room for so long.
fn poll_stalled(
    stalled: &mut Option<Pin<Box<Sleep>>>,
    patience: Duration,
    context: &mut Context<'_>,
) -> Poll<()> {
    match AWAITED.get() {
        Awaited::Service => {
            *stalled = None;
            return Poll::Pending;
        }
        Awaited::ClientAgain => *stalled = None,
        Awaited::Client => {}
    }
    let stalled = stalled.get_or_insert_with(|| Box::pin(sleep(patience)));
    stalled.as_mut().poll(context)
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl hyper::body::Body for Noting {
    type Data = Bytes;
    type Error = <Body as hyper::body::Body>::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let frame = Pin::new(&mut self.0).poll_frame(context);
        AWAITED.set(match frame {
            Poll::Ready(_) => Awaited::ClientAgain,
            Poll::Pending => Awaited::Service,
        });
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.size_hint()
    }
}
