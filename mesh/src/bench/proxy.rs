//! `cargo mesh bench proxy`: our proxy against nginx, in turn and in one run.

use std::{fs, path::PathBuf, time::Duration};

use anyhow::{Context, Result, ensure};
use clap::Args;
use shared::{
    auth::{Bearer, KeyPair, TokenSigner},
    id::UserId,
};
use tokio::signal::ctrl_c;
use uuid::Uuid;

use self::{
    report::{ProxyReport, Row, Sample},
    server::{Brand, Server, Stage},
    upstream::Upstream,
    wrk::Wrk,
};
use super::cpu::Processes;
use crate::{
    folder::{self, Scratch},
    install::{self, Missing, Tool},
    programs,
    say::Say,
    workspace,
};

mod report;
mod server;
mod upstream;
mod wrk;

/// What is asked for, of every server.
const CASES: [Case; 5] = [
    Case {
        name: "1 KiB index",
        path: "/",
        needs_cookie: false,
    },
    Case {
        name: "200 KiB asset",
        path: "/assets/app-5a7f01c3.js",
        needs_cookie: false,
    },
    Case {
        name: "proxied 4 KiB JSON",
        path: "/api/products/public/",
        needs_cookie: false,
    },
    Case {
        // nginx adds here what ours adds everywhere.
        name: "proxied, same headers",
        path: "/api/products/categories",
        needs_cookie: false,
    },
    Case {
        name: "proxied, cookie verified",
        path: "/api/orders/",
        needs_cookie: true,
    },
];

/// Our proxy against nginx: requests in a second, p99 and CPU of a request, as ratios.
#[derive(Args)]
pub(super) struct ProxyBench {
    /// Times that everything is measured; what is printed is the median.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Length of one measurement in seconds.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u64).range(1..))]
    seconds: u64,
    /// Keep-alive connections, each with one request at a time.
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u32).range(2..))]
    connections: u32,
    /// Folder with a frontend-proxy that is built already [default: builds it as images have it].
    #[arg(long, value_name = "DIR")]
    programs: Option<PathBuf>,
}

/// One thing to ask for.
struct Case {
    name: &'static str,
    path: &'static str,
    /// Whether our proxy answers only with a cookie that it has verified; nginx cannot verify one
    /// and passes it on.
    needs_cookie: bool,
}

/// The proxies side by side in front of one upstream. One that is not asked costs nothing but a
/// look at its upstream every two seconds.
struct Arena {
    servers: Vec<Server>,
    wrk: Wrk,
    /// `name=value` of a session.
    cookie: String,
}

impl ProxyBench {
    /// Starts both proxies, asks them in turn and stops them.
    ///
    /// # Errors
    /// nginx or wrk is missing, a proxy does not start, or one does not answer as it should.
    pub(super) async fn run(&self, say: Say) -> Result<ProxyReport> {
        let (nginx, wrk) = tools(say)?;
        let programs = match &self.programs {
            Some(folder) => folder.clone(),
            None => workspace::build_shipped_proxy(say).await?,
        };
        let scratch = Scratch::new()?;
        let stage = Stage {
            nginx,
            ours: programs.join("frontend-proxy"),
            folder: scratch.path().to_owned(),
            upstream: Upstream::start()?.address,
        };
        let mut arena = Arena {
            servers: Vec::new(),
            wrk: Wrk {
                program: wrk,
                connections: self.connections,
                seconds: self.seconds,
            },
            cookie: furnish(&stage)?,
        };
        let outcome = tokio::select! {
            outcome = self.compare(&mut arena, &stage, say) => outcome,
            _ = ctrl_c() => Err(anyhow::anyhow!("interrupted")),
        };
        for server in &mut arena.servers {
            server.stop().await;
        }
        outcome
    }

