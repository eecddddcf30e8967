//! New people, whom nobody can log in as later.

use std::sync::Arc;

use anyhow::{Context, Result};
use hyper::StatusCode;
use serde_json::json;
use tokio::task::JoinSet;

use super::client::{Client, Site};
use crate::secret;

/// Accounts made at a time: each costs the server's processors two hashes of a password.
const AT_ONCE: usize = 4;

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
        person
            .post("/api/auth/signup", account.to_string())
            .await?
            .expect(StatusCode::CREATED)
            .context("cannot sign up")?;
        let login = json!({ "email": email, "password": password }).to_string();
        person.log_in(login.into()).await?;
        people.push(person);
    }
    Ok(people)
}
