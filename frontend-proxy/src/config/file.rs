//! Reads the configuration file and all that it names, and says in which line a fault is.

use std::{
    error::Error as StdError,
    fmt, fs, iter,
    ops::Range,
    path::{Path, PathBuf},
};

use thiserror::Error;
use toml::de::{DeTable, DeValue};

use super::{DoorConfig, Settings};
use crate::{access_log, assets::Assets};

/// A configuration that was read and found good, with the files that it names.
pub struct Site {
    /// What the file and the flags say.
    pub settings: Settings,
    /// The browser app.
    pub assets: Assets,
}

/// What is wrong with a configuration, as `file:line: reason`.
#[derive(Debug)]
pub struct ConfigError {
    file: Option<PathBuf>,
    line: Option<usize>,
    reason: String,
}

/// A redirect that leads nowhere.
#[derive(Debug, Error)]
#[error("{}", if *is_https { "a listener with TLS is HTTPS already" } else { "no listener has TLS" })]
struct RedirectError {
    is_https: bool,
}

/// Where settings come from, so that a fault in them has a line.
pub(super) struct Source<'a> {
    file: Option<&'a Path>,
    text: String,
}

impl Site {
    /// Reads what the file and the flags name.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn read(flags: &DoorConfig) -> Result<Self, ConfigError> {
        let mut source = Source {
            file: flags.config.as_deref(),
            text: String::new(),
        };
        if let Some(file) = source.file {
            let text = fs::read_to_string(file);
            source.text = text.map_err(|error| source.fault(None, &error))?;
        }
        let mut settings = source.parse()?;
        settings.complete(flags);
        source.check_redirects(&settings)?;
        source.check_locations(&settings)?;
        let assets = match &settings.web_root {
            Some(folder) => Assets::load(folder),
            None => Ok(Assets::plain()),
        };
        let assets = assets.map_err(|error| source.fault_at(&["web_root"], &error))?;
        access_log::check(settings.access_log.file.as_deref())
            .map_err(|error| source.fault_at(&["access_log", "file"], &error))?;
        Ok(Self { settings, assets })
    }
}

impl Source<'_> {
    fn parse(&self) -> Result<Settings, ConfigError> {
        toml::from_str(&self.text).map_err(|error| ConfigError {
            file: self.file.map(Path::to_owned),
            line: error.span().map(|span| line_of(&self.text, &span)),
            // The position is said already, in the way that editors understand.
            reason: error.message().replace('\n', "; "),
        })
    }

    /// Who is sent to HTTPS must find it.
    fn check_redirects(&self, settings: &Settings) -> Result<(), ConfigError> {
        let has_https = settings.listeners.iter().any(|it| it.tls.is_some());
        for (index, listener) in settings.listeners.iter().enumerate() {
            let is_https = listener.tls.is_some();
            if listener.redirect_to_https && (is_https || !has_https) {
                let keys = ["listener", &index.to_string(), "redirect_to_https"];
                let error = RedirectError { is_https };
                return Err(self.fault_at(&keys, &error));
            }
        }
        Ok(())
    }

    /// A fault of the value that these keys, or numbers in a list, lead to.
    pub(super) fn fault_at(&self, keys: &[&str], error: &dyn StdError) -> ConfigError {
        self.fault(span_of(&self.text, keys), error)
    }

    fn fault(&self, span: Option<Range<usize>>, error: &dyn StdError) -> ConfigError {
        let causes = iter::successors(Some(error), |&error| error.source());
        let causes: Vec<_> = causes.map(ToString::to_string).collect();
        ConfigError {
            file: self.file.map(Path::to_owned),
            line: span.map(|span| line_of(&self.text, &span)),
            reason: causes.join(": "),
        }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            write!(out, "{}:", file.display())?;
            match self.line {
                Some(line) => write!(out, "{line}: ")?,
                None => write!(out, " ")?,
            }
        }
        out.write_str(&self.reason)
    }
}

impl StdError for ConfigError {}

/// The line that a span begins in; the first one is 1.
fn line_of(text: &str, span: &Range<usize>) -> usize {
    let before = text.as_bytes().iter().take(span.start);
    1 + before.filter(|&&byte| byte == b'\n').count()
}

/// Where the value at these keys stands; none when the text does not name it.
fn span_of(text: &str, keys: &[&str]) -> Option<Range<usize>> {
    let table = DeTable::parse(text).ok()?;
    let (first, rest) = keys.split_first()?;
    let mut value = table.get_ref().get(*first)?;
    for key in rest {
        value = match value.get_ref() {
            DeValue::Table(table) => table.get(*key)?,
            DeValue::Array(list) => list.get(key.parse::<usize>().ok()?)?,
            _ => return None,
        };
    }
    Some(value.span())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault_in(text: &str) -> String {
        let source = Source {
            file: Some(Path::new("proxy.toml")),
            text: text.to_owned(),
        };
        source.parse().unwrap_err().to_string()
    }

    #[test]
    fn an_empty_file_is_a_good_one() {
        assert!(toml::from_str::<Settings>("").is_ok());
    }

    #[test]
    fn a_fault_has_a_line_and_a_reason() {
        let unknown = fault_in("cookie_secure = true\nwebroot = \"web\"\n");
        let wrong = fault_in("\n[[listener]]\naddress = \"nowhere\"\n");
        let address = fault_in("[upstreams.auth]\naddresses = [\n  \"a:1\",\n  \"b\",\n]\n");
        let syntax = fault_in("[upstreams\n");

        assert!(
            unknown.starts_with("proxy.toml:2: unknown field `webroot`"),
            "{unknown}"
        );
        assert!(wrong.starts_with("proxy.toml:3: invalid socket"), "{wrong}");
        assert!(
            address.starts_with("proxy.toml:2: \"b\" is not host:port"),
            "{address}"
        );
        assert!(syntax.starts_with("proxy.toml:1: "), "{syntax}");
    }

    #[test]
    fn what_a_key_leads_to_has_a_line() {
        let text = "web_root = \"a\"\n\n[[listener]]\naddress = \"a\"\n[[listener]]\naddress = 1";

        let line = |keys: &[&str]| span_of(text, keys).map(|span| line_of(text, &span));

        assert_eq!(line(&["web_root"]), Some(1));
        assert_eq!(line(&["listener", "1", "address"]), Some(6));
        assert_eq!(line(&["listener", "2"]), None);
    }
}
