//! A PostgreSQL of our own: its cluster, its process, and how to tell that it is ready.

pub(crate) mod databases;
mod settings;
mod url;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use anyhow::{Context, Result, bail};

pub(crate) use self::{settings::Purpose, url::PostgresUrl};
use crate::{
    account::{self, Account},
    folder::{self, Folder},
    install::{Missing, Tool},
    process::{Launch, Signal},
    programs::{self, PostgresPrograms},
    say::Say,
    secret,
};

/// What it is called in the state file, in logs and on the command line.
pub(crate) const NAME: &str = "postgres";

/// How long a fast shutdown may take: it writes every changed page to disk.
const PATIENCE: Duration = Duration::from_secs(15);

/// Longest path of a socket's folder: the path of a socket has at most 107 bytes on Linux (103 on
/// macOS), of which its name takes 16.
const MAX_SOCKET_FOLDER: usize = 87;

/// A cluster on disk and the programs to run it with.
pub(crate) struct Cluster {
    pub(crate) programs: PostgresPrograms,
    /// PostgreSQL's data directory.
    pub(crate) path: PathBuf,
    account: Option<Account>,
    password: String,
    log: PathBuf,
}

impl Cluster {
    /// Opens the cluster of `folder`; the first time, makes it.
    pub(crate) fn open(folder: &Folder, say: Say) -> Result<Self> {
        let account = account::for_postgres()?;
        let home = home(folder.root(), account);
        if !home.starts_with(folder.root()) {
            say.line(format_args!(
                "PostgreSQL's account cannot reach {}; its cluster is in {}",
                folder.root().display(),
                home.display()
            ));
        }
        let path = home.join("cluster");
        let cluster = Self {
            programs: programs_for(&path)?,
            account,
            password: secret::kept_in(&folder.keys().join("postgres-admin"))?,
            log: folder.logs().join("postgres.log"),
            path,
        };
        if !cluster.path.exists() {
            cluster.make(&home)?;
        }
        Ok(cluster)
    }

    /// How to start the server on `port`.
    pub(crate) fn launch(&self, port: u16, purpose: Purpose) -> Result<Launch> {
        let settings = self.path.join("postgresql.conf");
        let compression = if self.knows_lz4() { "lz4" } else { "off" };
        secret::write(
            &settings,
            &settings::render(port, self.socket_folder(), purpose, compression),
        )?;
        self.give(&settings)?;
        Ok(Launch {
            program: self.programs.postgres.clone(),
            args: vec!["-D".into(), self.path.clone().into()],
            env: Vec::new(),
            folder: self.path.clone(),
            log: self.log.clone(),
            account: self.account,
            ending: Signal::INT, // a fast shutdown: sessions are ended, nothing is lost
            patience: PATIENCE,
        })
    }

    /// URL of the account that may do everything, once the server runs on `port`.
    pub(crate) fn admin_url(&self, port: u16) -> PostgresUrl {
        PostgresUrl::local("postgres", &self.password, port, self.socket_folder())
    }

    /// The folder of the server's socket, or nothing when its path is too long for the system:
    /// then everybody comes by TCP.
    fn socket_folder(&self) -> &str {
        let folder = self.path.to_str().unwrap_or_default();
        if folder.len() > MAX_SOCKET_FOLDER {
            return "";
        }
        folder
    }

    /// The file that the postmaster writes.
    pub(crate) fn pid_file(&self) -> PathBuf {
        self.path.join("postmaster.pid")
    }

    /// Makes the cluster beside its place and moves it there, so that it is whole or absent.
    fn make(&self, home: &Path) -> Result<()> {
        folder::create(home)?;
        self.give(home)?;
        let draft = home.join("cluster.draft");
        if draft.exists() {
            fs::remove_dir_all(&draft)
                .with_context(|| format!("cannot remove {}", draft.display()))?;
        }
        let password = home.join("password");
        secret::write(&password, &self.password)?;
        self.give(&password)?;
        let made = self.run_initdb(home, &draft, &password);
        fs::remove_file(&password)?;
        made?;
        fs::rename(&draft, &self.path).context("cannot move the new cluster to its place")
    }

