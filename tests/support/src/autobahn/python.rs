//! The Autobahn test suite in a Python 2.7 virtualenv, which is made on first use.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::process::Process;

const SUITE: &str = "autobahntestsuite==25.10.1";

/// The last release that runs on Python 2.7.
const VIRTUALENV: &str = "virtualenv==20.15.1";

/// Enough to download and compile on a slow machine.
const SETUP_LIMIT: Duration = Duration::from_secs(10 * 60);

const NO_PYTHON: &str = "\
no working Python 2.7, which the Autobahn test suite needs.
Get one with `pyenv install 2.7.18` (it is found without being activated),
or set AUTOBAHN_PYTHON to the path of a python2.7 program.";

/// Prints how many cases the patterns given as arguments select. A name without `*` comes through
/// whether there is such a case or not, hence the look-up: the suite would neither run it nor end.
const COUNT: &str = "\
import sys
from autobahntestsuite.case import Cases, CaseCategories, CaseSubCategories, CaseSetname, CaseBasename
from autobahntestsuite.caseset import CaseSet
known = CaseSet(CaseSetname, CaseBasename, Cases, CaseCategories, CaseSubCategories)
chosen = known.parseSpecCases({'cases': sys.argv[1:]})
print(len([known.CasesById[case] for case in chosen]))";

/// The installed test suite.
#[derive(Debug)]
pub struct Suite {
    python: PathBuf,
    wstest: PathBuf,
}

impl Suite {
    /// Finds the suite in `folder/venv`, or installs it there.
    ///
    /// # Errors
    /// There is no Python 2.7 or the installation failed; the message says what to do or what pip
    /// said.
    pub fn ready(folder: &Path) -> Result<Self, String> {
        let base = find_python()?;
        let venv = folder.join("venv");
        let suite = Self { python: venv.join("bin/python"), wstest: venv.join("bin/wstest") };

        // Written last, so a virtualenv without it, or with another one, is unfinished or out of
        // date.
        let stamp = folder.join("venv.stamp");
        let wanted = format!("{SUITE}\n{VIRTUALENV}\n{}\n", base.display());
        let finished = fs::read_to_string(&stamp).is_ok_and(|found| found == wanted);
        if finished && suite.python.exists() && suite.wstest.exists() {
            return Ok(suite);
        }

        eprintln!("autobahn: installing {SUITE} into {}", venv.display());
        if stamp.exists() {
            fs::remove_file(&stamp)
                .map_err(|e| format!("cannot remove {}: {e}", stamp.display()))?;
        }
        install(&base, folder, &venv)?;
        fs::write(&stamp, wanted).map_err(|e| format!("cannot write {}: {e}", stamp.display()))?;
        Ok(suite)
    }

    /// Counts the cases that patterns stand for.
    ///
    /// # Errors
    /// The suite does not understand the patterns.
    pub fn count(&self, patterns: &[String]) -> Result<usize, String> {
        let output = Command::new(&self.python)
            .args(["-W", "ignore", "-c", COUNT])
            .args(patterns)
            .stdin(Stdio::null())
            .output()
            .map_err(|e| format!("cannot start {}: {e}", self.python.display()))?;
        let said = String::from_utf8_lossy(&output.stdout);
        said.trim().parse().map_err(|_| {
            let complaint = String::from_utf8_lossy(&output.stderr);
            format!(
                "the suite does not understand '{}': {}",
                patterns.join(","),
                complaint.lines().last().unwrap_or("no reason given")
            )
        })
    }

    /// Returns the command that runs `wstest` with a spec file.
    pub fn wstest(&self, mode: &str, spec: &Path) -> Command {
        // Not the script itself: its first line holds the interpreter's path, which kernels cut at
        // 127 or 255 bytes.
        let mut command = Command::new(&self.python);
        // Unbuffered, or the log of a suite that had to be ended would be empty.
        command.args(["-u", "-W", "ignore"]).arg(&self.wstest).args(["-m", mode, "-s"]).arg(spec);
        // Without this a fuzzing server also serves web pages on port 8080.
        command.args(["-u", "0"]);
        command
    }
}

fn install(base: &Path, folder: &Path, venv: &Path) -> Result<(), String> {
    let bootstrap = folder.join("bootstrap");
    for remains in [&bootstrap, &venv.to_owned()] {
        if remains.exists() {
            fs::remove_dir_all(remains)
                .map_err(|e| format!("cannot remove {}: {e}", remains.display()))?;
        }
    }
    let log = |name: &str| folder.join(format!("{name}.log"));
    let run = |name: &str, command: &mut Command| {
        Process::start(name, command, log(name))?.finish(Instant::now() + SETUP_LIMIT)
    };

    // Not into the interpreter's own packages: those belong to the user.
    let mut fetch = Command::new(base);
    fetch.args(["-m", "pip", "install", "--target"]).arg(&bootstrap).arg(VIRTUALENV);
    run("pip-virtualenv", &mut fetch)?;

    let mut create = Command::new(base);
    create.env("PYTHONPATH", &bootstrap).args(["-m", "virtualenv"]).arg(venv);
    run("virtualenv", &mut create)?;

    let mut fill = Command::new(venv.join("bin/python"));
    fill.args(["-m", "pip", "install", SUITE]);
    run("pip-suite", &mut fill)
}

/// Finds Python 2.7: the one the user names, else the one on the path, else the newest that pyenv
/// has.
fn find_python() -> Result<PathBuf, String> {
    if let Some(named) = env::var_os("AUTOBAHN_PYTHON") {
        return works(&named).ok_or_else(|| {
            format!("AUTOBAHN_PYTHON is {}: {NO_PYTHON}", Path::new(&named).display())
        });
    }
    works(OsStr::new("python2.7"))
        .or_else(|| pyenv_pythons().iter().find_map(|python| works(python.as_os_str())))
        .ok_or_else(|| NO_PYTHON.to_owned())
}

/// Runs a would-be Python and returns where it really lies, or `None` where it is not a working
/// Python 2.7.
///
/// Being on the path proves nothing: pyenv puts a `python2.7` there that only says it is not
/// activated.
fn works(python: &OsStr) -> Option<PathBuf> {
    let output = Command::new(python)
        .args(["-c", "import sys; assert sys.version_info[:2] == (2, 7); print(sys.executable)"])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let path = String::from_utf8(output.stdout).ok()?;
    (output.status.success() && !path.trim().is_empty()).then(|| PathBuf::from(path.trim()))
}

/// Lists pyenv's Pythons 2.7, the newest first.
fn pyenv_pythons() -> Vec<PathBuf> {
    let root = env::var_os("PYENV_ROOT")
        .map(PathBuf::from)
        .or_else(|| Some(env::home_dir()?.join(".pyenv")));
    let Some(Ok(entries)) = root.map(|root| fs::read_dir(root.join("versions"))) else {
        return Vec::new();
    };
    let mut found: Vec<(u32, PathBuf)> = entries
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let patch = entry.file_name().to_str()?.strip_prefix("2.7.")?.parse().ok()?;
            Some((patch, entry.path().join("bin/python")))
        })
        .collect();
    found.sort_unstable_by(|one, other| other.cmp(one));
    found.into_iter().map(|(_, path)| path).collect()
}
