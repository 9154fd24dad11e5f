//! Starts the command, and programs that it can test.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Output, Stdio};

use blocking_ws::{Deflate, Message, Result, Server, ServerHandle, WebSocket};
use test_support::folder;

/// The command with these arguments.
pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ws-conformance"));
    command.args(arguments).stdin(Stdio::null()).env("NO_COLOR", "1");
    command
}

/// What the command has printed, and its exit status.
pub(crate) struct Ran {
    pub(crate) status: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Runs the command to its end.
pub(crate) fn run(arguments: &[&str]) -> Ran {
    let Output { status, stdout, stderr } = command(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran { status: status.code(), out: text(stdout), err: text(stderr) }
}

impl Ran {
    /// Panics with all that was printed, unless the exit status is this.
    pub(crate) fn expect(self, status: i32) -> Self {
        let Self { status: came, out, err } = &self;
        assert_eq!(*came, Some(status), "the exit status\n{out}\n{err}");
        self
    }
}

/// The command while it waits for clients.
pub(crate) struct Waiting {
    child: Child,
    errors: BufReader<std::process::ChildStderr>,
    pub(crate) url: String,
}

/// Starts the command, and waits until it has printed where it listens.
pub(crate) fn wait_for_clients(arguments: &[&str]) -> Waiting {
    let mut child =
        command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut errors = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    errors.read_line(&mut line).unwrap();
    let url =
        line.trim().strip_prefix("waiting for clients at ").unwrap_or_else(|| panic!("{line}"));
    Waiting { url: url.to_owned(), child, errors }
}

impl Waiting {
    /// Waits for the end of the command.
    pub(crate) fn end(mut self) -> Ran {
        let mut err = String::new();
        self.errors.read_to_string(&mut err).unwrap();
        let output = self.child.wait_with_output().unwrap();
        let out = String::from_utf8(output.stdout).unwrap();
        Ran { status: output.status.code(), out, err }
    }
}

/// A server that sends each message back.
pub(crate) fn echo_server() -> ServerHandle {
    settled(Server::bind("127.0.0.1:0").unwrap()).spawn(echo).unwrap()
}

/// A server with what the cases need.
pub(crate) fn settled(server: Server) -> Server {
    server.max_message_size(64 << 20).deflate(Deflate::new())
}

/// Sends each message back.
pub(crate) fn echo(ws: &mut WebSocket) -> Result<()> {
    while let Some(message) = ws.recv()? {
        ws.send(message)?;
    }
    Ok(())
}

/// A server that adds an exclamation mark to each text.
pub(crate) fn wrong_server() -> ServerHandle {
    let server = Server::bind("127.0.0.1:0").unwrap();
    let wrong = |ws: &mut WebSocket| {
        while let Some(message) = ws.recv()? {
            match message {
                Message::Text(text) => ws.send(format!("{text}!"))?,
                other @ Message::Binary(_) => ws.send(other)?,
            }
        }
        Ok(())
    };
    server.spawn(wrong).unwrap()
}

/// A URL at which nothing listens.
pub(crate) fn nowhere() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    format!("ws://{}/", listener.local_addr().unwrap())
}

/// A folder for the files of a test. It is removed with this value.
pub(crate) struct Folder(folder::Folder);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(folder::Folder::new())
    }

    /// The path of a file in it.
    pub(crate) fn path(&self, name: &str) -> String {
        self.0.file(name).to_str().unwrap().to_owned()
    }

    /// The text of a file in it.
    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// The JSON of a file in it.
    pub(crate) fn json(&self, name: &str) -> serde_json::Value {
        serde_json::from_str(&self.read(name)).unwrap()
    }
}
