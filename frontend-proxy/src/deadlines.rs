//! How long an answer may take to begin.

use std::{cmp::Reverse, collections::BTreeMap, time::Duration};

use humantime_serde::Serde;

use crate::{route_table::is_picture, upstream::Upstream};

/// The deadlines of single paths.
pub(crate) struct Deadlines {
    /// What paths begin with, the longest first.
    by_prefix: Vec<(String, Duration)>,
}

impl Deadlines {
    /// As configured.
    pub(crate) fn new(settings: &BTreeMap<String, Serde<Duration>>) -> Self {
        let mut by_prefix: Vec<_> = settings
            .iter()
            .map(|(prefix, deadline)| (prefix.clone(), **deadline))
            .collect();
        by_prefix.sort_by_key(|(prefix, _)| Reverse(prefix.len()));
        Self { by_prefix }
    }

    /// The deadline of this path at this service.
    pub(crate) fn of(&self, path: &str, upstream: &Upstream) -> Duration {
        let own = self.by_prefix.iter().find(|(it, _)| path.starts_with(it));
        match own {
            Some((_, deadline)) => *deadline,
            None if is_picture(path) => upstream.upload_deadline,
            None => upstream.answer_deadline,
        }
    }
}
