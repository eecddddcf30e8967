//! Installing PostgreSQL, Redis and what tests, lint and benchmarks need from the machine's own packages, or saying how.

use std::{
    fmt,
    process::{Command, Stdio},
};

use anyhow::{Result, bail};

use crate::{programs, say::Say};

/// Installs packages, and lets no server start by itself: a mesh runs its own.
///
/// The two files that tell Debian's packages so are taken away afterwards.
const APT: &str = r#"
set -e
export DEBIAN_FRONTEND=noninteractive
no_cluster=/etc/postgresql-common/createcluster.d/mesh.conf
no_start=/usr/sbin/policy-rc.d
mkdir -p "${no_cluster%/*}"
echo 'create_main_cluster = false' > "$no_cluster"
[ -e "$no_start" ] || made_no_start=yes
[ -z "$made_no_start" ] || { printf '#!/bin/sh\nexit 101\n' > "$no_start"; chmod 755 "$no_start"; }
trap 'rm -f "$no_cluster"; [ -z "$made_no_start" ] || rm -f "$no_start"' EXIT
apt-get update -q
apt-get install -q -y --no-install-recommends PACKAGES
[ ! -d /run/systemd/system ] || systemctl disable -q SERVICES || true
"#;

/// Something that `cargo mesh` needs is not on this machine, and it could not install it.
///
/// The command ends with code 2 for it, so that scripts can tell it from a failure.
#[derive(Debug)]
pub struct Missing {
    what: String,
    command: Option<String>,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} missing; ", self.what)?;
        match &self.command {
            Some(command) => write!(f, "install with: {command}"),
            None => write!(f, "install it from your system's packages"),
        }
    }
}

impl std::error::Error for Missing {}

/// A program that can be missing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tool {
    Postgres,
    Redis,
    /// For the tests of the browser app only.
    Chromium,
    /// For `cargo mesh lint` only, as the next one.
    Python,
    Promtool,
    /// For `cargo mesh bench proxy` only, as the next one.
    Nginx,
    Wrk,
}

impl Tool {
    fn title(self) -> &'static str {
        match self {
            Self::Postgres => "PostgreSQL 15 or newer",
            Self::Redis => "Redis 7 or newer",
            Self::Chromium => "Chromium",
            Self::Python => "Python 3.11 or newer with its module venv",
            Self::Promtool => "promtool, which comes with Prometheus,",
            Self::Nginx => "nginx",
            Self::Wrk => "wrk",
        }
    }
}

/// What installs packages on this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Packager {
    Apt,
    Dnf,
    Brew,
}

impl Packager {
    fn of_this_machine() -> Option<Self> {
        [
            (Self::Apt, "apt-get"),
            (Self::Dnf, "dnf"),
            (Self::Brew, "brew"),
        ]
        .into_iter()
        .find_map(|(system, program)| programs::on_path(program).then_some(system))
    }

    fn package(self, tool: Tool) -> &'static str {
        match (self, tool) {
            (Self::Apt, Tool::Postgres) => "postgresql",
            (Self::Apt, Tool::Redis) => "redis-server",
            (Self::Dnf, Tool::Postgres) => "postgresql-server",
            (Self::Dnf, Tool::Redis) => "/usr/bin/redis-server",
            (Self::Brew, Tool::Postgres) => "postgresql@17",
            (Self::Brew, Tool::Redis) => "redis",
            (_, Tool::Chromium) => "chromium",
            (_, Tool::Nginx) => "nginx",
            (_, Tool::Wrk) => "wrk",
            (Self::Apt, Tool::Python) => "python3-venv",
            (Self::Dnf, Tool::Python) => "python3",
            (Self::Brew, Tool::Python) => "python",
            (Self::Dnf, Tool::Promtool) => "/usr/bin/promtool",
            (Self::Apt | Self::Brew, Tool::Promtool) => "prometheus",
        }
    }

    /// The line for a person to run.
    fn command(self, packages: &str) -> String {
        match self {
            Self::Apt => format!("sudo apt-get install -y {packages}"),
            Self::Dnf => format!("sudo dnf install -y {packages}"),
            Self::Brew => format!("brew install {packages}"),
        }
    }

    /// What a shell runs to install `packages`.
    fn script(self, packages: &str) -> String {
        match self {
            Self::Apt => APT
                .replace("PACKAGES", packages)
                .replace("SERVICES", packages),
            Self::Dnf => format!("dnf install -y {packages}"),
            Self::Brew => format!("brew install {packages}"),
        }
    }
}

/// Installs what of `tools` is missing.
///
/// # Errors
/// [`Missing`] when this process may not install packages, or does not know how.
pub(crate) fn install(tools: &[Tool], say: Say) -> Result<()> {
    let titles: Vec<_> = tools.iter().map(|tool| tool.title()).collect();
    let what = format!(
        "{} {}",
        titles.join(" and "),
        if titles.len() > 1 { "are" } else { "is" }
    );
    let Some(system) = Packager::of_this_machine() else {
        bail!(Missing {
            what,
            command: None
        });
    };
    let packages: Vec<_> = tools.iter().map(|tool| system.package(*tool)).collect();
    let packages = packages.join(" ");
    let missing = Missing {
        what,
        command: Some(system.command(&packages)),
    };
    let Some(mut shell) = shell(system) else {
        bail!(missing);
    };
    say.line(format_args!(
        "{}; installing {packages} …",
        missing.what_is_missing()
    ));
    let output = shell
        .arg(system.script(&packages))
        .stdin(Stdio::null())
        .output()?;
    if !output.status.success() {
        say.line(String::from_utf8_lossy(&output.stderr).trim_end());
        bail!(missing);
    }
    Ok(())
}

impl Missing {
    /// A program that is still not there after an installation.
    pub(crate) fn still(tool: Tool) -> Self {
        let what = format!(
            "{} (the packages of this system have an older one) is",
            tool.title()
        );
        Self {
            what,
            command: None,
        }
    }

    fn what_is_missing(&self) -> String {
        format!("{} missing", self.what)
    }
}

/// A shell that may install packages: as root, by sudo without a password, or Homebrew's user.
fn shell(system: Packager) -> Option<Command> {
    if system == Packager::Brew || rustix::process::geteuid().is_root() {
        let mut shell = Command::new("sh");
        shell.arg("-c");
        return Some(shell);
    }
    let mut question = Command::new("sudo");
    question
        .args(["-n", "true"])
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    question
        .status()
        .is_ok_and(|status| status.success())
        .then(|| {
            let mut shell = Command::new("sudo");
            shell.args(["-n", "sh", "-c"]);
            shell
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_for_a_missing_server_is_one_command_to_run() {
        let missing = Missing {
            what: "Redis 7 or newer is".to_owned(),
            command: Some(Packager::Apt.command(Packager::Apt.package(Tool::Redis))),
        };

        assert_eq!(
            missing.to_string(),
            "Redis 7 or newer is missing; install with: sudo apt-get install -y redis-server"
        );
    }

    #[test]
    fn the_script_names_the_packages() {
        let script = Packager::Apt.script("postgresql redis-server");

        assert!(script.contains("--no-install-recommends postgresql redis-server\n"));
        assert!(!script.contains("PACKAGES") && !script.contains("SERVICES"));
    }
}
