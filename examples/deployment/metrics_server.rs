//! Sends every message back, and shows its counters to Prometheus.
//!
//! The counters have a server of their own, on an address that only the machine itself reaches. So strangers
//! do not see them, and they are still there while a crowd of clients finds no room at the first.
//!
//! ```text
//! metrics_server --addr 127.0.0.1:9001 --metrics 127.0.0.1:9101
//! curl http://127.0.0.1:9101/metrics
//! ```

mod metrics;
mod stop;

use std::process::ExitCode;
use std::sync::Arc;

use blocking_ws::http::Response;
use blocking_ws::http::header::CONTENT_TYPE;
use blocking_ws::{Result, Server, WebSocket};
use options::{Long, ValueExt, options};

use metrics::Metrics;

const USAGE: &str = "\
Sends every WebSocket message back, and shows its counters to Prometheus

Usage: metrics_server [OPTIONS]

Options:
  --addr <HOST:PORT>     Where clients connect [default: 127.0.0.1:9001]
  --metrics <HOST:PORT>  Where the page /metrics is [default: 127.0.0.1:9101]
  -h, --help             Print help
";

fn main() -> ExitCode {
    let (addr, page) = options(USAGE, |parser| {
        let (mut addr, mut page) = ("127.0.0.1:9001".to_owned(), "127.0.0.1:9101".to_owned());
        while let Some(arg) = parser.next()? {
            match arg {
                Long("addr") => addr = parser.value()?.string()?,
                Long("metrics") => page = parser.value()?.string()?,
                _ => return Err(arg.unexpected()),
            }
        }
        Ok((addr, page))
    });
    let Err(error) = run(&addr, &page) else {
        return ExitCode::SUCCESS;
    };
    eprintln!("metrics_server: {error}");
    ExitCode::FAILURE
}

fn run(addr: &str, page: &str) -> Result<()> {
    let server = Server::bind(addr)?;
    let handle = server.handle();
    let metrics = Arc::new(Metrics::new(handle.clone()));
    let shown = Arc::clone(&metrics);
    let pages = Server::bind(page)?.page("/metrics", move |_| {
        let mut response = Response::new(shown.to_string());
        response.headers_mut().insert(CONTENT_TYPE, metrics::CONTENT_TYPE);
        response
    });
    let pages = pages.spawn(|_| Ok(()))?;
    stop::on_signal(handle.clone())?;
    println!("listening on {}", server.url());
    println!("metrics at {}metrics", pages.url().replacen("ws", "http", 1));
    server.serve(move |ws| metrics.count(back(ws)))?;
    println!("{}", stop::report(&handle));
    Ok(())
}

fn back(ws: &mut WebSocket) -> Result<()> {
    while let Some(message) = ws.recv()? {
        ws.send(message)?;
    }
    Ok(())
}
