//! The tools that judge what is not Rust: from `.github/requirements.txt`, and of Prometheus.

use std::{
    env, fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::PathBuf,
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};

use crate::{
    install::{self, Missing, Tool},
    made, programs,
    say::{self, Say},
    workspace,
};

/// Says which Python this is, if it is new enough for Ansible and can make an environment.
const FITS: &str =
    "import ensurepip, sys, venv; assert sys.version_info >= (3, 11); print(sys.version)";

/// The programs of a Python environment of our own.
pub(crate) struct Python {
    folder: PathBuf,
}

impl Python {
    /// Finds the tools, or installs them: from the network only when their list or Python changed.
    ///
    /// # Errors
    /// There is no Python that fits, or a tool cannot be installed.
    pub(crate) async fn with_tools() -> Result<Self> {
        let list = workspace::root().join(".github/requirements.txt");
        let version = version()?;
        let mut hasher = DefaultHasher::new();
        version.hash(&mut hasher);
        fs::read(&list)
            .with_context(|| format!("cannot read {}", list.display()))?
            .hash(&mut hasher);
        let wanted = hasher.finish();

        let python = Self {
            folder: workspace::root().join("target/tools"),
        };
        let _lock = made::lock("tools").await?;
        if !made::is_from(&python.folder, wanted) {
            say::line("installing zizmor, check-jsonschema, ansible-lint and schemathesis …");
            let mut venv = Command::new("python3");
            succeed(venv.args(["-m", "venv", "--clear"]).arg(&python.folder))?;
            // With hashes, and without a build: what is installed is what was locked.
            let mut pip = python.command("pip");
            pip.args(["install", "--quiet", "--disable-pip-version-check"])
                .args(["--require-hashes", "--only-binary=:all:", "--requirement"]);
            succeed(pip.arg(&list))?;
            made::note(&python.folder, wanted)?;
        }
        Ok(python)
    }

    /// A command line of the tool `name`, which finds its companions.
    pub(crate) fn command(&self, name: &str) -> Command {
        let programs = self.folder.join("bin");
        let mut command = Command::new(programs.join(name));
        let mut path = programs.into_os_string();
        if let Some(others) = env::var_os("PATH") {
            path.push(":");
            path.push(others);
        }
        command
            .env("PATH", path)
            // What Ansible keeps between runs is of this checkout too, not of the person.
            .env("ANSIBLE_HOME", self.folder.join("ansible"));
        command
    }
}

/// A command line of promtool, which is installed if it is missing.
///
/// # Errors
/// It is missing and cannot be installed.
pub(super) fn promtool() -> Result<Command> {
    if !programs::on_path("promtool") {
        install::install(&[Tool::Promtool], Say::Aloud)?;
    }
    let promtool = programs::find("promtool").ok_or_else(|| Missing::still(Tool::Promtool))?;
    Ok(Command::new(promtool))
}

/// Runs a tool; whether it found nothing. Only if it did, what it says is shown.
///
/// # Errors
/// It cannot be started.
pub(super) fn judge(command: &mut Command) -> Result<bool> {
    let program = command.get_program().display().to_string();
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot start {program}"))?;
    if !output.status.success() {
        say::line(String::from_utf8_lossy(&output.stdout).trim_end());
        say::line(String::from_utf8_lossy(&output.stderr).trim_end());
    }
    Ok(output.status.success())
}

/// The version of a Python that fits, which is installed if there is none.
fn version() -> Result<String> {
    if let Some(version) = version_of_python3() {
        return Ok(version);
    }
    install::install(&[Tool::Python], Say::Aloud)?;
    Ok(version_of_python3().ok_or_else(|| Missing::still(Tool::Python))?)
}

fn version_of_python3() -> Option<String> {
    let mut python = Command::new("python3");
    let output = python.args(["-c", FITS]).output().ok()?;
    let version = String::from_utf8(output.stdout).ok()?;
    output.status.success().then_some(version)
}

fn succeed(command: &mut Command) -> Result<()> {
    if !judge(command)? {
        bail!("the tools cannot be installed; see above");
    }
    Ok(())
}
