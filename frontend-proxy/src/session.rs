//! Sessions at the edge: a cookie or bearer token is verified here and goes on as a bearer
//! token; what does not verify goes no further.

use http::{HeaderMap, HeaderValue, header};
use shared::{
    auth::{REFRESH_COOKIE, SESSION_COOKIE, TokenVerifier},
    id::UserId,
};
use tracing::debug;

/// Verifies sessions.
pub(crate) struct Sessions {
    verifier: TokenVerifier,
    clearing: HeaderValue,
}

/// What a request brought with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Session {
    /// A valid token of this user.
    Valid(UserId),
    /// No token.
    Absent,
    /// A cookie that is no longer, or never was, a session.
    DeadCookie,
    /// Cookies of different sessions. A page of another host of the same domain can add one for
    /// the whole domain, and the browser does not say which is whose. None counts and none is
    /// cleared: clearing our own would leave the other one.
    Several,
    /// A bearer token that does not verify.
    DeadBearer,
}

impl Session {
    /// Who is signed in.
    pub(crate) fn user(self) -> Option<UserId> {
        match self {
            Self::Valid(user) => Some(user),
            _ => None,
        }
    }
}

impl Sessions {
    /// Sessions that this verifier accepts; `secure` as auth-service sets its cookies.
    pub(crate) fn new(verifier: TokenVerifier, secure: bool) -> Self {
        let clearing = if secure {
            "token=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict; Secure"
        } else {
            "token=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict"
        };
        Self {
            verifier,
            clearing: HeaderValue::from_static(clearing),
        }
    }

    /// Takes the credentials out of a request and puts a verified one back, as a bearer token.
    pub(crate) fn admit(&self, headers: &mut HeaderMap) -> Session {
        let sent = headers.remove(header::AUTHORIZATION);
        let tokens = take_session_cookies(headers);
        if let Some((token, others)) = tokens.split_first() {
            if others.iter().any(|other| other != token) {
                debug!("cookies of several sessions came together");
                return Session::Several;
            }
            return match self.bearer(token) {
                Some((user, bearer)) => pass_on(headers, user, bearer),
                None => Session::DeadCookie,
            };
        }
        let Some(sent) = sent else {
            return Session::Absent;
        };
        match bearer_token(&sent).and_then(|token| self.bearer(token)) {
            Some((user, bearer)) => pass_on(headers, user, bearer),
            None => Session::DeadBearer,
        }
    }

    /// Tells the browser to forget a dead cookie, unless the answer itself sets a new one.
    pub(crate) fn clear_if_dead(&self, session: Session, answer: &mut HeaderMap) {
        let sets_session = || {
            let mut cookies = answer.get_all(header::SET_COOKIE).iter();
            cookies.any(|cookie| cookie.as_bytes().starts_with(b"token="))
        };
        if session == Session::DeadCookie && !sets_session() {
            answer.append(header::SET_COOKIE, self.clearing.clone());
        }
    }

    fn bearer(&self, token: &str) -> Option<(UserId, HeaderValue)> {
        let claims = match self.verifier.verify(token) {
            Ok(claims) => claims,
            Err(error) => {
                debug!(%error, "a session was not accepted");
                return None;
            }
        };
        let mut value = HeaderValue::try_from(format!("Bearer {token}")).ok()?;
        value.set_sensitive(true);
        Some((claims.user_id, value))
    }
}

/// Whether a request has a cookie that stands for a session, valid or not.
pub(crate) fn has_cookie_session(headers: &HeaderMap) -> bool {
    let is_one = |cookie, name| value_of(cookie, name).is_some();
    cookies(headers).any(|it| is_one(it, SESSION_COOKIE) || is_one(it, REFRESH_COOKIE))
}

fn pass_on(headers: &mut HeaderMap, user: UserId, bearer: HeaderValue) -> Session {
    headers.insert(header::AUTHORIZATION, bearer);
    Session::Valid(user)
}

fn bearer_token(header: &HeaderValue) -> Option<&str> {
    let (scheme, token) = header.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Removes the session cookies from the `Cookie` headers and leaves the others as they are.
fn take_session_cookies(headers: &mut HeaderMap) -> Vec<String> {
    let mut tokens = Vec::new();
    if !headers.contains_key(header::COOKIE) {
        return tokens;
    }
    let mut others = Vec::new();
    for cookie in cookies(headers) {
        match value_of(cookie, SESSION_COOKIE) {
            // What is no text verifies as little as what stands for it here.
            Some(token) => tokens.push(String::from_utf8_lossy(token).into_owned()),
            None => others.push(cookie),
        }
    }
    let others = others.join(&b"; "[..]);
    headers.remove(header::COOKIE);
    if !others.is_empty()
        && let Ok(value) = HeaderValue::try_from(others)
    {
        headers.insert(header::COOKIE, value);
    }
    tokens
}

/// The cookies of a request, which are bytes: browsers send what is no text as it was set.
fn cookies(headers: &HeaderMap) -> impl Iterator<Item = &[u8]> {
    let headers = headers.get_all(header::COOKIE).iter();
    headers
        .flat_map(|pairs| pairs.as_bytes().split(|byte| *byte == b';'))
        .map(<[u8]>::trim_ascii)
}

/// The value of a cookie, if this is its name.
fn value_of<'a>(cookie: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let rest = cookie.strip_prefix(name.as_bytes())?;
    let value = rest.trim_ascii_start().strip_prefix(b"=")?;
    Some(value.trim_ascii_start())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_static(value))])
    }

    #[test]
    fn the_session_cookie_is_taken_and_the_others_stay() {
        let mut headers = sent("a=1; token=x.y.z; odd; b=\"2\"");

        let tokens = take_session_cookies(&mut headers);

        assert_eq!(tokens, ["x.y.z"]);
        assert_eq!(headers[header::COOKIE], "a=1; odd; b=\"2\"");
    }

    #[test]
    fn a_byte_that_is_no_text_hides_no_cookie() {
        let pairs = HeaderValue::from_bytes(b"name=Jos\xe9; token=x.y.z; a=1").unwrap();
        let mut headers = HeaderMap::from_iter([(header::COOKIE, pairs)]);

        assert!(has_cookie_session(&headers));
        assert_eq!(take_session_cookies(&mut headers), ["x.y.z"]);
        let left = headers[header::COOKIE].as_bytes();
        assert_eq!(left, b"name=Jos\xe9; a=1");
        assert!(!has_cookie_session(&headers));
    }

    #[test]
    fn of_several_session_cookies_none_stays() {
        let mut headers = sent("token=first; token=second");

        let tokens = take_session_cookies(&mut headers);

        assert_eq!(tokens, ["first", "second"]);
        assert!(!headers.contains_key(header::COOKIE));
    }
}
