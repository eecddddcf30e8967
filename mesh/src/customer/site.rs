//! Where the marketplace is.

use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result, bail};
use hyper::{Uri, header::HeaderValue};

/// One door or several, that lead to the same.
pub(crate) struct Site {
    doors: Vec<Door>,
    /// How many clients have been given a door; they take turns.
    given: AtomicUsize,
}

/// One address of it.
pub(super) struct Door {
    /// `host:port`
    pub(super) authority: String,
    pub(super) host: HeaderValue,
}

impl Site {
    /// The site at `urls`, e.g. `http://127.0.0.1:8080`, several with commas between them.
    pub(crate) fn parse(urls: &str) -> Result<Self> {
        Ok(Self {
            doors: urls.split(',').map(Door::parse).collect::<Result<_>>()?,
            given: AtomicUsize::default(),
        })
    }

    /// The number of the door for one more client.
    pub(super) fn next_door(&self) -> usize {
        self.given.fetch_add(1, Ordering::Relaxed)
    }

    /// The door of this number; counting begins again after the last.
    pub(super) fn door(&self, number: usize) -> Result<&Door> {
        let door = self.doors.get(number % self.doors.len().max(1));
        door.context("the site has no door")
    }
}

impl Door {
    fn parse(url: &str) -> Result<Self> {
        let uri: Uri = url.parse().with_context(|| format!("{url} is not a URL"))?;
        let (Some("http"), Some(host)) = (uri.scheme_str(), uri.host()) else {
            bail!("{url} is not a URL such as http://127.0.0.1:8080");
        };
        let authority = format!("{host}:{}", uri.port_u16().unwrap_or(80));
        let host = HeaderValue::from_str(&authority)?;
        Ok(Self { authority, host })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_take_turns_at_the_doors() {
        let site = Site::parse("http://a:1,http://b:2").unwrap();

        let given = [(); 3].map(|()| site.door(site.next_door()).unwrap().authority.as_str());

        assert_eq!(given, ["a:1", "b:2", "a:1"]);
    }
}
