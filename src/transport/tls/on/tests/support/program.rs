//! The `openssl` program as the other end: it has TLS 1.2 and 1.3 at both ends, key updates,
//! renegotiation, and it asks for a client's certificate. Its tests are skipped if it is not installed.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::{env, fs, mem, thread};

use super::authority::Authority;
use crate::transport::tls::{TlsConnector, TlsStream};

/// A directory that is removed when its test ends.
pub(crate) struct Scratch(pub(crate) PathBuf);

impl Scratch {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = env::temp_dir().join(format!("blocking-ws-tls-{}-{count}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, text).unwrap();
        path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A running `openssl s_server` or `s_client`. Its input is sent to its peer or is a command.
pub(crate) struct Program {
    pub(crate) child: Child,
    pub(crate) screen: mpsc::Receiver<Vec<u8>>,
    pub(crate) seen: Vec<u8>,
    /// Where the server listens.
    pub(crate) address: String,
    _files: Scratch,
}

impl Program {
    /// A server that shows a certificate for `localhost`. `None` if `openssl` is not installed.
    pub(crate) fn server(authority: &Authority, options: &[&str]) -> Option<Self> {
        let files = Scratch::new();
        let (certificate, key) = authority.issue("localhost");
        let mut command = Command::new("openssl");
        command.args(["s_server", "-accept", "127.0.0.1:0"]);
        command.arg("-cert").arg(files.write("cert.pem", &certificate));
        command.arg("-key").arg(files.write("key.pem", &key)).args(options);
        let mut server = Self::start(command, authority, files)?;
        server.wait_for("ACCEPT ");
        server.address = server.wait_for("\n");
        Some(server)
    }

    /// A client. `None` if `openssl` is not installed.
    pub(crate) fn client(
        authority: &Authority,
        address: SocketAddr,
        options: &[&str],
    ) -> Option<Self> {
        let mut command = Command::new("openssl");
        command.args(["s_client", "-servername", "localhost", "-verify_return_error", "-connect"]);
        command.arg(address.to_string()).args(options);
        Self::start(command, authority, Scratch::new())
    }

    fn start(mut command: Command, authority: &Authority, files: Scratch) -> Option<Self> {
        command.arg("-CAfile").arg(files.write("ca.pem", &authority.pem));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let Ok(mut child) = command.spawn() else {
            eprintln!("skipped: there is no `openssl` to run");
            return None;
        };
        let mut stdout = child.stdout.take().unwrap();
        let (show, screen) = mpsc::channel();
        thread::spawn(move || {
            let mut buf = vec![0; 64 * 1024];
            while let Ok(n @ 1..) = stdout.read(&mut buf) {
                if show.send(buf[..n].to_vec()).is_err() {
                    return;
                }
            }
        });
        Some(Self { child, screen, seen: Vec::new(), address: String::new(), _files: files })
    }

    pub(crate) fn connect(&self, connector: &TlsConnector) -> io::Result<TlsStream<TcpStream>> {
        Ok(connector.connect("localhost", TcpStream::connect(&self.address).unwrap())?)
    }

    pub(crate) fn type_line(&mut self, line: &str) {
        // One write, because a command must come in one piece.
        let mut keys = self.child.stdin.as_ref().unwrap();
        keys.write_all(format!("{line}\n").as_bytes()).unwrap();
    }

    /// Reads the output up to and including `text`, and returns what came before it.
    pub(crate) fn wait_for(&mut self, text: &str) -> String {
        let mut searched = 0;
        loop {
            let mut windows = self.seen[searched..].windows(text.len());
            if let Some(at) = windows.position(|window| window == text.as_bytes()) {
                let at = searched + at;
                let rest = self.seen.split_off(at + text.len());
                let before = mem::replace(&mut self.seen, rest);
                return String::from_utf8_lossy(&before[..at]).into_owned();
            }
            searched = self.seen.len().saturating_sub(text.len());
            let more = self.screen.recv().unwrap_or_else(|_| {
                let seen = String::from_utf8_lossy(&self.seen);
                panic!("openssl has ended without {text:?}, but said {seen}")
            });
            self.seen.extend_from_slice(&more);
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn read_line(stream: &mut impl Read) -> String {
    let (mut line, mut byte) = (Vec::new(), [0]);
    while byte != *b"\n" {
        stream.read_exact(&mut byte).unwrap();
        line.push(byte[0]);
    }
    String::from_utf8(line).unwrap()
}
