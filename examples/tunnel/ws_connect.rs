//! Joins standard input and output with a WebSocket, as bytes. With `ws_tunnel_server` at the other end it
//! is a way through a firewall that lets only HTTP pass:
//!
//! ```sh
//! ssh -o ProxyCommand='ws_connect wss://example.com/ssh' user@host
//! ```

mod pump;

use std::io;
use std::net::Shutdown;
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use blocking_ws::{Client, Duplex, Result};
use options::{Value, ValueExt, options};

use pump::pump;

const USAGE: &str = "\
Joins standard input and output with a WebSocket

Usage: ws_connect <URL>

Arguments:
  <URL>  Where a ws_tunnel_server listens

Options:
  -h, --help  Print help
";

/// How long the other side may go on sending after the end of standard input.
const AFTER_INPUT: Duration = Duration::from_secs(600);

fn main() -> ExitCode {
    let url = options(USAGE, |parser| {
        let mut url = None;
        while let Some(argument) = parser.next()? {
            match argument {
                Value(argument) if url.is_none() => url = Some(argument.string()?),
                _ => return Err(argument.unexpected()),
            }
        }
        Ok(url.ok_or("the URL is missing")?)
    });
    match run(&url) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("ws_connect: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(url: &str) -> Result<()> {
    let client = Client::new().ping_interval(Duration::from_secs(20)).close_timeout(AFTER_INPUT);
    let mut stream = client.connect(url)?.into_byte_stream()?;
    let mut sending = stream.try_clone()?;
    // This thread may stay in a read of standard input, so it is not joined.
    thread::spawn(move || {
        let sent = pump(io::stdin().lock(), &mut sending);
        // If this fails, so does the other direction, which says why.
        let _ = sent.and_then(|()| sending.shutdown(Shutdown::Write));
    });
    pump(&mut stream, io::stdout().lock())?;
    // The other thread still has a handle, so no drop answers the Close frame.
    Ok(stream.shutdown(Shutdown::Write)?)
}
