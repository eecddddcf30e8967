//! The configuration of auth-service: every flag is also a variable.

use std::{net::SocketAddr, path::PathBuf};

use clap::{
    Args, Parser,
    builder::{PossibleValuesParser, TypedValueParser},
};
use shared::{
    auth::Permission,
    config::{
        HealthCheck, RedisConfig, Role, Switch, TelemetryConfig, TokenConfig, secret,
        wants_document,
    },
};

use crate::users;

/// What the process is asked to do.
pub enum Command {
    /// Serve until a signal comes.
    Serve(Box<Config>),
    /// Ask the process that serves whether it is ready, and exit.
    CheckHealth(HealthCheck),
    /// Say what can be asked, as OpenAPI, and exit.
    ShowDocument,
    /// Write a key pair and exit.
    GenerateKey(KeyFiles),
    /// Create the first administrator and exit.
    CreateAdmin(FirstAdmin),
    /// Change and say what a role may do, and exit.
    ChangePermissions(RolePermissions),
}

impl Command {
    /// Reads the command line and the environment; prints what is wrong and exits with 2.
    pub fn parse() -> Self {
        if let Some(check) = HealthCheck::asked_for() {
            return Self::CheckHealth(check);
        }
        if wants_document() {
            return Self::ShowDocument;
        }
        let arguments = || std::env::args().skip(1);
        match arguments().next().as_deref() {
            Some("generate-key") => Self::GenerateKey(KeyFiles::parse_from(arguments())),
            Some("create-admin") => Self::CreateAdmin(FirstAdmin::parse_from(arguments())),
            Some("permissions") => {
                Self::ChangePermissions(RolePermissions::parse_from(arguments()))
            }
            _ => Self::Serve(Box::new(Config::parse())),
        }
    }
}

/// auth-service: accounts and sessions. `auth-service generate-key --help` makes its key pair,
/// `auth-service create-admin --help` the first administrator, and
/// `auth-service permissions --help` changes what a role may do.
#[derive(Parser)]
#[command(version)]
pub struct Config {
    /// Address to listen on.
    #[arg(long, env = "LISTEN", default_value = "127.0.0.1:3030")]
    pub listen: SocketAddr,

    /// Where the accounts are.
    #[command(flatten)]
    pub accounts: AccountsConfig,

    /// PEM file with the private key that signs tokens.
    #[arg(long, env = "TOKEN_SIGNING_KEY_FILE")]
    pub token_signing_key_file: PathBuf,

    /// Send the session cookie over HTTPS only.
    #[arg(long, env = "COOKIE_SECURE", value_enum, default_value = "on")]
    pub cookie_secure: Switch,

    /// Create the demo users and let people sign in as them with one click.
    #[arg(long, env = "DEMO", value_enum, default_value = "off")]
    pub demo: Switch,

    /// Create the administrator admin@admin.com with the password of the demo, unless there is an
    /// administrator: for a machine that only its developer can reach.
    #[arg(long, env = "DEV_ADMIN", value_enum, default_value = "off")]
    pub dev_admin: Switch,

    /// Which half of the service to run.
    #[arg(long, env = "ROLE", value_enum, default_value = "all")]
    pub role: Role,

    /// Where the streams are.
    #[command(flatten)]
    pub redis: RedisConfig,

    /// How tokens are checked.
    #[command(flatten)]
    pub tokens: TokenConfig,

    /// How to log.
    #[command(flatten)]
    pub telemetry: TelemetryConfig,
}

/// Makes an Ed25519 key pair: the private key for auth-service, the public one for everybody.
#[derive(Parser)]
#[command(name = "auth-service generate-key")]
pub struct KeyFiles {
    /// File for the private key; it must not exist yet.
    #[arg(long)]
    pub private_key: PathBuf,

    /// File for the public key; it must not exist yet.
    #[arg(long)]
    pub public_key: PathBuf,
}

/// Creates the first administrator. The password is the first line of standard input.
#[derive(Parser)]
#[command(name = "auth-service create-admin")]
pub struct FirstAdmin {
    /// 3 to 30 letters and digits.
    #[arg(long)]
    pub username: String,

    /// The address to log in with.
    #[arg(long)]
    pub email: String,

    /// Where the accounts are.
    #[command(flatten)]
    pub accounts: AccountsConfig,
}

/// Says what a role may do, after changing it if that is asked for. A change is true at once, also
/// for whoever is signed in.
#[derive(Parser)]
#[command(name = "auth-service permissions")]
pub struct RolePermissions {
    /// Whose permissions.
    #[arg(long, value_enum)]
    pub(crate) role: users::Role,

    /// What the role may do from now on; can be given more than once.
    #[arg(long, value_name = "PERMISSION", value_parser = permission())]
    pub(crate) grant: Vec<Permission>,

    /// What the role may not do from now on; can be given more than once.
    #[arg(long, value_name = "PERMISSION", value_parser = permission())]
    pub(crate) revoke: Vec<Permission>,

    /// Where the accounts are.
    #[command(flatten)]
    pub(crate) accounts: AccountsConfig,
}

/// Reads the name of a permission, and lists all of them where it is none.
fn permission() -> impl TypedValueParser<Value = Permission> {
    PossibleValuesParser::new(Permission::ALL.map(Permission::as_str))
        .try_map(|name| name.parse::<Permission>())
}

/// Where accounts are kept, and how their passwords are.
#[derive(Args)]
pub struct AccountsConfig {
    /// The database of accounts, `postgres://role:password@host:port/db_auth`, or `@file` that holds
    /// this.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, value_parser = secret)]
    pub database_url: String,

    /// Work factor of password hashes; each step doubles the time. OWASP asks for at least 10.
    #[arg(long, env = "BCRYPT_COST", default_value_t = 10,
          value_parser = clap::value_parser!(u32).range(10..=16))]
    pub bcrypt_cost: u32,
}
