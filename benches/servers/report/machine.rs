//! Where and when figures were measured.

use std::time::SystemTime;
use std::{env, fs};

/// The name of the processor, and how many processors there are. Where that cannot be read, it is the
/// architecture.
pub(super) fn processor() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let fields = || text.lines().filter_map(|line| line.split_once(':'));
    // The name has another key on each architecture.
    let name = fields().find(|(key, _)| matches!(key.trim(), "model name" | "Model" | "cpu"));
    let name = name.map_or(env::consts::ARCH, |(_, name)| name.trim());
    match fields().filter(|(key, _)| key.trim() == "processor").count() {
        0 => name.to_owned(),
        count => format!("{name} ({count} processors)"),
    }
}

/// The name of the system, and its version where that can be read.
pub(super) fn system() -> String {
    let read = |file: &str| fs::read_to_string(format!("/proc/sys/kernel/{file}"));
    match (read("ostype"), read("osrelease")) {
        (Ok(name), Ok(version)) => format!("{} {}", name.trim(), version.trim()),
        _ => env::consts::OS.to_owned(),
    }
}

/// Today, in UTC.
pub(super) fn date() -> String {
    let now = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
    now.split('T').next().unwrap_or_default().to_owned()
}

/// The command that was given to cargo.
pub(super) fn command() -> String {
    // Cargo adds the first of these arguments.
    let given: Vec<_> = env::args().skip(1).filter(|it| it != "--bench").collect();
    let cargo = "cargo bench -p blocking-ws-benches --bench servers";
    if given.is_empty() {
        cargo.to_owned()
    } else {
        format!("{cargo} -- {}", shell_words::join(given))
    }
}