    async fn compare(&self, arena: &mut Arena, stage: &Stage, say: Say) -> Result<ProxyReport> {
        for logs in [false, true] {
            for brand in [Brand::Nginx, Brand::Ours] {
                arena.servers.push(Server::start(stage, brand, logs)?);
            }
        }
        for server in &arena.servers {
            server.wait_ready().await?;
        }
        let all = [false, true].map(|logs| CASES.iter().map(move |case| (case, logs)));
        let all: Vec<_> = all.into_iter().flatten().collect();
        let mut rows: Vec<_> = all
            .iter()
            .map(|(case, logs)| Row::new(case.name, *logs))
            .collect();
        for round in 1..=self.rounds {
            say.line(format_args!("round {round} of {} …", self.rounds));
            for ((case, _), row) in all.iter().zip(&mut rows) {
                arena.measure(case, row, round.is_multiple_of(2)).await?;
            }
        }
        Ok(ProxyReport {
            rounds: self.rounds,
            seconds: self.seconds,
            connections: self.connections,
            cases: rows.iter().filter_map(Row::figures).collect(),
        })
    }
}

impl Arena {
    /// Asks both proxies for one thing; every second round the other way round, so that neither
    /// always comes first.
    async fn measure(&self, case: &Case, row: &mut Row, backwards: bool) -> Result<()> {
        let servers = self.servers.iter();
        let mut servers: Vec<_> = servers.filter(|it| it.logs == row.logs).collect();
        if backwards {
            servers.reverse();
        }
        for server in servers {
            let sample = self.sample(server, case).await;
            let sample =
                sample.with_context(|| format!("{}, {}", server.brand.name(), case.name))?;
            row.add(server.brand, sample);
        }
        Ok(())
    }

    async fn sample(&self, server: &Server, case: &Case) -> Result<Sample> {
        let cpu = || {
            let usage = Processes::read().usage(&[server.pid()?])?;
            Some(usage.cpu)
        };
        let url = format!("http://{}{}", server.address, case.path);
        let cookie = case.needs_cookie.then_some(self.cookie.as_str());
        let before = cpu();
        let result = self.wrk.load(&url, cookie).await?;
        let used = before
            .zip(cpu())
            .and_then(|(before, after)| after.checked_sub(before));
        let used = used.context("the processor time of the proxy is not known")?;
        Ok(Sample {
            requests_per_second: result.requests_per_second,
            p99_ms: result.p99_ms,
            cpu_micros: micros(used) / result.requests,
        })
    }
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

/// nginx and wrk, which are installed if they are missing.
fn tools(say: Say) -> Result<(PathBuf, PathBuf)> {
    let wanted = [
        (Tool::Nginx, programs::nginx as fn() -> Option<PathBuf>),
        (Tool::Wrk, || programs::find("wrk")),
    ];
    let missing: Vec<_> = wanted
        .iter()
        .filter(|(_, find)| find().is_none())
        .map(|(tool, _)| *tool)
        .collect();
    if !missing.is_empty() {
        install::install(&missing, say)?;
    }
    let [nginx, wrk] = wanted.map(|(tool, find)| find().ok_or_else(|| Missing::still(tool)));
    Ok((nginx?, wrk?))
}

/// Writes the files that both proxies serve and the key that ours checks sessions with; answers
/// with the cookie of a session.
fn furnish(stage: &Stage) -> Result<String> {
    let web = stage.web();
    folder::create(&web.join("assets"))?;
    let page = format!("<!doctype html>\n<title>{}</title>\n", "index ".repeat(170));
    let script = format!("// {}\n", "a line of the app; ".repeat(20)).repeat(600);
    let files = [("index.html", page, 1024), (CASES[1].path, script, 204_800)];
    for (path, mut text, size) in files {
        ensure!(text.len() >= size, "{path} is too short");
        text.truncate(size);
        fs::write(web.join(path.trim_start_matches('/')), text)?;
    }
    let keys = KeyPair::generate()?;
    fs::write(stage.public_key(), keys.public_pem)?;
    let token = TokenSigner::from_pem(keys.private_pem.as_bytes())?.sign(&Bearer {
        user_id: UserId(1),
        username: "bench",
        email: "bench@bench.example.com",
        role: "USER",
        permissions: &[],
        session_id: Uuid::now_v7(),
        version: 1,
    })?;
    Ok(format!("{}={token}", shared::auth::SESSION_COOKIE))
}
