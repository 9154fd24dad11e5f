//! What a message costs the library in instructions, as valgrind counts them: a busy machine changes
//! nothing of that, so a regression shows where clocks lie.
//!
//! `cargo bench --bench instructions`, and behind `--` a part of a path's name for some paths only.
//! Compare on one machine, with one compiler: the C library chooses how to copy by the processor.
//! Only reading the time makes a run differ from the next, by an instruction or two. There is no
//! socket; reads and writes, which cost the system much more than the library, stand beside it.

use std::env;
use std::io::{self, IoSlice, Read, Write};
use std::process::{Command, ExitCode};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use blocking_ws::{Duplex, Role, WebSocket};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// A common way through the library.
struct Path {
    name: &'static str,
    /// What the peer sends, again and again. All of it comes with one read if there is room.
    frames: fn() -> Vec<u8>,
    run: fn(Tape, u32) -> blocking_ws::Result<()>,
    /// How many to run. What is done once for many, such as fetching 64 mask keys, divides it.
    messages: u32,
}

const PATHS: [Path; 6] = [
    Path {
        name: "server, bursts, borrowed and fed: 125 B",
        frames: || frame(Role::Client, BINARY, 125).repeat(BURST),
        run: borrow_and_feed,
        messages: 6400,
    },
    Path {
        name: "server, bursts, borrowed and fed: 125 B of text",
        frames: || frame(Role::Client, TEXT, 125).repeat(BURST),
        run: borrow_and_feed,
        messages: 6400,
    },
    Path {
        name: "server, bursts, borrowed and fed: 16 B",
        frames: || frame(Role::Client, BINARY, 16).repeat(BURST),
        run: borrow_and_feed,
        messages: 6400,
    },
    Path {
        name: "server, one by one, taken and sent: 125 B",
        frames: || frame(Role::Client, BINARY, 125),
        run: take_and_send,
        messages: 6400,
    },
    Path {
        name: "server, one by one, borrowed and sent: 1 MiB",
        frames: || frame(Role::Client, BINARY, 1 << 20),
        run: borrow_and_send,
        messages: 20,
    },
    Path {
        name: "client, one by one, sent and taken: 125 B",
        frames: || frame(Role::Server, BINARY, 125),
        run: ask,
        messages: 6400,
    },
];

const BURST: usize = 100;
const TEXT: u8 = 0x81;
const BINARY: u8 = 0x82;
const ENDLESS: &str = "a tape has no end";

/// As `examples/echo_server.rs` does: what came together is answered with one write.
fn borrow_and_feed(tape: Tape, messages: u32) -> blocking_ws::Result<()> {
    let mut ws = server(tape)?;
    let sender = ws.sender()?;
    for _ in 0..messages {
        sender.feed(ws.recv_ref()?.expect(ENDLESS))?;
    }
    Ok(())
}

fn borrow_and_send(tape: Tape, messages: u32) -> blocking_ws::Result<()> {
    let mut ws = server(tape)?;
    let sender = ws.sender()?;
    for _ in 0..messages {
        sender.send(ws.recv_ref()?.expect(ENDLESS))?;
    }
    Ok(())
}

fn take_and_send(tape: Tape, messages: u32) -> blocking_ws::Result<()> {
    let mut ws = server(tape)?;
    for _ in 0..messages {
        let message = ws.recv()?.expect(ENDLESS);
        ws.send(message)?;
    }
    Ok(())
}

fn ask(tape: Tape, messages: u32) -> blocking_ws::Result<()> {
    let mut ws = WebSocket::from_parts(tape, Role::Client, Vec::new());
    for _ in 0..messages {
        ws.send([7; 125])?;
        ws.recv()?.expect(ENDLESS);
    }
    Ok(())
}

/// A connection with the timeouts that a `Server` gives it.
fn server(tape: Tape) -> blocking_ws::Result<WebSocket<Tape>> {
    let mut ws = WebSocket::from_parts(tape, Role::Server, Vec::new());
    ws.set_write_timeout(Duration::from_secs(30))?;
    ws.set_stall_timeout(Duration::from_secs(30));
    ws.set_close_timeout(Duration::from_secs(5));
    ws.set_ping_interval(Duration::from_secs(20));
    ws.set_pong_timeout(Duration::from_secs(20));
    Ok(ws)
}

/// The first argument of a process in which instructions are counted.
const COUNTED: &str = "counted";

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    let done = match &args[..] {
        [first, name, messages] if first == COUNTED => run(name, messages),
        // Cargo adds an option of its own.
        _ => table(args.iter().find(|arg| !arg.starts_with('-')).map_or("", String::as_str)),
    };
    let Err(failed) = done else { return ExitCode::SUCCESS };
    eprintln!("{failed}");
    ExitCode::FAILURE
}

