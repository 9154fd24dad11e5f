//! A server on sockets that were passed to it, as systemd does.

#![cfg(unix)]

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixListener;
use std::process::{Child, Command, Stdio};
use std::thread;

use blocking_ws::{Client, Message, WebSocket, connect};
use test_support::folder::Folder;
use test_support::installed;
use test_support::ports::free_ports;
use test_support::program::{Program, path};

const EXAMPLE: &str = "activated_server";

fn echoes(mut ws: WebSocket) {
    ws.send("hello").unwrap();
    assert_eq!(ws.recv().unwrap(), Some(Message::from("hello")));
    ws.close(1000, "").unwrap();
}

/// Starts the server with a socket as descriptor 3.
fn activated(listener: impl Into<OwnedFd>) -> Program {
    // The shell replaces itself, so its process becomes the server's.
    let script = "LISTEN_PID=$$ LISTEN_FDS=1 exec \"$0\" 3<&0 < /dev/null";
    let mut shell = Command::new("sh");
    shell.args(["-c", script]).arg(path(EXAMPLE)).stdin(Stdio::from(listener.into()));
    Program::run(&mut shell)
}

#[test]
fn it_serves_a_tcp_socket_that_outlives_it() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("ws://{}/", listener.local_addr().unwrap());
    for _ in 0..2 {
        let server = activated(listener.try_clone().unwrap());
        assert!(server.line().starts_with(&format!("listening on {url} ")));
        echoes(connect(&url).unwrap());
        drop(server);
        // A client that comes meanwhile waits for the next server.
        let server = thread::scope(|scope| {
            let meanwhile = scope.spawn(|| connect(&url).unwrap());
            let server = activated(listener.try_clone().unwrap());
            echoes(meanwhile.join().unwrap());
            server
        });
        drop(server);
    }
}

#[test]
fn it_serves_a_unix_socket() {
    let folder = Folder::new();
    let path = folder.file("s");
    let server = activated(UnixListener::bind(&path).unwrap());
    assert_eq!(server.line(), "listening on ws://localhost/ []");
    echoes(Client::new().unix_socket(&path).connect("ws://localhost/").unwrap());
    drop(server);
    assert!(path.exists());
}

#[test]
fn without_a_socket_it_says_how_to_start_it() {
    let ended = Program::start(EXAMPLE, []).end();
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains("systemd-socket-activate -l 9001"), "{ended:?}");
}

/// A process that ends with the test.
struct Started(Child);

impl Drop for Started {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn systemd_starts_it_with_a_path_and_an_address() {
    let Some(activate) = installed::program("systemd-socket-activate") else {
        return installed::skipped("systemd-socket-activate");
    };
    let folder = Folder::new();
    let unix = folder.file("s");
    let [port] = free_ports();
    let address = format!("127.0.0.1:{port}");
    let mut command = Command::new(activate);
    command.args(["-l", unix.to_str().unwrap(), "-l", &address]).arg(path(EXAMPLE));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut started = Started(command.spawn().unwrap());
    let mut told = BufReader::new(started.0.stderr.take().unwrap()).lines();
    let listens = format!("Listening on {address} as 4.");
    assert!(told.any(|line| line.unwrap().contains(&listens)));
    // The process writes another line when it starts the server.
    thread::spawn(move || told.for_each(drop));
    echoes(Client::new().unix_socket(&unix).connect("ws://localhost/").unwrap());
    echoes(connect(&format!("ws://{address}/")).unwrap());
    let mut said = BufReader::new(started.0.stdout.take().unwrap()).lines();
    let line = said.next().unwrap().unwrap();
    assert_eq!(line, format!("listening on ws://localhost/ [{address}]"));
}

#[test]
#[cfg(target_os = "linux")]
fn clients_that_come_during_a_restart_are_not_refused() {
    use std::sync::atomic::{AtomicBool, Ordering};

    use blocking_ws::{CloseCode, Error};
    use rustix::process::{Pid, Signal, kill_process};

    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("ws://{}/", listener.local_addr().unwrap());
    let ended = AtomicBool::new(false);
    let mut server = activated(listener.try_clone().unwrap());
    server.line();
    thread::scope(|scope| {
        let comes = || {
            let (mut open, mut away) = (0, Vec::new());
            while !ended.load(Ordering::Relaxed) {
                match Client::new().connect(&url) {
                    Ok(mut ws) => {
                        open += 1;
                        let _ = ws.close(1000, "");
                    }
                    // That nobody listens is the only failure that a client could not have met before.
                    Err(Error::Connect(e)) => panic!("refused: {e}"),
                    // In the middle of its handshake: 503, or disconnected.
                    Err(error) => away.push(error),
                }
            }
            (open, away)
        };
        let clients: Vec<_> = (0..4).map(|_| scope.spawn(comes)).collect();
        for _ in 0..3 {
            let mut ws = connect(&url).unwrap();
            ws.send("open").unwrap();
            assert_eq!(ws.recv().unwrap(), Some("open".into()));
            kill_process(Pid::from_child(&server.child), Signal::TERM).unwrap();
            assert_eq!(ws.recv().unwrap(), None);
            assert_eq!(ws.close_status().unwrap().code(), CloseCode::ServiceRestart);
            let last = server.end();
            assert_eq!(last.code, Some(0), "{last:?}");
            server = activated(listener.try_clone().unwrap());
            server.line();
        }
        ended.store(true, Ordering::Relaxed);
        for client in clients {
            let (open, away) = client.join().unwrap();
            // For each restart a 503 and a disconnect at most: then nobody accepts until the next server does.
            assert!(open > 0 && away.len() <= 6, "{open} connections, {away:?}");
        }
    });
}
