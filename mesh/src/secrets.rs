//! `mesh secrets`: the keys and passwords of a mesh in containers, each made once.

use std::{
    fs::{self, DirBuilder, Permissions},
    os::unix::fs::{DirBuilderExt, PermissionsExt},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use clap::Args;
use shared::auth::KeyPair;

use crate::{say, secret};

/// Who has a database; its host is `db-auth`, its name `db_auth`, its role `auth`.
const OWNERS: [&str; 3] = ["auth", "products", "orders"];

/// Makes the keys and passwords that are missing, for a mesh in containers.
///
/// What it finds stays as it is. Each folder in DIR holds what some containers share, so that a
/// container sees the secrets it needs and no other.
#[derive(Args)]
pub struct Secrets {
    /// Where to put them.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

/// Makes what is missing.
///
/// # Errors
/// A file cannot be read or written.
pub fn run(secrets: &Secrets) -> Result<()> {
    for owner in OWNERS {
        let folder = open(&secrets.folder, &format!("db-{owner}"))?;
        let password = secret::kept_in(&folder.join("password"))?;
        let url = format!("postgres://{owner}:{password}@db-{owner}:5432/db_{owner}\n");
        put(&folder.join("url"), &url)?;
        share(&folder.join("password"))?;
    }
    let folder = open(&secrets.folder, "redis")?;
    let password = secret::kept_in(&folder.join("password"))?;
    put(
        &folder.join("url"),
        &format!("redis://default:{password}@redis:6379\n"),
    )?;
    // Redis takes a password from its configuration only.
    put(
        &folder.join("redis.conf"),
        &format!("requirepass {password}\n"),
    )?;
    share(&folder.join("password"))?;
    // Of `admin`, for who watches.
    let folder = open(&secrets.folder, "grafana")?;
    secret::kept_in(&folder.join("password"))?;
    share(&folder.join("password"))?;
    make_keys(&secrets.folder)?;
    say::line(format_args!(
        "the secrets are in {}",
        secrets.folder.display()
    ));
    Ok(())
}

/// Makes the key pair of tokens, unless both halves are there.
fn make_keys(root: &Path) -> Result<()> {
    let private = open(root, "signing-key")?.join("private.pem");
    let public = open(root, "public-keys")?.join("public.pem");
    if private.is_file() && public.is_file() {
        return Ok(());
    }
    let pair = KeyPair::generate()?;
    put(&public, &pair.public_pem)?;
    // Last, because it is what nobody can make again. Its owner alone may read it.
    secret::write(&private, &pair.private_pem)
}

fn put(file: &Path, text: &str) -> Result<()> {
    secret::write(file, text)?;
    share(file)
}

/// Lets the accounts of PostgreSQL and Redis read the file: what keeps others away is that the
/// folder is mounted into the containers that need it, and into no other.
fn share(file: &Path) -> Result<()> {
    fs::set_permissions(file, Permissions::from_mode(0o444))
        .with_context(|| format!("cannot share {}", file.display()))
}

fn open(root: &Path, name: &str) -> Result<PathBuf> {
    let folder = root.join(name);
    DirBuilder::new()
        .recursive(true)
        .mode(0o755)
        .create(&folder)
        .with_context(|| format!("cannot make {}", folder.display()))?;
    Ok(folder)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::folder::Scratch;

    #[test]
    fn secrets_are_made_once_and_the_url_has_the_password() {
        let scratch = Scratch::new().unwrap();
        let secrets = Secrets {
            folder: scratch.path().to_owned(),
        };
        let read = |file: &str| fs::read_to_string(scratch.path().join(file)).unwrap();

        run(&secrets).unwrap();
        let first = ["db-orders/url", "redis/url", "signing-key/private.pem"].map(read);
        run(&secrets).unwrap();
        let second = ["db-orders/url", "redis/url", "signing-key/private.pem"].map(read);

        assert_eq!(first, second);
        let password = read("db-orders/password");
        assert!(first[0].contains(&format!("orders:{}@db-orders", password.trim_end())));
        assert_ne!(read("db-auth/password"), password);
    }

    #[test]
    fn only_the_owner_reads_the_signing_key() {
        let scratch = Scratch::new().unwrap();
        let folder = scratch.path().to_owned();

        run(&Secrets { folder }).unwrap();

        let mode = |file: &str| {
            let metadata = fs::metadata(scratch.path().join(file)).unwrap();
            metadata.permissions().mode() & 0o777
        };
        assert_eq!(mode("signing-key/private.pem"), 0o600);
        assert_eq!(mode("db-auth/password"), 0o444);
    }
}
