//! Guessing passwords gets slower and slower, for the one who guesses.

use std::{
    num::NonZero,
    sync::atomic::{AtomicUsize, Ordering},
    thread::available_parallelism,
    time::Duration,
};

use auth_service::Passwords;
use futures_util::future::{join_all, select_all};
use http::StatusCode;
use shared_testing::TestClient;
use tokio::{task::yield_now, time::timeout};

use crate::stage::{LOGIN, SIGN_UP, Stage, login_body, retry_after, sign_up_body};

/// A storm that lasts longer puts off too few.
const PATIENCE: Duration = Duration::from_mins(1);

async fn try_password(client: &TestClient, password: &str) -> shared_testing::Answer {
    client
        .post(LOGIN, login_body("zoe1@demo.com", password))
        .await
}

/// A client at this address, after five wrong passwords.
async fn guesser(stage: &Stage, address: &str) -> TestClient {
    let guesser = stage.guest.with("x-real-ip", address);
    for _ in 0..5 {
        let answer = try_password(&guesser, "password2").await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    }
    guesser
}

#[tokio::test]
async fn the_sixth_wrong_password_is_not_even_looked_at() {
    let stage = Stage::create().await;
    stage.sign_up("zoe1").await;
    let guesser = guesser(&stage, "192.0.2.1").await;

    for password in ["password2", "password1"] {
        let answer = try_password(&guesser, password).await;

        assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(answer.body["code"], "RATE_LIMITED");
        let wait = retry_after(&answer);
        assert!((1..=30).contains(&wait), "{wait}");
    }
}

#[tokio::test]
async fn whoever_guesses_locks_nobody_out_elsewhere() {
    let stage = Stage::create().await;
    stage.sign_up("zoe1").await;
    guesser(&stage, "192.0.2.1").await;

    let owner = stage.guest.with("x-real-ip", "192.0.2.2");
    assert_eq!(
        try_password(&owner, "password1").await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn an_account_that_does_not_exist_is_guarded_like_one_that_does() {
    let stage = Stage::create().await;
    let guesser = guesser(&stage, "192.0.2.1").await;

    let answer = try_password(&guesser, "password2").await;

    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn many_guesses_at_once_count_as_many() {
    let stage = Stage::create().await;
    stage.sign_up("zoe1").await;
    let guesser = stage.guest.with("x-real-ip", "192.0.2.1");

    let all = (0..20).map(|_| try_password(&guesser, "password2"));
    let all = futures_util::future::join_all(all).await;

    let heard = all
        .iter()
        .filter(|it| it.status == StatusCode::UNAUTHORIZED);
    assert_eq!(heard.count(), 5);
}

#[tokio::test]
async fn the_right_password_makes_earlier_mistakes_forgotten() {
    let stage = Stage::create().await;
    stage.sign_up("zoe1").await;
    let owner = stage.guest.with("x-real-ip", "192.0.2.1");
    for _ in 0..3 {
        for password in ["mistake01", "mistake02", "mistake03", "mistake04"] {
            try_password(&owner, password).await;
        }
        assert_eq!(
            try_password(&owner, "password1").await.status,
            StatusCode::OK
        );
    }
}

#[tokio::test]
async fn who_goes_away_before_the_password_is_looked_at_has_tried_nothing() {
    let stage = Stage::create().await;
    stage.sign_up("zoe1").await;
    let slow = Passwords::new(12).unwrap();
    let guest = stage.guest_with(|state| {
        state.logins.passwords = slow.clone();
        state.passwords = slow;
    });
    // More than there are threads: some of them stand before the logins in the queue.
    let cores = available_parallelism().map_or(1, NonZero::get);
    let busy = (0..cores + 2).map(|number| {
        let body = sign_up_body(&format!("busy{number}"));
        Box::pin(guest.post(SIGN_UP, body))
    });
    let waiting = (0..6).map(|_| try_password(&guest, "password2"));

    tokio::select! {
        biased;
        _ = select_all(busy) => {}
        answers = join_all(waiting) => panic!("nobody waits: {answers:?}"),
    }

    let answer = try_password(&stage.guest, "password2").await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
}

/// More than the password pool lets wait, each with an address that nobody has, for ever.
async fn storm(stage: &Stage) {
    let number = AtomicUsize::new(0);
    let person = async || loop {
        let number = number.fetch_add(1, Ordering::Relaxed);
        let body = login_body(&format!("nobody{number}@demo.com"), "password1");
        stage.guest.post(LOGIN, body).await;
        // Who is put off is answered at once, and would never let anybody else go on.
        yield_now().await;
    };
    join_all((0..150).map(|_| person())).await;
}

#[tokio::test]
async fn a_login_that_is_put_off_is_no_try() {
    let stage = Stage::create().await;
    stage.sign_up("zoe1").await;
    let put_off_seven_times = async {
        let mut put_off = 0;
        while put_off < 7 {
            match try_password(&stage.guest, "password1").await.status {
                StatusCode::SERVICE_UNAVAILABLE => put_off += 1,
                status => {
                    assert_eq!(status, StatusCode::OK);
                    put_off = 0;
                }
            }
        }
    };

    let outcome = timeout(PATIENCE, async {
        tokio::select! {
            () = storm(&stage) => {}
            () = put_off_seven_times => {}
        }
    });
    outcome.await.unwrap();
}
