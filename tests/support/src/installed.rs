//! Programs that may be installed here.

use std::env;
use std::io::{self, Write};
use std::path::PathBuf;

/// Where a program is. The folders of daemons are not in everybody's PATH.
pub fn program(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = env::split_paths(&path).chain(["/usr/sbin".into(), "/usr/local/sbin".into()]);
    folders.map(|folder| folder.join(name)).find(|program| program.is_file())
}

/// Says that something is not tested, so that it is seen even where a test that passes is captured.
pub fn skipped(what: &str) {
    // In one piece, between the lines of other tests.
    let line = format!("\n{what} is not installed: nothing is tested with it\n");
    let _ = io::stderr().write_all(line.as_bytes());
}
