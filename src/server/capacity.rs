//! How many connections this process can hold, by the limits the system sets it.

/// The default of `stack_size`. A stack takes as much of the address space, and of the memory what was
/// used of it.
pub(crate) const STACK: usize = 1 << 20;

/// The default of `max_connections`.
///
/// A thread that cannot be made is an error that is survived, but past the system's limit of
/// memory maps std aborts the process, so the number is known before a thread is made.
pub(crate) fn connections() -> usize {
    [maps(), files(), Some(spaces())].into_iter().flatten().fold(10_000, usize::min).max(1)
}

/// 80 % of what the maps allow: each thread of std's needs four.
#[cfg(target_os = "linux")]
fn maps() -> Option<usize> {
    let most = std::fs::read_to_string("/proc/sys/vm/max_map_count").ok()?;
    Some(most.trim().parse::<usize>().ok()? / 4 * 4 / 5)
}

/// What the open files allow, some left for the rest of the program.
#[cfg(target_os = "linux")]
fn files() -> Option<usize> {
    Some(limit("Max open files")?.saturating_sub(64))
}

/// What half of the address space has stacks for: near its end allocations fail, and those abort.
fn spaces() -> usize {
    limit("Max address space").unwrap_or(usize::MAX) / 2 / STACK
}

/// What the system allows this process, if that has an end.
#[cfg(target_os = "linux")]
fn limit(what: &str) -> Option<usize> {
    let limits = std::fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits.lines().find_map(|line| line.strip_prefix(what))?;
    line.split_whitespace().next()?.parse().ok()
}

// Elsewhere std aborts at no such number, and a process out of files is told by `accept`.
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

#[cfg(test)]
mod tests {
    #[test]
    fn there_is_room_for_some_and_an_end() {
        assert!((1..=10_000).contains(&super::connections()));
    }
}
