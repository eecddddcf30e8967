//! Finding the servers' programs on this machine, wherever its system puts them.

use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::version::Version;

/// Oldest PostgreSQL that fits: the first whose `public` schema belongs to the database's owner.
const OLDEST_POSTGRES: u32 = 15;

/// Oldest Redis that fits: the first with an append-only file in parts and stream entries counted.
const OLDEST_REDIS: u32 = 7;

/// Folders beside `PATH` with PostgreSQL's programs; a `*` stands for any version.
const POSTGRES_FOLDERS: [&str; 6] = [
    "/usr/lib/postgresql/*/bin",          // Debian
    "/usr/pgsql-*/bin",                   // Fedora, packages of the PostgreSQL project
    "/usr/bin",                           // Fedora
    "/opt/homebrew/opt/postgresql@*/bin", // Homebrew on Apple silicon
    "/usr/local/opt/postgresql@*/bin",    // Homebrew on Intel
    "/opt/homebrew/bin",
];

/// Folders beside `PATH` with Redis or Valkey.
const REDIS_FOLDERS: [&str; 6] = [
    "/usr/bin",
    "/usr/sbin",
    "/opt/homebrew/bin",
    "/usr/local/bin",
    "/opt/homebrew/opt/redis/bin",
    "/opt/homebrew/opt/valkey/bin",
];

/// Folders beside `PATH` with nginx, which systems do not put where everybody looks.
const NGINX_FOLDERS: [&str; 3] = ["/usr/sbin", "/usr/local/bin", "/opt/homebrew/bin"];

/// The programs of one PostgreSQL.
#[derive(Clone, Debug)]
pub(crate) struct PostgresPrograms {
    pub(crate) version: Version,
    pub(crate) initdb: PathBuf,
    pub(crate) postgres: PathBuf,
    pub(crate) psql: PathBuf,
}

/// The program of one Redis, or of a Valkey, which is as good.
#[derive(Clone, Debug)]
pub(crate) struct RedisProgram {
    pub(crate) version: Version,
    pub(crate) server: PathBuf,
}

/// The newest suitable PostgreSQL, of version `major` if that is given.
pub(crate) fn postgres(major: Option<u32>) -> Option<PostgresPrograms> {
    newest_postgres(&folders(&POSTGRES_FOLDERS), major)
}

/// The newest suitable Redis or Valkey.
pub(crate) fn redis() -> Option<RedisProgram> {
    newest_redis(&folders(&REDIS_FOLDERS))
}

/// PostgreSQL's client, with or without a server beside it.
pub(crate) fn psql() -> Option<PathBuf> {
    folders(&POSTGRES_FOLDERS)
        .into_iter()
        .map(|folder| folder.join("psql"))
        .find(|path| path.is_file())
}

/// nginx, of whatever version.
pub(crate) fn nginx() -> Option<PathBuf> {
    folders(&NGINX_FOLDERS)
        .into_iter()
        .map(|folder| folder.join("nginx"))
        .find(|path| path.is_file())
}

/// Where the program `name` is on `PATH`.
pub(crate) fn find(name: &str) -> Option<PathBuf> {
    let folders = path_folders().into_iter();
    folders
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())
}

/// Whether the program `name` is on `PATH`.
pub(crate) fn on_path(name: &str) -> bool {
    find(name).is_some()
}

fn newest_postgres(folders: &[PathBuf], major: Option<u32>) -> Option<PostgresPrograms> {
    let newest = homes(folders, "postgres")
        .filter_map(|home| {
            let version = version_of(&home.join("postgres"))?;
            let programs = PostgresPrograms {
                version,
                initdb: home.join("initdb"),
                postgres: home.join("postgres"),
                psql: Some(home.join("psql"))
                    .filter(|path| path.is_file())
                    .or_else(psql)?,
            };
            programs.initdb.is_file().then_some(programs)
        })
        .filter(|found| major.is_none_or(|major| found.version.major == major))
        .max_by_key(|found| found.version)?;
    (newest.version.major >= OLDEST_POSTGRES).then_some(newest)
}

fn newest_redis(folders: &[PathBuf]) -> Option<RedisProgram> {
    let found = |name: &'static str| {
        folders.iter().filter_map(move |folder| {
            let server = folder.join(name);
            Some(RedisProgram {
                version: version_of(&server)?,
                server,
            })
        })
    };
    // The two count their versions apart from 8.0 on; Redis is what the project is tested with.
    found("redis-server")
        .max_by_key(|found| found.version)
        .filter(|found| found.version.major >= OLDEST_REDIS)
        .or_else(|| found("valkey-server").max_by_key(|found| found.version))
}

