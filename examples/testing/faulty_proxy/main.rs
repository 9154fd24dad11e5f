//! A proxy on which things go wrong, to test clients and servers in any language.
//!
//! It listens for clients, connects each to the server, and passes bytes on as its plans say. Each
//! connection and each fault is a line on standard error.

mod plan;

use std::fs::File;
use std::hash::{BuildHasher as _, RandomState};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;
use std::time::Instant;

use blocking_ws::testing::{Faults, FaultyProxy, WireLog};
use blocking_ws::{Error, Result};
use options::{Long, Parser, ValueExt, options};

fn main() -> ExitCode {
    let Err(error) = run(Args::parse()) else {
        return ExitCode::SUCCESS;
    };
    eprintln!("faulty_proxy: {error}");
    ExitCode::FAILURE
}

fn run(args: Args) -> Result<()> {
    let began = Instant::now();
    let note = move |note: &str| eprintln!("+{:.3} {note}", began.elapsed().as_secs_f64());
    note(&format!("seed {}", args.seed));
    let proxy = FaultyProxy::to(&args.to)?
        .upstream(args.upstream.seed(args.seed))
        .downstream(args.downstream.seed(args.seed))
        .on_note(note);
    let proxy = match args.log {
        Some(path) => proxy.log(&log_to(&path)?),
        None => proxy,
    };
    // The first client may come at once, and the plans are for it, too.
    let proxy = proxy.listen(&args.listen)?;
    println!("listening on {}", proxy.url("/"));
    loop {
        thread::park();
    }
}

/// A log that is written to a file at once.
fn log_to(path: &Path) -> Result<WireLog> {
    let file = File::create(path);
    let file = file.map_err(|e| Error::other(format!("--log {}: {e}", path.display())))?;
    // The file has all, so that memory need not.
    let log = WireLog::new().most(0);
    let is_json = path.extension().is_some_and(|it| it == "jsonl");
    Ok(if is_json { log.follow_jsonl(file) } else { log.follow_text(file) })
}

const USAGE: &str = "\
A WebSocket proxy on which things go wrong

Usage: faulty_proxy [OPTIONS]

Options:
  --listen <HOST:PORT>  Where to listen; port 0 lets the system choose [default: 127.0.0.1:9002]
  --to <SERVER>         The server, as HOST:PORT or a URL [default: 127.0.0.1:9001]
  --downstream <PLAN>   What goes wrong on the way from the server to the client
  --upstream <PLAN>     What goes wrong on the way from the client to the server
  --seed <NUMBER>       Of all that is random, to have it again [default: random]
  --log <FILE>          Write each frame there: as lines of JSON if its name ends in .jsonl, and
                        otherwise as text
  -h, --help            Print help

A plan is a list with commas. An option that is given twice adds to its plan.
  latency=50ms          Bytes arrive 50 ms later
  jitter=5ms            and up to 5 ms later still
  rate=64k              64 KiB pass in a second
  chunk=1, chunk=1-20   Pieces have 1 byte, or 1 to 20
  slow-close=1s         The end is passed on a second later
  cut@PLACE             The connection ends in order: FIN, without a Close frame
  reset@PLACE           The connection is reset: RST
  stall@PLACE           Nothing more passes
  corrupt=ff@PLACE      These bits of the next byte are flipped
  insert=8100@PLACE     These bytes come before the next
  drop=3@PLACE          Three bytes vanish
  connections=2-3       The plan is for these connections only; also 2 or 2-

A place is a sum:
  1000                  After 1000 bytes
  head                  After the HTTP head of the opening handshake
  head+frame3           Where the third frame after it begins
  head+frame3+1         After the first byte of its header
  frame2                Where the second frame begins, if there is no HTTP head

Examples:
  faulty_proxy --to 127.0.0.1:9001 --downstream latency=50ms,chunk=1,cut@1000
  faulty_proxy --to ws://127.0.0.1:9001/ --upstream stall@head --seed 7
  faulty_proxy --log frames.txt --downstream corrupt=80@head+frame1+2
  faulty_proxy --downstream insert=8102@head+frame2,reset@head+frame2,connections=1
";

struct Args {
    listen: String,
    to: String,
    upstream: Faults,
    downstream: Faults,
    seed: u64,
    log: Option<PathBuf>,
}

impl Args {
    /// Reads the command line. A mistake in it ends the program.
    fn parse() -> Self {
        options(USAGE, Self::read)
    }

    fn read(parser: &mut Parser) -> Result<Self, options::Error> {
        let mut args = Self {
            listen: "127.0.0.1:9002".to_owned(),
            to: "127.0.0.1:9001".to_owned(),
            upstream: Faults::new(),
            downstream: Faults::new(),
            seed: RandomState::new().hash_one(0),
            log: None,
        };
        while let Some(arg) = parser.next()? {
            match arg {
                Long("listen") => args.listen = parser.value()?.string()?,
                Long("to") => args.to = parser.value()?.string()?,
                Long("upstream") => args.upstream = read_plan(parser, "upstream", args.upstream)?,
                Long("downstream") => {
                    args.downstream = read_plan(parser, "downstream", args.downstream)?;
                }
                Long("log") => args.log = Some(parser.value()?.into()),
                Long("seed") => {
                    let seed = parser.value()?.string()?;
                    args.seed =
                        seed.parse().map_err(|_| format!("--seed takes a number, not {seed:?}"))?;
                }
                _ => return Err(arg.unexpected()),
            }
        }
        Ok(args)
    }
}

fn read_plan(parser: &mut Parser, option: &str, plan: Faults) -> Result<Faults, options::Error> {
    let text = parser.value()?.string()?;
    plan::add(plan, &text).map_err(|e| format!("--{option}: {e}").into())
}
