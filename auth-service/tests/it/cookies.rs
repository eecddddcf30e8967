//! The session cookie: sent back by browsers only where it is meant to be.

use crate::stage::{LOGIN, Stage, cookie, login_body};

#[tokio::test]
async fn a_session_cookie_is_kept_from_scripts_and_other_sites() {
    let stage = Stage::create().await;
    stage.sign_up("zoe1").await;
    for is_secure in [false, true] {
        let guest = stage.guest_with(|state| state.cookies.is_secure = is_secure);

        let answer = guest
            .post(LOGIN, login_body("zoe1@demo.com", "password1"))
            .await;

        let [_, attributes @ ..] = &mut *cookie(&answer) else {
            panic!("a cookie has a value");
        };
        attributes.sort_unstable();
        let mut expected = vec!["HttpOnly", "Max-Age=86400", "Path=/", "SameSite=Strict"];
        expected.extend(is_secure.then_some("Secure"));
        assert_eq!(attributes, expected);
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

    let token = crate::stage::token_of(&answer);
    let signature = token.rsplit('.').next().unwrap();
    assert!(!answer.body.to_string().contains(signature));
}