/// The folders that `program` really lies in, links followed: its companions are there.
fn homes(folders: &[PathBuf], program: &str) -> impl Iterator<Item = PathBuf> {
    let homes: BTreeSet<PathBuf> = folders
        .iter()
        .filter_map(|folder| {
            Some(
                folder
                    .join(program)
                    .canonicalize()
                    .ok()?
                    .parent()?
                    .to_owned(),
            )
        })
        .collect();
    homes.into_iter()
}

fn version_of(program: &Path) -> Option<Version> {
    if !program.is_file() {
        return None;
    }
    let output = Command::new(program).arg("--version").output().ok()?;
    Version::parse(&String::from_utf8_lossy(&output.stdout))
}

fn folders(others: &[&str]) -> Vec<PathBuf> {
    let mut folders = path_folders();
    folders.extend(others.iter().flat_map(|pattern| expand(pattern)));
    folders
}

fn path_folders() -> Vec<PathBuf> {
    env::var_os("PATH")
        .map(|path| env::split_paths(&path).collect())
        .unwrap_or_default()
}

/// The folders that `pattern` stands for; at most one `*`, inside one step of the path.
fn expand(pattern: &str) -> Vec<PathBuf> {
    let Some((before, after)) = pattern.split_once('*') else {
        return vec![PathBuf::from(pattern)];
    };
    let (parent, prefix) = before.rsplit_once('/').unwrap_or((".", before));
    let Ok(entries) = fs::read_dir(parent) else {
        return Vec::new();
    };
    entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.starts_with(prefix))
        .map(|name| PathBuf::from(format!("{parent}/{name}{after}")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::folder::Scratch;

    /// Puts a program into `folder` that prints `text`.
    fn program(folder: &Path, name: &str, text: &str) {
        fs::create_dir_all(folder).unwrap();
        // Written by another process: what this one has open for writing, a process that a test
        // beside this one starts has open for a moment too, and nobody can run it then.
        let write = "printf '#!/bin/sh\\necho \"%s\"\\n' \"$2\" > \"$1\" && chmod 755 \"$1\"";
        let shell = Command::new("sh")
            .args(["-c", write, "sh"])
            .arg(folder.join(name))
            .arg(text)
            .status();
        assert!(shell.unwrap().success());
    }

    fn postgres_in(folder: &Path, version: &str) {
        for name in ["postgres", "initdb", "psql"] {
            program(folder, name, &format!("{name} (PostgreSQL) {version}"));
        }
    }

    #[test]
    fn the_newest_postgresql_with_all_its_programs_wins() {
        let scratch = Scratch::new().unwrap();
        let [old, new, bare] = ["9", "17", "18"].map(|name| scratch.path().join(name));
        postgres_in(&old, "15.9");
        postgres_in(&new, "17.2");
        program(&bare, "postgres", "postgres (PostgreSQL) 18.0");

        let found = newest_postgres(&[old.clone(), new.clone(), bare], None).unwrap();
        let asked = newest_postgres(&[old.clone(), new], Some(15)).unwrap();

        assert_eq!(found.version.major, 17);
        assert_eq!(asked.initdb, old.canonicalize().unwrap().join("initdb"));
    }

    #[test]
    fn a_postgresql_that_is_too_old_is_none() {
        let scratch = Scratch::new().unwrap();
        postgres_in(scratch.path(), "14.13");

        assert!(newest_postgres(&[scratch.path().to_owned()], None).is_none());
    }

    #[test]
    fn valkey_takes_the_place_of_a_redis_that_is_missing_or_too_old() {
        let scratch = Scratch::new().unwrap();
        program(
            scratch.path(),
            "redis-server",
            "Redis server v=6.2.7 sha=0:0",
        );
        program(
            scratch.path(),
            "valkey-server",
            "Valkey server v=8.1.1 sha=0:0",
        );

        let found = newest_redis(&[scratch.path().to_owned()]).unwrap();

        assert_eq!(found.server, scratch.path().join("valkey-server"));
    }

    #[test]
    fn a_star_stands_for_any_version() {
        let scratch = Scratch::new().unwrap();
        for name in ["pgsql-16", "pgsql-17", "other"] {
            fs::create_dir(scratch.path().join(name)).unwrap();
        }

        let mut found = expand(&format!("{}/pgsql-*/bin", scratch.path().display()));
        found.sort();

        let expected = ["pgsql-16/bin", "pgsql-17/bin"].map(|end| scratch.path().join(end));
        assert_eq!(found, expected);
    }
}
