//! The two cookies of a session.

use std::time::Duration;

use http::{HeaderMap, header};
use shared::auth::{REFRESH_COOKIE, SESSION_COOKIE, SESSION_LIFETIME, TOKEN_LIFETIME};
use tower_cookies::{
    Cookie, Cookies,
    cookie::{SameSite, time},
};

use super::{Refresh, Tokens, refresh_token::RefreshToken};

/// Where the refresh cookie is sent: to nobody but this service.
const REFRESH_PATH: &str = "/api/auth";

/// How the cookies of a session are sent.
#[derive(Clone, Copy)]
pub struct CookiePolicy {
    /// Over HTTPS only.
    pub is_secure: bool,
}

impl CookiePolicy {
    /// Gives the browser what keeps it signed in.
    pub(crate) fn hand_out(self, tokens: Tokens, cookies: &Cookies) {
        cookies.add(self.cookie(SESSION_COOKIE, tokens.access, "/", TOKEN_LIFETIME));
        let (value, lifetime) = match tokens.refresh {
            Refresh::New(refresh) => (refresh.to_string(), SESSION_LIFETIME),
            Refresh::None => (String::new(), Duration::ZERO),
            Refresh::Kept => return,
        };
        cookies.add(self.cookie(REFRESH_COOKIE, value, REFRESH_PATH, lifetime));
    }

    /// Makes the browser forget its session.
    pub(crate) fn clear(self, cookies: &Cookies) {
        for (name, path) in [(SESSION_COOKIE, "/"), (REFRESH_COOKIE, REFRESH_PATH)] {
            cookies.add(self.cookie(name, String::new(), path, Duration::ZERO));
        }
    }

    /// A cookie that scripts cannot read and other sites cannot send.
    fn cookie(
        self,
        name: &'static str,
        value: String,
        path: &'static str,
        lifetime: Duration,
    ) -> Cookie<'static> {
        let seconds = i64::try_from(lifetime.as_secs()).unwrap_or(i64::MAX);
        Cookie::build((name, value))
            .path(path)
            .http_only(true)
            .same_site(SameSite::Strict)
            .secure(self.is_secure)
            .max_age(time::Duration::seconds(seconds))
            .build()
    }
}

/// The refresh token that a browser sent.
pub(crate) enum Presented {
    /// None, or something that is none.
    Nothing,
    /// This one.
    One(RefreshToken),
    /// Different ones. A page of another host of the same domain can add one for the whole
    /// domain, and the browser does not say which is whose.
    Several,
}

impl Presented {
    /// What these headers bring.
    pub(crate) fn in_headers(headers: &HeaderMap) -> Self {
        let mut values = headers
            .get_all(header::COOKIE)
            .iter()
            // What is no text in one of them says nothing about the others.
            .flat_map(|line| line.as_bytes().split(|byte| *byte == b';'))
            .filter_map(|pair| Cookie::parse(str::from_utf8(pair).ok()?).ok())
            .filter(|cookie| cookie.name() == REFRESH_COOKIE)
            .map(|cookie| cookie.value().to_owned());
        let Some(first) = values.next() else {
            return Self::Nothing;
        };
        if values.any(|other| other != first) {
            return Self::Several;
        }
        first.parse().map_or(Self::Nothing, Self::One)
    }
}
