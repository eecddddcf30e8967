//! PostgreSQL: the pool of a service, its migrations, and where it reads.

mod reads;

use std::time::Duration;

use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbErr,
    RuntimeErr, Statement, TransactionTrait,
};
use sea_orm_migration::MigratorTrait;
use tracing::{log::LevelFilter, warn};

pub use self::reads::{RECENT, Reads};

/// Connections of one process. Few on purpose: two cores do not run more statements at once,
/// and a waiting request costs less than a PostgreSQL process.
const MAX_CONNECTIONS: u32 = 6;

/// A request that waits longer for a connection is answered with 503.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(2);

/// No statement of a service needs more; a stuck one must not hold its connection.
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(5);

/// What PostgreSQL is to do about a session whose machine has gone without a word: let go of its
/// locks before the lease of its messages ends (12 s), and of the session within a minute. It
/// would wait for two hours by itself, and meanwhile nobody else relays or settles. The longest
/// wait inside a transaction that means it is the relay's for Redis, two seconds.
const ABANDONED: [(&str, &str); 4] = [
    ("idle_in_transaction_session_timeout", "10s"),
    ("tcp_keepalives_idle", "30"),
    ("tcp_keepalives_interval", "10"),
    ("tcp_keepalives_count", "3"),
];

/// A connection unused for longer is checked before use, so that a restart of PostgreSQL is not
/// seen by users; a busy one is not, because the check is a round trip.
const TRUST_IDLE_CONNECTION: Duration = Duration::from_secs(2);

/// How long a starting process waits for its database (seconds).
const START_DEADLINE: Duration = Duration::from_secs(30);

/// Key of the advisory lock that lets one instance migrate while the others wait.
const MIGRATION_LOCK: i64 = 0x6d65_7368;

/// Connects to the database of a service, waiting for it up to 30 s.
///
/// # Errors
/// When the database cannot be reached in that time, or refuses the login.
pub async fn connect(url: &str) -> Result<DatabaseConnection, DbErr> {
    let options = options(url);
    let deadline = tokio::time::Instant::now() + START_DEADLINE;
    loop {
        match Database::connect(options.clone()).await {
            Ok(db) => return Ok(db),
            Err(error) if tokio::time::Instant::now() >= deadline => return Err(error),
            Err(error) => warn!(%error, "waiting for the database"),
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

fn options(url: &str) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(MAX_CONNECTIONS)
        .min_connections(1)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .idle_timeout(Duration::from_mins(1))
        .statement_timeout(STATEMENT_TIMEOUT)
        .map_sqlx_postgres_opts(|options| options.options(ABANDONED))
        .test_before_acquire_if_idle_for(TRUST_IDLE_CONNECTION)
        .sqlx_logging_level(LevelFilter::Trace)
        .sqlx_slow_statements_logging_settings(LevelFilter::Warn, Duration::from_secs(1));
    options
}

/// Brings the schema up to date, one instance at a time, all or nothing.
///
/// A schema that is ahead of this program stays as it is: a release may have to be taken back after
/// it has migrated, and a migration leaves room for the program before it.
///
/// # Errors
/// When a migration fails, or the database has had migrations of another line of development; the
/// schema is then as it was.
pub async fn migrate<M: MigratorTrait>(db: &DatabaseConnection) -> Result<(), DbErr> {
    let txn = db.begin().await?;
    txn.execute_raw(Statement::from_sql_and_values(
        txn.get_database_backend(),
        "SELECT pg_advisory_xact_lock($1)",
        [MIGRATION_LOCK.into()],
    ))
    .await?;
    match migrations_ahead::<M>(&txn).await? {
        0 => M::up(&txn, None).await?,
        count => warn!(
            count,
            "the database is ahead of this program by some migrations"
        ),
    }
    txn.commit().await
}

/// How many migrations the database has had beside all that this program knows; 0 when one of
/// those is missing.
async fn migrations_ahead<M: MigratorTrait>(txn: &DatabaseTransaction) -> Result<usize, DbErr> {
    let applied = M::get_migration_models(txn).await?;
    let known = M::migrations();
    let is_applied = |name: &str| applied.iter().any(|it| it.version == name);
    let has_all = known.iter().all(|migration| is_applied(migration.name()));
    Ok(if has_all {
        applied.len() - known.len()
    } else {
        0
    })
}

/// Whether an error says that the database is away rather than that a statement was wrong.
pub fn is_unavailable(error: &DbErr) -> bool {
    use sea_orm::sqlx::Error;

    match error {
        DbErr::Conn(_) | DbErr::ConnectionAcquire(_) => true,
        _ => match cause_of(error) {
            Some(Error::Io(_) | Error::PoolTimedOut | Error::PoolClosed | Error::Protocol(_)) => {
                true
            }
            // 57: the server stops, is starting, or is too slow. 08: the connection is lost.
            // 25P03: we stood still inside a transaction, and were taken for dead.
            Some(Error::Database(error)) => error.code().is_some_and(|code| {
                code.starts_with("57") || code.starts_with("08") || code == "25P03"
            }),
            _ => false,
        },
    }
}

/// Whether an error says that the data can never be stored: class 22, such as text that is too
/// long, or a broken check (23514).
pub fn is_permanent(error: &DbErr) -> bool {
    match cause_of(error) {
        Some(sea_orm::sqlx::Error::Database(error)) => error
            .code()
            .is_some_and(|code| code.starts_with("22") || code == "23514"),
        _ => false,
    }
}

fn cause_of(error: &DbErr) -> Option<&sea_orm::sqlx::Error> {
    match error {
        DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error)) => {
            Some(error)
        }
        _ => None,
    }
}
