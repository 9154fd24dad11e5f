//! The crate tungstenite under test: an echo server, or a driver of a fuzzing server's cases.
//!
//! With `wss`, the TLS streams of `blocking_ws` are below it.

use std::error::Error;
use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;

use blocking_ws::{Identity, TlsAcceptor, TlsConnector};
use clap::Parser;
use tungstenite::http::Uri;
use tungstenite::{Message, WebSocket};

/// Runs tungstenite as an echo server or as a client of a fuzzing server.
#[derive(Parser)]
enum Role {
    /// Sends all messages back
    Serve {
        /// Where to listen; with port 0 the system chooses
        #[arg(long, default_value = "127.0.0.1:0")]
        addr: String,
        /// The certificate chain; with it, wss:// is served
        #[arg(long, requires = "tls_key")]
        tls_cert: Option<PathBuf>,
        /// The private key of the certificate
        #[arg(long, requires = "tls_cert")]
        tls_key: Option<PathBuf>,
    },
    /// Runs all cases of a fuzzing server
    Client {
        /// Where the server listens
        #[arg(long)]
        url: String,
        /// The name of the client in the report
        #[arg(long)]
        agent: String,
        /// Certificates to trust
        #[arg(long)]
        ca_file: Option<PathBuf>,
    },
}

/// TCP, or TLS over it.
trait Stream: Read + Write {}

impl<S: Read + Write> Stream for S {}

type Failure = Box<dyn Error + Send + Sync>;

fn main() -> ExitCode {
    let done = match Role::parse() {
        Role::Serve { addr, tls_cert, tls_key } => {
            serve(&addr, tls_cert.as_deref().zip(tls_key.as_deref()))
        }
        Role::Client { url, agent, ca_file } => {
            Driver::new(&url, ca_file.as_deref()).and_then(|driver| driver.run(&agent))
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("tungstenite_echo: {e}");
            ExitCode::FAILURE
        }
    }
}

fn serve(addr: &str, tls: Option<(&Path, &Path)>) -> Result<(), Failure> {
    let acceptor = match tls {
        None => None,
        Some((certificate, key)) => {
            let identity = Identity::from_pem(&read(certificate)?, &read(key)?)?;
            Some(TlsAcceptor::new(&identity)?)
        }
    };
    let listener = TcpListener::bind(addr)?;
    let scheme = if acceptor.is_some() { "wss" } else { "ws" };
    println!("listening on {scheme}://{}", listener.local_addr()?);
    for stream in listener.incoming() {
        let (stream, acceptor) = (stream?, acceptor.clone());
        thread::spawn(move || {
            if let Err(e) = answer(stream, acceptor.as_ref()) {
                eprintln!("{e}");
            }
        });
    }
    Ok(())
}

fn answer(stream: TcpStream, acceptor: Option<&TlsAcceptor>) -> Result<(), Failure> {
    stream.set_nodelay(true)?;
    let stream: Box<dyn Stream> = match acceptor {
        None => Box::new(stream),
        Some(acceptor) => Box::new(acceptor.accept(stream)?),
    };
    echo(&mut tungstenite::accept(stream).map_err(|e| e.to_string())?)
}

/// Sends messages back until the connection has ended.
fn echo(socket: &mut WebSocket<impl Stream>) -> Result<(), Failure> {
    loop {
        match socket.read() {
            Ok(message @ (Message::Text(_) | Message::Binary(_))) => socket.send(message)?,
            Ok(_) => {}
            Err(tungstenite::Error::ConnectionClosed) => return Ok(()),
            Err(e) => return Err(e.into()),
        }
    }
}

struct Driver {
    url: String,
    host: String,
    port: u16,
    /// With `wss`.
    tls: Option<TlsConnector>,
}

impl Driver {
    fn new(url: &str, ca_file: Option<&Path>) -> Result<Self, Failure> {
        let uri: Uri = url.parse()?;
        let tls = match (uri.scheme_str(), ca_file) {
            (Some("wss"), Some(file)) => {
                Some(TlsConnector::new().root_certificate_pem(&read(file)?))
            }
            (Some("wss"), None) => Some(TlsConnector::new()),
            _ => None,
        };
        Ok(Self {
            url: url.trim_end_matches('/').to_owned(),
            host: uri.host().ok_or("the URL has no host")?.to_owned(),
            port: uri.port_u16().ok_or("the URL has no port")?,
            tls,
        })
    }

    fn run(&self, agent: &str) -> Result<(), Failure> {
        let mut socket = self.connect("/getCaseCount")?;
        let count: u32 = socket.read()?.into_text()?.parse()?;
        echo(&mut socket)?;
        for number in 1..=count {
            let path = format!("/runCase?case={number}&agent={agent}");
            if let Err(e) = self.connect(&path).and_then(|mut socket| echo(&mut socket)) {
                eprintln!("case {number}: {e}");
            }
        }
        echo(&mut self.connect(&format!("/updateReports?agent={agent}"))?)
    }

    fn connect(&self, path: &str) -> Result<WebSocket<Box<dyn Stream>>, Failure> {
        let stream = TcpStream::connect((self.host.as_str(), self.port))?;
        stream.set_nodelay(true)?;
        let stream: Box<dyn Stream> = match &self.tls {
            None => Box::new(stream),
            Some(tls) => Box::new(tls.connect(&self.host, stream)?),
        };
        let opened = tungstenite::client(format!("{}{path}", self.url), stream);
        Ok(opened.map_err(|e| e.to_string())?.0)
    }
}

fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(file).map_err(|e| format!("cannot read {}: {e}", file.display()).into())
}
