//! The default of `max_connections`: how many connections the limits of the system allow.
//! `connections` enforces the limit.

/// The default of `stack_size`. A stack takes all of this from the address space, but only the part
/// that has been used from the memory.
pub(crate) const STACK: usize = 1 << 20;

/// The default of `max_connections`.
///
/// Std reports a thread that cannot be created as an error, and the server survives that. But
/// beyond the system's limit of memory maps std aborts the process, so the number is computed
/// before.
pub(crate) fn most_connections() -> usize {
    [maps(), files(), Some(spaces())].into_iter().flatten().fold(10_000, usize::min).max(1)
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
    Some(limit("Max open files")?.saturating_sub(64))
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

#[cfg(test)]
mod tests {
    #[test]
    fn there_is_room_for_some_and_an_end() {
        assert!((1..=10_000).contains(&super::most_connections()));
    }
}
