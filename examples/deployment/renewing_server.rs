//! Sends every message back over `wss://`, and shows a renewed certificate without a restart.
//!
//! A thread reads the files of the certificate and its key every minute, and at once after SIGHUP. Open
//! connections go on.
//!
//! ```text
//! renewing_server --tls-cert /etc/echo/fullchain.pem --tls-key /etc/echo/privkey.pem
//! ```

mod renewal;
mod stop;

use std::process::ExitCode;
use std::time::Duration;

use blocking_ws::{Result, Server};
use options::{Long, Parser, Tls, ValueExt, options};

use renewal::Files;

const USAGE: &str = "\
Sends every WebSocket message back, and shows a renewed certificate without a restart

Usage: renewing_server [OPTIONS] --tls-cert <PEM> --tls-key <PEM>

Options:
  --addr <HOST:PORT>    Where to listen; port 0 lets the system choose [default: 127.0.0.1:9443]
  --tls-cert <PEM>      Certificate chain
  --tls-key <PEM>       Private key of the certificate
  --tls-backend <NAME>  The TLS library, native or rustls, where it is compiled in
  --every <SECONDS>     How often the files are read [default: 60]
  -h, --help            Print help
";

struct Args {
    addr: String,
    tls: Tls,
    files: Files,
    every: Duration,
}

fn main() -> ExitCode {
    let Err(error) = run(options(USAGE, read)) else {
        return ExitCode::SUCCESS;
    };
    eprintln!("renewing_server: {error}");
    ExitCode::FAILURE
}

fn read(parser: &mut Parser) -> Result<Args, options::Error> {
    let (mut addr, mut tls, mut every) = ("127.0.0.1:9443".to_owned(), Tls::default(), 60_u32);
    while let Some(arg) = parser.next()? {
        match arg {
            Long("addr") => addr = parser.value()?.string()?,
            Long("tls-cert") => tls.cert = Some(parser.value()?.into()),
            Long("tls-key") => tls.key = Some(parser.value()?.into()),
            Long("tls-backend") => tls.read_backend(parser)?,
            Long("every") => every = parser.value()?.parse()?,
            _ => return Err(arg.unexpected()),
        }
    }
    let (Some(cert), Some(key)) = (tls.cert.take(), tls.key.take()) else {
        return Err("give --tls-cert and --tls-key".into());
    };
    let every = Duration::from_secs(u64::from(every.max(1)));
    Ok(Args { addr, tls, files: Files { cert, key }, every })
}

fn run(args: Args) -> Result<()> {
    let shown = args.files.read()?;
    let server =
        Server::bind(&args.addr)?.tls_backend(args.tls.backend)?.tls(&shown.identity()?)?;
    let handle = server.handle();
    stop::on_signal(handle.clone())?;
    println!("listening on {}", server.url());
    renewal::watch(handle.clone(), args.files, shown, args.every)?;
    server.serve(|ws| {
        while let Some(message) = ws.recv()? {
            ws.send(message)?;
        }
        Ok(())
    })?;
    println!("{}", stop::report(&handle));
    Ok(())
}
