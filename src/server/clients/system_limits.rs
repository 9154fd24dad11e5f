//! The default of `max_connections`: how many connections the limits of the system allow.
//! `connections` enforces the limit.

#[cfg(target_os = "linux")]
use std::path::{Path, PathBuf};

/// The default of `stack_size`. A stack takes all of this from the address space, but only the part
/// that has been used from the memory.
pub(crate) const STACK: usize = 1 << 20;

/// The default of `max_connections`.
///
/// Std reports a thread that cannot be created as an error, and the server survives that. But
/// beyond the system's limit of memory maps std aborts the process, so the number is computed
/// before.
pub(crate) fn most_connections() -> usize {
    let limits = [maps(), files(), threads(), Some(spaces())];
    limits.into_iter().flatten().fold(10_000, usize::min).max(1)
}

/// 80 % of what the memory maps allow: each thread of std needs four.
#[cfg(target_os = "linux")]
fn maps() -> Option<usize> {
    let most = std::fs::read_to_string("/proc/sys/vm/max_map_count").ok()?;
    Some(most.trim().parse::<usize>().ok()? / 4 * 4 / 5)
}

/// What the limit of open files allows, less some for the rest of the program.
#[cfg(target_os = "linux")]
fn files() -> Option<usize> {
    Some(less_some(limit("Max open files")?))
}

/// What the limit of threads allows, less some for the rest of the program: that of the control group of
/// the process, and of the groups above it. systemd calls it `TasksMax`.
#[cfg(target_os = "linux")]
fn threads() -> Option<usize> {
    let groups = std::fs::read_to_string("/proc/self/cgroup").ok()?;
    // `max` is no number.
    let most = |file| std::fs::read_to_string(file).ok()?.trim().parse::<usize>().ok();
    Some(less_some(pids_files(&groups).filter_map(most).min()?))
}

/// Leaves 64 for the rest of the program, or half of a limit that is lower than twice that.
#[cfg(target_os = "linux")]
fn less_some(limit: usize) -> usize {
    limit - (limit / 2).min(64)
}

/// The files that have such a limit, for the text of `/proc/self/cgroup`: lines of a number, the
/// controllers and the path of the group. Version 2 of control groups names no controllers.
#[cfg(target_os = "linux")]
fn pids_files(groups: &str) -> impl Iterator<Item = PathBuf> {
    groups.lines().flat_map(|line| {
        let mut parts = line.splitn(3, ':').skip(1);
        let (controllers, group) = (parts.next().unwrap_or("none"), parts.next().unwrap_or("/"));
        let root = match controllers {
            "" => Some("/sys/fs/cgroup"),
            listed if listed.split(',').any(|it| it == "pids") => Some("/sys/fs/cgroup/pids"),
            _ => None,
        };
        // In a container the path may be that outside; then only the last file is there.
        let groups = Path::new(group.trim_start_matches('/')).ancestors();
        root.into_iter()
            .flat_map(move |root| groups.map(|it| Path::new(root).join(it).join("pids.max")))
    })
}

/// The stacks that fit in half of the address space. Near its end allocations fail, and a failed
/// allocation aborts the process.
fn spaces() -> usize {
    limit("Max address space").unwrap_or(usize::MAX) / 2 / STACK
}

/// A limit of the system for this process, unless it is unlimited.
#[cfg(target_os = "linux")]
fn limit(what: &str) -> Option<usize> {
    let limits = std::fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits.lines().find_map(|line| line.strip_prefix(what))?;
    line.split_whitespace().next()?.parse().ok()
}

// Elsewhere std does not abort, and `accept` reports when no file descriptor is left.
#[cfg(not(target_os = "linux"))]
fn maps() -> Option<usize> {
    None
}

#[cfg(not(target_os = "linux"))]
fn limit(_: &str) -> Option<usize> {
    None
}

#[cfg(not(target_os = "linux"))]
fn files() -> Option<usize> {
    None
}

#[cfg(not(target_os = "linux"))]
fn threads() -> Option<usize> {
    None
}

#[cfg(test)]
mod tests {
    #[test]
    fn there_is_room_for_some_and_an_end() {
        assert!((1..=10_000).contains(&super::most_connections()));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_low_limit_leaves_room_for_clients_too() {
        for (limit, want) in [(1, 1), (50, 25), (128, 64), (129, 65), (1024, 960)] {
            assert_eq!(super::less_some(limit), want, "{limit}");
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn every_group_above_can_have_a_limit_of_threads() {
        for (groups, want) in [
            ("0::/\n", &["/sys/fs/cgroup/pids.max"][..]),
            (
                "0::/system.slice/echo.service\n",
                &[
                    "/sys/fs/cgroup/system.slice/echo.service/pids.max",
                    "/sys/fs/cgroup/system.slice/pids.max",
                    "/sys/fs/cgroup/pids.max",
                ],
            ),
            (
                "12:cpu,cpuacct:/a\n8:pids:/docker/0f\n1:name=systemd:/b\n",
                &[
                    "/sys/fs/cgroup/pids/docker/0f/pids.max",
                    "/sys/fs/cgroup/pids/docker/pids.max",
                    "/sys/fs/cgroup/pids/pids.max",
                ],
            ),
            (
                "3:cpu,pids:/x:y",
                &["/sys/fs/cgroup/pids/x:y/pids.max", "/sys/fs/cgroup/pids/pids.max"],
            ),
            ("", &[]),
            ("nonsense", &[]),
        ] {
            let files: Vec<_> = super::pids_files(groups).collect();
            assert!(files.iter().eq(want.iter().map(std::path::Path::new)), "{groups}: {files:?}");
        }
    }
}