    fn run_initdb(&self, home: &Path, draft: &Path, password: &Path) -> Result<()> {
        let mut initdb = self.command(&self.programs.initdb, home);
        initdb
            .args([
                "--data-checksums",
                "--auth=scram-sha-256",
                "--username=postgres",
            ])
            .args(["--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions"])
            .arg("--pgdata")
            .arg(draft)
            .arg("--pwfile")
            .arg(password);
        let mut output = initdb.output().context("cannot start initdb")?;
        if !output.status.success() {
            // Systems without C.UTF-8 have C, which sorts the same way.
            output = initdb
                .arg("--locale=C")
                .output()
                .context("cannot start initdb")?;
        }
        if !output.status.success() {
            bail!(
                "initdb failed: {}",
                String::from_utf8_lossy(&output.stderr).trim_end()
            );
        }
        Ok(())
    }

    /// Whether this server was built with LZ4. The packages of Debian, Fedora and Homebrew were.
    fn knows_lz4(&self) -> bool {
        let mut question = self.command(&self.programs.postgres, &self.path);
        question
            .args(["-C", "wal_compression", "-c", "wal_compression=lz4", "-D"])
            .arg(&self.path);
        question
            .output()
            .is_ok_and(|output| output.status.success())
    }

    /// A program of PostgreSQL, run by its account, in a folder where that may be.
    fn command(&self, program: &Path, folder: &Path) -> Command {
        use std::os::unix::process::CommandExt;

        let mut command = Command::new(program);
        command
            .current_dir(folder)
            .stdin(Stdio::null())
            .process_group(0);
        if let Some(account) = self.account {
            command.uid(account.uid).gid(account.gid);
        }
        command
    }

    fn give(&self, path: &Path) -> Result<()> {
        self.account.map_or(Ok(()), |account| account.own(path))
    }
}

/// Whether the postmaster `pid` has written into `pid_file` that it takes connections.
pub(crate) fn is_ready(pid_file: &Path, pid: u32) -> bool {
    let text = fs::read_to_string(pid_file).unwrap_or_default();
    let mut lines = text.lines();
    let written_by = lines
        .next()
        .and_then(|line| line.trim().parse::<u32>().ok());
    // Line 8 of the file is the state; `pg_ctl start` waits for the same word.
    written_by == Some(pid) && lines.nth(6).is_some_and(|state| state.trim() == "ready")
}

/// Where the cluster of the data folder `root` lies: in it, if PostgreSQL's account gets there.
pub(crate) fn home(root: &Path, account: Option<Account>) -> PathBuf {
    if account.is_none() || account::can_reach(root) {
        return root.join("postgres");
    }
    PathBuf::from(format!("/var/tmp/mesh-{:016x}", fingerprint(root)))
}

/// The programs that can run the cluster at `path`: a cluster belongs to one major version.
fn programs_for(path: &Path) -> Result<PostgresPrograms> {
    let Ok(major) = fs::read_to_string(path.join("PG_VERSION")) else {
        return programs::postgres(None).ok_or_else(|| Missing::still(Tool::Postgres).into());
    };
    let major = major.trim();
    programs::postgres(major.parse().ok()).with_context(|| {
        format!(
            "{} is of PostgreSQL {major}, which this machine no longer has; install it or choose \
             another folder: cargo mesh up --data DIR",
            path.display()
        )
    })
}

/// FNV-1a: the same on every machine and with every compiler, unlike std's hashers.
fn fingerprint(path: &Path) -> u64 {
    path.as_os_str()
        .as_encoded_bytes()
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::folder::Scratch;

    #[test]
    fn the_postmaster_is_ready_when_its_own_file_says_so() {
        let scratch = Scratch::new().unwrap();
        let file = scratch.path().join("postmaster.pid");
        let written = |state: &str| {
            fs::write(
                &file,
                format!("77\n/c\n1\n5432\n\n127.0.0.1\n5 6\n{state}\n"),
            )
            .unwrap();
        };

        written("starting");
        assert!(!is_ready(&file, 77));
        written("ready   ");
        assert!(is_ready(&file, 77));
        assert!(!is_ready(&file, 78), "left by an earlier postmaster");
    }
}
