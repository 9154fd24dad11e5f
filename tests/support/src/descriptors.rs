//! How many files and sockets this process may have open, and the processes that it starts.

/// Raises the limit to `wanted`, or at least to `needed`. A program that runs as root may exceed the hard
/// limit.
///
/// # Errors
///
/// The text says which limit is too low, and how to raise it.
#[cfg(unix)]
pub fn allow(needed: u64, wanted: u64) -> Result<(), String> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let now = getrlimit(Resource::Nofile);
    let exceeds = |limit: Option<u64>, number| limit.is_none_or(|limit| limit >= number);
    if exceeds(now.current, wanted) {
        return Ok(());
    }
    let set =
        |number, maximum| setrlimit(Resource::Nofile, Rlimit { current: Some(number), maximum });
    let raised = if exceeds(now.maximum, wanted) {
        set(wanted, now.maximum)
    } else {
        set(wanted, Some(wanted)).or_else(|error| match now.maximum {
            Some(maximum) if maximum >= needed => set(maximum, now.maximum),
            _ => Err(error),
        })
    };
    raised.or_else(|error| {
        if exceeds(now.current, needed) {
            return Ok(());
        }
        let limit = now.maximum.unwrap_or(u64::MAX);
        Err(format!(
            "{needed} open files are needed, and the system allows {limit} ({error}). Raise the hard \
             limit, for example with `ulimit -Hn {wanted}` in a shell of root"
        ))
    })
}

/// Does nothing: sockets have no such limit here.
#[cfg(not(unix))]
pub fn allow(_: u64, _: u64) -> Result<(), String> {
    Ok(())
}
