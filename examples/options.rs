//! How the examples read their command lines.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::exit;

use blocking_ws::{Identity, TlsBackend, TlsInfo};
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

/// The options about TLS that servers and clients share.
#[derive(Debug, Default)]
pub struct Tls {
    /// The certificate chain of this side.
    pub cert: Option<PathBuf>,
    /// The key of its first certificate.
    pub key: Option<PathBuf>,
    /// The library.
    pub backend: TlsBackend,
    /// Whether to print what TLS tells of the other end.
    pub info: bool,
}

impl Tls {
    /// Reads the value of `--tls-backend`. Whether the library has it, it says itself.
    ///
    /// # Errors
    /// There is no value, or it names none.
    pub fn read_backend(&mut self, parser: &mut Parser) -> Result<(), Error> {
        self.backend = match parser.value()?.string()?.as_str() {
            "native" => TlsBackend::Native,
            "rustls" => TlsBackend::Rustls,
            other => {
                return Err(format!("--tls-backend takes native or rustls, not {other:?}").into());
            }
        };
        Ok(())
    }

    /// Fails if options do not go together.
    ///
    /// # Errors
    /// There is a certificate without a key, or a key without a certificate.
    pub fn check(&self) -> Result<(), Error> {
        if self.cert.is_some() != self.key.is_some() {
            return Err("give --tls-cert and --tls-key together".into());
        }
        Ok(())
    }

    /// Reads the certificate and the key, if there are any.
    ///
    /// # Errors
    /// A file cannot be read or used.
    pub fn identity(&self) -> blocking_ws::Result<Option<Identity>> {
        let (Some(cert), Some(key)) = (&self.cert, &self.key) else { return Ok(None) };
        Identity::from_pem_files(cert, key).map(Some)
    }
}

/// Reads a file. The error names it.
///
/// # Errors
/// The file cannot be read.
pub fn read(file: &Path) -> blocking_ws::Result<Vec<u8>> {
    fs::read(file).map_err(|e| blocking_ws::Error::other(format!("{}: {e}", file.display())))
}

/// What TLS tells, in a line.
#[must_use]
pub fn described(tls: &TlsInfo) -> String {
    let alpn = tls.alpn().map_or_else(|| "none".to_owned(), |alpn| alpn.escape_ascii().to_string());
    let name = tls.server_name().unwrap_or("none");
    let chain = tls.peer_certificates();
    let sizes: Vec<_> = chain.iter().map(|der| format!("{} bytes", der.len())).collect();
    let shown = if sizes.is_empty() { "none".to_owned() } else { sizes.join(", ") };
    format!("{tls}; ALPN: {alpn}; server name: {name}; certificates of the peer: {shown}")
}

/// The name of the program.
fn name(parser: &Parser) -> String {
    let path = Path::new(parser.bin_name().unwrap_or("example"));
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}
