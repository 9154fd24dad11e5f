//! A mutant as the client of a fuzzing server, whose paths are those of the Autobahn test suite.

use std::io::{self, ErrorKind};
use std::net::TcpStream;
use std::time::Duration;

use blocking_ws::http::Uri;
use blocking_ws::{Duplex, TlsConnector};

use super::connection::{Below, Connection};
use super::peer::Mutant;

/// A server that does not read is left after so long.
const PATIENCE: Duration = Duration::from_secs(30);

/// What one connection to the server is for.
enum Purpose {
    Echo,
    Keep,
}

impl Mutant {
    /// Runs all cases of a fuzzing server at `url`, one after the other, and asks it for the report.
    /// Only the cases see the flags.
    ///
    /// # Errors
    /// `InvalidInput`: the URL is none of `ws` or `wss`, or there is no connector for `wss`. Any
    /// other: the server cannot be reached, or does not say how many cases it has. A case that
    /// fails is the server's to report.
    pub fn drive(&self, url: &str, agent: &str, tls: Option<&TlsConnector>) -> io::Result<()> {
        let server = Server::new(url, tls)?;
        let strict = Self::default();
        let said = server.visit(&strict, "/getCaseCount", &Purpose::Keep)?;
        let count: u32 = said
            .first()
            .and_then(|count| std::str::from_utf8(count).ok()?.trim().parse().ok())
            .ok_or_else(|| io::Error::new(ErrorKind::InvalidData, "the server has no cases"))?;
        for case in 1..=count {
            let path = format!("/runCase?case={case}&agent={agent}");
            match server.visit(self, &path, &Purpose::Echo) {
                Err(e) if e.kind() == ErrorKind::ConnectionRefused => return Err(e),
                // Many cases end so.
                _ => {}
            }
        }
        server.visit(&strict, &format!("/updateReports?agent={agent}"), &Purpose::Keep)?;
        Ok(())
    }
}

struct Server<'a> {
    host: String,
    port: u16,
    tls: Option<&'a TlsConnector>,
}

impl<'a> Server<'a> {
    fn new(url: &str, connector: Option<&'a TlsConnector>) -> io::Result<Self> {
        let bad = |what: &str| io::Error::new(ErrorKind::InvalidInput, format!("{url}: {what}"));
        let uri: Uri = url.parse().map_err(|_| bad("is not a URL"))?;
        let (tls, port) = match uri.scheme_str() {
            Some("ws") => (None, 80),
            Some("wss") => (Some(connector.ok_or_else(|| bad("needs TLS"))?), 443),
            _ => return Err(bad("is neither ws nor wss")),
        };
        let host = uri.host().ok_or_else(|| bad("has no host"))?;
        Ok(Self { host: host.to_owned(), port: uri.port_u16().unwrap_or(port), tls })
    }

    /// Opens a connection, and returns the messages that are kept of it.
    fn visit(&self, mutant: &Mutant, path: &str, purpose: &Purpose) -> io::Result<Vec<Vec<u8>>> {
        let host = self.host.trim_start_matches('[').trim_end_matches(']');
        let stream = TcpStream::connect((host, self.port))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        let below = Below::of(&stream);
        let authority = format!("{}:{}", self.host, self.port);
        match self.tls {
            None => follow(mutant.open(stream, below, &authority, path)?, purpose),
            Some(tls) => {
                let stream = tls.connect(host, stream).map_err(io::Error::other)?;
                follow(mutant.open(stream, below, &authority, path)?, purpose)
            }
        }
    }
}

fn follow<S: Duplex>(
    connection: Option<Connection<S>>,
    purpose: &Purpose,
) -> io::Result<Vec<Vec<u8>>> {
    match (connection, purpose) {
        (None, _) => Ok(Vec::new()),
        (Some(connection), Purpose::Keep) => connection.keep(),
        (Some(connection), Purpose::Echo) => connection.echo().map(|()| Vec::new()),
    }
}
