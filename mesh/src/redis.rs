//! A Redis of our own that loses nothing it has answered, or one that a person names.

use std::{ffi::OsString, net::SocketAddr, path::PathBuf, time::Duration};

use anyhow::{Context, Result, bail};
use percent_encoding::percent_decode_str;
use shared::probe;

use crate::{
    folder::Folder,
    postgres::Purpose,
    process::{Launch, Signal},
    programs::RedisProgram,
    say::Say,
    secret,
};

/// What it is called in the state file, in logs and on the command line.
pub(crate) const NAME: &str = "redis";

/// How long it may take to write its file and end.
const PATIENCE: Duration = Duration::from_secs(10);

/// The settings, each with its reason.
///
/// The title stays as started, so that the next mesh recognises a process that was left behind.
const SETTINGS: &str = "\
# Written by `cargo mesh` at every start; changes here are lost.
bind 127.0.0.1
daemonize no
logfile \"\"
set-proc-title no
appendonly yes
# Streams are never dropped to make room.
maxmemory-policy noeviction
# The append-only file is the one copy; snapshots would double the writing.
save \"\"
";

/// A Redis of our own: its address and how to start it.
pub(crate) struct Server {
    pub(crate) launch: Launch,
    pub(crate) url: String,
}

impl Server {
    /// Writes the settings into `folder`.
    ///
    /// They go by a file because a password in the arguments is seen by everybody.
    pub(crate) fn prepare(
        program: &RedisProgram,
        folder: &Folder,
        port: u16,
        purpose: Purpose,
    ) -> Result<Self> {
        let password = secret::kept_in(&folder.keys().join("redis"))?;
        // A sync per write costs tens of microseconds on an SSD, and then a crash loses nothing.
        let sync = match purpose {
            Purpose::Keep => "always",
            Purpose::ThrowAway => "no",
        };
        let file = folder.redis().join("redis.conf");
        secret::write(
            &file,
            &format!("{SETTINGS}appendfsync {sync}\nport {port}\nrequirepass {password}\n"),
        )?;
        Ok(Self {
            launch: launch(program.server.clone(), file.into(), folder),
            // Some clients take an empty user name for a user of that name.
            url: format!("redis://default:{password}@127.0.0.1:{port}"),
        })
    }
}

fn launch(program: PathBuf, settings: OsString, folder: &Folder) -> Launch {
    Launch {
        program,
        args: vec![settings],
        env: Vec::new(),
        folder: folder.redis(),
        log: folder.logs().join("redis.log"),
        account: None,
        ending: Signal::TERM,
        patience: PATIENCE,
    }
}

/// Whether the Redis at `url` has its data loaded and answers.
pub(crate) async fn answers(url: &str) -> bool {
    ask(url, "PING")
        .await
        .is_ok_and(|answer| answer.contains("+PONG"))
}

/// Checks a Redis that a person named.
///
/// # Errors
/// It does not answer. One that may drop keys only gets a warning.
pub(crate) async fn check(url: &str, say: Say) -> Result<()> {
    let answer = ask(url, "CONFIG GET maxmemory-policy\r\nPING").await?;
    if !answer.contains("+PONG") {
        bail!("the Redis of --redis-url says: {}", answer.trim_end());
    }
    if !answer.contains("noeviction") {
        say.line("warning: this Redis may drop messages; set its maxmemory-policy to noeviction");
    }
    Ok(())
}

/// `host:port` of the Redis at `url`.
pub(crate) fn address(url: &str) -> Result<String> {
    Ok(parse(url)?.1)
}

/// The same login, by another address.
pub(crate) fn by(url: &str, address: SocketAddr) -> Result<String> {
    let server = url.strip_prefix("redis://").context("no URL of Redis")?;
    let login = server.rsplit_once('@').map(|(login, _)| login);
    Ok(match login {
        Some(login) => format!("redis://{login}@{address}"),
        None => format!("redis://{address}"),
    })
}

/// Sends one command after the login, as lines of text, which Redis understands too.
async fn ask(url: &str, command: &str) -> Result<String> {
    let (login, address) = parse(url)?;
    let request = format!("{login}{command}\r\nQUIT\r\n");
    probe::exchange(&address, &request)
        .await
        .with_context(|| format!("no answer from the Redis at {address}"))
}

/// The login command, or nothing, and `host:port` of a URL.
fn parse(url: &str) -> Result<(String, String)> {
    let rest = url
        .strip_prefix("redis://")
        .context("--redis-url is not redis://[[user]:password@]host[:port]")?;
    let server = rest.split(['/', '?']).next().unwrap_or(rest);
    let (login, address) = server.rsplit_once('@').unwrap_or(("", server));
    let decode = |text| percent_decode_str(text).decode_utf8_lossy();
    let login = match login.split_once(':') {
        Some(("", password)) => format!("AUTH {}\r\n", decode(password)),
        Some((user, password)) => format!("AUTH {} {}\r\n", decode(user), decode(password)),
        None => String::new(),
    };
    let has_port = address
        .rsplit_once(':')
        .is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    let address = if has_port {
        address.to_owned()
    } else {
        format!("{address}:6379")
    };
    Ok((login, address))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_gives_login_and_address() {
        assert_eq!(
            parse("redis://:secret@127.0.0.1:7000/0").unwrap(),
            ("AUTH secret\r\n".to_owned(), "127.0.0.1:7000".to_owned())
        );
        assert_eq!(
            parse("redis://cache").unwrap(),
            (String::new(), "cache:6379".to_owned())
        );
        assert!(parse("http://cache").is_err());
    }
}