fn table(part: &str) -> Outcome<()> {
    println!("{:48} {:>12} {:>8} {:>8}", "a message", "instructions", "reads", "writes");
    for path in PATHS.iter().filter(|path| path.name.contains(part)) {
        // What a process does but once is in both, and goes out with the difference.
        let (once, twice) = (count(path, path.messages)?, count(path, 2 * path.messages)?);
        let [instructions, reads, writes] =
            [0, 1, 2].map(|n| f64::from(twice[n] - once[n]) / f64::from(path.messages));
        println!("{:48} {instructions:12.0} {reads:8.2} {writes:8.2}", path.name);
    }
    Ok(())
}

/// Runs a path in a process of its own and returns all its instructions, reads and writes.
fn count(path: &Path, messages: u32) -> Outcome<[u32; 3]> {
    let process = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        // All but what the tape does.
        .args(["--toggle-collect=*uncounted*", "--collect-atstart=yes"])
        .arg(env::current_exe()?)
        .args([COUNTED, path.name, &messages.to_string()])
        // Otherwise glibc copies with one long instruction, of which each byte is counted.
        .env("GLIBC_TUNABLES", "glibc.cpu.hwcaps=-ERMS,-FSRM")
        .output()
        .map_err(|e| {
            format!("cannot start valgrind: {e}\nTo install it: apt-get install valgrind")
        })?;
    let (stdout, stderr) = (String::from_utf8(process.stdout)?, String::from_utf8(process.stderr)?);
    let numbers = || {
        let collected = stderr.split("Collected : ").nth(1)?.split_whitespace().next()?;
        let (reads, writes) = stdout.trim_end().split_once(' ')?;
        Some([collected.parse().ok()?, reads.parse().ok()?, writes.parse().ok()?])
    };
    numbers().ok_or_else(|| format!("{}: {}\n{stderr}", path.name, process.status).into())
}

/// Runs a path in this process and prints how often it read and wrote.
fn run(name: &str, messages: &str) -> Outcome<()> {
    let path = PATHS.into_iter().find(|path| path.name == name).ok_or("there is no such path")?;
    let calls = Arc::new(Calls::default());
    let tape = Tape { frames: (path.frames)().into(), at: 0, calls: Arc::clone(&calls) };
    (path.run)(tape, messages.parse()?)?;
    let [reads, writes] = [&calls.reads, &calls.writes].map(|n| n.load(Ordering::Relaxed));
    println!("{reads} {writes}");
    Ok(())
}

/// A frame as `role` sends it, behind its first byte (RFC 6455 §5.2).
fn frame(role: Role, first: u8, len: usize) -> Vec<u8> {
    let masked = if role == Role::Client { 0x80 } else { 0 };
    let mut frame = vec![first];
    if let Ok(len @ ..126) = u8::try_from(len) {
        frame.push(masked | len);
    } else {
        assert!(len > 0xFFFF, "no path has a length of 16 bits");
        frame.push(masked | 127);
        frame.extend((len as u64).to_be_bytes());
    }
    let mut payload = vec![b'a'; len];
    if role == Role::Client {
        let key = [0x37, 0xFA, 0x21, 0x3D];
        frame.extend(key);
        payload.iter_mut().zip(key.iter().cycle()).for_each(|(byte, key)| *byte ^= key);
    }
    frame.extend(payload);
    frame
}

/// A stream that plays the same bytes for ever, and throws away what is written.
struct Tape {
    frames: Arc<[u8]>,
    at: usize,
    calls: Arc<Calls>,
}

#[derive(Default)]
struct Calls {
    reads: AtomicU32,
    writes: AtomicU32,
}

impl Tape {
    /// Reads no further than to the end, as if a peer sent all of it at once, and only then more.
    #[inline(never)]
    fn uncounted_read(&mut self, mut buf: &mut [u8]) -> io::Result<usize> {
        self.calls.reads.fetch_add(1, Ordering::Relaxed);
        let n = buf.write(&self.frames[self.at..])?;
        self.at = (self.at + n) % self.frames.len();
        Ok(n)
    }

    #[inline(never)]
    fn uncounted_write(&self, bufs: &[IoSlice<'_>]) -> usize {
        self.calls.writes.fetch_add(1, Ordering::Relaxed);
        bufs.iter().map(|buf| buf.len()).sum()
    }
}

impl Read for Tape {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.uncounted_read(buf)
    }
}

impl Write for Tape {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        Ok(self.uncounted_write(&[IoSlice::new(buf)]))
    }

    fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        Ok(self.uncounted_write(bufs))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Duplex for Tape {
    fn try_clone(&self) -> io::Result<Self> {
        let (frames, calls) = (Arc::clone(&self.frames), Arc::clone(&self.calls));
        Ok(Self { frames, at: self.at, calls })
    }

    test_support::timeouts_and_shutdown_ignored!();
}
