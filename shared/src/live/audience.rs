//! Who listens in this process, to what, and how they are reached.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{mpsc, watch},
    time::timeout,
};
use tokio_util::sync::CancellationToken;

use super::Close;
use crate::id::UserId;

/// Sockets of one user: some browsers with some pages each.
const MAX_OF_USER: usize = 10;

/// Sockets of one process, each some 20 KiB; the next one may find another instance.
const MAX_IN_ALL: usize = 4096;

/// News that wait for one socket. Who is further behind reads too slowly, and is dropped.
const QUEUE: usize = 32;

/// How long sockets may take to say goodbye when the process stops.
const FAREWELL: Duration = Duration::from_secs(3);

/// Sockets that listen, each with a wish `W`, to news `N`.
pub struct Audience<W, N> {
    inner: Arc<Inner<W, N>>,
}

struct Inner<W, N> {
    seats: Mutex<Seats<W, N>>,
    count: watch::Sender<usize>,
}

struct Seats<W, N> {
    next: u64,
    taken: HashMap<u64, Listener<W, N>>,
}

struct Listener<W, N> {
    user: Option<UserId>,
    wish: W,
    news: mpsc::Sender<N>,
}

/// The place of one socket; dropping it leaves the audience.
pub struct Seat<W, N> {
    audience: Audience<W, N>,
    number: u64,
}

/// What a socket hears; it ends when the socket was dropped for being too slow.
pub type News<N> = mpsc::Receiver<N>;

/// There is no seat, and how the socket is to be closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused(pub Close);

impl<W, N> Clone for Audience<W, N> {
    fn clone(&self) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
        }
    }
}

impl<W, N> Default for Audience<W, N> {
    fn default() -> Self {
        let seats = Seats {
            next: 0,
            taken: HashMap::new(),
        };
        Self {
            inner: Arc::new(Inner {
                seats: Mutex::new(seats),
                count: watch::Sender::new(0),
            }),
        }
    }
}

impl<W, N> Audience<W, N> {
    /// A seat for a socket of `user`, if it is one's, and what is told to it.
    ///
    /// # Errors
    /// When the user or the process has too many sockets.
    pub fn join(&self, user: Option<UserId>, wish: W) -> Result<(Seat<W, N>, News<N>), Refused> {
        let mut seats = self.seats();
        if seats.taken.len() >= MAX_IN_ALL {
            return Err(Refused(Close::Later));
        }
        let of_user = |listener: &&Listener<W, N>| user.is_some() && listener.user == user;
        if seats.taken.values().filter(of_user).count() >= MAX_OF_USER {
            return Err(Refused(Close::TooMany));
        }
        let (sender, news) = mpsc::channel(QUEUE);
        let number = seats.next;
        seats.next += 1;
        let listener = Listener {
            user,
            wish,
            news: sender,
        };
        seats.taken.insert(number, listener);
        self.inner.count.send_replace(seats.taken.len());
        let audience = self.clone();
        Ok((Seat { audience, number }, news))
    }

    /// Tells each socket what `choose` says for its wish, and drops those that are too slow.
    pub fn tell(&self, mut choose: impl FnMut(&W) -> Option<N>) {
        let mut seats = self.seats();
        seats
            .taken
            .retain(|_, listener| match choose(&listener.wish) {
                Some(news) => listener.news.try_send(news).is_ok(),
                None => true,
            });
        self.inner.count.send_replace(seats.taken.len());
    }

    /// Shows every wish.
    pub fn wishes(&self, mut look: impl FnMut(&W)) {
        for listener in self.seats().taken.values() {
            look(&listener.wish);
        }
    }

    /// Does `work` whenever somebody listens, from its beginning, until `shutdown`; then lets the
    /// sockets close.
    pub async fn attend<F>(&self, shutdown: &CancellationToken, work: impl Fn() -> F)
    where
        F: Future<Output = ()>,
    {
        while !shutdown.is_cancelled() {
            tokio::select! {
                () = shutdown.cancelled() => break,
                () = self.wait_until(|count| count > 0) => {}
            }
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = self.wait_until(|count| count == 0) => {}
                () = work() => {}
            }
        }
        // Those that take longer are cut off with the process.
        _ = timeout(FAREWELL, self.wait_until(|count| count == 0)).await;
    }

    async fn wait_until(&self, is_so: impl Fn(usize) -> bool) {
        let mut count = self.inner.count.subscribe();
        // It fails only when the sender is gone, and this audience holds it.
        _ = count.wait_for(|count| is_so(*count)).await;
    }

    fn seats(&self) -> MutexGuard<'_, Seats<W, N>> {
        let seats = self.inner.seats.lock();
        seats.unwrap_or_else(PoisonError::into_inner)
    }
}

impl<W, N> Seat<W, N> {
    /// Replaces what the socket wishes to hear of.
    pub fn wish(&self, wish: W) {
        if let Some(listener) = self.audience.seats().taken.get_mut(&self.number) {
            listener.wish = wish;
        }
    }
}

impl<W, N> Drop for Seat<W, N> {
    fn drop(&mut self) {
        let mut seats = self.audience.seats();
        seats.taken.remove(&self.number);
        self.audience.inner.count.send_replace(seats.taken.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_hears_what_one_wished_for() {
        let audience: Audience<u8, u8> = Audience::default();
        let (first, mut to_first) = audience.join(None, 1).unwrap();
        let (_second, mut to_second) = audience.join(None, 2).unwrap();

        audience.tell(|wish| (*wish == 1).then_some(10));
        first.wish(3);
        audience.tell(|wish| (*wish == 3).then_some(30));

        assert_eq!((to_first.try_recv(), to_first.try_recv()), (Ok(10), Ok(30)));
        assert!(to_second.try_recv().is_err());
    }

    #[test]
    fn who_does_not_read_is_dropped_and_nobody_else() {
        let audience: Audience<(), usize> = Audience::default();
        let (_slow, mut to_slow) = audience.join(None, ()).unwrap();
        let (_fast, mut to_fast) = audience.join(None, ()).unwrap();

        for number in 0..=QUEUE {
            audience.tell(|()| Some(number));
            assert_eq!(to_fast.try_recv(), Ok(number));
        }

        let heard = std::iter::from_fn(|| to_slow.try_recv().ok()).count();
        assert_eq!(heard, QUEUE);
        assert!(to_slow.is_closed());
        assert!(!to_fast.is_closed());
    }

    #[test]
    fn a_user_has_ten_seats_and_a_left_one_is_free_again() {
        let audience: Audience<(), ()> = Audience::default();
        let join = |user| audience.join(user, ());
        let mut seats: Vec<_> = (0..MAX_OF_USER)
            .map(|_| join(Some(UserId(1))).unwrap())
            .collect();

        let refused = join(Some(UserId(1))).err();
        let others = [join(Some(UserId(2))), join(None)];
        seats.pop();

        assert_eq!(refused, Some(Refused(Close::TooMany)));
        assert!(others.iter().all(Result::is_ok));
        assert!(join(Some(UserId(1))).is_ok());
    }
}
