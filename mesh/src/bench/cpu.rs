//! Processor time and memory of families of processes, as the kernel counts them in `/proc`.

use std::{collections::HashMap, fs, time::Duration};

/// A tick of the kernel's accounts: `USER_HZ` is 100 wherever this program runs.
const TICK: Duration = Duration::from_millis(10);

/// Memory of one process by kind, in KiB.
const KINDS: [&str; 3] = ["RssAnon:", "RssFile:", "RssShmem:"];

/// What a family of processes used since its start, and the memory it has now.
#[derive(Clone, Copy)]
pub(super) struct Usage {
    pub(super) cpu: Duration,
    pub(super) memory_kib: u32,
}

/// Every process of the machine, by its id; empty where there is no `/proc`.
pub(super) struct Processes(HashMap<u32, Process>);

struct Process {
    parent: u32,
    cpu: Duration,
}

impl Processes {
    /// All that run at the moment.
    pub(super) fn read() -> Self {
        let Ok(folder) = fs::read_dir("/proc") else {
            return Self(HashMap::new());
        };
        let ids = folder
            .flatten()
            .filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        let read = |pid: u32| {
            let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
            Some((pid, parse_stat(&stat)?))
        };
        Self(ids.filter_map(read).collect())
    }

    /// Usage of `roots` and all that descend from them; `None` when one of them does not run.
    pub(super) fn usage(&self, roots: &[u32]) -> Option<Usage> {
        if roots.is_empty() || roots.iter().any(|root| !self.0.contains_key(root)) {
            return None;
        }
        let family: Vec<(&u32, &Process)> = self
            .0
            .iter()
            .filter(|(pid, _)| self.descends(**pid, roots))
            .collect();
        let cpu = family.iter().map(|(_, process)| process.cpu).sum();
        let memory_kib = memory_of(family.iter().map(|(pid, _)| **pid));
        Some(Usage { cpu, memory_kib })
    }

    fn descends(&self, mut pid: u32, roots: &[u32]) -> bool {
        // The table was not read in one instant, so a chain may end early; it is never this long.
        for _ in 0..16 {
            if roots.contains(&pid) {
                return true;
            }
            match self.0.get(&pid) {
                Some(process) => pid = process.parent,
                None => return false,
            }
        }
        false
    }
}

/// Memory of a family in KiB. What its processes share (the program, PostgreSQL's buffers) is
/// counted once, as its largest share.
fn memory_of(family: impl Iterator<Item = u32>) -> u32 {
    let (mut own, mut mapped, mut shared) = (0, 0, 0);
    for pid in family {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        let [anonymous, file, memory] = KINDS.map(|kind| kib_of(&status, kind));
        own += anonymous;
        mapped = file.max(mapped);
        shared = memory.max(shared);
    }
    own + mapped + shared
}

/// The most memory that a process has had, in KiB.
pub(super) fn peak_kib(pid: u32) -> Option<u32> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    Some(kib_of(&status, "VmHWM:"))
}

fn kib_of(status: &str, kind: &str) -> u32 {
    status
        .lines()
        .find_map(|line| line.strip_prefix(kind))
        .and_then(|rest| rest.split_whitespace().next()?.parse().ok())
        .unwrap_or_default()
}

/// Reads `/proc/<pid>/stat` (proc(5)). Time of children that ended is included: sums over a
/// family then never lose what a short-lived process used.
fn parse_stat(stat: &str) -> Option<Process> {
    // The name, in parentheses, may itself contain spaces and parentheses.
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace();
    let parent = fields.nth(1)?.parse().ok()?;
    // utime, stime, cutime and cstime are the fields 14 to 17, the parent is field 4.
    let ticks = fields.skip(9).take(4).map(str::parse::<u32>);
    let ticks: u32 = ticks.sum::<Result<u32, _>>().ok()?;
    Some(Process {
        parent,
        cpu: TICK * ticks,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_with_a_strange_name_is_read() {
        let stat = "42 (a) (b c) S 7 42 42 0 -1 4194560 1 2 3 4 100 20 3 1 20 0 1 0 99 0 0";

        let process = parse_stat(stat).unwrap();

        assert_eq!(process.parent, 7);
        assert_eq!(process.cpu, Duration::from_millis(1240));
    }

    #[test]
    fn memory_is_found_by_its_kind() {
        let status = "VmRSS:\t  300 kB\nRssAnon:\t  100 kB\nRssFile:\t 200 kB\n";

        assert_eq!(KINDS.map(|kind| kib_of(status, kind)), [100, 200, 0]);
    }

    #[test]
    fn a_family_is_its_root_and_all_that_descend_from_it() {
        let tree = [(1, 0), (5, 1), (6, 5), (7, 6), (8, 1)];
        let cpu = TICK;
        let processes = Processes(
            tree.map(|(pid, parent)| (pid, Process { parent, cpu }))
                .into(),
        );

        let usage = processes.usage(&[5]).unwrap();

        assert_eq!(usage.cpu, 3 * TICK);
        assert!(processes.usage(&[9]).is_none());
    }
}
