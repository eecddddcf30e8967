//! Names that the configuration gives, for as long as the process lives.

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

static KEPT: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());

/// The same text. Series and failures bear the names of services and paths; there are few of them,
/// and each is kept once, however often the configuration is read.
pub(crate) fn kept(text: &str) -> &'static str {
    let mut all = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = all.get(text) {
        return known;
    }
    let text: &'static str = Box::leak(text.into());
    all.insert(text);
    text
}
