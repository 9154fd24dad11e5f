//! Sends every message back, on any path, as fast as it can. On the path `/broadcast`, all clients of that
//! path get it.
//!
//! `recv_ref` lends each message from the connection's own buffer, and `feed` queues the reply; a
//! burst of messages is answered with one write, right before the server waits for more. On
//! `/broadcast` a `Hub` does the same for all its members.

use std::path::PathBuf;
use std::process::ExitCode;

use blocking_ws::{Deflate, Hub, Identity, Result, Server, TlsBackend, WebSocket};
use options::{Long, Parser, ValueExt, options, tls_backend};

fn main() -> ExitCode {
    let Err(error) = run(&Args::parse()) else {
        return ExitCode::SUCCESS;
    };
    eprintln!("echo_server: {error}");
    ExitCode::FAILURE
}

fn run(args: &Args) -> Result<()> {
    let mut server = bind(args)?.max_message_size(64 << 20);
    for name in ["echo", "chat.v1"].into_iter().chain(args.subprotocol.iter().map(String::as_str)) {
        server = server.subprotocol(name);
    }
    if let (Some(cert), Some(key)) = (&args.tls_cert, &args.tls_key) {
        let identity = Identity::from_pem_files(cert, key)?;
        server = server.tls_backend(args.tls_backend)?.tls(&identity)?;
    }
    if args.deflate || args.deflate_takeover {
        let takeover = args.deflate_takeover;
        server = server.deflate(Deflate::new().send_takeover(takeover).recv_takeover(takeover));
    }
    match &args.unix {
        Some(path) => println!("listening on unix:{}", path.display()),
        None => println!("listening on {}", server.url()),
    }
    let hub = Hub::new();
    server.serve(move |ws| match ws.request().uri().path() {
        "/broadcast" => to_all(ws, &hub),
        _ => back(ws),
    })
}

fn bind(args: &Args) -> Result<Server> {
    match &args.unix {
        Some(path) => Server::bind_unix(path),
        None => Server::bind(args.addr.as_deref().unwrap_or("127.0.0.1:9001")),
    }
}

fn back(ws: &mut WebSocket) -> Result<()> {
    let sender = ws.sender()?;
    while let Some(message) = ws.recv_ref()? {
        sender.feed(message)?;
    }
    Ok(())
}

fn to_all(ws: &mut WebSocket, hub: &Hub) -> Result<()> {
    let _seat = hub.join(ws)?;
    while let Some(message) = ws.recv_ref()? {
        hub.broadcast(message)?;
    }
    Ok(())
}

const USAGE: &str = "\
Sends every WebSocket message back

Usage: echo_server [OPTIONS]

Options:
  --addr <HOST:PORT>    Where to listen; port 0 lets the system choose [default: 127.0.0.1:9001]
  --unix <PATH>         Listens on a Unix socket at this path instead
  --tls-cert <PEM>      Certificate chain; serves wss:// with it
  --tls-key <PEM>       Private key of the certificate, in PKCS#8
  --tls-backend <NAME>  The TLS library, native or rustls, where it is compiled in
  --subprotocol <NAME>  Supports a subprotocol besides echo and chat.v1
  --deflate             Compresses messages, each by itself, for clients that offer it
  --deflate-takeover    The same, and messages may refer to earlier ones, where both ends say so
  -h, --help            Print help
";

#[derive(Default)]
struct Args {
    addr: Option<String>,
    unix: Option<PathBuf>,
    tls_cert: Option<PathBuf>,
    tls_key: Option<PathBuf>,
    tls_backend: TlsBackend,
    subprotocol: Vec<String>,
    deflate: bool,
    deflate_takeover: bool,
}

impl Args {
    /// Reads the command line. A mistake in it ends the program.
    fn parse() -> Self {
        options(USAGE, Self::read)
    }

    fn read(parser: &mut Parser) -> Result<Self, options::Error> {
        let mut args = Self::default();
        while let Some(arg) = parser.next()? {
            match arg {
                Long("addr") => args.addr = Some(parser.value()?.string()?),
                Long("unix") => args.unix = Some(parser.value()?.into()),
                Long("tls-cert") => args.tls_cert = Some(parser.value()?.into()),
                Long("tls-key") => args.tls_key = Some(parser.value()?.into()),
                Long("tls-backend") => args.tls_backend = tls_backend(parser)?,
                Long("subprotocol") => args.subprotocol.push(parser.value()?.string()?),
                Long("deflate") => args.deflate = true,
                Long("deflate-takeover") => args.deflate_takeover = true,
                _ => return Err(arg.unexpected()),
            }
        }
        if args.unix.is_some() && args.addr.is_some() {
            return Err("give either --addr or --unix, not both".into());
        }
        if args.tls_cert.is_some() != args.tls_key.is_some() {
            return Err("give --tls-cert and --tls-key together".into());
        }
        Ok(args)
    }
}
