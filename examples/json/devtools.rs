//! Asks a running Chromium for its version, by its `DevTools` protocol: JSON in both directions.
//!
//! `chromium --headless --remote-debugging-port=0` prints the URL to pass on.

use std::process::ExitCode;

use blocking_ws::{Error, Result, WebSocket};
use options::{Value, ValueExt, options};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

const USAGE: &str = "\
Asks a running Chromium for its version

Usage: devtools <URL> [METHOD]

Arguments:
  <URL>     The URL that `chromium --remote-debugging-port=0` prints
  [METHOD]  Another method that returns the same [default: Browser.getVersion]
";

#[derive(Serialize)]
struct Call<'a, P> {
    id: u64,
    method: &'a str,
    params: P,
}

/// An answer, or an event, which has no `id`.
#[derive(Deserialize)]
struct Answer<R> {
    id: Option<u64>,
    result: Option<R>,
    error: Option<Failure>,
}

#[derive(Deserialize)]
struct Failure {
    message: String,
}

#[derive(Serialize)]
struct Nothing {}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct About {
    product: String,
    protocol_version: String,
    user_agent: String,
}

/// The calls of one connection.
struct DevTools {
    ws: WebSocket,
    calls: u64,
}

impl DevTools {
    fn call<R: DeserializeOwned>(&mut self, method: &str, params: impl Serialize) -> Result<R> {
        self.calls += 1;
        self.ws.send_json(&Call { id: self.calls, method, params })?;
        while let Some(answer) = self.ws.recv_json::<Answer<R>>()? {
            if answer.id == Some(self.calls) {
                let failure = answer.error.map_or_else(String::new, |error| error.message);
                return answer.result.ok_or_else(|| Error::other(failure));
            }
        }
        Err(Error::other("the browser has closed the connection"))
    }
}

fn main() -> ExitCode {
    let (url, method) = options(USAGE, |parser| {
        let mut arguments = Vec::new();
        while let Some(argument) = parser.next()? {
            match argument {
                Value(argument) => arguments.push(argument.string()?),
                _ => return Err(argument.unexpected()),
            }
        }
        let mut arguments = arguments.into_iter();
        let url = arguments.next().ok_or("the URL is missing")?;
        Ok((url, arguments.next().unwrap_or_else(|| "Browser.getVersion".to_owned())))
    });
    match run(&url, &method) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("devtools: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(url: &str, method: &str) -> Result<()> {
    let mut devtools = DevTools { ws: blocking_ws::connect(url)?, calls: 0 };
    let about: About = devtools.call(method, Nothing {})?;
    println!("browser: {}", about.product);
    println!("protocol: {}", about.protocol_version);
    println!("user agent: {}", about.user_agent);
    devtools.ws.close(1000, "")
}
