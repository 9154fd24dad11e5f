//! Programs that may be installed here.

use std::env;
use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;

/// Where a program is. The folders of daemons are not in everybody's PATH.
pub fn program(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = env::split_paths(&path).chain(["/usr/sbin".into(), "/usr/local/sbin".into()]);
    folders.map(|folder| folder.join(name)).find(|program| program.is_file())
}

/// Where `ws-conformance-proof` or the gate has installed a package: `pip-` or `npm-`, and its name.
///
/// Its version is not asked for.
pub fn modules(package: &str) -> Option<PathBuf> {
    let test = env::current_exe().ok()?;
    let folder = test.ancestors().nth(3)?.join("conformance-proof");
    let found = fs::read_dir(folder).ok()?.filter_map(Result::ok).map(|entry| entry.path());
    let is_it = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.strip_prefix(package).is_some_and(|version| version.starts_with('-'))
    };
    found.filter(|path| path.is_dir()).find(is_it)
}

/// Says that something is not tested, so that it is seen even where a test that passes is captured.
pub fn skipped(what: &str) {
    // In one piece, between the lines of other tests.
    let line = format!("\n{what} is not installed: nothing is tested with it\n");
    let _ = io::stderr().write_all(line.as_bytes());
}
