//! New people, whom nobody can log in as later.

use std::{sync::Arc, time::Duration};

use anyhow::{Context, Result};
use hyper::{StatusCode, body::Bytes};
use serde_json::json;
use tokio::{
    task::JoinSet,
    time::{Instant, sleep},
};

use super::{answer::Answer, client::Client, site::Site};
use crate::secret;

/// Accounts made at a time: each costs the server's processors two hashes of a password.
const AT_ONCE: usize = 4;

/// How long a server may be too busy for one more of them.
const PATIENCE: Duration = Duration::from_mins(1);

/// Signs up and logs in `count` people whom nobody can log in as later.
pub(crate) async fn sign_up(site: &Arc<Site>, count: usize) -> Result<Vec<Client>> {
    let secret = secret::random();
    let mut lanes = JoinSet::new();
    for lane in 0..AT_ONCE.min(count) {
        lanes.spawn(sign_up_every(
            Arc::clone(site),
            secret.clone(),
            (lane..count).step_by(AT_ONCE),
        ));
    }
    let mut people = Vec::with_capacity(count);
    while let Some(lane) = lanes.join_next().await {
        people.extend(lane??);
    }
    Ok(people)
}

async fn sign_up_every(
    site: Arc<Site>,
    secret: String,
    numbers: impl Iterator<Item = usize>,
) -> Result<Vec<Client>> {
    let (run, password) = secret.split_at(12);
    let mut people = Vec::new();
    for number in numbers {
        let username = format!("bench{run}x{number}");
        let email = format!("{username}@bench.example.com");
        let account = json!({
            "username": username,
            "email": email,
            "password": password,
            "repeat_password": password,
        });
        let mut person = Client::guest(&site);
        sign_up_one(&mut person, &account.to_string()).await?;
        let login = json!({ "email": email, "password": password });
        log_in(&mut person, login.to_string().into()).await?;
        people.push(person);
    }
    Ok(people)
}

async fn sign_up_one(person: &mut Client, account: &str) -> Result<()> {
    let deadline = Instant::now() + PATIENCE;
    let mut was_put_off = false;
    loop {
        let answer = person.post("/api/auth/signup", account.to_owned()).await?;
        if is_put_off(&answer, deadline).await {
            was_put_off = true;
            continue;
        }
        // What was put off may have been done all the same; nobody else has this name.
        if was_put_off && answer.status == StatusCode::CONFLICT {
            return Ok(());
        }
        let answer = answer.expect(StatusCode::CREATED);
        return answer.context("cannot sign up").map(drop);
    }
}

async fn log_in(person: &mut Client, login: Bytes) -> Result<()> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let answer = person.try_login(login.clone()).await?;
        if !is_put_off(&answer, deadline).await {
            let answer = answer.expect(StatusCode::OK);
            return answer.context("cannot log in").map(drop);
        }
    }
}

/// Whether to ask again, since the server has too much to do; waits as long as it says.
async fn is_put_off(answer: &Answer, deadline: Instant) -> bool {
    let is_busy = answer.status == StatusCode::SERVICE_UNAVAILABLE;
    match answer.retry_after() {
        Some(wait) if is_busy && Instant::now() < deadline => sleep(wait).await,
        _ => return false,
    }
    true
}
