//! Names, addresses and passwords.

use email_address::{EmailAddress, Options};

/// Longest address (the column's width).
const MAX_EMAIL: usize = 255;

/// bcrypt reads 72 bytes; a longer password would be cut without a word.
const MAX_PASSWORD_BYTES: usize = 72;

/// Fewest characters of a password.
const MIN_PASSWORD_CHARS: usize = 8;

/// 3 to 30 ASCII letters and digits.
#[derive(Clone)]
pub(crate) struct Username(String);

/// A well-formed address in lower case: people do not remember how they wrote it.
#[derive(Clone)]
pub(crate) struct Email(String);

/// A password as bcrypt takes it. Neither shown nor logged: it has no `Debug`.
#[derive(Clone)]
pub(crate) struct Password(String);

/// Why a field is refused: a code for programs and a sentence for people.
type Refusal = (&'static str, String);

impl Username {
    pub(crate) fn parse(text: &str) -> Result<Self, Refusal> {
        if !(3..=30).contains(&text.len()) || !text.bytes().all(|b| b.is_ascii_alphanumeric()) {
            let message = "must be 3 to 30 letters and digits".to_owned();
            return Err(("USERNAME", message));
        }
        Ok(Self(text.to_owned()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl Email {
    /// Of a new account; one that looks like that of somebody else is none.
    pub(crate) fn parse_new(text: &str) -> Result<Self, Refusal> {
        if !text.is_ascii() || text.contains('"') {
            let message = "must have plain letters only, such as name@example.com".to_owned();
            return Err(("EMAIL", message));
        }
        Self::parse(text)
    }

    pub(crate) fn parse(text: &str) -> Result<Self, Refusal> {
        let options = Options::default()
            .with_required_tld()
            .without_display_text()
            .without_domain_literal();
        if text.len() > MAX_EMAIL || EmailAddress::parse_with_options(text, options).is_err() {
            let message = "must be an address such as name@example.com".to_owned();
            return Err(("EMAIL", message));
        }
        Ok(Self(text.to_lowercase()))
    }

    /// An address that was checked before it was stored.
    pub(crate) fn stored(text: &str) -> Self {
        Self(text.to_owned())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl Password {
    /// A password someone chooses: long enough for bcrypt to be worth it.
    pub(crate) fn parse_new(text: String) -> Result<Self, Refusal> {
        if text.chars().count() < MIN_PASSWORD_CHARS {
            let message = format!("At least {MIN_PASSWORD_CHARS} characters");
            return Err(("TOO_SHORT", message));
        }
        Self::parse(text)
    }

    /// A password someone claims to have.
    pub(super) fn parse(text: String) -> Result<Self, Refusal> {
        if text.is_empty() {
            return Err(("REQUIRED", "must not be empty".to_owned()));
        }
        if text.len() > MAX_PASSWORD_BYTES {
            let message = format!("must be at most {MAX_PASSWORD_BYTES} bytes long");
            return Err(("TOO_LONG", message));
        }
        // bcrypt stops at a zero byte.
        if text.contains('\0') {
            return Err(("ZERO_BYTE", "must not hold a zero byte".to_owned()));
        }
        Ok(Self(text))
    }

    /// A password that is no secret.
    pub(crate) fn well_known(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// Whether it is this one, which is no secret: the time of comparing tells nothing.
    pub(crate) fn is(&self, well_known: &str) -> bool {
        self.0 == well_known
    }

    pub(crate) fn into_inner(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_compared_without_regard_to_case() {
        assert_eq!(
            Email::parse("Alice@Demo.COM").ok().unwrap().as_str(),
            "alice@demo.com"
        );
    }

    #[test]
    fn addresses_that_nobody_has_are_refused() {
        for text in [
            "",
            "alice",
            "alice@",
            "@demo.com",
            "a b@demo.com",
            "alice@demo",
            "a@b@c.de",
        ] {
            assert!(Email::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn an_address_that_looks_like_another_is_refused() {
        for text in [
            "\u{430}dmin@demo.com",
            "alice@\u{ff44}emo.com",
            "\u{212a}ai@demo.com",
            "\u{130}da@demo.com",
            "\"<b>alice</b>\"@demo.com",
        ] {
            assert!(Email::parse_new(text).is_err(), "{text:?}");
        }
        assert!(Email::parse_new("alice+1@demo.com").is_ok());
    }

    #[test]
    fn a_password_of_73_bytes_is_refused_rather_than_cut() {
        assert!(Password::parse_new("a".repeat(72)).is_ok());
        assert!(Password::parse_new("a".repeat(73)).is_err());
        assert!(Password::parse_new("\u{e9}".repeat(37)).is_err());
    }

    #[test]
    fn a_username_is_ascii_letters_and_digits() {
        assert!(Username::parse("zoe1").is_ok());
        for text in ["", "ab", "zo\u{e9}1", "a b c", "a-b-c", &"a".repeat(31)] {
            assert!(Username::parse(text).is_err(), "{text:?}");
        }
    }
}
