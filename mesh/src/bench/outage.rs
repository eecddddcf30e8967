//! `cargo mesh bench outage`: what a minute without a part costs, and how fast it is made good.

use std::{sync::Arc, time::Duration};

use anyhow::{Result, ensure};
use clap::Args;
use tokio::{
    task::JoinSet,
    time::{Instant, sleep},
};

use super::{
    buyer::{Buyer, Shop},
    cpu::{self, Processes},
    report::rate,
    settlement,
    stage::Stage,
    watch::Watch,
};
use crate::{
    customer::site::Site,
    leftover,
    say::Say,
    services::SERVICES,
    system::{Mesh, Options},
};

mod report;

use self::report::{Outage, OutageReport, Peak};

/// Products to choose from, and products of an order: as `bench checkout` has them.
const PRODUCTS: usize = 50;
const LINES: usize = 2;

/// How long everything may take to be settled after an outage.
const SETTLED_WITHIN: Duration = Duration::from_mins(5);

/// Between two looks at what waits.
const PAUSE: Duration = Duration::from_millis(250);

/// How long services without work are watched while Redis is down.
const IDLE: Duration = Duration::from_secs(10);

/// What a minute without a part costs: a mesh of its own, under load without products-service, and
/// then without Redis.
#[derive(Args)]
pub(super) struct OutageBench {
    /// Buyers, each with one order at a time.
    #[arg(long, default_value_t = 32)]
    buyers: usize,
    /// Length of each outage in seconds, and of the load before it.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
}

/// A mesh under load.
struct Course {
    mesh: Mesh,
    stage: Stage,
    shop: Arc<Shop>,
    length: Duration,
    buyers: Vec<Buyer>,
}

impl OutageBench {
    /// Runs both outages on a mesh that is gone afterwards.
    ///
    /// # Errors
    /// The mesh does not start, or does not take orders.
    pub(super) async fn run(&self, say: Say) -> Result<OutageReport> {
        ensure!(self.buyers > 0, "--buyers must be at least 1");
        leftover::sweep().await;
        let options = Options {
            say,
            log_format: "json".to_owned(),
            ..Options::default()
        };
        let mesh = Mesh::start(options).await?;
        let site = Arc::new(Site::parse(mesh.url())?);
        let stage = Stage::set_up(&site, self.buyers, PRODUCTS).await?;
        let shop = Arc::new(Shop {
            products: stage.products.clone(),
            lines: LINES,
            watch: Watch::new()?,
        });
        let clients = stage.buyers.iter().zip(0..);
        let buyers = clients.map(|(client, first)| Buyer::new(client.another(), first));
        let mut course = Course {
            buyers: buyers.collect::<Result<_>>()?,
            mesh,
            stage,
            shop,
            length: Duration::from_secs(self.seconds),
        };
        let report = course.run(say).await;
        course.mesh.stop().await;
        report
    }
}

impl Course {
    async fn run(&mut self, say: Say) -> Result<OutageReport> {
        say.line("load with every part …");
        let normal = self.load().await?;
        self.await_settled().await?;
        say.line("load without products-service …");
        let products = self.outage(SERVICES[1], say).await?;
        say.line("load without Redis …");
        let redis = self.outage(crate::redis::NAME, say).await?;
        let outcome = settlement::await_all(&mut self.stage, &mut self.buyers).await?;
        Ok(OutageReport {
            normal_per_second: normal,
            outages: [products, redis],
            peaks: self.peaks(),
            differences: outcome.differences,
        })
    }

    /// A load while `part` is down, and the time until everything is made good.
    async fn outage(&mut self, part: &'static str, say: Say) -> Result<Outage> {
        self.mesh.hold_down(part, 0).await?;
        let before = self.peaks();
        let accepted_per_second = self.load().await?;
        let after = self.peaks();
        let idle_cpu = self.idle_cpu().await;
        let backlog = self.mesh.pending_orders().await?;
        say.line(format_args!("{backlog} orders wait; {part} starts …"));
        let began = Instant::now();
        self.mesh.start_again(part, 0).await?;
        let started = began.elapsed();
        self.await_settled().await?;
        let caught_up = began.elapsed();
        Ok(Outage {
            part,
            accepted_per_second,
            growth_mib: Peak::growth(&before, &after),
            idle_cpu,
            backlog,
            start_seconds: started.as_secs_f64(),
            catch_up_seconds: caught_up.as_secs_f64(),
            caught_up_per_second: rate(u32::try_from(backlog)?, caught_up),
        })
    }

    /// All buyers at once; orders accepted in a second.
    async fn load(&mut self) -> Result<f64> {
        let before = self.accepted();
        let began = Instant::now();
        let end = began + self.length;
        let mut at_work = JoinSet::new();
        for buyer in self.buyers.drain(..) {
            at_work.spawn(buyer.buy(Arc::clone(&self.shop), end));
        }
        while let Some(buyer) = at_work.join_next().await {
            self.buyers.push(buyer??);
        }
        Ok(rate(
            u32::try_from(self.accepted() - before)?,
            began.elapsed(),
        ))
    }

    fn accepted(&self) -> usize {
        self.buyers.iter().map(|buyer| buyer.accepted.len()).sum()
    }

    async fn await_settled(&self) -> Result<()> {
        let deadline = Instant::now() + SETTLED_WITHIN;
        while self.mesh.pending_orders().await? > 0 {
            ensure!(
                Instant::now() < deadline,
                "orders wait for {SETTLED_WITHIN:?}"
            );
            sleep(PAUSE).await;
        }
        Ok(())
    }

    /// Processors that all services together keep busy without any work.
    async fn idle_cpu(&self) -> f64 {
        let pids: Vec<u32> = self.pids().into_iter().map(|(_, pid)| pid).collect();
        let used = || Processes::read().usage(&pids).map(|usage| usage.cpu);
        let before = used();
        sleep(IDLE).await;
        let spent = before
            .zip(used())
            .map(|(before, after)| after.saturating_sub(before));
        spent.unwrap_or_default().div_duration_f64(IDLE)
    }

    /// The most memory that each service has had.
    fn peaks(&self) -> Vec<Peak> {
        let peak = |(name, pid)| Peak {
            name,
            mib: cpu::peak_kib(pid).map(|kib| f64::from(kib) / 1024.0),
        };
        self.pids().into_iter().map(peak).collect()
    }

    fn pids(&self) -> Vec<(String, u32)> {
        let services = self.mesh.state().services;
        services
            .into_iter()
            .filter_map(|service| Some((service.name, service.pid?)))
            .collect()
    }
}
