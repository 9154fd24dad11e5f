//! What a failure says. The times in a report, and the ports, are blotted out.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs a test that fails, and returns what it says.
pub(crate) fn of(fails: impl FnOnce()) -> String {
    let failed = catch_unwind(AssertUnwindSafe(fails)).expect_err("this has to fail");
    let text = failed.downcast_ref::<String>().expect("a report").clone();
    blotted(&text)
}

/// Blots out what differs from run to run.
pub(crate) fn blotted(text: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        let mut words: Vec<String> = Vec::new();
        for word in line.split(' ') {
            let is_time = word.starts_with('+') && word[1..].parse::<f64>().is_ok();
            let host = ["127.0.0.1:", "localhost:"].into_iter().find(|host| word.contains(host));
            words.push(match host.and_then(|host| Some((host, word.split_once(host)?))) {
                _ if is_time => "+T".to_owned(),
                // A client's keys are random.
                _ if word.starts_with("mask=") => "mask=MASK".to_owned(),
                Some((host, (before, port))) => {
                    let rest = port.trim_start_matches(|c: char| c.is_ascii_digit());
                    format!("{before}{host}PORT{rest}")
                }
                None => word.to_owned(),
            });
        }
        lines.push(words.join(" "));
    }
    lines.join("\n")
}
