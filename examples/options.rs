//! How the examples read their command lines.

use std::path::Path;
use std::process::exit;

use blocking_ws::TlsBackend;
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
        eprint!("{}: {error}\n\n{usage}", name(&parser));
        exit(2)
    })
}

/// Reads the command line of a server that only has to know where to listen, and returns that.
/// `about` says in a line what the program is.
#[must_use]
pub fn address(about: &str) -> String {
    let usage = format!(
        "\
{about}

Usage: {} [OPTIONS]

Options:
  --addr <HOST:PORT>  Where to listen; port 0 lets the system choose [default: 127.0.0.1:9001]
  -h, --help          Print help
",
        name(&Parser::from_env())
    );
    options(&usage, |parser| {
        let mut address = "127.0.0.1:9001".to_owned();
        while let Some(arg) = parser.next()? {
            match arg {
                Long("addr") => address = parser.value()?.string()?,
                _ => return Err(arg.unexpected()),
            }
        }
        Ok(address)
    })
}

/// Reads the value of `--tls-backend`. Whether the library has it, it says itself.
///
/// # Errors
/// There is no value, or it names none.
pub fn tls_backend(parser: &mut Parser) -> Result<TlsBackend, Error> {
    match parser.value()?.string()?.as_str() {
        "native" => Ok(TlsBackend::Native),
        "rustls" => Ok(TlsBackend::Rustls),
        other => Err(format!("--tls-backend takes native or rustls, not {other:?}").into()),
    }
}

/// The name of the program.
fn name(parser: &Parser) -> String {
    let path = Path::new(parser.bin_name().unwrap_or("example"));
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}
