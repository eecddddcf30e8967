//! The account PostgreSQL runs as: it refuses to run as root.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, chown},
    path::Path,
};

use anyhow::{Context, Result};

/// An account of this machine that a child process changes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
}

impl Account {
    /// Gives `path` to this account.
    pub(crate) fn own(self, path: &Path) -> Result<()> {
        chown(path, Some(self.uid), Some(self.gid))
            .with_context(|| format!("cannot change the owner of {}", path.display()))
    }
}

/// The account for PostgreSQL; `None` when the one this process has is good enough.
///
/// # Errors
/// This process is root and the machine has neither a `postgres` nor a `nobody`.
pub(crate) fn for_postgres() -> Result<Option<Account>> {
    if !rustix::process::geteuid().is_root() {
        return Ok(None);
    }
    let passwd = fs::read_to_string("/etc/passwd").context("cannot read /etc/passwd")?;
    find(&passwd, "postgres")
        .or_else(|| find(&passwd, "nobody"))
        .map(Some)
        .context("PostgreSQL cannot run as root, and there is no account `postgres` or `nobody`")
}

/// Whether an account that owns nothing on the way can reach what lies in `folder`.
pub(crate) fn can_reach(folder: &Path) -> bool {
    folder
        .ancestors()
        .all(|step| fs::metadata(step).is_ok_and(|meta| meta.permissions().mode() & 0o001 != 0))
}

fn find(passwd: &str, name: &str) -> Option<Account> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next()? == name).then_some(())?;
        let _password = fields.next()?;
        Some(Account {
            uid: fields.next()?.parse().ok()?,
            gid: fields.next()?.parse().ok()?,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::folder::Scratch;

    #[test]
    fn an_account_is_found_by_its_whole_name() {
        let passwd = "root:x:0:0::/root:/bin/sh\npostgresql:x:7:8::/:\npostgres:x:101:104::/:\n";

        assert_eq!(
            find(passwd, "postgres"),
            Some(Account { uid: 101, gid: 104 })
        );
        assert_eq!(find(passwd, "nobody"), None);
    }

    #[test]
    fn a_closed_folder_on_the_way_is_noticed() {
        let scratch = Scratch::new().unwrap();
        let closed = scratch.path().join("closed");
        fs::create_dir_all(closed.join("inner")).unwrap();
        fs::set_permissions(&closed, fs::Permissions::from_mode(0o700)).unwrap();

        assert!(can_reach(scratch.path()));
        assert!(!can_reach(&closed.join("inner")));
    }
}
