//! What the door asks of every request before it looks for whom it is.

use crate::cors::{Cors, CorsSettings};

/// What the configuration says about it.
#[derive(Clone, Debug, Default)]
pub struct EdgeSettings {
    /// Which other sites may use the API.
    pub cors: CorsSettings,
}

/// All of it, ready to use; shared by all workers.
pub(crate) struct Edge {
    pub(crate) cors: Cors,
}

impl Edge {
    /// What these settings ask for.
    pub(crate) fn new(settings: &EdgeSettings) -> Self {
        Self {
            cors: Cors::new(&settings.cors),
        }
    }
}
