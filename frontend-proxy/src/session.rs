//! Sessions at the edge: a cookie or bearer token is verified here and goes on as a bearer
//! token; what does not verify goes no further.

use cookie::Cookie;
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
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|pairs| pairs.split(';'))
        .filter_map(|pair| pair.split_once('='))
        .any(|(name, _)| name.trim() == SESSION_COOKIE || name.trim() == REFRESH_COOKIE)
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
    for pair in headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|pairs| pairs.split(';'))
        .map(str::trim)
    {
        match Cookie::parse(pair) {
            Ok(cookie) if cookie.name() == SESSION_COOKIE => {
                tokens.push(cookie.value().to_owned());
            }
            _ => others.push(pair),
        }
    }
    let others = others.join("; ");
    headers.remove(header::COOKIE);
    if !others.is_empty()
        && let Ok(value) = HeaderValue::try_from(others)
    {
        headers.insert(header::COOKIE, value);
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cookies(value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_static(value))])
    }

    #[test]
    fn the_session_cookie_is_taken_and_the_others_stay() {
        let mut headers = cookies("a=1; token=x.y.z; odd; b=\"2\"");

        let tokens = take_session_cookies(&mut headers);

        assert_eq!(tokens, ["x.y.z"]);
        assert_eq!(headers[header::COOKIE], "a=1; odd; b=\"2\"");
    }

    #[test]
    fn of_several_session_cookies_none_stays() {
        let mut headers = cookies("token=first; token=second");

        let tokens = take_session_cookies(&mut headers);

        assert_eq!(tokens, ["first", "second"]);
        assert!(!headers.contains_key(header::COOKIE));
    }
}
