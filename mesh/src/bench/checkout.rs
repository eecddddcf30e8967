//! `cargo mesh bench checkout`: how many orders a running mesh takes and settles, and whether
//! every one of them is in the books.

use std::{sync::Arc, time::Duration};

use anyhow::{Result, ensure};
use clap::Args;
use tokio::{task::JoinSet, time::Instant};

use super::{
    Target,
    answers::{Answers, Percentiles},
    buyer::{Buyer, Shop},
    report::{CheckoutReport, LoadReport},
    settlement,
    stage::{self, Stage},
    watch::Watch,
};

/// How many orders a running mesh takes and settles, and whether its books balance afterwards.
#[derive(Args)]
pub(super) struct Checkout {
    /// Buyers, each with one order at a time.
    #[arg(long, default_value_t = 32)]
    buyers: usize,
    /// Length of the load in seconds.
    #[arg(long, default_value_t = 15)]
    seconds: u64,
    /// Products to choose from.
    #[arg(long, default_value_t = 50)]
    products: usize,
    /// Different products in an order, at most 100.
    #[arg(long, default_value_t = 2)]
    lines: usize,
}

/// What the buyers saw.
struct Load {
    buyers: Vec<Buyer>,
    report: LoadReport,
    /// Of the watched orders, and how many were never seen final.
    seen: (Percentiles, u32),
}

impl Checkout {
    /// Runs the benchmark from the first account to the last order.
    ///
    /// # Errors
    /// There is no mesh, or it does not take orders.
    pub(super) async fn run(&self, target: &Target) -> Result<CheckoutReport> {
        let (say, buyers, products) = (target.say, self.buyers, self.products);
        ensure!(buyers > 0, "--buyers must be at least 1");
        ensure!(
            (1..=products.min(100)).contains(&self.lines),
            "--lines must be from 1 to --products, and at most 100"
        );
        say.line(format_args!("{buyers} buyers and {products} products …"));
        let mut stage = Stage::set_up(&target.site, buyers, products).await?;
        say.line(format_args!("{} seconds of load …", self.seconds));
        let mut load = self.load(target, &stage).await?;
        say.line(format_args!("checking {} orders …", load.report.good));
        let outcome = settlement::await_all(&mut stage, &mut load.buyers).await?;
        stage::withdraw(&mut stage.seller, &stage.products).await?;
        Ok(CheckoutReport {
            url: target.url.clone(),
            buyers,
            products,
            lines: self.lines,
            load: load.report,
            orders: outcome.report()?,
            final_seen_ms: load.seen.0,
            lost_from_sight: load.seen.1,
            balanced: outcome.differences.is_empty(),
            differences: outcome.differences,
        })
    }

    /// All buyers at once, until the time is over.
    async fn load(&self, target: &Target, stage: &Stage) -> Result<Load> {
        let watch = Watch::new()?;
        let shop = Arc::new(Shop {
            products: stage.products.clone(),
            lines: self.lines,
            watch: Arc::clone(&watch),
        });
        let before = target.parts.read();
        let began = Instant::now();
        let end = began + Duration::from_secs(self.seconds);
        let mut at_work = JoinSet::new();
        for (client, first) in stage.buyers.iter().zip(0..) {
            let buyer = Buyer::new(client.another(), first)?;
            at_work.spawn(buyer.buy(Arc::clone(&shop), end));
        }
        let mut buyers = Vec::with_capacity(stage.buyers.len());
        let mut answers = Answers::new()?;
        while let Some(buyer) = at_work.join_next().await {
            let buyer = buyer??;
            answers.add(&buyer.answers)?;
            buyers.push(buyer);
        }
        let time = began.elapsed();
        let parts = target.parts.costs_since(&before, answers.good()?);
        Ok(Load {
            buyers,
            report: LoadReport::new(answers, time, parts)?,
            seen: watch.finish().await,
        })
    }
}
