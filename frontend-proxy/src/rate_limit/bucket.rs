//! A token bucket as one number (the generic cell rate algorithm): the time at which it will be
//! full again.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use http::{HeaderMap, HeaderName, HeaderValue};

use super::QuotaSettings;

const RATELIMIT_LIMIT: HeaderName = HeaderName::from_static("ratelimit-limit");
const RATELIMIT_REMAINING: HeaderName = HeaderName::from_static("ratelimit-remaining");
const RATELIMIT_RESET: HeaderName = HeaderName::from_static("ratelimit-reset");

/// The size of a bucket and how fast it fills.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limit {
    /// Tokens of a full bucket.
    pub(super) burst: u32,
    /// What one token takes to come back (microseconds).
    pub(super) interval: u64,
}

/// A bucket in this process. It may be used from all cores at once.
#[derive(Debug, Default)]
pub(super) struct Bucket {
    /// When it is full again (microseconds after the start).
    full_at: AtomicU64,
    /// Tokens that were taken and that Redis does not know of.
    owed: AtomicU32,
}

/// How a client stands after a request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Standing {
    /// Whether the request had a token.
    pub(super) is_allowed: bool,
    /// How long the bucket needs to be full (microseconds).
    pub(super) ahead: u64,
    limit: Limit,
}

impl Limit {
    /// A limit with at least one token, and no more than one in a microsecond.
    pub(super) fn new(quota: &QuotaSettings) -> Self {
        let window = u64::from(quota.seconds.get()) * 1_000_000;
        Self {
            burst: quota.burst.unwrap_or(quota.requests).get(),
            interval: (window / u64::from(quota.requests.get())).max(1),
        }
    }

    /// What a whole bucket takes to come back (microseconds).
    pub(super) fn window(&self) -> u64 {
        u64::from(self.burst) * self.interval
    }

    /// How many tokens may be owed before they are reported.
    fn batch(&self) -> u32 {
        (self.burst / 10).max(1)
    }
}

impl Bucket {
    /// Takes a token, if there is one, at `now` (microseconds after the start).
    pub(super) fn take(&self, limit: &Limit, now: u64) -> Standing {
        let taken = self
            .full_at
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |full_at| {
                let full_at = full_at.max(now) + limit.interval;
                (full_at - now <= limit.window()).then_some(full_at)
            });
        let (is_allowed, full_at) = match taken {
            Ok(before) => (true, before.max(now) + limit.interval),
            Err(full_at) => (false, full_at),
        };
        Standing::new(limit, is_allowed, full_at.saturating_sub(now))
    }

    /// Notes a token as owed when it was taken; how many are, when it is time to report them.
    pub(super) fn owed(&self, limit: &Limit, standing: Standing) -> Option<u32> {
        if !standing.is_allowed || self.owed.fetch_add(1, Ordering::Relaxed) + 1 < limit.batch() {
            return None;
        }
        let owed = self.owed.swap(0, Ordering::Relaxed);
        (owed > 0).then_some(owed)
    }

    /// Learns that after all proxies the bucket needs `ahead` to be full; what is still owed
    /// comes on top.
    pub(super) fn learn(&self, limit: &Limit, now: u64, ahead: u64) {
        let owed = u64::from(self.owed.load(Ordering::Relaxed)) * limit.interval;
        self.full_at
            .fetch_max(now + ahead + owed, Ordering::Relaxed);
    }
}

impl Standing {
    pub(super) fn new(limit: &Limit, is_allowed: bool, ahead: u64) -> Self {
        Self {
            is_allowed,
            ahead,
            limit: *limit,
        }
    }

    /// How long until the next token, for a client that has none (seconds).
    pub(crate) fn retry_after(&self) -> HeaderValue {
        let next = (self.ahead + self.limit.interval).saturating_sub(self.limit.window());
        HeaderValue::from(seconds(next))
    }

    /// Tells the client, by the headers that most libraries read: tokens of a full bucket, those
    /// left, and the seconds until it is full.
    pub(crate) fn tell(&self, headers: &mut HeaderMap) {
        let left = self.limit.window().saturating_sub(self.ahead) / self.limit.interval;
        headers.insert(RATELIMIT_LIMIT, HeaderValue::from(self.limit.burst));
        headers.insert(RATELIMIT_REMAINING, HeaderValue::from(left));
        headers.insert(RATELIMIT_RESET, HeaderValue::from(seconds(self.ahead)));
    }
}

/// Whole seconds, none too few.
fn seconds(micros: u64) -> u64 {
    micros.div_ceil(1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000;

    /// Ten in a minute.
    fn ten() -> Limit {
        let (ten, minute) = (10.try_into().unwrap(), 60.try_into().unwrap());
        Limit::new(&QuotaSettings {
            requests: ten,
            seconds: minute,
            burst: None,
        })
    }

    fn taken(bucket: &Bucket, times: usize, now: u64) -> usize {
        let takes = (0..times).map(|_| bucket.take(&ten(), now));
        takes.filter(|standing| standing.is_allowed).count()
    }

    #[test]
    fn a_bucket_gives_what_it_has_and_fills_again() {
        let bucket = Bucket::default();

        assert_eq!(taken(&bucket, 11, SECOND), 10);
        assert_eq!(taken(&bucket, 1, 6 * SECOND), 0);
        assert_eq!(taken(&bucket, 2, 7 * SECOND), 1);
        assert_eq!(
            taken(&bucket, 99, 1000 * SECOND),
            10,
            "never more than full"
        );
    }

    #[test]
    fn a_client_is_told_how_it_stands() {
        let bucket = Bucket::default();
        let told = |standing: Standing| {
            let mut headers = HeaderMap::new();
            standing.tell(&mut headers);
            let text = |name| headers[name].to_str().unwrap().to_owned();
            [RATELIMIT_LIMIT, RATELIMIT_REMAINING, RATELIMIT_RESET].map(text)
        };

        let first = bucket.take(&ten(), SECOND);
        taken(&bucket, 9, SECOND);
        let refused = bucket.take(&ten(), 2 * SECOND);

        assert_eq!(told(first), ["10", "9", "6"]);
        assert!(!refused.is_allowed);
        assert_eq!(told(refused), ["10", "0", "59"]);
        assert_eq!(refused.retry_after(), "5");
    }

    #[test]
    fn what_other_proxies_took_is_missing_here() {
        let bucket = Bucket::default();
        taken(&bucket, 1, SECOND);

        bucket.learn(&ten(), SECOND, 48 * SECOND);

        assert_eq!(taken(&bucket, 9, SECOND), 2);
        bucket.learn(&ten(), SECOND, 0);
        assert_eq!(taken(&bucket, 1, SECOND), 0, "news never gives back");
    }

    #[test]
    fn what_is_owed_is_reported_in_tenths() {
        let bucket = Bucket::default();
        let limit = Limit { burst: 30, ..ten() };
        let owed = || bucket.owed(&limit, bucket.take(&limit, SECOND));

        assert_eq!(
            [owed(), owed(), owed(), owed()],
            [None, None, Some(3), None]
        );
    }
}
