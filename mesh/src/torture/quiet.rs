//! After the load: wait until nothing is on its way any more.

use std::time::Duration;

use anyhow::Result;
use tokio::time::{Instant, sleep, timeout};

use super::{
    backstage::Backstage,
    faults::Dose,
    plan::STREAMS,
    streams::{Group, Streams},
    tables::{self, DeadLetter},
};

/// Between two looks. What is quiet at two of them in a row stays quiet.
const PAUSE: Duration = Duration::from_secs(1);

/// Orders that are pending while nothing is on its way stay so; but a relay may need this long to
/// notice what Redis has lost.
const SILENCE: Duration = Duration::from_secs(15);

/// How long one look may take.
const LOOK_WITHIN: Duration = Duration::from_secs(30);

/// What is on its way, or will never arrive.
#[derive(Default)]
pub(super) struct Queues {
    pub(super) pending_orders: u64,
    pub(super) timed_out: u64,
    /// Rows of all outboxes.
    pub(super) unpublished: u64,
    pub(super) groups: Vec<Group>,
    pub(super) dead: Vec<DeadLetter>,
}

impl Queues {
    /// Waits until nothing is on its way, at most until `deadline`, and no longer than anything
    /// moves. Answers with the last look.
    ///
    /// # Errors
    /// PostgreSQL or Redis cannot be asked at all.
    pub(super) async fn when_quiet(
        backstage: &Backstage,
        doses: &[Dose],
        deadline: Instant,
    ) -> Result<Self> {
        let mut was_quiet = false;
        let mut moved_at = Instant::now();
        loop {
            let look = timeout(LOOK_WITHIN, Self::read(backstage)).await?;
            let is_empty = look.as_ref().is_ok_and(|queues| queues.are_empty(doses));
            let is_quiet = look
                .as_ref()
                .is_ok_and(|it| is_empty && it.pending_orders == 0);
            if !is_empty {
                moved_at = Instant::now();
            }
            let is_over = moved_at.elapsed() >= SILENCE || Instant::now() >= deadline;
            if (is_quiet && was_quiet) || is_over {
                return look;
            }
            was_quiet = is_quiet;
            sleep(PAUSE).await;
        }
    }

    /// In the order in which messages go, so that none slips from behind the eye to before it.
    async fn read(backstage: &Backstage) -> Result<Self> {
        let pending_orders = tables::pending_orders(backstage).await?;
        let unpublished = tables::unpublished(backstage).await?;
        let mut streams = Streams::connect(&backstage.redis_url).await?;
        let mut groups = Vec::new();
        for stream in STREAMS {
            groups.extend(streams.groups(stream).await?);
        }
        Ok(Self {
            timed_out: tables::timed_out(backstage).await?,
            pending_orders,
            unpublished,
            groups,
            dead: tables::dead_letters(backstage).await?,
        })
    }

    fn are_empty(&self, doses: &[Dose]) -> bool {
        let is_buried = |(number, dose): (usize, &Dose)| {
            let mut dead = self.dead.iter();
            dose.is_in_doubt || dead.any(|letter| letter.poison == Some(number))
        };
        self.unpublished == 0
            && STREAMS
                .iter()
                .all(|stream| self.groups.iter().any(|group| group.name == stream.group))
            && self
                .groups
                .iter()
                .all(|group| group.pending + group.unread == 0)
            && doses.iter().enumerate().all(is_buried)
    }
}
