//! The course of a torture: load and faults together, then quiet, then the books.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use anyhow::{Context, Result};
use rand::{SeedableRng, rngs::StdRng};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep, timeout_at},
};

use super::{
    Course, Verdict, backstage::Backstage, board::Board, buyer::Buyer, faults::Dose, invariants,
    ledger::Ledger, quiet::Queues, seller::Seller,
};
use crate::{
    customer::{
        accounts, books,
        client::Client,
        orders::{self, Order, Status},
        site::Site,
    },
    say::Say,
};

const BUYERS: usize = 24;
const SELLERS: usize = 3;

/// How long after the load an answer may take: whatever is stopped has been resumed by then.
const GRACE: Duration = Duration::from_secs(75);

/// How long everything may take to get final once all is up.
const QUIET_WITHIN: Duration = Duration::from_secs(90);

/// Before a list that could not be read is read again.
const PAUSE: Duration = Duration::from_millis(500);

/// Where the load goes, and who is asked afterwards.
pub(super) struct Stage {
    pub(super) site: Arc<Site>,
    pub(super) backstage: Backstage,
    pub(super) course: Course,
    pub(super) say: Say,
}

/// What is told while the load is on.
#[derive(Clone, Copy)]
pub(super) struct Log {
    pub(super) began: Instant,
    say: Say,
}

/// What was done to the mesh under load.
pub(super) struct Torment {
    pub(super) faults: BTreeMap<&'static str, u32>,
    pub(super) doses: Vec<Dose>,
    /// Whether everything was ready again afterwards.
    pub(super) healed: Result<()>,
}

/// Everybody at work.
struct People {
    buyers: JoinSet<Result<Buyer>>,
    sellers: JoinSet<Result<Seller>>,
}

/// Puts the load on a mesh that runs, torments it and reads the books.
pub(super) async fn run(
    stage: &Stage,
    torment: impl AsyncFnOnce(Log) -> Torment,
) -> Result<Verdict> {
    let Course { length, seed, .. } = stage.course;
    let (board, clients, sellers) = set_up(stage).await?;
    let log = Log {
        began: Instant::now(),
        say: stage.say,
    };
    log.tell(&format!("{BUYERS} buyers and {SELLERS} sellers"));
    let people = People::start((clients, sellers), &board, (seed, log.began + length));
    let Torment {
        faults,
        doses,
        healed,
    } = torment(log).await;
    let (buyers, sellers) = people.finish().await?;
    log.tell("the load is over; waiting until all is quiet");
    let mut ledger = Ledger {
        doses,
        ..Ledger::default()
    };
    ledger.broken.extend(healed.err());
    read(stage, &mut ledger, (buyers, sellers), log).await?;
    Ok(judge(stage.course, faults, &ledger))
}

impl Log {
    /// Prints a line, with the seconds since the load began.
    pub(super) fn tell(self, text: &str) {
        let seconds = self.began.elapsed().as_secs_f32();
        self.say.line(format_args!("{seconds:6.1} s  {text}"));
    }
}

/// Accounts, and sellers with their products on the board.
async fn set_up(stage: &Stage) -> Result<(Arc<Board>, Vec<Client>, Vec<Seller>)> {
    let mut clients = accounts::sign_up(&stage.site, BUYERS + SELLERS).await?;
    let board = Board::default();
    let mut sellers = Vec::new();
    for client in clients.split_off(BUYERS) {
        let rng = StdRng::seed_from_u64(stage.course.seed.wrapping_add(sellers.len() as u64));
        sellers.push(Seller::open(client, rng, &board).await?);
    }
    Ok((Arc::new(board), clients, sellers))
}

impl People {
    fn start(
        (clients, sellers): (Vec<Client>, Vec<Seller>),
        board: &Arc<Board>,
        (seed, end): (u64, Instant),
    ) -> Self {
        let times = (end, end + GRACE);
        let mut people = Self {
            buyers: JoinSet::new(),
            sellers: JoinSet::new(),
        };
        for (client, number) in clients.into_iter().zip(1000_u64..) {
            let buyer = Buyer::new(client, StdRng::seed_from_u64(seed.wrapping_add(number)));
            people.buyers.spawn(buyer.buy(Arc::clone(board), times));
        }
        for seller in sellers {
            people.sellers.spawn(seller.sell(Arc::clone(board), times));
        }
        people
    }

    async fn finish(mut self) -> Result<(Vec<Buyer>, Vec<Seller>)> {
        let (mut buyers, mut sellers) = (Vec::new(), Vec::new());
        while let Some(buyer) = self.buyers.join_next().await {
            buyers.push(buyer??);
        }
        while let Some(seller) = self.sellers.join_next().await {
            sellers.push(seller??);
        }
        Ok((buyers, sellers))
    }
}

/// Waits until all is quiet and asks everybody who knows something.
async fn read(
    stage: &Stage,
    ledger: &mut Ledger,
    (mut buyers, mut sellers): (Vec<Buyer>, Vec<Seller>),
    log: Log,
) -> Result<()> {
    let deadline = Instant::now() + QUIET_WITHIN;
    for buyer in &mut buyers {
        buyer.clear_doubts(deadline).await?;
    }
    match Queues::when_quiet(&stage.backstage, &ledger.doses, deadline).await {
        Ok(queues) => ledger.queues = queues,
        Err(error) => ledger.broken.push(error),
    }
    log.tell("reading the books");
    ledger.unkept = invariants::of_pending_orders(&stage.backstage).await?;
    for mut buyer in buyers {
        ledger.orders.extend(list(&mut buyer.client).await?);
        let memory = buyer.memory;
        ledger.promises.extend(memory.promises);
        ledger.unanswered += memory.unanswered;
        ledger.two_faced += memory.two_faced;
        for (status, count) in memory.strange {
            *ledger.strange.entry(status).or_default() += count;
        }
    }
    for seller in &mut sellers {
        ledger.unanswered_changes += u32::try_from(seller.unanswered())?;
        ledger.stock.extend(seller.count().await?);
    }
    Ok(())
}

/// All orders of a buyer; the first request may meet a connection that broke long ago.
async fn list(client: &mut Client) -> Result<Vec<Order>> {
    let deadline = Instant::now() + GRACE;
    let listed = async {
        loop {
            if let Ok(listed) = orders::list(client).await {
                return listed;
            }
            sleep(PAUSE).await;
        }
    };
    timeout_at(deadline, listed)
        .await
        .context("the orders cannot be listed")
}

fn judge(course: Course, faults: BTreeMap<&'static str, u32>, ledger: &Ledger) -> Verdict {
    let findings = ledger.findings();
    Verdict {
        course,
        faults,
        accepted: ledger.promises.len(),
        completed: books::count(&ledger.orders, Status::Completed),
        failed: books::count(&ledger.orders, Status::Failed),
        broken: invariants::of_findings(&findings)
            .into_iter()
            .chain(ledger.unkept.iter().copied())
            .collect(),
        findings,
        kept: None,
    }
}
