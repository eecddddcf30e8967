//! Versions as programs print them, and which is newer.

use std::fmt;

/// Major and minor number of a program; what follows does not matter here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version {
    pub(crate) major: u32,
    pub(crate) minor: u32,
}

impl Version {
    /// Reads the first number of what `--version` printed.
    ///
    /// ```text
    /// postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)
    /// Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64
    /// ```
    pub(crate) fn parse(printed: &str) -> Option<Self> {
        let start = printed.find(|c: char| c.is_ascii_digit())?;
        let mut numbers = printed[start..]
            .split(|c: char| !c.is_ascii_digit() && c != '.')
            .next()?
            .split('.');
        Some(Self {
            major: numbers.next()?.parse().ok()?,
            minor: numbers.next().and_then(|n| n.parse().ok()).unwrap_or(0),
        })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> (u32, u32) {
        let version = Version::parse(text).unwrap();
        (version.major, version.minor)
    }

    #[test]
    fn the_number_is_found_in_what_each_server_prints() {
        assert_eq!(
            parsed("postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)"),
            (15, 20)
        );
        assert_eq!(parsed("postgres (PostgreSQL) 18beta1"), (18, 0));
        assert_eq!(
            parsed("Redis server v=7.0.15 sha=00000000:0 bits=64"),
            (7, 0)
        );
        assert_eq!(parsed("Valkey server v=8.1.4 sha=00000000:0"), (8, 1));
        assert_eq!(Version::parse("command not found"), None);
    }

    #[test]
    fn newer_is_by_number_and_not_by_letter() {
        assert!(Version::parse("15.9") < Version::parse("15.10"));
        assert!(Version::parse("9.6") < Version::parse("15.0"));
    }
}
