//! `cargo mesh bench catalog`: how fast a running mesh shows its products.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use clap::Args;
use hyper::StatusCode;
use serde::de::IgnoredAny;
use tokio::{task::JoinSet, time::Instant};

use super::{
    Target,
    answers::Answers,
    report::{CatalogReport, LoadReport},
    stage::{self, Product},
};
use crate::customer::{accounts, client::Client};

/// What a visitor of the shop asks for first.
const PATH: &str = "/api/products/public/";

/// Fewest products that make a catalogue.
const PRODUCTS: usize = 50;

/// Before the next request after a connection broke: a proxy that is down is not asked a
/// thousand times a second.
const PAUSE: Duration = Duration::from_millis(20);

/// How fast a running mesh shows its products.
#[derive(Args)]
pub(super) struct Catalog {
    /// Connections, each with one request at a time.
    #[arg(long, default_value_t = 32)]
    connections: usize,
    /// Length of the load in seconds.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
}

/// What one connection or all of them got.
struct Visit {
    answers: Answers,
    bytes: u64,
}

impl Catalog {
    /// Runs the benchmark. Products it had to list are withdrawn at the end.
    ///
    /// # Errors
    /// There is no mesh, or it does not show its products.
    pub(super) async fn run(&self, target: &Target) -> Result<CatalogReport> {
        ensure!(self.connections > 0, "--connections must be at least 1");
        let mut guest = Client::guest(&target.site);
        let (mut seller, added) = fill(target, count(&mut guest).await?).await?;
        let products = count(&mut guest).await?;
        let seconds = self.seconds;
        target.say.line(format_args!("{seconds} seconds of load …"));
        let before = target.parts.read();
        let began = Instant::now();
        let Visit { answers, bytes } = self.load(&guest, began).await?;
        let time = began.elapsed();
        let good = answers.good()?;
        let parts = target.parts.costs_since(&before, good);
        stage::withdraw(&mut seller, &added).await?;
        Ok(CatalogReport {
            url: target.url.clone(),
            connections: self.connections,
            products,
            bytes_per_answer: bytes / u64::from(good),
            load: LoadReport::new(answers, time, parts)?,
        })
    }

    /// All connections at once, until the time is over.
    async fn load(&self, guest: &Client, began: Instant) -> Result<Visit> {
        let end = began + Duration::from_secs(self.seconds);
        let mut at_work = JoinSet::new();
        for _ in 0..self.connections {
            at_work.spawn(browse(guest.another(), end));
        }
        let mut all = Visit {
            answers: Answers::new()?,
            bytes: 0,
        };
        while let Some(visit) = at_work.join_next().await {
            let visit = visit??;
            all.answers.add(&visit.answers)?;
            all.bytes += visit.bytes;
        }
        Ok(all)
    }
}

/// Asks for the catalogue again and again until `end`.
async fn browse(mut client: Client, end: Instant) -> Result<Visit> {
    let mut visit = Visit {
        answers: Answers::new()?,
        bytes: 0,
    };
    while Instant::now() < end {
        let asked = Instant::now();
        match client.get(PATH).await {
            Ok(answer) if answer.status == StatusCode::OK => {
                visit.answers.times.record(asked.elapsed());
                visit.bytes += answer.size() as u64;
            }
            Ok(answer) => visit.answers.refuse(answer.status),
            Err(_) => {
                visit.answers.broken += 1;
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
    Ok(visit)
}

/// How many products are on sale.
async fn count(guest: &mut Client) -> Result<usize> {
    let answer = guest.get(PATH).await?.expect(StatusCode::OK);
    let products: Vec<IgnoredAny> = answer.context("cannot list products")?.json()?;
    Ok(products.len())
}

/// Lists what is missing to a catalogue; returns who sells it.
async fn fill(target: &Target, listed: usize) -> Result<(Client, Vec<Product>)> {
    let missing = PRODUCTS.saturating_sub(listed);
    if missing == 0 {
        return Ok((Client::guest(&target.site), Vec::new()));
    }
    target.say.line(format_args!("{missing} more products …"));
    let mut sellers = accounts::sign_up(&target.site, 1).await?;
    let mut seller = sellers.pop().context("no account to sell with")?;
    let added = stage::list_products(&mut seller, missing).await?;
    Ok((seller, added))
}
