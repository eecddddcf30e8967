//! Reads a stream without a group: every process sees every entry, nothing is acknowledged.
//!
//! For state that each process keeps in memory, such as revoked tokens, and for news that each
//! process passes on.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use redis::{RedisResult, Value, aio::MultiplexedConnection};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::{Entry, Message, Received};
use crate::{backoff::Backoff, redis::Redis};

/// How long one read waits for entries; a shutdown is noticed after it.
const BLOCK: Duration = Duration::from_secs(1);

/// Entries of one read.
const COUNT: usize = 500;

/// Calls `apply` for every message of the stream, those of the last `span` first, in order, until
/// `shutdown`; reconnects and goes on where it was. Entries that are no messages are skipped.
/// Tells `caught_up` once there is nothing more to read.
pub async fn follow<M: Message>(
    redis: Redis,
    span: Duration,
    shutdown: CancellationToken,
    apply: impl Fn(M) + Send,
    caught_up: oneshot::Sender<()>,
) {
    let mut last = first_since(span);
    let mut caught_up = Some(caught_up);
    let mut connection = None;
    let mut backoff = Backoff::default();
    while !shutdown.is_cancelled() {
        let block = caught_up.is_none().then_some(BLOCK);
        match read_after::<M>(&redis, &mut connection, &last, block).await {
            Ok(entries) => {
                backoff.reset();
                let is_all = entries.len() < COUNT;
                for entry in entries {
                    if let Ok(received) = Received::decode(&entry) {
                        apply(received.message);
                    }
                    last = entry.id;
                }
                if is_all && let Some(caught_up) = caught_up.take() {
                    // The error says that nobody waits for it any more.
                    caught_up.send(()).ok();
                }
            }
            Err(error) => {
                if backoff.is_first() {
                    warn!(stream.name = M::STREAM, %error, "cannot follow, trying again");
                }
                connection = None;
                backoff.wait(&shutdown).await;
            }
        }
    }
}

/// The first id that an entry of the last `span` can have.
fn first_since(span: Duration) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let from = now.unwrap_or_default().saturating_sub(span);
    format!("{}-0", from.as_millis())
}

/// Calls `hear` with every message from now on, until `shutdown`, and with `None` at the start and
/// whenever messages may have been passed over: Redis was away, and may have lost some. What it
/// still has of that time comes after that.
pub async fn listen<M: Message>(
    redis: Redis,
    shutdown: CancellationToken,
    hear: impl Fn(Option<M>) + Send,
) {
    let mut last = None;
    let mut backoff = Backoff::default();
    while !shutdown.is_cancelled() {
        let heard = listen_once(&redis, &shutdown, &hear, &mut backoff, &mut last).await;
        let Err(error) = heard else {
            continue;
        };
        if backoff.is_first() {
            warn!(stream.name = M::STREAM, %error, "cannot listen, trying again");
        }
        backoff.wait(&shutdown).await;
    }
}

/// Listens on one connection, until it fails.
async fn listen_once<M: Message>(
    redis: &Redis,
    shutdown: &CancellationToken,
    hear: &impl Fn(Option<M>),
    backoff: &mut Backoff,
    last: &mut Option<String>,
) -> RedisResult<()> {
    let mut reader = redis.reader(BLOCK).await?;
    let newest = redis::cmd("XREVRANGE")
        .arg(redis.key(M::STREAM))
        .arg("+")
        .arg("-")
        .arg("COUNT")
        .arg(1)
        .query_async(&mut reader)
        .await?;
    let newest = Entry::of_range(newest).pop();
    let newest = newest.map_or_else(|| "0-0".to_owned(), |entry| entry.id);
    // A stream that ends before the last entry that was heard is another one.
    let heard = last.take().filter(|it| place_of(it) <= place_of(&newest));
    let last = last.insert(heard.unwrap_or(newest));
    let mut connection = Some(reader);
    backoff.reset();
    hear(None);
    while !shutdown.is_cancelled() {
        for entry in read_after::<M>(redis, &mut connection, last, Some(BLOCK)).await? {
            if let Ok(received) = Received::decode(&entry) {
                hear(Some(received.message));
            }
            *last = entry.id;
        }
    }
    Ok(())
}

/// The two numbers of an entry's id, which order it among all of its stream.
fn place_of(id: &str) -> (u64, u64) {
    let (time, number) = id.split_once('-').unwrap_or((id, "0"));
    let parse = |text: &str| text.parse().unwrap_or_default();
    (parse(time), parse(number))
}

/// The next entries after `last`; waits for one as long as `block` says.
async fn read_after<M: Message>(
    redis: &Redis,
    connection: &mut Option<MultiplexedConnection>,
    last: &str,
    block: Option<Duration>,
) -> RedisResult<Vec<Entry>> {
    let reader = match connection {
        Some(reader) => reader,
        None => connection.insert(redis.reader(BLOCK).await?),
    };
    let mut read = redis::cmd("XREAD");
    read.arg("COUNT").arg(COUNT);
    if let Some(block) = block {
        read.arg("BLOCK").arg(block.as_millis() as usize);
    }
    let answer: Value = read
        .arg("STREAMS")
        .arg(redis.key(M::STREAM))
        .arg(last)
        .query_async(reader)
        .await?;
    Ok(Entry::of_read(answer))
}
