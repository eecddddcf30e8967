//! Which products may have changed since the last look.

use std::{
    collections::BTreeSet,
    sync::{Mutex, MutexGuard, PoisonError},
};

use shared::messages::inventory::{ProductChanged, VerdictReached};

use super::Watched;

/// Products of one look: a query of some milliseconds.
const MOST: usize = 1000;

/// The marks since the last look.
#[derive(Default)]
pub(super) struct Marks {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    products: BTreeSet<i32>,
    all_products: bool,
    catalog: bool,
}

impl Marks {
    pub(super) fn sold(&self, verdict: &VerdictReached) {
        let taken = verdict.taken.iter().map(|id| id.0);
        self.lock().products.extend(taken);
    }

    pub(super) fn changed(&self, change: &ProductChanged) {
        let mut inner = self.lock();
        inner.products.insert(change.product_id.0);
        inner.catalog = true;
    }

    /// Messages may have been passed over: anything may have happened.
    pub(super) fn everything(&self) {
        let mut inner = self.lock();
        inner.all_products = true;
        inner.catalog = true;
    }

    pub(super) fn all_products(&self) {
        self.lock().all_products = true;
    }

    /// Whether the catalog may have changed since the last call.
    pub(super) fn take_catalog(&self) -> bool {
        std::mem::take(&mut self.lock().catalog)
    }

    pub(super) fn is_empty(&self) -> bool {
        let inner = self.lock();
        inner.products.is_empty() && !inner.all_products
    }

    /// The next products to look at; what nobody watches is forgotten.
    pub(super) fn take(&self, watched: &Watched) -> Vec<i32> {
        let mut inner = self.lock();
        if std::mem::take(&mut inner.all_products) {
            inner.products.extend(watched);
        }
        inner.products.retain(|id| watched.contains(id));
        let next: Vec<i32> = inner.products.iter().take(MOST).copied().collect();
        for id in &next {
            inner.products.remove(id);
        }
        next
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_watched_is_looked_at() {
        let marks = Marks::default();
        marks.lock().products.extend([1, 2]);

        assert_eq!(marks.take(&Watched::from([2, 3])), [2]);
        assert!(marks.is_empty());
    }

    #[test]
    fn after_an_outage_all_that_is_watched_is_looked_at_in_parts() {
        let marks = Marks::default();
        marks.everything();
        let watched: Watched = (1..=1500).collect();

        assert!(marks.take_catalog());
        assert_eq!(marks.take(&watched).len(), MOST);
        assert_eq!(marks.take(&watched).len(), 500);
        assert!(marks.is_empty());
    }
}
