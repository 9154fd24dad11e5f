//! Sends every message back, on any path, as fast as it can. On the path `/broadcast`, all clients of that
//! path get it.
//!
//! `recv_ref` lends each message from the connection's own buffer, and `feed` queues the reply; a
//! burst of messages is answered with one write, right before the server waits for more. On
//! `/broadcast` a `Hub` does the same for all its members.

use std::path::PathBuf;
use std::process::ExitCode;

use blocking_ws::{
    ClientCertificates, Deflate, Hub, Identity, Result, Server, TlsAcceptor, WebSocket,
};
use options::{Long, Parser, Tls, ValueExt, described, options, read};

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
    if let Some(identity) = args.tls.identity()? {
        server = server.tls_acceptor(acceptor(args, &identity)?);
    }
    if args.deflate || args.deflate_takeover {
        let takeover = args.deflate_takeover;
        server = server.deflate(Deflate::new().send_takeover(takeover).recv_takeover(takeover));
    }
    match &args.unix {
        Some(path) => println!("listening on unix:{}", path.display()),
        None => println!("listening on {}", server.url()),
    }
    let (hub, tls_info) = (Hub::new(), args.tls.info);
    server.serve(move |ws| {
        if let (true, Some(tls)) = (tls_info, ws.tls()) {
            println!("#{}: {}", ws.id(), described(&tls));
        }
        match ws.request().uri().path() {
            "/broadcast" => to_all(ws, &hub),
            _ => back(ws),
        }
    })
}

fn bind(args: &Args) -> Result<Server> {
    match &args.unix {
        Some(path) => Server::bind_unix(path),
        None => Server::bind(args.addr.as_deref().unwrap_or("127.0.0.1:9001")),
    }
}

fn acceptor(args: &Args, identity: &Identity) -> Result<TlsAcceptor> {
    let acceptor = TlsAcceptor::with_backend(args.tls.backend, identity)?;
    let Some(file) = &args.client_ca else { return Ok(acceptor) };
    let roots = read(file)?;
    acceptor.client_certificates(if args.client_optional {
        ClientCertificates::optional(&roots)
    } else {
        ClientCertificates::required(&roots)
    })
}

// Both have a frame of their own: a thread that waits in one needs no stack for the other.
#[inline(never)]
fn back(ws: &mut WebSocket) -> Result<()> {
    let sender = ws.sender()?;
    while let Some(message) = ws.recv_ref()? {
        sender.feed(message)?;
    }
    Ok(())
}

#[inline(never)]
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
  --tls-key <PEM>       Private key of the certificate
  --tls-backend <NAME>  The TLS library, native or rustls, where it is compiled in
  --tls-client-ca <PEM> Demands certificates of clients, from these authorities (rustls)
  --tls-client-optional Asks for them, and serves clients without a certificate too
  --tls-info            Prints what TLS tells of each client
  --subprotocol <NAME>  Supports a subprotocol besides echo and chat.v1
  --deflate             Compresses messages, each by itself, for clients that offer it
  --deflate-takeover    The same, and messages may refer to earlier ones, where both ends say so
  -h, --help            Print help
";

#[derive(Default)]
struct Args {
    addr: Option<String>,
    unix: Option<PathBuf>,
    tls: Tls,
    client_ca: Option<PathBuf>,
    client_optional: bool,
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
                Long("tls-cert") => args.tls.cert = Some(parser.value()?.into()),
                Long("tls-key") => args.tls.key = Some(parser.value()?.into()),
                Long("tls-backend") => args.tls.read_backend(parser)?,
                Long("tls-client-ca") => args.client_ca = Some(parser.value()?.into()),
                Long("tls-client-optional") => args.client_optional = true,
                Long("tls-info") => args.tls.info = true,
                Long("subprotocol") => args.subprotocol.push(parser.value()?.string()?),
                Long("deflate") => args.deflate = true,
                Long("deflate-takeover") => args.deflate_takeover = true,
                _ => return Err(arg.unexpected()),
            }
        }
        if args.unix.is_some() && args.addr.is_some() {
            return Err("give either --addr or --unix, not both".into());
        }
        args.tls.check()?;
        if args.client_ca.is_some() && args.tls.cert.is_none() {
            return Err("--tls-client-ca needs --tls-cert and --tls-key".into());
        }
        if args.client_optional && args.client_ca.is_none() {
            return Err("--tls-client-optional needs --tls-client-ca".into());
        }
        Ok(args)
    }
}
