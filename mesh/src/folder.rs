//! The data folder of a mesh: its version, its lock and where each thing lies in it.

use std::{
    fs::{self, DirBuilder, File, TryLockError},
    io,
    os::unix::fs::{DirBuilderExt, PermissionsExt},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};

use crate::{secret, state::State};

/// Version of the folder's arrangement. A change that an older mesh cannot read raises it.
const VERSION: u32 = 1;

/// Others may pass through, so that PostgreSQL's own account reaches its cluster, but not list.
const MODE: u32 = 0o711;

/// A data folder that this process holds: nobody else runs on it until it is dropped.
pub(crate) struct Folder {
    root: PathBuf,
    /// Held, not read: the kernel lets go of it even when this process is killed.
    lock: File,
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Closing is not enough: a process that is being started has a copy of it for a moment.
        self.lock.unlock().ok();
    }
}

impl Folder {
    /// Opens the folder `root`, made if absent, and locks it.
    ///
    /// # Errors
    /// The folder is of a newer version, or a mesh runs on it.
    pub(crate) fn open(root: &Path) -> Result<Self> {
        create(root)?;
        let root = root
            .canonicalize()
            .with_context(|| format!("cannot open {}", root.display()))?;
        // First the lock: a folder that has a version is then never without its owner's lock.
        let lock = lock(&root)?;
        check_version(&root)?;
        let folder = Self { root, lock };
        for inner in [folder.logs(), folder.keys(), folder.redis()] {
            create(&inner)?;
        }
        Ok(folder)
    }

    /// The folder itself.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// What everything prints.
    pub(crate) fn logs(&self) -> PathBuf {
        self.root.join("logs")
    }

    /// The token key pair and the passwords.
    pub(crate) fn keys(&self) -> PathBuf {
        self.root.join("keys")
    }

    /// The working folder of Redis.
    pub(crate) fn redis(&self) -> PathBuf {
        self.root.join("redis")
    }

    /// What runs now, for tools and for the next start.
    pub(crate) fn state_file(&self) -> PathBuf {
        state_file(&self.root)
    }
}

/// Makes the folder `path` and those above it, unless they are there.
pub(crate) fn create(path: &Path) -> Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let made = DirBuilder::new().recursive(true).create(path);
    // Set apart from the creation, where the umask would take bits away.
    made.and_then(|()| fs::set_permissions(path, fs::Permissions::from_mode(MODE)))
        .with_context(|| format!("cannot make the folder {}", path.display()))
}

fn state_file(root: &Path) -> PathBuf {
    root.join("mesh.json")
}

fn check_version(root: &Path) -> Result<()> {
    let file = root.join("version");
    let text = match fs::read_to_string(&file) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return secret::write(&file, &format!("{VERSION}\n"));
        }
        Err(error) => {
            return Err(error).with_context(|| format!("cannot read {}", file.display()));
        }
    };
    let found: u32 = text
        .trim()
        .parse()
        .with_context(|| format!("{} holds no version", file.display()))?;
    if found > VERSION {
        bail!(
            "{} was made by a newer mesh (version {found}, this one knows {VERSION}); update this \
             checkout or choose another folder: cargo mesh up --data DIR",
            root.display()
        );
    }
    Ok(())
}

fn lock(root: &Path) -> Result<File> {
    let path = root.join("lock");
    let file = File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("cannot lock {}", path.display()))
        }
        Err(TryLockError::WouldBlock) => match State::read(&state_file(root)) {
            Ok(Some(other)) => bail!("already running (pid {}): {}", other.pid, other.url),
            _ => bail!(
                "already running: another mesh just started in {}",
                root.display()
            ),
        },
    }
}

/// A folder under the system's temporary one, removed when dropped.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    /// Makes a folder with a name nobody else has.
    pub(crate) fn new() -> Result<Self> {
        let name = secret::random().to_ascii_lowercase();
        let path = std::env::temp_dir().join(format!("mesh-{}", &name[..12]));
        // Not `create`: a folder that is already there belongs to somebody else.
        DirBuilder::new()
            .mode(MODE)
            .create(&path)
            .and_then(|()| fs::set_permissions(&path, fs::Permissions::from_mode(MODE)))
            .with_context(|| format!("cannot make the folder {}", path.display()))?;
        Ok(Self(path))
    }

    /// Every folder that was made so by this user, by whichever process, and has a version.
    pub(crate) fn all() -> Vec<PathBuf> {
        use std::os::unix::fs::MetadataExt;

        let user = rustix::process::geteuid().as_raw();
        let is_ours = |path: &PathBuf| {
            let name = path
                .file_name()
                .and_then(|name| name.to_str())
                .unwrap_or_default();
            name.strip_prefix("mesh-")
                .is_some_and(|rest| rest.len() == 12)
                && path
                    .symlink_metadata()
                    .is_ok_and(|meta| meta.is_dir() && meta.uid() == user)
                && path.join("version").is_file()
        };
        let entries = fs::read_dir(std::env::temp_dir()).into_iter().flatten();
        entries
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(is_ours)
            .collect()
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Keeps the folder under another name beside it, where no later test clears it away.
    pub(crate) fn keep_as(self, name: &str) -> Result<PathBuf> {
        let kept = self.0.with_file_name(name);
        if kept.exists() {
            fs::remove_dir_all(&kept)
                .with_context(|| format!("cannot remove {}", kept.display()))?;
        }
        fs::rename(&self.0, &kept)
            .with_context(|| format!("cannot rename {}", self.0.display()))?;
        Ok(kept)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed is in the temporary folder, where the system cleans up.
        fs::remove_dir_all(&self.0).ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_of_a_newer_version_is_refused_in_one_sentence() {
        let scratch = Scratch::new().unwrap();
        fs::write(scratch.path().join("version"), "2\n").unwrap();

        let error = Folder::open(scratch.path()).err().unwrap().to_string();

        assert!(error.contains("made by a newer mesh (version 2"), "{error}");
        assert!(!error.contains('\n'));
    }

    #[test]
    fn a_second_mesh_on_the_same_folder_hears_where_the_first_one_is() {
        let scratch = Scratch::new().unwrap();
        let first = Folder::open(scratch.path()).unwrap();
        let state = State::new(41, "http://127.0.0.1:8080");
        secret::write(&first.state_file(), &serde_json::to_string(&state).unwrap()).unwrap();

        let error = Folder::open(scratch.path()).err().unwrap().to_string();

        assert_eq!(error, "already running (pid 41): http://127.0.0.1:8080");
        drop(first);
        Folder::open(scratch.path()).unwrap();
    }
}
