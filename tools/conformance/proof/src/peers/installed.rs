//! Libraries of other languages, each in a folder of its own below `target`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use test_support::autobahn::{Layout, Process};

/// Enough to download on a slow line.
const LIMIT: Duration = Duration::from_secs(5 * 60);

/// The name of npm's command: a script, which Windows finds only with its extension.
const NPM: &str = if cfg!(windows) { "npm.cmd" } else { "npm" };

/// Installs a package of npm with this version, and returns the folder with its modules.
pub(super) fn npm(layout: &Layout, package: &str, version: &str) -> Result<PathBuf, String> {
    let folder = once(layout, &format!("npm-{package}-{version}"), |folder| {
        let mut command = Command::new(NPM);
        command.args(["install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix"]);
        command.arg(folder).arg(format!("{package}@{version}"));
        command
    })?;
    Ok(folder.join("node_modules"))
}

/// Installs a package of Python's index with this version, and returns the folder for `PYTHONPATH`.
pub(super) fn pip(
    layout: &Layout,
    python: &Path,
    package: &str,
    version: &str,
) -> Result<PathBuf, String> {
    once(layout, &format!("pip-{package}-{version}"), |folder| {
        let mut command = Command::new(python);
        command.args(["-m", "pip", "install", "--disable-pip-version-check", "--target"]);
        command.arg(folder).arg(format!("{package}=={version}"));
        command
    })
}

/// Finds the interpreter that `python3` stands for: the command may be a script that starts it.
pub(super) fn python() -> Result<PathBuf, String> {
    let output = Command::new("python3")
        .args(["-c", "import sys; print(sys.executable)"])
        .stdin(Stdio::null())
        .output()
        .map_err(|e| format!("cannot start python3: {e}"))?;
    let path = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if output.status.success() && !path.is_empty() {
        Ok(path.into())
    } else {
        Err(format!("python3 does not work: {}", String::from_utf8_lossy(&output.stderr)))
    }
}

/// Makes a folder with this name, if there is none. What `command` puts into it appears at once, so
/// that several runs may do so at a time.
fn once(
    layout: &Layout,
    name: &str,
    command: impl FnOnce(&Path) -> Command,
) -> Result<PathBuf, String> {
    let parent = layout.target.join("conformance-proof");
    let folder = parent.join(name);
    if folder.exists() {
        return Ok(folder);
    }
    let unfinished = parent.join(format!("{name}-{}", std::process::id()));
    fs::create_dir_all(&unfinished)
        .map_err(|e| format!("cannot create {}: {e}", unfinished.display()))?;
    let log = parent.join(format!("{name}-{}.log", std::process::id()));
    Process::start(name, &mut command(&unfinished), log)?.finish(Instant::now() + LIMIT)?;
    match fs::rename(&unfinished, &folder) {
        // Another run was faster.
        Err(_) if folder.exists() => {
            // What is left over only takes room.
            let _ = fs::remove_dir_all(&unfinished);
            Ok(folder)
        }
        Err(e) => Err(format!("cannot rename {}: {e}", unfinished.display())),
        Ok(()) => Ok(folder),
    }
}
