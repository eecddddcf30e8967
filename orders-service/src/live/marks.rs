//! Which orders may have changed since the last look.

use std::{
    collections::{BTreeMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use shared::{
    id::UserId,
    messages::{inventory::VerdictReached, orders::OrderCreated},
};
use tokio::time::Instant;

/// Orders of one look: a query of some milliseconds.
const MOST: usize = 1000;

/// Orders that may be marked. When more are, everybody is told to catch up instead.
const MOST_MARKS: usize = 10_000;

/// How long an order may stay PENDING after its verdict was seen: the consumer of this service
/// reads the same stream. Beyond it, it is found when the socket catches up.
const PATIENCE: Duration = Duration::from_mins(1);

/// Why an order may have changed.
#[derive(Clone, Copy)]
pub(super) enum Mark {
    /// This buyer placed it.
    Created(UserId),
    /// Its verdict was reached; seen at this moment.
    Decided(Instant),
}

/// Order id → mark.
pub(super) type Marked = BTreeMap<i32, Mark>;

/// The marks since the last look.
#[derive(Default)]
pub(super) struct Marks {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    marked: Marked,
    has_missed: bool,
}

impl Marks {
    pub(super) fn created(&self, order: &OrderCreated) {
        let mut inner = self.lock();
        let mark = Mark::Created(order.buyer_id);
        inner.marked.entry(order.order_id.0).or_insert(mark);
        inner.limit();
    }

    pub(super) fn decided(&self, verdict: &VerdictReached) {
        let mut inner = self.lock();
        let mark = Mark::Decided(Instant::now());
        inner.marked.insert(verdict.order_id.0, mark);
        inner.limit();
    }

    /// Notes that messages may have been passed over.
    pub(super) fn missed(&self) {
        self.lock().has_missed = true;
    }

    /// Whether messages may have been passed over since the last call.
    pub(super) fn take_missed(&self) -> bool {
        std::mem::take(&mut self.lock().has_missed)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lock().marked.is_empty()
    }

    /// The next orders to look at. New orders of people who do not listen are none of them; of
    /// decided ones only the database knows whom they concern.
    pub(super) fn take(&self, listeners: &[UserId]) -> Marked {
        let listeners: HashSet<_> = listeners.iter().collect();
        let mut inner = self.lock();
        inner.marked.retain(|_, mark| match mark {
            Mark::Created(buyer) => listeners.contains(buyer),
            Mark::Decided(_) => true,
        });
        let Some(end) = inner.marked.keys().nth(MOST).copied() else {
            return std::mem::take(&mut inner.marked);
        };
        let rest = inner.marked.split_off(&end);
        std::mem::replace(&mut inner.marked, rest)
    }

    /// Whether an order that was found PENDING is to be looked at again, because its verdict is
    /// under way; if so it is marked again.
    pub(super) fn keep(&self, id: i32, marked: &Marked) -> bool {
        let Some(mark @ Mark::Decided(at)) = marked.get(&id) else {
            return false;
        };
        let is_fresh = at.elapsed() < PATIENCE;
        if is_fresh {
            self.lock().marked.entry(id).or_insert(*mark);
        }
        is_fresh
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn limit(&mut self) {
        if self.marked.len() > MOST_MARKS {
            self.marked.clear();
            self.has_missed = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use shared::{id::OrderId, messages::inventory::Verdict};

    use super::*;

    const BUYER: UserId = UserId(2);

    fn create(marks: &Marks, id: i32) {
        marks.created(&OrderCreated {
            order_id: OrderId(id),
            buyer_id: BUYER,
            lines: Vec::new(),
        });
    }

    fn decide(marks: &Marks, id: i32) {
        marks.decided(&VerdictReached {
            order_id: OrderId(id),
            status: Verdict::Completed,
            shortages: Vec::new(),
            taken: Vec::new(),
        });
    }

    fn ids(marked: &Marked) -> Vec<i32> {
        marked.keys().copied().collect()
    }

    #[test]
    fn new_orders_of_others_are_not_looked_at_and_decided_ones_are() {
        let marks = Marks::default();
        create(&marks, 1);
        decide(&marks, 2);

        assert_eq!(ids(&marks.take(&[UserId(3)])), [2]);
        assert!(marks.is_empty());
        create(&marks, 1);
        assert_eq!(ids(&marks.take(&[BUYER])), [1]);
    }

    #[test]
    fn an_order_stays_marked_only_while_its_verdict_is_under_way() {
        let marks = Marks::default();
        decide(&marks, 1);
        create(&marks, 1);
        create(&marks, 2);
        let marked = marks.take(&[BUYER]);

        assert!(marks.keep(1, &marked));
        assert!(!marks.keep(2, &marked));
        assert_eq!(ids(&marks.take(&[BUYER])), [1]);
    }

    #[test]
    fn a_look_takes_a_part_of_many_and_leaves_the_others() {
        let marks = Marks::default();
        for id in 1..=2500 {
            decide(&marks, id);
        }

        let sizes = [(); 3].map(|()| marks.take(&[]).len());

        assert_eq!(sizes, [1000, 1000, 500]);
    }

    #[test]
    fn too_many_marks_become_one() {
        let marks = Marks::default();
        for id in 0..=MOST_MARKS {
            decide(&marks, id.try_into().unwrap());
        }

        assert!(marks.is_empty());
        assert!(marks.take_missed());
        assert!(!marks.take_missed());
    }
}
