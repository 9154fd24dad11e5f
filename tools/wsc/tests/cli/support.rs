//! Starts the command, and servers for it.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use blocking_ws::testing::MockServer;
use blocking_ws::{Result, Server, ServerHandle, WebSocket};

/// Far more than any step takes, on a machine that has much else to do.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// Variables that would change what the command does here.
pub(crate) const PROXIES: [&str; 5] =
    ["https_proxy", "HTTPS_PROXY", "http_proxy", "all_proxy", "ALL_PROXY"];

/// The command with these arguments.
pub(crate) fn command<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wsc"));
    command.args(arguments).env("NO_COLOR", "1");
    for name in PROXIES {
        command.env_remove(name);
    }
    command
}

/// What a program has printed, and its exit status.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) status: Option<i32>,
    pub(crate) out: Vec<u8>,
    pub(crate) err: String,
}

impl Ran {
    /// Panics with all that was printed, unless the exit status is this.
    #[track_caller]
    pub(crate) fn expect(self, status: i32) -> Self {
        assert_eq!(self.status, Some(status), "the exit status\n{}\n{}", self.text(), self.err);
        self
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.out).into_owned()
    }
}

/// Runs the command with this input to its end.
pub(crate) fn run<'a>(arguments: impl IntoIterator<Item = &'a str>, input: &[u8]) -> Ran {
    let mut running = Running::start(command(arguments));
    running.feed(input);
    running.end()
}

/// A program that runs. It is killed when its test is over.
pub(crate) struct Running {
    pub(crate) child: Child,
    input: Option<ChildStdin>,
    /// What it prints, in pieces.
    out: Receiver<Vec<u8>>,
    /// The lines that it prints on standard error.
    err: Receiver<String>,
    printed: Vec<u8>,
    errors: String,
}

impl Running {
    pub(crate) fn start(mut command: Command) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|e| panic!("{command:?}: {e}"));
        let input = child.stdin.take();
        let mut stdout = child.stdout.take().unwrap();
        let stderr = child.stderr.take().unwrap();
        let (tell, out) = mpsc::channel();
        thread::spawn(move || {
            let mut buffer = vec![0; 64 << 10];
            while let Ok(n @ 1..) = stdout.read(&mut buffer) {
                if tell.send(buffer[..n].to_vec()).is_err() {
                    break;
                }
            }
        });
        let (tell, err) = mpsc::channel();
        thread::spawn(move || {
            BufReader::new(stderr)
                .lines()
                .map_while(std::result::Result::ok)
                .try_for_each(|line| tell.send(line))
        });
        Self { child, input, out, err, printed: Vec::new(), errors: String::new() }
    }

    /// Writes to its input, and leaves that open.
    pub(crate) fn write(&mut self, bytes: &[u8]) {
        let input = self.input.as_mut().unwrap();
        input.write_all(bytes).and_then(|()| input.flush()).unwrap();
    }

    /// Writes its whole input, in a thread: a program that ends early reads no further.
    pub(crate) fn feed(&mut self, bytes: &[u8]) {
        let (mut input, bytes) = (self.input.take().unwrap(), bytes.to_vec());
        thread::spawn(move || input.write_all(&bytes));
    }

    /// The next line on standard error.
    #[track_caller]
    pub(crate) fn error_line(&mut self) -> String {
        match self.err.recv_timeout(PATIENCE) {
            Ok(line) => {
                self.errors += &line;
                self.errors.push('\n');
                line
            }
            Err(e) => panic!("{e}, no line on standard error: {:?}, {}", self.printed, self.errors),
        }
    }

    /// The URL of a server that has just begun.
    #[track_caller]
    pub(crate) fn url(&mut self) -> String {
        let line = self.error_line();
        line.strip_prefix("listening on ").unwrap_or_else(|| panic!("{line}")).to_owned()
    }

    /// The next line that it prints.
    #[track_caller]
    pub(crate) fn line(&mut self) -> String {
        loop {
            if let Some(end) = self.printed.iter().position(|byte| *byte == b'\n') {
                let line = self.printed.drain(..=end).collect();
                return String::from_utf8(line).unwrap().trim_end().to_owned();
            }
            match self.out.recv_timeout(PATIENCE) {
                Ok(more) => self.printed.extend(more),
                Err(e) => {
                    panic!("{e}: {:?}, {:?}", self.printed, self.err.try_iter().collect::<Vec<_>>())
                }
            }
        }
    }

    /// Sends a signal.
    #[cfg(unix)]
    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        rustix::process::kill_process(rustix::process::Pid::from_child(&self.child), signal)
            .unwrap();
    }

    /// Waits until it ends by itself.
    #[track_caller]
    pub(crate) fn end(mut self) -> Ran {
        drop(self.input.take());
        loop {
            match self.out.recv_timeout(PATIENCE) {
                Ok(more) => self.printed.extend(more),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {
                    let errors: Vec<_> = self.err.try_iter().collect();
                    panic!("it does not end: {} bytes, {errors:?}", self.printed.len());
                }
            }
        }
        while let Ok(line) = self.err.recv_timeout(PATIENCE) {
            self.errors += &line;
            self.errors.push('\n');
        }
        let begun = Instant::now();
        let status = loop {
            match self.child.try_wait().unwrap() {
                Some(status) => break status.code(),
                None if begun.elapsed() > PATIENCE => panic!("it does not end: {}", self.errors),
                None => thread::sleep(Duration::from_millis(5)),
            }
        };
        let (out, err) = (std::mem::take(&mut self.printed), std::mem::take(&mut self.errors));
        Ran { status, out, err }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Numbered lines, each with this behind its number.
pub(crate) fn numbered(count: u32, rest: &str) -> String {
    (0..count).flat_map(|n| [n.to_string(), rest.to_owned(), "\n".to_owned()]).collect()
}

/// A mock server that waits as long as the other tests.
pub(crate) fn mock() -> MockServer {
    MockServer::new().unwrap().within(PATIENCE)
}

/// A client whose receiving calls have a time limit.
pub(crate) fn connect(url: &str) -> WebSocket {
    let mut ws = blocking_ws::connect(url).unwrap();
    ws.set_read_timeout(PATIENCE);
    ws
}

/// A server that sends each message back.
pub(crate) fn echo_server() -> ServerHandle {
    let server = Server::bind("127.0.0.1:0").unwrap().max_message_size(64 << 20);
    server.spawn(echo).unwrap()
}

/// Sends each message back.
pub(crate) fn echo(ws: &mut WebSocket) -> Result<()> {
    let sender = ws.sender()?;
    while let Some(message) = ws.recv_ref()? {
        sender.feed(message)?;
    }
    Ok(())
}

/// Starts the command as a server. Returns its URL.
pub(crate) fn listening(arguments: &[&str]) -> (Running, String) {
    let all = ["--listen", "0"].iter().chain(arguments).copied();
    let mut server = Running::start(command(all));
    let url = server.url();
    (server, url)
}
