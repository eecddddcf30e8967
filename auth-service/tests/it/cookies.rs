//! The cookies of a session: sent back by browsers only where they are meant to be.

use crate::stage::{LOGIN, Stage, cookie, login_body, token_of};

#[tokio::test]
async fn the_cookies_of_a_session_are_kept_from_scripts_and_other_sites() {
    let stage = Stage::create().await;
    stage.sign_up("zoe1").await;
    for is_secure in [false, true] {
        let guest = stage.guest_with(|state| state.cookies.is_secure = is_secure);

        let answer = guest
            .post(LOGIN, login_body("zoe1@demo.com", "password1"))
            .await;

        for (name, path, seconds) in [("token", "/", 3600), ("refresh", "/api/auth", 86400)] {
            let parts = cookie(&answer, name).unwrap();
            let [_, attributes @ ..] = parts.as_slice() else {
                panic!("a cookie has a value");
            };
            let (path, age) = (format!("Path={path}"), format!("Max-Age={seconds}"));
            let mut expected = vec!["HttpOnly", "SameSite=Strict", &path, &age];
            expected.extend(is_secure.then_some("Secure"));
            let mut attributes: Vec<&str> = attributes.iter().map(String::as_str).collect();
            attributes.sort_unstable();
            expected.sort_unstable();
            assert_eq!(attributes, expected);
        }
    }
}

#[tokio::test]
async fn a_token_is_in_the_cookie_and_nowhere_in_the_body() {
    let stage = Stage::create().await;
    stage.sign_up("zoe1").await;

    let answer = stage
        .guest
        .post(LOGIN, login_body("zoe1@demo.com", "password1"))
        .await;

    let token = token_of(&answer);
    let signature = token.rsplit('.').next().unwrap();
    assert!(!answer.body.to_string().contains(signature));
}
