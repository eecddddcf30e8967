//! The database server of a mesh, for whoever works on it with PostgreSQL's own tools.

use std::{
    fs,
    os::unix::{fs::MetadataExt, process::CommandExt},
    path::PathBuf,
    process::{Command, Stdio},
};

use mesh::Mesh;

/// A server and the tools of its version.
pub(crate) struct Server {
    tools: PathBuf,
    /// Whose process it is; root may not run one.
    uid: u32,
    gid: u32,
    admin_url: String,
}

impl Server {
    /// The server of a running mesh.
    pub(crate) fn of(mesh: &Mesh) -> Self {
        let postgres = mesh.state().postgres;
        let process = format!("/proc/{}", postgres.pid.unwrap());
        let program = fs::read_link(format!("{process}/exe")).unwrap();
        let owner = fs::metadata(process).unwrap();
        Self {
            tools: program.parent().unwrap().to_owned(),
            uid: owner.uid(),
            gid: owner.gid(),
            admin_url: postgres.url_admin,
        }
    }

    /// The URL of one of its databases, for an account that may do everything.
    pub(crate) fn url(&self, database: &str) -> String {
        let (server, rest) = self.admin_url.rsplit_once('/').unwrap();
        format!("{server}/{}", rest.replacen("postgres", database, 1))
    }

    /// A folder that belongs to the account of the server; whoever asks removes it.
    pub(crate) fn folder(&self, name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("mesh-{name}-{}", std::process::id()));
        fs::create_dir(&folder).unwrap();
        std::os::unix::fs::chown(&folder, Some(self.uid), Some(self.gid)).unwrap();
        folder
    }

    /// One of PostgreSQL's programs, under the account of the server.
    pub(crate) fn command(&self, tool: &str) -> Command {
        let mut command = Command::new(self.tools.join(tool));
        command.uid(self.uid).gid(self.gid).stdin(Stdio::null());
        command.current_dir("/");
        command
    }

    /// Runs one of PostgreSQL's programs to its end; answers with what it printed.
    pub(crate) fn run(&self, tool: &str, arguments: &[&str]) -> String {
        let output = self.command(tool).args(arguments).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{tool}: {told}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs SQL in the database of `url`; answers with what it printed.
    pub(crate) fn ask(&self, url: &str, sql: &str) -> String {
        let quiet = ["--no-psqlrc", "--quiet", "--tuples-only", "--no-align"];
        let stop = [
            "--set",
            "ON_ERROR_STOP=1",
            "--dbname",
            url,
            "--command",
            sql,
        ];
        self.run("psql", &[&quiet[..], &stop[..]].concat())
    }
}
