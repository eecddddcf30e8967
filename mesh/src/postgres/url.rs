//! Database URLs: read, written, and taken apart for `psql`.

use std::fmt;

use anyhow::{Context, Result};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// `postgres://user:password@host:port/database?parameters`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PostgresUrl {
    pub(crate) user: String,
    pub(crate) password: String,
    /// `host:port`; the port may be absent.
    authority: String,
    pub(crate) database: String,
    /// From the `?` on, or empty.
    parameters: String,
}

impl PostgresUrl {
    /// A URL of the maintenance database of a server on this machine, by its socket in `folder`
    /// if there is one.
    pub(crate) fn local(user: &str, password: &str, port: u16, folder: &str) -> Self {
        let parameters = if folder.is_empty() {
            String::new()
        } else {
            format!("?host={}", encode(folder))
        };
        Self {
            user: user.to_owned(),
            password: password.to_owned(),
            authority: format!("127.0.0.1:{port}"),
            database: "postgres".to_owned(),
            parameters,
        }
    }

    /// Reads a URL.
    ///
    /// # Errors
    /// It is none. The message leaves the password out.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        Self::read(text)
            .context("a database URL is not postgres://user:password@host:port/database")
    }

    fn read(text: &str) -> Option<Self> {
        let rest = text
            .strip_prefix("postgres://")
            .or_else(|| text.strip_prefix("postgresql://"))?;
        let (rest, parameters) = match rest.find('?') {
            Some(at) => rest.split_at(at),
            None => (rest, ""),
        };
        let (server, database) = rest.split_once('/').unwrap_or((rest, "postgres"));
        let (login, authority) = server.rsplit_once('@')?;
        let (user, password) = login.split_once(':').unwrap_or((login, ""));
        let decode = |text: &str| Some(percent_decode_str(text).decode_utf8().ok()?.into_owned());
        (!authority.is_empty() && !user.is_empty()).then_some(())?;
        Some(Self {
            user: decode(user)?,
            password: decode(password)?,
            authority: authority.to_owned(),
            database: decode(if database.is_empty() {
                "postgres"
            } else {
                database
            })?,
            parameters: parameters.to_owned(),
        })
    }

    /// The same server, as another role and with another database.
    pub(crate) fn with(&self, role: &str, password: &str, database: &str) -> Self {
        Self {
            user: role.to_owned(),
            password: password.to_owned(),
            database: database.to_owned(),
            ..self.clone()
        }
    }

    /// The URL without its password, for a command line that others can see.
    pub(crate) fn without_password(&self) -> String {
        format!(
            "postgres://{}@{}/{}{}",
            encode(&self.user),
            self.authority,
            encode(&self.database),
            self.parameters
        )
    }
}

impl fmt::Display for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "postgres://{}:{}@{}/{}{}",
            encode(&self.user),
            encode(&self.password),
            self.authority,
            encode(&self.database),
            self.parameters
        )
    }
}

fn encode(text: &str) -> impl fmt::Display {
    // Underscores are in our own names; a URL is for people too.
    utf8_percent_encode(text, const { &NON_ALPHANUMERIC.remove(b'_').remove(b'-') })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_survives_being_read_and_written() {
        let text = "postgres://me:p%40ss@db.example:5433/postgres?sslmode=require";

        let url = PostgresUrl::parse(text).unwrap();

        assert_eq!(url.password, "p@ss");
        assert_eq!(url.to_string(), text);
        assert_eq!(
            url.with("auth", "secret", "db_auth").to_string(),
            "postgres://auth:secret@db.example:5433/db_auth?sslmode=require"
        );
    }

    #[test]
    fn the_password_is_not_in_what_others_see() {
        let url = PostgresUrl::parse("postgresql://me:secret@localhost").unwrap();

        assert_eq!(url.without_password(), "postgres://me@localhost/postgres");
    }

    #[test]
    fn what_is_no_url_is_refused_without_repeating_it() {
        let error = PostgresUrl::parse("mysql://me:secret@localhost").unwrap_err();

        assert!(!format!("{error:#}").contains("secret"));
    }
}
