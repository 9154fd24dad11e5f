//! How the examples read their command lines.

use std::path::Path;
use std::process::exit;

pub use lexopt::prelude::{Long, Value, ValueExt};
pub use lexopt::{Error, Parser};

/// Reads the command line. `--help` prints the usage, and a mistake says what is wrong; both end the
/// program.
pub fn options<T>(usage: &str, read: impl FnOnce(&mut Parser) -> Result<T, Error>) -> T {
    if std::env::args_os().skip(1).any(|arg| arg == "-h" || arg == "--help") {
        print!("{usage}");
        exit(0);
    }
    let mut parser = Parser::from_env();
    read(&mut parser).unwrap_or_else(|error| {
        let path = Path::new(parser.bin_name().unwrap_or("example"));
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        eprint!("{name}: {error}\n\n{usage}");
        exit(2)
    })
}
