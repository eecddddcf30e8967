//! `cargo mesh bench`: load on a running mesh, through the same door as every customer.

use std::{path::PathBuf, process::ExitCode, sync::Arc, thread};

use anyhow::{Context, Result, anyhow};
use clap::{Args, Subcommand};
use serde::Serialize;
use tokio::runtime;

use self::{
    catalog::Catalog, checkout::Checkout, logins::Logins, outage::OutageBench, parts::Parts,
    proxy::ProxyBench,
};
use crate::{
    customer::site::Site,
    say::{self, Say},
    services::SERVICES,
    state::State,
    workspace,
};

mod answers;
mod buyer;
mod catalog;
mod checkout;
mod cpu;
mod logins;
mod outage;
mod parts;
mod proxy;
mod report;
mod settlement;
mod stage;
mod table;
mod watch;

/// Arguments of `cargo mesh bench`.
#[derive(Args)]
pub struct Bench {
    #[command(subcommand)]
    load: Load,
    /// Address of the marketplace [default: the mesh that runs on the data folder].
    #[arg(long, global = true)]
    url: Option<String>,
    /// Data folder of the running mesh [default: .mesh in the checkout].
    #[arg(long, global = true, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Print one JSON object instead of tables.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Subcommand)]
enum Load {
    /// Buyers order: orders accepted and settled in a second, and whether the books balance.
    Checkout(Checkout),
    /// Visitors read the list of products: requests in a second.
    Catalog(Catalog),
    /// People log in all at once: how long everything else takes meanwhile.
    Logins(Logins),
    /// A mesh of its own without products-service, then without Redis: orders accepted meanwhile,
    /// and how fast they are settled afterwards.
    Outage(OutageBench),
    /// Our proxy and nginx in turn, in front of the same upstream: ratios of what they do and cost.
    Proxy(ProxyBench),
}

/// The marketplace under load.
struct Target {
    url: String,
    site: Arc<Site>,
    /// auth-service itself, if the mesh runs here.
    auth: Option<Arc<Site>>,
    parts: Parts,
    say: Say,
}

/// Runs a benchmark and prints what it found; the exit code is 1 when the books do not balance.
///
/// # Errors
/// There is no mesh at the address, or it does not do what the load needs.
pub fn run(bench: Bench) -> Result<ExitCode> {
    // One thread, and not one of a runtime that may be running here already: the load generator
    // shares the processors with what it measures.
    let load = thread::spawn(move || {
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        runtime.block_on(bench.run())
    });
    load.join()
        .map_err(|_| anyhow!("the load generator panicked"))?
}

impl Bench {
    async fn run(self) -> Result<ExitCode> {
        let say = if self.json { Say::Nothing } else { Say::Aloud };
        match &self.load {
            Load::Checkout(checkout) => {
                let report = checkout.run(&self.target(say)?).await?;
                self.print(&report)?;
                Ok(ExitCode::from(u8::from(!report.balanced)))
            }
            Load::Catalog(catalog) => {
                self.print(&catalog.run(&self.target(say)?).await?)?;
                Ok(ExitCode::SUCCESS)
            }
            Load::Logins(logins) => {
                self.print(&logins.run(&self.target(say)?).await?)?;
                Ok(ExitCode::SUCCESS)
            }
            Load::Outage(outage) => {
                let report = outage.run(say).await?;
                self.print(&report)?;
                Ok(ExitCode::from(u8::from(!report.is_balanced())))
            }
            Load::Proxy(proxy) => {
                self.print(&proxy.run(say).await?)?;
                Ok(ExitCode::SUCCESS)
            }
        }
    }

    /// What the arguments and the state file say. Parts are only measured of a mesh that runs
    /// at the address under load.
    fn target(&self, say: Say) -> Result<Target> {
        let folder = self
            .data
            .clone()
            .unwrap_or_else(|| workspace::root().join(".mesh"));
        let state = State::read(&folder.join("mesh.json"))?;
        let running = state.as_ref().map(|state| state.url.clone());
        let url = self.url.clone().or(running).with_context(|| {
            let folder = folder.display();
            format!("no mesh runs on {folder}; start it (cargo mesh up) or name one with --url")
        })?;
        let state =
            state.filter(|state| state.url.trim_end_matches('/') == url.trim_end_matches('/'));
        let mut services = state.iter().flat_map(|state| &state.services);
        let auth = services.find(|it| it.name == SERVICES[0]);
        let auth = auth.map(|it| Site::parse(&format!("http://{}", it.address)));
        Ok(Target {
            auth: auth.transpose()?.map(Arc::new),
            site: Arc::new(Site::parse(&url)?),
            parts: Parts::of(state.as_ref()),
            url,
            say,
        })
    }

    fn print<R: Serialize + std::fmt::Display>(&self, report: &R) -> Result<()> {
        if self.json {
            say::line(serde_json::to_string(report)?);
        } else {
            say::line(format_args!("\n{report}"));
        }
        Ok(())
    }
}
