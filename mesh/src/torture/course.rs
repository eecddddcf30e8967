//! The course of a torture: load and faults together, then quiet, then the books.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use anyhow::{Context, Result};
use rand::{SeedableRng, rngs::StdRng};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep, timeout_at},
};

use super::{
    Course, Scene, Verdict, board::Board, buyer::Buyer, faults::Tormentor, invariants,
    ledger::Ledger, plan, quiet::Queues, seller::Seller,
};
use crate::customer::{
    accounts, books,
    client::{Client, Site},
    orders::{self, Order, Status},
};

const BUYERS: usize = 24;
const SELLERS: usize = 3;

/// How long after the load an answer may take: whatever is stopped has been resumed by then.
const GRACE: Duration = Duration::from_secs(75);

/// How long everything may take to get final once all is up.
const QUIET_WITHIN: Duration = Duration::from_secs(90);

/// Before a list that could not be read is read again.
const PAUSE: Duration = Duration::from_millis(500);

/// Everybody at work.
struct People {
    buyers: JoinSet<Result<Buyer>>,
    sellers: JoinSet<Result<Seller>>,
}

/// Starts the mesh, torments it and reads the books.
pub(super) async fn run(scene: &Scene) -> Result<Verdict> {
    scene.mesh.bring_up().await?;
    let Course { length, seed, .. } = scene.course;
    let (board, clients, sellers) = set_up(scene).await?;
    let tormentor = Tormentor::new(Arc::clone(&scene.mesh), Arc::clone(&scene.gate), scene.say);
    let tormentor = Arc::new(tormentor);
    tormentor.tell(&format!("{BUYERS} buyers and {SELLERS} sellers"));
    let end = Instant::now() + length;
    let people = People::start((clients, sellers), &board, (seed, end));
    let faults = tormentor.run(plan::draw(seed, length)).await;
    let healed = tormentor.relent().await;
    let (buyers, sellers) = people.finish().await?;
    tormentor.tell("the load is over; waiting until all is quiet");
    let mut ledger = read(scene, &tormentor, (buyers, sellers)).await?;
    ledger.broken.extend(healed.err());
    Ok(judge(scene, faults, &ledger))
}

/// Accounts, and sellers with their products on the board.
async fn set_up(scene: &Scene) -> Result<(Arc<Board>, Vec<Client>, Vec<Seller>)> {
    let site = Arc::new(Site::parse(scene.mesh.url())?);
    let mut clients = accounts::sign_up(&site, BUYERS + SELLERS).await?;
    let board = Board::default();
    let mut sellers = Vec::new();
    for client in clients.split_off(BUYERS) {
        let rng = StdRng::seed_from_u64(scene.course.seed.wrapping_add(sellers.len() as u64));
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
    scene: &Scene,
    tormentor: &Tormentor,
    (mut buyers, mut sellers): (Vec<Buyer>, Vec<Seller>),
) -> Result<Ledger> {
    let deadline = Instant::now() + QUIET_WITHIN;
    for buyer in &mut buyers {
        buyer.clear_doubts(deadline).await?;
    }
    let mut ledger = Ledger {
        doses: tormentor.doses(),
        ..Ledger::default()
    };
    match Queues::when_quiet(&scene.mesh, &ledger.doses, deadline).await {
        Ok(queues) => ledger.queues = queues,
        Err(error) => ledger.broken.push(error),
    }
    tormentor.tell("reading the books");
    ledger.unkept = invariants::of_pending_orders(&scene.mesh).await?;
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
    Ok(ledger)
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

fn judge(scene: &Scene, faults: BTreeMap<&'static str, u32>, ledger: &Ledger) -> Verdict {
    let findings = ledger.findings();
    Verdict {
        course: scene.course,
        faults,
        accepted: ledger.promises.len(),
        completed: books::count(&ledger.orders, Status::Completed),
        failed: books::count(&ledger.orders, Status::Failed),
        broken: invariants::of_findings(&findings)
            .union(&ledger.unkept)
            .copied()
            .collect(),
        findings,
        kept: None,
    }
}
