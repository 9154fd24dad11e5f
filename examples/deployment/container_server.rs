//! Sends every message back: the only program of a container, without a shell or another file beside it.
//!
//! It stops in order at SIGTERM, has a page `/health` for load balancers, and is its own health check. Its
//! log goes to standard error, for people, for systemd or as lines of JSON.
//!
//! ```text
//! container_server --addr 0.0.0.0:9001 --log json &
//! container_server --check ws://127.0.0.1:9001/
//! ```

mod log_lines;
mod stop;

use std::process::ExitCode;
use std::time::Duration;

use blocking_ws::http::Response;
use blocking_ws::{Client, Result, Server};
use options::{Long, Parser, ValueExt, options};

use log_lines::Form;

const USAGE: &str = "\
Sends every WebSocket message back, as the only program of a container

Usage: container_server [OPTIONS]

Options:
  --addr <HOST:PORT>  Where to listen; port 0 lets the system choose [default: 127.0.0.1:9001]
  --log <FORM>        Form of the log: text, systemd or json [default: text]; RUST_LOG has its level
  --check <URL>       Connects to a server instead; fails if that takes more than 2 seconds
  -h, --help          Print help
";

struct Args {
    addr: String,
    form: Form,
    check: Option<String>,
}

fn main() -> ExitCode {
    let args = options(USAGE, read);
    log_lines::install(args.form);
    let outcome = match &args.check {
        Some(url) => check(url),
        None => run(&args.addr),
    };
    let Err(error) = outcome else {
        return ExitCode::SUCCESS;
    };
    eprintln!("container_server: {error}");
    ExitCode::FAILURE
}

fn read(parser: &mut Parser) -> Result<Args, options::Error> {
    let mut args = Args { addr: "127.0.0.1:9001".to_owned(), form: Form::Text, check: None };
    while let Some(arg) = parser.next()? {
        match arg {
            Long("addr") => args.addr = parser.value()?.string()?,
            Long("log") => args.form = parser.value()?.parse()?,
            Long("check") => args.check = Some(parser.value()?.string()?),
            _ => return Err(arg.unexpected()),
        }
    }
    Ok(args)
}

fn run(addr: &str) -> Result<()> {
    let server = Server::bind(addr)?.page("/health", |_| Response::new("ok\n"));
    let handle = server.handle();
    stop::on_signal(handle.clone())?;
    println!("listening on {}", server.url());
    server.serve(|ws| {
        while let Some(message) = ws.recv()? {
            ws.send(message)?;
        }
        Ok(())
    })?;
    println!("{}", stop::report(&handle));
    Ok(())
}

/// Opens a connection and closes it again.
fn check(url: &str) -> Result<()> {
    let soon = Duration::from_secs(2);
    let mut ws = Client::new().connect_timeout(soon).close_timeout(soon).connect(url)?;
    ws.close(1000, "healthy")
}
