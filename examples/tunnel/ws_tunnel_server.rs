//! A WebSocket server that joins each connection with a TCP connection to one address, which is given on
//! the command line. `ws_connect` is the other end.
//!
//! A program that reaches this server reaches that address. So it listens on the loopback by default: put a
//! proxy with TLS and a log-in in front of it.

mod pump;

use std::io;
use std::net::{Shutdown, TcpStream};
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use blocking_ws::{CloseCode, Duplex, Result, Server, WebSocket};
use options::{Long, ValueExt, options};

use pump::pump;

const USAGE: &str = "\
Joins each WebSocket with a TCP connection

Usage: ws_tunnel_server [OPTIONS] --to <HOST:PORT>

Options:
  --to <HOST:PORT>    Where the TCP connections lead
  --addr <HOST:PORT>  Where to listen; port 0 lets the system choose [default: 127.0.0.1:9001]
  -h, --help          Print help
";

/// How long the other side may go on sending after this side has closed.
const AFTER_CLOSE: Duration = Duration::from_secs(600);

fn main() -> ExitCode {
    let (address, target) = options(USAGE, |parser| {
        let (mut address, mut target) = ("127.0.0.1:9001".to_owned(), None);
        while let Some(argument) = parser.next()? {
            match argument {
                Long("addr") => address = parser.value()?.string()?,
                Long("to") => target = Some(parser.value()?.string()?),
                _ => return Err(argument.unexpected()),
            }
        }
        Ok((address, target.ok_or("--to is missing")?))
    });
    match serve(&address, target) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("ws_tunnel_server: {error}");
            ExitCode::FAILURE
        }
    }
}

fn serve(address: &str, target: String) -> Result<()> {
    let server = Server::bind(address)?.close_timeout(AFTER_CLOSE);
    println!("listening on {}", server.url());
    server.serve(move |ws| match TcpStream::connect(&target) {
        Ok(tcp) => join(ws, &tcp),
        Err(e) => {
            eprintln!("ws_tunnel_server: {target}: {e}");
            ws.close(CloseCode::TryAgainLater, "the target does not answer")
        }
    })
}

/// Passes bytes on in both directions, until both have ended or one has failed.
fn join(ws: &mut WebSocket, tcp: &TcpStream) -> Result<()> {
    tcp.set_nodelay(true)?;
    let stream = ws.byte_stream()?;
    let (mut to_ws, from_tcp) = (stream.try_clone()?, tcp.try_clone()?);
    thread::scope(|scope| {
        let back = scope.spawn(move || {
            let pumped = pump(from_tcp, &mut to_ws);
            match &pumped {
                Ok(()) => to_ws.shutdown(Shutdown::Write)?,
                Err(_) => to_ws.close(CloseCode::Internal, "the target broke off")?,
            }
            pumped
        });
        let there = pump(stream, tcp);
        // The end of one direction is not that of the other, but a failure is.
        let _ = tcp.shutdown(if there.is_ok() { Shutdown::Write } else { Shutdown::Both });
        let back = back.join().unwrap_or_else(|_| Err(io::Error::other("a thread panicked")));
        Ok(there.and(back)?)
    })
}
