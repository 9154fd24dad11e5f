//! [`Target`]: the server that is tested, and how it is reached.

use std::fmt;
use std::io;
use std::net::{TcpStream, ToSocketAddrs};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use blocking_ws::http::Uri;
use blocking_ws::{Duplex, Stream, TlsConnector};

use super::error::SuiteError;

/// How long TCP and TLS may take.
const CONNECT: Duration = Duration::from_secs(10);

/// The server that is tested, and how it is reached.
#[derive(Clone)]
pub(super) struct Target {
    pub(super) url: String,
    /// The path and the query.
    pub(super) path: String,
    /// The host and the port.
    pub(super) host: String,
    dial: Arc<dyn Fn() -> io::Result<Stream> + Send + Sync>,
}

impl Target {
    /// The server at a URL, or at a Unix socket in its place.
    pub(super) fn parse(
        url: &str,
        unix: Option<PathBuf>,
        tls: &TlsConnector,
    ) -> Result<Self, SuiteError> {
        let bad = |why: &str| SuiteError::Url { url: url.to_owned(), why: why.to_owned() };
        let uri: Uri = url.parse().map_err(|e| bad(&format!("{e}")))?;
        let secure = match uri.scheme_str() {
            Some("ws") => false,
            Some("wss") => true,
            _ => return Err(bad("the URL of a server begins with ws:// or wss://")),
        };
        let name = uri.host().ok_or_else(|| bad("the URL has no host"))?.to_owned();
        let name = name.trim_matches(['[', ']']).to_owned();
        let port = uri.port_u16().unwrap_or(if secure { 443 } else { 80 });
        let path = uri.path_and_query().map_or("/", |it| it.as_str()).to_owned();
        let host =
            if name.contains(':') { format!("[{name}]:{port}") } else { format!("{name}:{port}") };
        let tls = secure.then(|| tls.clone());
        let dial = move || {
            let plain = match &unix {
                Some(path) => unix_stream(path)?,
                None => Stream::new(tcp(&name, port)?)?,
            };
            let Some(tls) = &tls else { return Ok(plain) };
            // The time holds for the handshake of TLS as well.
            plain.set_read_timeout(Some(CONNECT))?;
            plain.set_write_timeout(Some(CONNECT))?;
            Stream::new(tls.connect(&name, plain).map_err(io::Error::other)?)
        };
        Ok(Self { url: url.to_owned(), path, host, dial: Arc::new(dial) })
    }

    /// A server that is reached by the program itself.
    pub(super) fn over<S: Duplex + Send + 'static>(
        dial: impl Fn() -> io::Result<S> + Send + Sync + 'static,
    ) -> Self {
        Self {
            url: "ws://localhost/".to_owned(),
            path: "/".to_owned(),
            host: "localhost:80".to_owned(),
            dial: Arc::new(move || Stream::new(dial()?)),
        }
    }

    /// Opens a connection.
    pub(super) fn dial(&self) -> io::Result<Stream> {
        (self.dial)()
    }
}

/// Connects to the first address of a host that takes a connection.
fn tcp(host: &str, port: u16) -> io::Result<TcpStream> {
    let deadline = Instant::now() + CONNECT;
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the host has no address");
    for address in (host, port).to_socket_addrs()? {
        let left = deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
        match TcpStream::connect_timeout(&address, left) {
            Ok(stream) => return Ok(stream),
            Err(e) => last = e,
        }
    }
    Err(last)
}

#[cfg(unix)]
fn unix_stream(path: &std::path::Path) -> io::Result<Stream> {
    Stream::new(std::os::unix::net::UnixStream::connect(path)?)
}

#[cfg(not(unix))]
fn unix_stream(_path: &std::path::Path) -> io::Result<Stream> {
    Err(io::Error::new(
        io::ErrorKind::Unsupported,
        "this system has no Unix sockets for programs in Rust",
    ))
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Target").field("url", &self.url).finish_non_exhaustive()
    }
}
