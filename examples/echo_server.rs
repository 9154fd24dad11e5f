//! Sends every message back, on any path, as fast as it can; on the path `/broadcast`, to everybody
//! who is there.
//!
//! `recv_ref` lends each message from the connection's own buffer, and `feed` queues the reply; a
//! burst of messages is answered with one write, right before the server waits for more. On
//! `/broadcast` a `Hub` does the same for all its members.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use blocking_ws::{Deflate, Error, Hub, Identity, Result, Server, WebSocket};
use clap::Parser;

#[derive(Parser)]
#[command(about = "Sends every WebSocket message back")]
struct Args {
    /// Where to listen; port 0 lets the system choose
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:9001")]
    addr: String,
    /// Listens on a Unix socket at this path instead
    #[arg(long, value_name = "PATH", conflicts_with = "addr")]
    unix: Option<PathBuf>,
    /// Certificate chain; serves wss:// with it
    #[arg(long, value_name = "PEM", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// Private key of the certificate, in PKCS#8
    #[arg(long, value_name = "PEM", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Supports a subprotocol besides echo and chat.v1
    #[arg(long, value_name = "NAME")]
    subprotocol: Vec<String>,
    /// Compresses messages, each by itself, for clients that offer it
    #[arg(long)]
    deflate: bool,
    /// The same, and messages may refer to earlier ones, where both ends say so
    #[arg(long)]
    deflate_takeover: bool,
}

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
        server = server.tls(&Identity::from_pem(&read(cert)?, &read(key)?)?)?;
    }
    if args.deflate || args.deflate_takeover {
        let takeover = args.deflate_takeover;
        server = server.deflate(Deflate::new().send_takeover(takeover).recv_takeover(takeover));
    }
    match &args.unix {
        Some(path) => println!("listening on unix:{}", path.display()),
        None => println!("listening on {}", server.url()?),
    }
    let hub = Hub::new();
    server.serve(move |ws| match ws.request().uri().path() {
        "/broadcast" => to_all(ws, &hub),
        _ => back(ws),
    })
}

fn bind(args: &Args) -> Result<Server> {
    match &args.unix {
        // It says itself which path that is.
        Some(path) => Server::bind_unix(path),
        None => Server::bind(&args.addr).map_err(|e| Error::other(format!("{}: {e}", args.addr))),
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

fn read(file: &Path) -> Result<Vec<u8>> {
    std::fs::read(file).map_err(|e| Error::other(format!("{}: {e}", file.display())))
}
