//! A database and a role for each service, and no way from one into another.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};

use super::PostgresUrl;
use crate::secret;

/// The roles: each service without its `-service`; the database is `db_` and that name.
pub(crate) const OWNERS: [&str; 3] = ["auth", "products", "orders"];

/// Makes what is missing for one service; safe to run at every start.
///
/// Since PostgreSQL 15 the `public` schema of a database belongs to the database's owner, so the
/// role needs no grant. A server where we are no superuser lets us give a database only to roles
/// that we belong to.
const SETUP: &str = r"
SELECT 'CREATE ROLE :role LOGIN' WHERE NOT EXISTS
    (SELECT FROM pg_roles WHERE rolname = ':role') \gexec
ALTER ROLE :role LOGIN PASSWORD ':password';
SELECT 'GRANT :role TO CURRENT_USER' WHERE NOT EXISTS
    (SELECT FROM pg_roles WHERE rolname = current_user AND rolsuper) \gexec
SELECT 'CREATE DATABASE db_:role OWNER :role TEMPLATE template0 ENCODING ''UTF8''' WHERE NOT EXISTS
    (SELECT FROM pg_database WHERE datname = 'db_:role') \gexec
REVOKE CONNECT, TEMPORARY ON DATABASE db_:role FROM PUBLIC;
";

/// Closes the databases every cluster is born with. Only for a server that is ours alone.
const CLOSE_OTHERS: &str = "
REVOKE CONNECT, TEMPORARY ON DATABASE postgres, template1 FROM PUBLIC;
";

/// Whose server it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Server {
    /// A mesh runs it and uses it alone.
    Ours,
    /// A person named it; other things may live there.
    Given,
}

/// Makes the roles and databases on the server of `admin`; answers with the URL of each owner,
/// in the order of [`OWNERS`].
///
/// The passwords are kept in `keys`.
pub(crate) fn ensure(
    psql: &Path,
    admin: &PostgresUrl,
    server: Server,
    keys: &Path,
) -> Result<Vec<String>> {
    if server == Server::Given {
        refuse_strangers(psql, admin, keys)?;
    }
    let mut sql = String::new();
    let mut urls = Vec::new();
    for role in OWNERS {
        let password = secret::kept_in(&password_file(keys, role))?;
        sql += &SETUP.replace(":role", role).replace(":password", &password);
        urls.push(
            admin
                .with(role, &password, &format!("db_{role}"))
                .to_string(),
        );
    }
    if server == Server::Ours {
        sql += CLOSE_OTHERS;
    }
    run(psql, admin, &sql)?;
    Ok(urls)
}

/// Refuses a server that has a role of ours already, made by somebody else: taking it over would
/// lock its owner out.
fn refuse_strangers(psql: &Path, admin: &PostgresUrl, keys: &Path) -> Result<()> {
    for role in OWNERS
        .into_iter()
        .filter(|role| !password_file(keys, role).exists())
    {
        let question = format!("SELECT 1 FROM pg_roles WHERE rolname = '{role}'");
        if !run(psql, admin, &question)?.is_empty() {
            bail!(
                "the PostgreSQL of --postgres-url has a role `{role}` that this data folder did \
                 not make; drop it, or use the folder that made it: cargo mesh up --data DIR"
            );
        }
    }
    Ok(())
}

fn password_file(keys: &Path, role: &str) -> PathBuf {
    keys.join(format!("postgres-{role}"))
}

/// Runs `sql` through `psql`; the password goes by the environment and the text by standard
/// input, where other users of the machine see neither. Answers with what it printed.
pub(crate) fn run(psql: &Path, url: &PostgresUrl, sql: &str) -> Result<String> {
    let mut child = Command::new(psql)
        .args([
            "--no-psqlrc",
            "--quiet",
            "--tuples-only",
            "--no-align",
            "--no-password",
        ])
        .args(["--set=ON_ERROR_STOP=1", "--dbname"])
        .arg(url.without_password())
        .env("PGPASSWORD", &url.password)
        .env("PGCONNECT_TIMEOUT", "10")
        .env("PGOPTIONS", "-c client_min_messages=error")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("cannot start psql")?;
    if let Some(mut input) = child.stdin.take() {
        // A psql that could not connect closes its input; its own message says more.
        input.write_all(sql.as_bytes()).ok();
    }
    let output = child.wait_with_output().context("cannot wait for psql")?;
    if !output.status.success() {
        bail!(
            "PostgreSQL: {}",
            String::from_utf8_lossy(&output.stderr).trim_end()
        );
    }
    Ok(String::from_utf8_lossy(&output.stdout)
        .trim_end()
        .to_owned())
}
