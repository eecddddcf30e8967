//! PostgreSQL's settings, each with its reason.

/// What a server is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Orders and money: what was committed stays, whatever happens.
    Keep,
    /// Tests: the data is gone afterwards anyway, so nobody waits for the disk.
    ThrowAway,
}

/// Settings of every server: name, value, reason.
const EVERY: [(&str, &str, &str); 16] = [
    ("listen_addresses", "127.0.0.1", "this machine only"),
    (
        "password_encryption",
        "scram-sha-256",
        "said aloud; it is the default",
    ),
    (
        "max_connections",
        "200",
        "two instances of three services, their pools full, and a person",
    ),
    (
        "shared_buffers",
        "256MB",
        "the working set of a small marketplace stays in memory",
    ),
    (
        "effective_cache_size",
        "1GB",
        "the planner may count on the system's file cache",
    ),
    ("random_page_cost", "1.1", "SSD: an index is worth it early"),
    ("jit", "off", "queries take less than compiling them would"),
    (
        "max_wal_size",
        "2GB",
        "checkpoints by the clock, not in the middle of a rush",
    ),
    (
        "checkpoint_timeout",
        "15min",
        "after a checkpoint, each page is written to the log in full",
    ),
    (
        "checkpoint_completion_target",
        "0.9",
        "spreads the writing; the default, said aloud",
    ),
    (
        "autovacuum_naptime",
        "10s",
        "outbox and inbox tables turn over quickly",
    ),
    (
        "autovacuum_vacuum_scale_factor",
        "0.05",
        "a queue stays fast while its dead rows are few",
    ),
    (
        "autovacuum_vacuum_insert_scale_factor",
        "0.05",
        "index-only scans of tables that only grow",
    ),
    (
        "autovacuum_analyze_scale_factor",
        "0.05",
        "a table that was empty is planned for anew soon",
    ),
    (
        "idle_in_transaction_session_timeout",
        "60s",
        "a lock does not outlive whoever forgot it",
    ),
    (
        "log_line_prefix",
        "%m [%p] %q%u@%d ",
        "which service it was",
    ),
];

const KEEP: [(&str, &str, &str); 3] = [
    ("fsync", "on", "durability is not for sale"),
    (
        "synchronous_commit",
        "on",
        "an answer means that the order is on disk",
    ),
    ("full_page_writes", "on", "a torn page is repaired"),
];

const THROW_AWAY: [(&str, &str, &str); 3] = [
    ("fsync", "off", "the data is thrown away after the tests"),
    ("synchronous_commit", "off", "likewise"),
    ("full_page_writes", "off", "likewise"),
];

/// The whole `postgresql.conf` of a server on `port`.
///
/// `compression` is `lz4` or `off`. Measured with pgbench: LZ4 makes the log five times smaller.
/// PostgreSQL's own method does too, but was slower than none in three of four rounds; the machine
/// was too busy to say by how much.
pub(crate) fn render(port: u16, socket: &str, purpose: Purpose, compression: &str) -> String {
    let own = match purpose {
        Purpose::Keep => KEEP,
        Purpose::ThrowAway => THROW_AWAY,
    };
    let mut text = "# Written by `cargo mesh` at every start; changes here are lost.\n".to_owned();
    text += &line("port", &port.to_string(), "free when the mesh started");
    text += &line(
        "unix_socket_directories",
        socket,
        "for the services: an order costs a quarter less here than over TCP",
    );
    text += &line(
        "wal_compression",
        compression,
        "pages in the log in full are most of it",
    );
    for (name, value, reason) in EVERY.iter().chain(&own) {
        text += &line(name, value, reason);
    }
    text
}

fn line(name: &str, value: &str, reason: &str) -> String {
    format!("{name} = '{value}'  # {reason}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_on_disk_before_it_is_answered() {
        let text = render(5432, "/data/cluster", Purpose::Keep, "lz4");

        for setting in ["fsync", "synchronous_commit", "full_page_writes"] {
            assert!(text.contains(&format!("{setting} = 'on'")), "{setting}");
        }
        assert!(text.contains("port = '5432'"));
    }
}
