//! Outputs that are kept beside the tests.

use std::path::PathBuf;
use std::{env, fs};

/// Compares an output with the one that is kept. With `KEEP_GOLDEN=1` in the environment it is kept
/// instead: look at the difference before it is committed.
pub(crate) fn check(name: &str, output: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/report/golden").join(name);
    // The version grows with each release.
    let output = output.replace(env!("CARGO_PKG_VERSION"), "0.0.0");
    if env::var_os("KEEP_GOLDEN").is_some() {
        fs::write(&path, &output).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
    if let Some((at, (kept, now))) =
        kept.lines().zip(output.lines()).enumerate().find(|(_, (kept, now))| kept != now)
    {
        panic!("{name}, line {}:\n  kept: {kept}\n  now:  {now}", at + 1);
    }
    assert_eq!(kept.lines().count(), output.lines().count(), "lines of {name}");
}
