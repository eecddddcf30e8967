//! `cargo mesh bench logins`: what a storm of logins does to everything else.

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use hyper::{StatusCode, body::Bytes};
use tokio::{
    task::JoinSet,
    time::{Instant, interval_at, sleep},
};

use super::{
    Target,
    answers::Answers,
    report::{LoadReport, LoginsReport, Others},
};
use crate::customer::{accounts, client::Client};

/// What others ask for all the time.
const ME: &str = "/api/auth/me";
const CHECK: &str = "/api/auth/checkIsAuth";
const HEALTH: &str = "/health";
const CATALOG: &str = "/api/products/public/";

/// Connections for each of it, and how often each of them asks: 50 requests a second together.
const CALLERS: u32 = 10;
const EVERY: Duration = Duration::from_millis(200);

/// Before the next try after a connection broke.
const PAUSE: Duration = Duration::from_millis(20);

/// What a storm of logins does to everything else: the same calls without it and with it.
#[derive(Args)]
pub(super) struct Logins {
    /// People who log in again and again, each with an account of their own.
    #[arg(long, default_value_t = 200)]
    clients: usize,
    /// Length of the calm in seconds, and of the storm.
    #[arg(long, default_value_t = 15)]
    seconds: u64,
}

/// What the people of a storm got.
struct Storm {
    answers: Answers,
    /// Answers 503 that say when to try again.
    put_off: u32,
}

impl Logins {
    /// Runs the calm and the storm.
    ///
    /// # Errors
    /// There is no mesh, nobody can log in, or rate limits are on.
    pub(super) async fn run(&self, target: &Target) -> Result<LoginsReport> {
        let (say, clients, seconds) = (target.say, self.clients, self.seconds);
        ensure!(clients > 0, "--clients must be at least 1");
        say.line(format_args!("{clients} accounts …"));
        let people = accounts::sign_up(&target.site, clients).await?;
        let one = people.first().context("no account")?.another();
        say.line(format_args!("{seconds} seconds of calm …"));
        let calm = self.others(target, &one).finish().await?;
        say.line(format_args!("{seconds} seconds of storm …"));
        let before = target.parts.read();
        let began = Instant::now();
        let others = self.others(target, &one);
        let storm = self.storm(people, began).await?;
        let time = began.elapsed();
        let others = others.finish().await?;
        let parts = target.parts.costs_since(&before, storm.answers.good()?);
        let others = calm.into_iter().zip(others);
        Ok(LoginsReport {
            url: target.url.clone(),
            clients,
            put_off: storm.put_off,
            others: others
                .map(|((name, calm), (_, storm))| Others::new(name, &calm, storm))
                .collect(),
            load: LoadReport::new(storm.answers, time, parts)?,
        })
    }

    /// Everybody logs in at once, and again as soon as they are in or may try again.
    async fn storm(&self, people: Vec<Client>, began: Instant) -> Result<Storm> {
        let end = began + Duration::from_secs(self.seconds);
        let mut at_work = JoinSet::new();
        for client in people {
            let login = client.login().context("somebody has no login")?;
            at_work.spawn(log_in_until(client, login, end));
        }
        let mut all = Storm {
            answers: Answers::new()?,
            put_off: 0,
        };
        while let Some(storm) = at_work.join_next().await {
            let storm = storm??;
            all.answers.add(&storm.answers)?;
            all.put_off += storm.put_off;
        }
        Ok(all)
    }

    /// Starts everybody else; `one` is a person with a session.
    fn others(&self, target: &Target, one: &Client) -> Steady {
        let end = Instant::now() + Duration::from_secs(self.seconds);
        let mut steady = Steady(Vec::new());
        steady.start(ME, ME, one, end);
        steady.start(CHECK, CHECK, one, end);
        if let Some(auth) = &target.auth {
            let guest = Client::guest(auth);
            steady.start("/health of auth-service", HEALTH, &guest, end);
        }
        steady.start(CATALOG, CATALOG, &Client::guest(&target.site), end);
        steady
    }
}

/// Calls at a steady rate, by name.
struct Steady(Vec<(&'static str, JoinSet<Result<Answers>>)>);

impl Steady {
    fn start(&mut self, name: &'static str, path: &'static str, who: &Client, end: Instant) {
        let now = Instant::now();
        let mut callers = JoinSet::new();
        for number in 0..CALLERS {
            let first = now + EVERY * number / CALLERS;
            callers.spawn(call(who.another(), path, first, end));
        }
        self.0.push((name, callers));
    }

    async fn finish(self) -> Result<Vec<(&'static str, Answers)>> {
        let mut all = Vec::new();
        for (name, mut callers) in self.0 {
            let mut answers = Answers::new()?;
            while let Some(one) = callers.join_next().await {
                answers.add(&one??)?;
            }
            all.push((name, answers));
        }
        Ok(all)
    }
}

/// Asks at fixed times until `end`. A time counts from when the request was due, not from when
/// the answer before it let it begin: otherwise a server that stalls would be asked less.
async fn call(mut client: Client, path: &str, first: Instant, end: Instant) -> Result<Answers> {
    let mut answers = Answers::new()?;
    let mut ticks = interval_at(first, EVERY);
    loop {
        let due = ticks.tick().await;
        if due >= end {
            return Ok(answers);
        }
        match client.get(path).await {
            Ok(answer) if answer.status == StatusCode::OK => answers.times.record(due.elapsed()),
            Ok(answer) => answers.refuse(answer.status),
            Err(_) => answers.broken += 1,
        }
    }
}

async fn log_in_until(mut client: Client, login: Bytes, end: Instant) -> Result<Storm> {
    let mut storm = Storm {
        answers: Answers::new()?,
        put_off: 0,
    };
    while Instant::now() < end {
        let asked = Instant::now();
        let Ok(answer) = client.try_login(login.clone()).await else {
            storm.answers.broken += 1;
            sleep(PAUSE).await;
            continue;
        };
        match (answer.status, answer.retry_after()) {
            (StatusCode::OK, _) => storm.answers.times.record(asked.elapsed()),
            (StatusCode::SERVICE_UNAVAILABLE, Some(pause)) => {
                storm.put_off += 1;
                sleep(pause).await;
            }
            (StatusCode::TOO_MANY_REQUESTS, _) => {
                bail!("rate limits are on; start the mesh without them: RATE_LIMIT=off")
            }
            (status, _) => storm.answers.refuse(status),
        }
    }
    Ok(storm)
}
