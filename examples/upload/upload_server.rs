//! Stores the files that `upload` sends, however large, each from one streamed message.
//!
//! A client sends the name of a file as text and then its content as one binary message, and is told
//! how much was stored. Nothing is ever overwritten, and half a file is not kept.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};

use blocking_ws::{CloseCode, Deflate, Error, MessageKind, Result, Server, WebSocket};
use options::{Long, Parser, ValueExt, options};

fn main() -> ExitCode {
    let Err(error) = run(Args::parse()) else {
        return ExitCode::SUCCESS;
    };
    eprintln!("upload_server: {error}");
    ExitCode::FAILURE
}

fn run(args: Args) -> Result<()> {
    let bound = Server::bind(&args.addr)?;
    // All but the files is short.
    let server = bound.max_message_size(1 << 10).deflate(Deflate::new());
    println!("listening on {}", server.url());
    server.serve(move |ws| {
        ws.set_max_stream_size(args.max_size);
        while let Some(name) = ws.recv()? {
            match name.as_text().and_then(file_name) {
                Some(name) => take(ws, &args.dir, name)?,
                None => return ws.close(CloseCode::Policy, "that is not the name of a file"),
            }
        }
        Ok(())
    })
}

/// A name that leads to no other folder, and is not hidden; so it is no part of a file either.
fn file_name(text: &str) -> Option<&str> {
    let is_plain = |c: char| !c.is_control() && !"/\\:".contains(c);
    (!text.is_empty() && !text.starts_with('.') && text.chars().all(is_plain)).then_some(text)
}

/// Takes the file that comes, and tells the client what became of it.
fn take(ws: &mut WebSocket, dir: &Path, name: &str) -> Result<()> {
    match store(ws, dir, name) {
        Ok(Some(size)) => {
            println!("{name}: {size} bytes");
            io::stdout().flush()?;
            ws.send(format!("stored {size} bytes"))
        }
        Ok(None) => ws.close(CloseCode::Unsupported, "a file is one binary message"),
        Err(Error::Io(e)) if e.kind() == ErrorKind::AlreadyExists => {
            ws.close(CloseCode::Policy, "there is a file of that name")
        }
        Err(e) => {
            eprintln!("upload_server: {name}: {e}");
            // The client need not know why.
            ws.close(CloseCode::Internal, "it could not be stored")
        }
    }
}

/// Stores the next message as a file; returns its size, or `None` if it is not a file's.
fn store(ws: &mut WebSocket, dir: &Path, name: &str) -> Result<Option<u64>> {
    let path = dir.join(name);
    if path.exists() {
        return Err(io::Error::from(ErrorKind::AlreadyExists).into());
    }
    let part = Part::create(dir)?;
    let Some(mut stream) = ws.recv_stream()?.filter(|it| it.kind() == MessageKind::Binary) else {
        return Ok(None);
    };
    let mut file = &part.file;
    let size = io::copy(&mut stream, &mut file)?;
    file.sync_all()?;
    // Unlike a rename, a second name replaces no file.
    fs::hard_link(&part.path, &path)?;
    Ok(Some(size))
}

/// A file that is not whole yet, and goes with this.
struct Part {
    path: PathBuf,
    file: File,
}

impl Part {
    fn create(dir: &Path) -> Result<Self> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = dir.join(format!(".upload-{}-{number}.part", std::process::id()));
        // One of that name was left by a server that was killed.
        let file = File::create(&path).map_err(Error::other)?;
        Ok(Self { path, file })
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = fs::remove_file(&self.path);
    }
}

const USAGE: &str = "\
Stores the files that the example `upload` sends

Usage: upload_server [OPTIONS]

Options:
  --addr <HOST:PORT>  Where to listen; port 0 lets the system choose [default: 127.0.0.1:9001]
  --dir <FOLDER>      Where to store the files [default: .]
  --max-size <BYTES>  The largest file that is taken [default: 10737418240]
  -h, --help          Print help
";

struct Args {
    addr: String,
    dir: PathBuf,
    max_size: u64,
}

impl Args {
    /// Reads the command line. A mistake in it ends the program.
    fn parse() -> Self {
        options(USAGE, Self::read)
    }

    fn read(parser: &mut Parser) -> Result<Self, options::Error> {
        let mut args =
            Self { addr: "127.0.0.1:9001".to_owned(), dir: ".".into(), max_size: 10 << 30 };
        while let Some(arg) = parser.next()? {
            match arg {
                Long("addr") => args.addr = parser.value()?.string()?,
                Long("dir") => args.dir = parser.value()?.into(),
                Long("max-size") => {
                    let bytes = parser.value()?.string()?;
                    args.max_size = bytes.parse().map_err(|_| {
                        format!("--max-size takes a number of bytes, not {bytes:?}")
                    })?;
                }
                _ => return Err(arg.unexpected()),
            }
        }
        Ok(args)
    }
}
