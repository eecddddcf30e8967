//! What the door asks of every request before it looks for whom it is.

use crate::cors::Cors;

/// What the configuration says about it.
#[derive(Clone, Debug, Default)]
pub struct EdgeSettings {}

/// All of it, ready to use; shared by all workers.
pub(crate) struct Edge {
    pub(crate) cors: Cors,
}

impl Edge {
    /// What these settings ask for.
    pub(crate) fn new(_: &EdgeSettings) -> Self {
        Self {
            cors: Cors::default(),
        }
    }
}
